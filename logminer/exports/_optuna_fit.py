"""What an objective asks Optuna for, met by values of a space: its steps and bounds hold."""

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from logminer.core.errors import SpaceError
from logminer.core.parameters import Categorical, Float, Integer, Parameter, Scalar, is_number, same
from logminer.core.space import Space

_ROUNDING = 1e-9  # share of a step by which arithmetic may have moved a bound


def adapted(space: Space, asked: Mapping[str, BaseDistribution]) -> Space:
    """The space without the values that an objective does not take.

    Args:
        space: where configs are looked for.
        asked: by parameter, what the objective asked for; others stay as they are.
    """
    changed = {
        name: _met(parameter, asked[name])
        for name, parameter in space.parameters.items()
        if name in asked
    }
    return space.with_parameters(changed)


def _met(parameter: Parameter, asked: BaseDistribution) -> Parameter:
    if isinstance(parameter, Categorical):
        if not isinstance(asked, CategoricalDistribution):
            return parameter
        kept = tuple(c for c in parameter.choices if any(same(c, a) for a in asked.choices))
        return replace(parameter, choices=kept) if kept else parameter
    if isinstance(parameter, Integer) and isinstance(asked, IntDistribution):
        grid: Float | Integer = Integer(asked.low, asked.high, step=asked.step)
    elif isinstance(parameter, Float) and isinstance(asked, FloatDistribution):
        grid = Float(asked.low, asked.high, step=asked.step)
    else:
        return parameter
    if parameter.is_stepped and all(grid.contains(value) for value in _sample(parameter)):
        return parameter
    try:
        return _narrowed(parameter, grid)
    except SpaceError:  # nothing in common: values are drawn where the objective asks
        return parameter


def _narrowed(parameter: Float | Integer, grid: Float | Integer) -> Parameter:
    """The common range, in the steps of the grid."""
    low, high = max(parameter.low, grid.low), min(parameter.high, grid.high)
    if grid.lattice:
        low = grid.lattice.value(math.ceil(grid.lattice.index(low) - _ROUNDING))
    if isinstance(parameter, Integer):
        return replace(
            parameter, low=int(low), high=int(high), step=int(grid.step or 1), factor=None
        )
    return replace(parameter, low=low, high=high, step=grid.step, factor=None)


def _sample(parameter: Float | Integer) -> tuple[float, ...]:
    """Values that show whether all lie on a grid: the first few and the last."""
    return (*islice(parameter.values(), 8), parameter.high)


def fitted(value: Scalar, asked: BaseDistribution) -> tuple[Any] | None:
    """A value as an objective takes it, in a tuple; None where it takes nothing like it.

    A number between two steps of the objective becomes the closer one.
    """
    if isinstance(asked, CategoricalDistribution):
        return next(((choice,) for choice in asked.choices if same(choice, value)), None)
    if not is_number(value) or not isinstance(asked, IntDistribution | FloatDistribution):
        return None
    half = (asked.step or 0) / 2
    slack = 1e-9 * max(abs(asked.low), abs(asked.high))
    if (
        not math.isfinite(value)
        or not asked.low - half - slack <= value <= asked.high + half + slack
    ):
        return None
    if isinstance(asked, IntDistribution):
        return (Integer(asked.low, asked.high, step=asked.step).nearest(value),)
    return (Float(asked.low, asked.high, step=asked.step).nearest(value),)
