"""Repeats of the best repeated configs: each run a dot, each config a line, the noise as a band."""

import numpy as np
from matplotlib.figure import Figure

from logminer.analyses.seeds import Seeds
from logminer.core.objective import Objective
from logminer.plots.style import (
    colour,
    dots,
    name_axes,
    new_axes,
    new_figure,
    robust_axis,
    scale_axis,
)

CONFIGS = 30


def draw(result: Seeds, task: str, objective: Objective) -> Figure:
    """Draw the spread between repeats of the best repeated configs of a task."""
    runs = result.repeats
    runs = runs[(runs["task"] == task) & (runs["place"] <= CONFIGS)]
    figure = new_figure(440, 240)
    axes = new_axes(figure)
    inside = robust_axis(axes, runs["value"].to_numpy(dtype=float), objective)
    ranges = runs.groupby("place")["value"].agg(["min", "max", "mean"])
    noise = float(result.of(task)["noise"])
    if len(ranges) and np.isfinite(noise):
        best = float(ranges["mean"].iloc[0])
        axes.axhspan(best - noise, best + noise, color=colour("wash"), zorder=0)
    low, high = (inside(ranges[name].to_numpy(dtype=float)) for name in ("min", "max"))
    axes.vlines(ranges.index, low, high, color=colour("ramp3"), linewidth=2)
    dots(
        axes,
        runs["place"].to_numpy(dtype=float),
        inside(runs["value"].to_numpy(dtype=float)),
        "ramp1",
        size=4,
    )
    scale_axis(axes, "x", log=False, ends=(0, len(ranges) + 1), whole=True)
    name_axes(axes, "repeated configs, best mean first", objective.metric)
    return figure
