"""Pairs of hyperparameters: how much each pair adds, and where the strongest one is good."""

from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure

from logminer.analyses.interactions import Interactions
from logminer.core.parameters import Categorical
from logminer.core.space import Space
from logminer.plots.parameter_axis import set_parameter_axis
from logminer.plots.style import (
    FONT,
    colour,
    label,
    name_axes,
    new_axes,
    new_figure,
    number,
    plain,
    ramp_colour,
    write,
)

_SHOWN = 8


def draw(result: Interactions) -> Figure:
    """Draw the strongest pairs as bars."""
    frame = result.pairs.head(_SHOWN)[::-1].reset_index(drop=True)
    figure = new_figure(440, 60 + 30 * max(len(frame), 1))
    axes = new_axes(figure, grid="x")
    axes.barh(frame.index, frame["share"], height=0.5, color=colour("ramp2"))
    axes.hlines(frame.index, frame["low"], frame["high"], color=colour("ink"), linewidth=1.2)
    reach = max(frame["high"].max(), 0.01) if len(frame) else 1.0
    for i, (share, high) in enumerate(zip(frame["share"], frame["high"], strict=True)):
        write(axes, max(share, high) + 0.02 * reach, i, f"{share:.1%}", va="center")
    names = [
        f"{plain(a, 20)} \N{MULTIPLICATION SIGN} {plain(b, 20)}"
        for a, b in zip(frame["first"], frame["second"], strict=True)
    ]
    axes.set_yticks(frame.index, [label(n) for n in names], parse_math=False)
    axes.tick_params(axis="y", labelcolor=colour("ink"), labelsize=FONT)
    axes.set_xlim(0, reach * 1.2)
    axes.xaxis.set_major_formatter(lambda value, _: f"{number(100 * value, 2)}%")
    axes.set_xlabel("share of the differences explained")
    return figure


def draw_joint(result: Interactions, space: Space) -> Figure:
    """Draw the mean rank over the plane of the strongest pair, the best the strongest in colour."""
    figure = new_figure(400, 320)
    axes = new_axes(figure, grid="none")
    edges = []
    for name in result.strongest:
        parameter = space.parameters[name]
        unit = np.linspace(0, 1, len(result.joint) + 1)
        if isinstance(parameter, Categorical):
            edges.append(unit * len(parameter.choices) - 0.5)
        elif parameter.log:
            edges.append(parameter.low * (parameter.high / parameter.low) ** unit)
        else:
            edges.append(parameter.low + unit * (parameter.high - parameter.low))
    level = (result.joint - result.joint.min()) / max(np.ptp(result.joint), 1e-12)
    for i, column in enumerate(level):
        for start, stop in _stretches([ramp_colour(v) for v in column]):
            axes.fill_between(
                edges[0][i : i + 2], edges[1][start], edges[1][stop],
                color=ramp_colour(column[start]), linewidth=0.4,
            )  # fmt: skip
    for which, name in zip("xy", result.strongest, strict=True):
        set_parameter_axis(axes, which, space.parameters[name])
    name_axes(axes, *result.strongest)
    return figure


def _stretches(colours: list[str]) -> list[tuple[int, int]]:
    """Start and stop of each stretch of one colour."""
    cuts = [0, *(i for i in range(1, len(colours)) if colours[i] != colours[i - 1]), len(colours)]
    return list(pairwise(cuts))
