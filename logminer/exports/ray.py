"""Ray Tune: a search space and ``points_to_evaluate`` as a Python module; a searcher."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from logminer.core.parameters import Categorical, Float, Integer, Parameter
from logminer.core.space import Space
from logminer.exports import _text
from logminer.exports._context import ExportContext
from logminer.exports._text import Call, domains, literal, made

if TYPE_CHECKING:
    from logminer.exports._ray_searcher import LogminerSearcher

__all__ = ["LogminerSearcher", "limits", "param_space", "write"]


def __getattr__(name: str) -> Any:
    # The class needs Ray, which the rest of this module does without.
    if name != "LogminerSearcher":
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return import_module("logminer.exports._ray_searcher").LogminerSearcher


def limits(space: Space) -> list[str]:
    """What a search space of Ray Tune's cannot say."""
    written = _text.in_lists(space, _text.multiples)
    drawn = _text.conditions(space, "Ray Tune always draws it")
    return drawn + _text.beyond_ranges(written) + _text.steps(space, written)


def param_space(space: Space) -> dict[str, Any]:
    """The search space as Ray Tune's own objects."""
    tune = import_module("ray.tune")
    listed = _text.in_lists(space, _text.multiples)
    return {n: made(d, tune) for n, d in domains(listed, _domain).items()}


def write(context: ExportContext) -> str:
    """A Python module with ``PARAM_SPACE``, ``POINTS_TO_EVALUATE``, ``METRIC`` and ``MODE``."""
    listed = _text.in_lists(context.space, _text.multiples)
    return _MODULE.format(
        heading=_text.comments(_text.heading(context, limits(context.space))),
        space=_text.assignments({**domains(listed, _domain), **context.fixed}),
        points=_text.listed(map(literal, context.configs)),
        metric=literal(context.metric),
        mode=literal(context.mode),
    )


def _domain(parameter: Parameter) -> Any:
    if isinstance(parameter, Categorical):
        choices = list(parameter.choices)
        return Call("choice", (choices,)) if len(choices) > 1 else choices[0]
    assert isinstance(parameter, Float | Integer)
    if parameter.is_stepped:  # the upper bound is inclusive there
        kind = "randint" if isinstance(parameter, Integer) else "uniform"
        function = f"q{'log' if parameter.log else ''}{kind}"
        return Call(function, (parameter.low, parameter.high, parameter.step))
    if isinstance(parameter, Float):
        function = "loguniform" if parameter.log else "uniform"
        return Call(function, (parameter.low, parameter.high))
    # The upper bound of whole numbers is exclusive there.
    return Call("lograndint" if parameter.log else "randint", (parameter.low, parameter.high + 1))


_MODULE = """\
{heading}
from ray.tune import (
    choice, lograndint, loguniform, qlograndint, qloguniform, qrandint, quniform, randint, uniform,
)

METRIC = {metric}
MODE = {mode}

# For Tuner(train, param_space=PARAM_SPACE, …); plain values are not searched.
PARAM_SPACE = {space}

# Configs to try first: for a searcher, e.g. BasicVariantGenerator(points_to_evaluate=POINTS_TO_EVALUATE).
# What is not set in one does not apply to it.
POINTS_TO_EVALUATE = {points}
"""
