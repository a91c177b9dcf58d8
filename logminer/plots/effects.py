"""One hyperparameter's effect: the marginal, its band, the good range, and the configs as points."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from logminer.analyses.effects import Effect
from logminer.core.parameters import Categorical
from logminer.plots.parameter_axis import positions, set_parameter_axis
from logminer.plots.style import colour, dots, name_axes, new_axes, new_figure

POINTS = 400


def draw(effect: Effect) -> Figure:
    """Draw one effect; the best rank is at the top."""
    figure = new_figure(320, 230)
    axes = new_axes(figure)
    choices = isinstance(effect.parameter, Categorical)
    _points(axes, effect, jitter=0.16 if choices else 0.0)
    (_choices if choices else _line)(axes, effect)
    set_parameter_axis(axes, "x", effect.parameter)
    axes.set_ylim(1.04, -0.04)
    axes.set_yticks([0, 0.5, 1], ["best", "middle", "worst"])
    name_axes(axes, effect.name)
    return figure


def _points(axes: Axes, effect: Effect, jitter: float) -> None:
    rng = np.random.default_rng(0)
    shown = effect.points
    if len(shown) > POINTS:
        shown = shown.iloc[np.sort(rng.choice(len(shown), POINTS, replace=False))]
    x = positions(effect.parameter, shown["value"].tolist())
    x = x + jitter * rng.uniform(-1, 1, len(x))
    dots(axes, x, shown["rank"].to_numpy(dtype=float), "faint")


def _line(axes: Axes, effect: Effect) -> None:
    curve = effect.curve
    x = positions(effect.parameter, curve["value"].tolist())
    low, high = (curve[name].to_numpy(dtype=float) for name in ("low", "high"))
    if effect.good:
        ends = [float(value or 0) for value in (effect.good[0], effect.good[-1])]
        axes.axvspan(*ends, color=colour("wash"), zorder=0)
    axes.fill_between(x, low, high, color=colour("ramp3"), alpha=0.45, linewidth=0)
    axes.plot(x, curve["rank"], color=colour("accent"), linewidth=2)


def _choices(axes: Axes, effect: Effect) -> None:
    curve = effect.curve
    x = positions(effect.parameter, curve["value"].tolist())
    axes.vlines(x, curve["low"], curve["high"], color=colour("ramp2"), linewidth=4)
    axes.hlines(curve["rank"], x - 0.22, x + 0.22, color=colour("accent"), linewidth=2.5)
