"""Syne Tune: a configuration space and ``points_to_evaluate`` as a Python module."""

from importlib import import_module
from typing import Any

from logminer.core.parameters import Categorical, Float, Integer, Parameter, Scalar
from logminer.core.space import Config, Space
from logminer.exports import _text
from logminer.exports._context import ExportContext
from logminer.exports._text import Call, domains, literal, made


def limits(space: Space) -> list[str]:
    """What a configuration space of Syne Tune's cannot say; decays have a scale of their own there."""
    drawn = _text.conditions(space, "Syne Tune always draws it")
    return (
        drawn
        + _text.steps(space, _text.in_lists(space, _has_steps))
        + _text.forbidden(space)
        + [
            f"choices of '{name}' are of several kinds, and stand as text"
            for name, p in space.parameters.items()
            if _kind(p) is str and any(not isinstance(c, str) for c in p.choices)  # type: ignore[union-attr]
        ]
    )


def told(parameter: Parameter, value: Scalar) -> Scalar:
    """A value as Syne Tune is told it, whose choices are all of one type."""
    kind = _kind(parameter)
    return kind(value) if kind else value


def _kind(parameter: Parameter) -> type | None:
    """What choices of several types become: floats if all are numbers, else texts."""
    types = {type(c) for c in parameter.choices} if isinstance(parameter, Categorical) else set()
    if len(types) < 2:
        return None
    return float if types == {int, float} else str


def _has_steps(parameter: Float | Integer) -> bool:
    """Where neighbours are equally far apart on the scale."""
    return not parameter.one_minus and parameter.log == (parameter.factor is not None)


def config_space(space: Space) -> dict[str, Any]:
    """The search space as Syne Tune's own objects."""
    module = import_module("syne_tune.config_space")
    listed = _text.in_lists(space, _has_steps)
    return {n: made(d, module) for n, d in domains(listed, _domain).items()}


def write(context: ExportContext) -> str:
    """A Python module with ``CONFIG_SPACE``, ``POINTS_TO_EVALUATE``, ``METRIC`` and ``DO_MINIMIZE``."""
    listed = _text.in_lists(context.space, _has_steps)
    return _MODULE.format(
        heading=_text.comments(_text.heading(context, limits(context.space))),
        space=_text.assignments({**domains(listed, _domain), **_text.scalars(context.fixed)}),
        points=_text.listed(map(literal, points_to_evaluate(context))),
        metric=literal(context.metric),
        minimise=context.mode == "min",
    )


def points_to_evaluate(context: ExportContext) -> list[Config]:
    """Configs to try first, as Syne Tune is told them."""
    known = context.space.parameters
    return [{n: told(known[n], v) for n, v in config.items()} for config in context.configs]


def _domain(parameter: Parameter) -> Any:
    if isinstance(parameter, Categorical):
        choices = [told(parameter, c) for c in parameter.choices]
        if len(choices) == 1:
            return choices[0]
        return Call("ordinal" if parameter.ordered else "choice", (choices,))
    assert isinstance(parameter, Float | Integer)
    if parameter.is_stepped:
        function = "logfinrange" if parameter.log else "finrange"
        whole = {"cast_int": True} if isinstance(parameter, Integer) else {}
        return Call(function, (parameter.low, parameter.high, int(parameter.count)), whole)
    if isinstance(parameter, Integer):
        return Call("lograndint" if parameter.log else "randint", (parameter.low, parameter.high))
    scale = "loguniform" if parameter.log else "uniform"
    if parameter.one_minus and parameter.low >= 0:
        scale = "reverseloguniform"
    return Call(scale, (parameter.low, parameter.high))


_MODULE = """\
{heading}
from syne_tune.config_space import (
    choice, finrange, logfinrange, lograndint, loguniform, ordinal, randint, reverseloguniform, uniform,
)

METRIC = {metric}
DO_MINIMIZE = {minimise}

CONFIG_SPACE = {space}

# Configs to try first: for the scheduler's points_to_evaluate. What is not set in one does not apply to it.
POINTS_TO_EVALUATE = {points}
"""
