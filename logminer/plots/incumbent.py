"""Runs of a task in the order they were started, and the best value so far."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from logminer.analyses.incumbent import Incumbent
from logminer.plots.style import (
    colour,
    dots,
    name_axes,
    new_axes,
    new_figure,
    number,
    robust_axis,
    scale_axis,
    write,
)

POINTS = 600


def draw(result: Incumbent, task: str) -> Figure:
    """Draw every run as a point and the incumbent as steps; diverged runs lie on the bad edge."""
    runs, objective = result.of(task), result.objectives[task]
    figure = new_figure(440, 250)
    axes = new_axes(figure)
    inside = robust_axis(axes, runs["value"].to_numpy(dtype=float), objective)
    runs = runs.assign(
        value=inside(runs["value"].to_numpy(dtype=float)),
        height=inside(runs["best"].to_numpy(dtype=float)),
    )
    shown = runs.iloc[:: -(-len(runs) // POINTS)]
    dots(axes, shown["place"], shown["value"], "faint")
    axes.step(runs["place"], runs["height"], where="post", color=colour("accent"), linewidth=2)
    better = runs[runs["improved"]]
    axes.plot(better["place"], better["height"], "o", color=colour("accent"), markersize=4.5)
    if len(better):
        above = "bottom" if objective.mode == "min" else "top"
        _name_best(axes, better.iloc[-1], len(runs), above)
    scale_axis(axes, "x", log=False, ends=(0, len(runs) + 1), whole=True)
    order = "their start" if result.timed[task] else "the logs"
    name_axes(axes, f"runs in order of {order}", objective.metric)
    return figure


def _name_best(axes: Axes, best: pd.Series, count: int, above: str) -> None:
    """Write the best value beside its step, on the side where the other runs are."""
    side = "left" if best["place"] < 0.7 * count else "right"
    look = {"color": colour("accent"), "fontweight": "bold", "ha": side, "va": above}
    text = write(axes, float(best["place"]), float(best["height"]), number(best["best"]), **look)
    text.set_bbox({"facecolor": colour("paper"), "alpha": 0.8, "linewidth": 0, "pad": 1.5})
