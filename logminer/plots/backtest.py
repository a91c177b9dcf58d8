"""Replayed searches: mean regret over tasks after each trial, one line a strategy."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from logminer.plots.style import (
    colour,
    legend,
    name_axes,
    new_axes,
    new_figure,
    scale_axis,
    series_colour,
)
from logminer.workflows.backtest import RANDOM, Backtest


def draw(result: Backtest) -> Figure:
    """Draw how fast each strategy comes near the best logged config, best strategy first."""
    names = result.summary["strategy"].tolist()
    figure = new_figure(440, 280 + 17 * len(names))
    axes = new_axes(figure)
    by_task = result.curves.groupby(["strategy", "task", "trial"])["regret"].mean()
    means = by_task.groupby(["strategy", "trial"]).mean()
    coloured = [name for name in names if name != RANDOM]
    handles = []
    for name in names:
        line = means.loc[name]
        plain = name == RANDOM
        shade = colour("faint") if plain else series_colour(coloured.index(name))
        style = "dashed" if plain else "solid"
        handles += axes.plot(line.index, line, color=shade, linewidth=1.8, linestyle=style)
    _scales(axes, int(result.curves["trial"].max()))
    legend(axes, handles, names, loc="upper left", bbox_to_anchor=(-0.02, -0.18))
    return figure


def _scales(axes: Axes, trials: int) -> None:
    scale_axis(axes, "x", log=False, ends=(1, max(trials, 2)), whole=True)
    axes.set_ylim(1.03, -0.03)  # the best on top, as in all figures
    axes.set_yticks([0, 0.5, 1], ["best", "halfway", "median"])
    name_axes(axes, "trials", "best config found so far")
