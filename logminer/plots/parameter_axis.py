"""An axis on the scale of a hyperparameter: linear, log, or one place for each choice."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from logminer.core.parameters import Categorical, Integer, Parameter
from logminer.plots.style import label, log_ticks, number, plain, scale_axis

_CHOICES_NAMED = 12


def positions(parameter: Parameter, values: Sequence[Any]) -> NDArray[np.float64]:
    """Where values lie on the axis: as they are, or the place of the choice."""
    if isinstance(parameter, Categorical):
        return np.array([parameter.index(value) for value in values], dtype=np.float64)
    return np.array(values, dtype=np.float64)


def set_parameter_axis(axes: Axes, which: str, parameter: Parameter) -> None:
    """Give an axis the scale, limits and ticks of a hyperparameter."""
    if isinstance(parameter, Categorical):
        _choices(axes, which, parameter)
        return
    ends = (parameter.low, parameter.high) if parameter.low < parameter.high else None
    whole = isinstance(parameter, Integer)
    scale_axis(axes, which, log=parameter.log, ends=ends, whole=whole)


def _choices(axes: Axes, which: str, parameter: Categorical) -> None:
    count = len(parameter.choices)
    shown = range(0, count, -(-count // _CHOICES_NAMED))
    names = [plain(parameter.choices[i], 14) for i in shown]
    if which == "x":
        turned = sum(len(name) for name in names) > 42
        extra: dict[str, Any] = (
            {"rotation": 35, "ha": "right", "rotation_mode": "anchor"} if turned else {}
        )
        axes.set_xticks(list(shown), names, parse_math=False, **extra)
        axes.set_xlim(-0.5, count - 0.5)
    else:
        axes.set_yticks(list(shown), names, parse_math=False)
        axes.set_ylim(-0.5, count - 0.5)


def unit_ticks(parameter: Parameter) -> list[tuple[float, str]]:
    """A few places in the unit interval with what they stand for."""
    if isinstance(parameter, Categorical):
        step = -(-len(parameter.choices) // _CHOICES_NAMED)
        return [(parameter.to_unit(c), label(plain(c, 12))) for c in parameter.choices[::step]]
    if parameter.low == parameter.high:
        return [(0.5, number(parameter.low))]
    values = _round_values(parameter.low, parameter.high, log=parameter.log)
    return [(parameter.to_unit(value), number(value)) for value in values]


def _round_values(low: float, high: float, *, log: bool) -> list[float]:
    """Both ends and, on a log scale, the powers of ten between them."""
    if not log:
        return [low, (low + high) / 2, high]
    room = 0.12 * np.log(high / low)
    inner = [v for v in log_ticks(low, high) if np.log(v / low) > room and np.log(high / v) > room]
    return [low, *inner, high]
