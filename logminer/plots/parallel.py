"""Parallel coordinates: one line a config, coloured by its rank, the best on top."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from logminer.analyses.parallel import Parallel
from logminer.plots.parameter_axis import unit_ticks
from logminer.plots.style import FONT, colour, new_axes, new_figure, plain, ramp_colour, write

_UNSET = -0.14


def draw(result: Parallel) -> Figure:
    """Draw the lines; a hyperparameter that does not apply is met below its axis."""
    names = result.names
    figure = new_figure(980, 380)
    axes = new_axes(figure, grid="none")
    axes.spines["bottom"].set_visible(False)
    axes.set_axis_off()
    heights = np.where(np.isnan(result.unit), _UNSET, result.unit)
    heights = np.column_stack([heights, 1 - result.lines["rank"]])
    lines = [np.column_stack([np.arange(heights.shape[1]), row]) for row in heights]
    ranks = result.lines["rank"].to_numpy(dtype=float)
    widths = np.where(ranks <= 0.1, 1.6, 0.8)
    axes.add_collection(
        LineCollection(lines, colors=[ramp_colour(r) for r in ranks], linewidths=widths, alpha=0.8)
    )
    axes.vlines(range(len(names) + 1), 0, 1, color=colour("faint"), linewidth=1)
    for i, name in enumerate(names):
        write(axes, i, 1.09, plain(name, 16), ha="center", fontweight="bold")
        for at, text in unit_ticks(result.space.parameters[name]):
            _tick(axes, i, at, text)
        if np.isnan(result.unit[:, i]).any():
            _tick(axes, i, _UNSET, "not set")
    write(axes, len(names), 1.09, "rank", ha="center", fontweight="bold")
    for at, text in ((1, "best"), (0, "worst")):
        _tick(axes, len(names), at, text)
    axes.set_xlim(-0.15, len(names) + 0.45)
    axes.set_ylim(_UNSET - 0.06, 1.16)
    return figure


def _tick(axes: Axes, i: int, at: float, text: str) -> None:
    written = write(axes, i + 0.04, at, text, va="center", fontsize=FONT - 1, color=colour("muted"))
    written.set_bbox({"facecolor": colour("paper"), "alpha": 0.8, "linewidth": 0, "pad": 1.0})
