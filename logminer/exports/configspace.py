"""ConfigSpace: the search space with conditions and forbidden combinations, as its JSON."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from logminer.core.errors import UsageError
from logminer.core.parameters import Categorical, Integer, Parameter, Scalar
from logminer.core.space import Config, Space
from logminer.exports import _text
from logminer.exports._context import ExportContext, settled

_VERSIONS = {"python_module_version": "1.2.0", "format_version": 0.4}


def limits(space: Space) -> list[str]:
    """What ConfigSpace cannot be told about the space."""
    written = _text.in_lists(space)
    return _text.scales(written) + _text.steps(space, written)


def write(context: ExportContext) -> str:
    """JSON for ``ConfigurationSpace.from_json``; the first suggestion is the default config.

    Raises:
        UsageError: a parameter has choices that ConfigSpace cannot tell apart.
    """
    space, default = _text.in_lists(context.space), _default(context)
    content = {
        "name": _text.clean(context.task),
        "hyperparameters": [
            _hyperparameter(name, settled(p), default.get(name, p.from_unit(0.5)))
            for name, p in space.parameters.items()
        ],
        "conditions": [_condition(space, name) for name, p in space.parameters.items() if p.when],
        "forbiddens": [
            _forbidden(clause) for clause in space.forbidden if _possible(space, clause)
        ],
        **_VERSIONS,
    }
    return json.dumps(content, indent=2) + "\n"


def _default(context: ExportContext) -> Config:
    # ConfigSpace refuses a space whose default config is forbidden
    fallback = context.space.sample(1, np.random.default_rng(0))
    return (context.configs or fallback)[0]


def _hyperparameter(name: str, parameter: Parameter, default: Scalar) -> dict[str, Any]:
    described: dict[str, Any] = {"name": name, "default_value": default, "meta": None}
    if isinstance(parameter, Categorical):
        choices = _distinct(name, parameter)
        if len(choices) == 1:
            return {"type": "constant", "name": name, "value": choices[0], "meta": None}
        if parameter.ordered:
            return {"type": "ordinal", "sequence": choices, **described}
        return {"type": "categorical", "choices": choices, "weights": None, **described}
    kind = "uniform_int" if isinstance(parameter, Integer) else "uniform_float"
    bounds = {"lower": parameter.low, "upper": parameter.high, "log": parameter.log}
    return {"type": kind, **bounds, **described}


def _distinct(name: str, parameter: Categorical) -> list[Scalar]:
    kinds = {type(c) for c in parameter.choices}
    if bool in kinds and kinds & {int, float}:
        raise UsageError(
            f"'{name}' has both true or false and numbers among its choices, which ConfigSpace takes for the same",
            "write them alike in a space of your own, and give it with --space",
        )
    return list(parameter.choices)


def _condition(space: Space, child: str) -> dict[str, Any]:
    """All parents must agree; values that a parent cannot take are refused there, and say nothing."""
    each = [
        {"type": "IN", "child": child, "parent": parent, "values": [v for v in values if space.parameters[parent].contains(v)]}
        for parent, values in space.parameters[child].when.items()
    ]  # fmt: skip
    return each[0] if len(each) == 1 else {"type": "AND", "child": child, "conditions": each}


def _possible(space: Space, clause: Mapping[str, Scalar]) -> bool:
    return all(space.parameters[name].contains(value) for name, value in clause.items())


def _forbidden(clause: Mapping[str, Scalar]) -> dict[str, Any]:
    each = [{"type": "EQUALS", "name": name, "value": value} for name, value in clause.items()]
    return each[0] if len(each) == 1 else {"type": "AND", "clauses": each}
