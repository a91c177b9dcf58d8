"""The zoomed space inside the whole one: a bar for each hyperparameter, with the winners as marks."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from logminer.analyses.zoom import Zoom
from logminer.core.parameters import Categorical, Parameter
from logminer.plots.style import FONT, colour, dots, new_axes, new_figure, number, plain, write

SHOWN = 20
_NAMED = 10


def draw(result: Zoom) -> Figure:
    """Draw the range that is left of each hyperparameter, on its own scale."""
    rows = result.rows.head(SHOWN)[::-1].reset_index(drop=True)
    figure = new_figure(760, 30 + 40 * max(len(rows), 1))
    axes = new_axes(figure, grid="none")
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xticks([])
    names = [str(name) for name in rows["parameter"]]
    for i, (name, low, high) in enumerate(zip(names, rows["low"], rows["high"], strict=True)):
        whole = result.space.parameters[name]
        zoomed = result.zoomed.parameters[name] if result.zoomed else whole
        axes.hlines(i, 0, 1, color=colour("line"), linewidth=9)
        if isinstance(whole, Categorical):
            _choices(axes, i, whole, zoomed)
            continue
        axes.hlines(i, low, high, color=colour("accent"), linewidth=9)
        marks = result.winners["unit"][result.winners["parameter"] == name].to_numpy(dtype=float)
        dots(axes, marks, [i - 0.33] * len(marks), "muted", size=3)
        _ends(axes, i, whole, zoomed, (low, high))
    axes.set_yticks(rows.index, [plain(name, 28) for name in names], parse_math=False)
    axes.tick_params(axis="y", labelcolor=colour("ink"), labelsize=FONT)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.6, len(rows) - 0.3)
    return figure


def _choices(axes: Axes, i: int, whole: Categorical, zoomed: Parameter) -> None:
    """A stretch for each choice that is kept, and the names where these are few."""
    width = 1 / len(whole.choices)
    kept = [zoomed.contains(choice) for choice in whole.choices]
    for j in range(len(kept)):
        if kept[j]:
            ends = (j + 0.04) * width, (j + 0.96) * width
            axes.hlines(i, *ends, color=colour("accent"), linewidth=9)
    look: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": FONT - 1}
    if len(kept) > _NAMED:
        write(axes, 0.5, i + 0.2, f"{sum(kept)} of {len(kept)} choices", **look)
        return
    for j, choice in enumerate(whole.choices):
        name = plain(choice, int(60 * width) + 3)
        shade = colour("ink" if kept[j] else "muted")
        write(axes, (j + 0.5) * width, i + 0.2, name, color=shade, **look)


def _ends(axes: Axes, i: int, whole: Parameter, zoomed: Parameter, at: tuple[float, float]) -> None:
    """Name the ends of the whole range, and of the zoomed one where there is room."""
    if isinstance(whole, Categorical) or isinstance(zoomed, Categorical):
        return
    muted = {"color": colour("muted"), "fontsize": FONT - 1, "va": "bottom"}
    strong = {**muted, "color": colour("ink")}
    if at[0] > 0.12:
        write(axes, 0, i + 0.2, number(whole.low), ha="left", **muted)
    if at[1] < 0.88:
        write(axes, 1, i + 0.2, number(whole.high), ha="right", **muted)
    if at[1] - at[0] > 0.16:
        write(axes, at[0], i + 0.2, number(zoomed.low), ha="left", **strong)
        write(axes, at[1], i + 0.2, number(zoomed.high), ha="right", **strong)
    else:
        middle = min(max(sum(at) / 2, 0.1), 0.9)
        write(
            axes,
            middle,
            i + 0.2,
            f"{number(zoomed.low)} to {number(zoomed.high)}",
            ha="center",
            **strong,
        )
