"""The best configs of one task: mean of the repeats, each config's spread, and the field behind."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from logminer.analyses.top import TopPerformers
from logminer.plots.style import (
    FONT,
    colour,
    name_axes,
    new_axes,
    new_figure,
    scale_axis,
    short_names,
)

SHOWN = 10


def draw(result: TopPerformers, task: str) -> Figure:
    """Draw the best configs of a task against the middle half of all its configs."""
    table = result.of(task)
    table = table[table["mean"].notna()]
    shown = table.head(SHOWN)[::-1].reset_index(drop=True)
    figure = new_figure(440, 76 + 24 * max(len(shown), 1))
    axes = new_axes(figure, grid="x")
    if len(table) > len(shown):
        low, high = np.quantile(table["mean"], [0.25, 0.75])
        axes.axvspan(low, high, color=colour("wash"), linewidth=0, zorder=0)
        axes.axvline(float(table["mean"].median()), color=colour("faint"), linewidth=1.2)
    std = shown["std"].fillna(0.0)
    axes.hlines(
        shown.index, shown["mean"] - std, shown["mean"] + std, color=colour("ramp3"), linewidth=3
    )
    first = shown["place"] == 1
    for mask, name, size in ((~first, "ramp2", 6), (first, "accent", 8.5)):
        axes.plot(shown["mean"][mask], shown.index[mask], "o", color=colour(name), markersize=size)
    titles = short_names(shown["name"].tolist())
    names = [f"{place}.  {title}" for place, title in zip(shown["place"], titles, strict=True)]
    axes.set_yticks(shown.index, names, parse_math=False)
    axes.tick_params(axis="y", labelcolor=colour("ink"), labelsize=FONT)
    scale_axis(
        axes, "x", log=False, ends=_ends(shown["mean"] - std, shown["mean"] + std, table["mean"])
    )
    objective = result.objectives[task]
    better = "lower" if objective.mode == "min" else "higher"
    name_axes(axes, f"{objective.metric} ({better} is better)")
    return figure


def _ends(low: pd.Series, high: pd.Series, means: pd.Series) -> tuple[float, float]:
    """Ends of the axis: all configs shown, and of the field behind them as much as leaves them apart."""
    if low.empty:
        return 0.0, 1.0
    first, last = float(low.min()), float(high.max())
    room = (last - first) or abs(first) * 0.1 or 1.0
    left = max(float(means.quantile(0.25)), first - 1.2 * room)
    right = min(float(means.quantile(0.75)), last + 1.2 * room)
    return min(first, left) - 0.06 * room, max(last, right) + 0.06 * room
