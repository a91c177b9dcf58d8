"""Runs of a task in the order they were started, and the best value so far."""

import numpy as np
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
    write,
)  # fmt: skip

POINTS = 600


def draw(result: Incumbent, task: str) -> Figure:
    """Draw every run as a point and the incumbent as steps; diverged runs as marks at the edge."""
    runs, objective = result.of(task), result.objectives[task]
    figure = new_figure(440, 250)
    axes = new_axes(figure)
    shown = (
        runs
        if len(runs) <= POINTS
        else runs.iloc[np.linspace(0, len(runs) - 1, POINTS).round().astype(int)]
    )
    inside = robust_axis(axes, runs["value"].to_numpy(dtype=float), objective)
    dots(
        axes,
        shown["place"].to_numpy(dtype=float),
        inside(shown["value"].to_numpy(dtype=float)),
        "faint",
    )
    axes.step(
        runs["place"],
        inside(runs["best"].to_numpy(dtype=float)),
        where="post",
        color=colour("accent"),
        linewidth=2,
    )
    better = runs[runs["improved"]]
    axes.plot(
        better["place"],
        inside(better["best"].to_numpy(dtype=float)),
        "o",
        color=colour("accent"),
        markersize=4.5,
    )
    if len(better):
        last = better.iloc[-1]
        at = float(inside(np.array([last["best"]]))[0])
        side = "left" if last["place"] < 0.7 * len(runs) else "right"
        bold = {"color": colour("accent"), "fontweight": "bold", "ha": side}
        text = write(axes, float(last["place"]), at, number(last["best"]), va="bottom", **bold)
        text.set_bbox({"facecolor": colour("paper"), "alpha": 0.8, "linewidth": 0, "pad": 1.5})
    name_axes(
        axes,
        "runs in order of their start" if result.timed[task] else "runs in order of the logs",
        objective.metric,
    )
    return figure
