"""Learning curves of one task: the best in colour, the median and the stopped, the rest behind."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from logminer.analyses.curves_view import CurvesView
from logminer.plots.style import (
    colour,
    legend,
    name_axes,
    new_axes,
    new_figure,
    robust_axis,
    scale_axis,
    series_colour,
    short_names,
)

Array = NDArray[np.float64]
_FAN = "runs cut short, as expected: median, 80 %"
_SETTLED = 0.1  # the first steps may start anywhere; the axis is made for what follows


def draw(result: CurvesView) -> Figure:
    """Draw the chosen curves over steps; values beyond the axis lie on its edge."""
    best = int((result.runs["role"] == "best").sum())
    figure = new_figure(440, 280 + 17 * (best + (not result.fans.empty)))
    axes = new_axes(figure)
    settled = result.points[result.points["step"] >= _SETTLED * result.points["step"].max()]
    inside = robust_axis(axes, settled["value"].to_numpy(dtype=float), result.objective)
    for role, name, width in (
        ("other", "line", 0.8),
        ("stopped", "faint", 0.9),
        ("median", "ink", 1.8),
    ):
        lines = _lines(result, role, inside)
        dashes = "dashed" if role == "stopped" else "solid"
        look: dict[str, Any] = {"colors": [colour(name)], "linewidths": width, "linestyles": dashes}
        axes.add_collection(LineCollection(lines, **look))
    _best(axes, result, inside, _fans(axes, result, inside))
    steps = [*result.points["step"], *result.fans["step"]]
    scale_axis(axes, "x", log=False, ends=(0, max([1.0, *steps])), whole=True)
    name_axes(axes, "step", result.objective.metric)
    return figure


def _lines(result: CurvesView, role: str, inside: Callable[[Array], Array]) -> list[Array]:
    chosen = result.runs.loc[result.runs["role"] == role, "run"]
    curves = dict(list(result.points.groupby("run", sort=False)))
    return [
        np.column_stack([curves[run]["step"], inside(curves[run]["value"].to_numpy(dtype=float))])
        for run in chosen
        if run in curves
    ]


def _fans(axes: Axes, result: CurvesView, inside: Callable[[Array], Array]) -> list[Any]:
    """Where stopped runs would have gone: the median dotted from a dot on, 80 % of the chances shaded.

    The medians lie on top of the best curves, else nobody would see those that nearly join them.
    """
    handles: list[Any] = []
    for _, fan in result.fans.groupby("run", sort=False):
        step = fan["step"].to_numpy(dtype=float)
        low, high, median = (
            inside(fan[name].to_numpy(dtype=float)) for name in ("low", "high", "median")
        )
        shade: dict[str, Any] = {"color": colour("ramp3"), "alpha": 0.35, "linewidth": 0}
        axes.fill_between(step, low, high, zorder=1.5, **shade)
        look: dict[str, Any] = {"color": colour("ink"), "linewidth": 1.3, "linestyle": "dotted"}
        handles = axes.plot(step, median, marker="o", markersize=4, markevery=[0], zorder=3, **look)
    return handles


def _best(
    axes: Axes, result: CurvesView, inside: Callable[[Array], Array], fans: list[Any]
) -> None:
    lines = _lines(result, "best", inside)
    names = short_names(result.runs.loc[result.runs["role"] == "best", "name"].tolist(), 44)
    handles = []
    for i, line in reversed(list(enumerate(lines))):  # the best on top
        handles += axes.plot(*line.T, color=series_colour(i), linewidth=1.8)
    numbered = [f"{i}. {name}" for i, name in enumerate(names, 1)]
    numbered += [_FAN] * len(fans)
    legend(axes, handles[::-1] + fans, numbered, loc="upper left", bbox_to_anchor=(-0.02, -0.18))
