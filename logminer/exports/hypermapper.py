"""HyperMapper: the scenario as JSON; it goes on from the past runs that ``hypermapper_csv`` writes."""

import json
import re
from typing import Any

from logminer.core.errors import UsageError
from logminer.core.parameters import Categorical, Float, Integer, Parameter, Scalar
from logminer.core.space import Config, Space
from logminer.exports import _text
from logminer.exports._context import ExportContext, declared, settled

PAST = "past.csv"
_NAME = re.compile(r"[0-9a-zA-Z_-]+")


def limits(space: Space) -> list[str]:
    """What a scenario cannot be told about the space; it minimises, and has linear scales only."""
    written = _text.in_lists(space)
    drawn = _text.conditions(space, "HyperMapper always draws it")
    even = [
        f"'{name}' is searched evenly here, not by its logarithm"
        for name, p in written.parameters.items()
        if not isinstance(p, Categorical) and p.log
    ]
    minimised = ["HyperMapper minimises: where higher is better, report the negative"]
    apart = _text.scales(written) + _text.steps(space, written)
    return drawn + _text.forbidden(space) + even + apart + minimised


def write(context: ExportContext) -> str:
    """JSON for ``hypermapper.optimizer.optimize``; the first suggestion is the default config.

    With past runs it resumes from ``past.csv`` beside it.

    Raises:
        UsageError: HyperMapper takes no parameter of that name.
    """
    space = _text.in_lists(context.space)
    default = filled(space, (context.configs or [{}])[0])
    content: dict[str, Any] = {
        "application_name": re.sub(r"[^\w.-]", "_", context.task, flags=re.ASCII),
        "optimization_objectives": [objective(context)],
        "optimization_iterations": 50,
        "input_parameters": {
            checked(name): _parameter(settled(p), default[name])
            for name, p in space.parameters.items()
        },
    }
    if any(run.value is not None for run in context.runs):
        content |= {"resume_optimization": True, "resume_optimization_data": PAST}
    return json.dumps(content, indent=2) + "\n"


def objective(context: ExportContext) -> str:
    """Name of what is minimised: the metric, or its negative."""
    name = re.sub(r"[^\w./-]", "_", context.metric, flags=re.ASCII)
    return name if context.mode == "min" else f"negative_{name}"


def filled(space: Space, config: Config) -> Config:
    """The config with the middle of its range for every parameter that is not set: there are no unset ones."""
    middle = {name: p.from_unit(0.5) for name, p in space.parameters.items()}
    return {**middle, **declared(space, config)}


def checked(name: str) -> str:
    """The name, where HyperMapper takes it.

    Raises:
        UsageError: it holds something else than letters, digits, ``_`` and ``-``.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"HyperMapper takes no parameter named '{_text.clean(name)}'",
            "give a space with names of letters, digits, _ and - with --space",
        )
    return name


def told(parameter: Parameter, value: Scalar) -> Scalar:
    """A value as HyperMapper is told it: choices as text, unless they are numbers in an order."""
    return str(value) if _as_text(parameter) else value


def _as_text(parameter: Parameter) -> bool:
    if not isinstance(parameter, Categorical):
        return False
    numbers = all(isinstance(c, int | float) and not isinstance(c, bool) for c in parameter.choices)
    return not (numbers and (parameter.ordered or len(parameter.choices) == 1))


def _parameter(parameter: Parameter, default: Scalar) -> dict[str, Any]:
    given = {"parameter_default": told(parameter, default)}
    if isinstance(parameter, Categorical):
        kind = "categorical" if _as_text(parameter) else "ordinal"
        values = [told(parameter, c) for c in parameter.choices]
        return {"parameter_type": kind, "values": values, **given}
    assert isinstance(parameter, Float | Integer)
    kind = "integer" if isinstance(parameter, Integer) else "real"
    return {"parameter_type": kind, "values": [parameter.low, parameter.high], **given}
