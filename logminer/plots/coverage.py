"""How often forecasts held: promised against found coverage of intervals, one line a group of questions."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from logminer.curves.coverage import Coverage
from logminer.plots.style import (
    colour,
    legend,
    name_axes,
    new_axes,
    new_figure,
    scale_axis,
    series_colour,
)

_SLACK = 0.05


def draw(result: Coverage) -> Figure:
    """Draw coverage over what was promised; on the diagonal intervals keep their word, below they are too narrow."""
    table = result.intervals
    names = list(dict.fromkeys(table["group"]))
    figure = new_figure(440, 380 + 17 * len(names))
    axes = new_axes(figure, grid="both")
    _aim(axes)
    handles = []
    for i, name in enumerate(names):
        line = table[table["group"] == name].sort_values("promised")
        handles += axes.plot(
            line["promised"], line["covered"], color=series_colour(i), linewidth=1.8, marker="o",
            markersize=3.5, linestyle="solid" if i < len(names) - 1 or i == 0 else "dashed",
        )  # fmt: skip
    for which in ("x", "y"):
        scale_axis(axes, which, log=False, ends=(0.0, 1.0))
    axes.set_aspect("equal")
    name_axes(axes, "share of outcomes promised", "share found within the interval")
    sizes = table.drop_duplicates("group").set_index("group")["n"]
    told = [f"{name} ({sizes[name]})" for name in names]
    legend(axes, handles, told, loc="upper left", bbox_to_anchor=(-0.02, -0.14))
    return figure


def _aim(axes: Axes) -> None:
    """The diagonal, with five points of slack on either side."""
    axes.fill_between(
        [0, 1], [-_SLACK, 1 - _SLACK], [_SLACK, 1 + _SLACK], color=colour("wash"), linewidth=0
    )
    axes.plot([0, 1], [0, 1], color=colour("faint"), linewidth=1)
