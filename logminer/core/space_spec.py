"""A search space as plain data: what ``space.yaml`` loads to, and back.

    learning_rate: {type: float, low: 1.0e-5, high: 0.1, log: true}
    batch_size:    {type: integer, low: 16, high: 512, log: true}
    optimizer:     {type: categorical, choices: [sgd, adam]}
    beta2:         {type: float, low: 0.9, high: 0.9999, when: {optimizer: [adam]}}
    beta1:         {type: float, low: 0.8, high: 0.99, scale: one_minus}   # log of the distance to 1
    dropout:       {type: float, low: 0.0, high: 0.5, step: 0.05}          # 0, 0.05, 0.1, …
    hidden_size:   {type: integer, low: 64, high: 1024, factor: 2}         # powers of two, on a log scale
    patience:      {type: integer, low: 1, high: 20, default: 5}           # today's value, tried first
    epochs:        30                      # a constant
    width:         [64, 128, 256]          # choices; numbers that only rise or fall are ordered

The words of other tools are understood too: ``lo``/``min``/``hi``/``max``, ``values``,
``int``/``cat``/``bool``, ``q_uniform`` with its ``q``, ``cond: {parent, in}``, and ``parameters:`` or
``params:`` as a list. So are objects of other libraries (see ``space_objects``) and scikit-learn's list of dicts.
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from logminer.core.errors import SpaceError, did_you_mean
from logminer.core.parameters import Categorical, Float, Integer, Parameter, Scalar
from logminer.core.space import Space
from logminer.core.space_cases import is_configspace, space_of_cases, space_of_configspace
from logminer.core.space_objects import described, is_in_order

_KINDS = {
    "float": "float", "real": "float", "double": "float", "uniform": "float", "loguniform": "float",
    "log_uniform_values": "float", "quniform": "float", "q_uniform": "float", "qloguniform": "float",
    "q_log_uniform_values": "float",
    "int": "integer", "integer": "integer", "int_uniform": "integer", "qrandint": "integer",
    "qlograndint": "integer",
    "cat": "categorical", "categorical": "categorical", "choice": "categorical",
    "ordinal": "ordered", "ordered": "ordered",
    "bool": "boolean", "boolean": "boolean", "constant": "constant",
}  # fmt: skip
_WORDS = {
    "lo": "low", "min": "low", "lower": "low", "hi": "high", "max": "high", "upper": "high",
    "values": "choices", "categories": "choices", "cond": "when", "condition": "when",
    "log_scale": "log", "distribution": "type",
}  # fmt: skip
_FIELDS = {
    "type", "low", "high", "log", "scale", "step", "q", "factor", "choices", "ordered", "when", "value", "default",
}  # fmt: skip
_LOG_KINDS = {
    "loguniform",
    "log_uniform_values",
    "qloguniform",
    "q_log_uniform_values",
    "qlograndint",
}
_ROUNDED_KINDS = {
    "quniform",
    "q_uniform",
    "qloguniform",
    "q_log_uniform_values",
    "qrandint",
    "qlograndint",
}


def space_from_spec(spec: Any) -> Space:
    """Build a Space from what its YAML or JSON loads to, or from objects of other libraries.

    Args:
        spec: a mapping of parameters, a list of them by ``name``, a list of alternatives as scikit-learn has
            it, a ConfigSpace object, or a Space, which comes back as it is.

    Raises:
        SpaceError: the description makes no sense; the message names the parameter.
    """
    if isinstance(spec, Space):
        return spec
    if is_configspace(spec):
        spec = space_of_configspace(spec)
    if not isinstance(spec, Mapping | list):
        raise SpaceError(f"a search space is a mapping of parameters, got {type(spec).__name__}")
    named = spec
    forbidden: Any = ()
    if isinstance(spec, Mapping) and isinstance(
        inner := spec.get("parameters", spec.get("params")), Mapping | list
    ):
        named, forbidden = inner, spec.get("forbidden", ())
    if isinstance(named, list):
        if named and all(_is_case(item) for item in named):
            return space_from_spec(space_of_cases(named))
        named = _by_name(named)
    if not named:
        raise SpaceError("the search space holds no parameter")
    parameters = {str(name): _parameter(str(name), p) for name, p in named.items()}
    space = Space(
        parameters,
        tuple(_forbidden(clause, list(parameters)) for clause in forbidden or ()),
        {str(name): _default(p) for name, p in named.items() if _has_default(p)},
    )
    for name, parameter in parameters.items():
        _check_conditions(name, parameter, space)
    return space


def _check_conditions(name: str, parameter: Parameter, space: Space) -> None:
    """A condition on what a parent never is would hide the parameter for good, a slip of the pen say."""
    for parent, values in parameter.when.items():
        for value in values:
            if not space.parameters[parent].contains(value):
                raise SpaceError(
                    f"parameter '{name}': '{parent}' is never {value!r}",
                    hint=f"'when' takes values that '{parent}' can have",
                )


def _is_case(item: Any) -> bool:
    """Whether an item of a list is a space of its own rather than a parameter without a name."""
    return (
        isinstance(item, Mapping) and "name" not in item and not _FIELDS.union(_WORDS) >= set(item)
    )


def _by_name(items: list[Any]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for place, item in enumerate(items, start=1):
        if not isinstance(item, Mapping) or "name" not in item:
            raise SpaceError(f"parameter {place} of the list has no 'name'")
        if item["name"] in named:
            raise SpaceError(f"parameter '{item['name']}' is given twice")
        named[item["name"]] = {key: value for key, value in item.items() if key != "name"}
    return named


def _forbidden(clause: Any, names: list[str]) -> dict[str, Scalar]:
    if not isinstance(clause, Mapping) or not clause:
        raise SpaceError(f"'forbidden' is a list of partial configs, got {clause!r}")
    for name in clause:
        if name not in names:
            raise SpaceError(f"'forbidden' names '{name}'{did_you_mean(str(name), names)}")
    return dict(clause)


def _parameter(name: str, spec: Any) -> Parameter:
    try:
        return _build(spec)
    except (SpaceError, TypeError, ValueError, KeyError) as error:
        reason = f"missing {error}" if isinstance(error, KeyError) else str(error)
        hint = getattr(error, "hint", "")
        raise SpaceError(f"parameter '{name}': {reason}", hint=hint) from error


def _has_default(spec: Any) -> bool:
    plain = described(spec)
    return isinstance(plain, Mapping) and plain.get("default") is not None


def _default(spec: Any) -> Scalar:
    value: Scalar = described(spec)["default"]
    return value.item() if isinstance(value, np.generic) else value


def _build(written: Any) -> Parameter:
    spec = described(written)
    if isinstance(spec, list):
        return Categorical(tuple(spec), ordered=is_in_order(spec))
    if not isinstance(spec, Mapping):
        return Categorical((spec.item() if isinstance(spec, np.generic) else spec,))
    fields = {_WORDS.get(str(k), str(k)): v for k, v in spec.items()}
    for key in fields:
        if key not in _FIELDS:
            raise SpaceError(f"unknown word '{key}'{did_you_mean(key, sorted(_FIELDS))}")
    written = str(fields.get("type", _guess_kind(fields))).lower()
    if written not in _KINDS:
        raise SpaceError(f"unknown type '{written}'{did_you_mean(written, sorted(_KINDS))}")
    return _typed(fields, written)


def _typed(fields: Mapping[str, Any], written: str) -> Parameter:
    kind, when = _KINDS[written], _when(fields.get("when"))
    if written in _ROUNDED_KINDS and _guess_kind(fields) == "integer":
        kind = "integer"
    if kind == "constant":
        return Categorical((fields["value"],), when=when)
    if kind == "boolean":
        return Categorical((False, True), when=when)
    if "choices" in fields or kind in ("categorical", "ordered"):
        ordered = bool(fields.get("ordered", kind == "ordered"))
        return Categorical(_choices(fields["choices"]), ordered, when)
    fields = _in_steps(fields, written)
    one_minus = fields.get("scale") == "one_minus"
    factor = fields.get("factor")
    log = _is_log(fields, by_factor=factor is not None and not one_minus) or written in _LOG_KINDS
    low, high, step = fields["low"], fields["high"], fields.get("step")
    if kind == "integer":
        spaced = (1 if step is None else _whole(step), None if factor is None else _whole(factor))
        return Integer(_whole(low), _whole(high), log, when, *spaced)
    return Float(float(low), float(high), log, when, one_minus, _number(step), _number(factor))


def parameter_from_spec(spec: Any) -> Parameter:
    """One parameter by itself; a condition in it names its parents, which are not looked up.

    Raises:
        SpaceError: the description makes no sense.
    """
    return _parameter("value", spec)


def _in_steps(fields: Mapping[str, Any], written: str) -> Mapping[str, Any]:
    """With ``q``, as other tools have it, the values are the multiples of it within the bounds."""
    q = fields.get("q", 1 if written in _ROUNDED_KINDS else None)
    if q is None:
        return fields
    if fields.get("step") is not None:
        raise SpaceError("'q' and 'step' say the same: leave one out")
    if not 0 < float(q) < math.inf:
        raise SpaceError(f"'q' is above 0, got {q}")
    low, spacing = (Decimal(str(number)) for number in (float(fields["low"]), float(q)))
    # The first multiple at or above the lower bound; 0 is on no log scale.
    first = math.ceil(low / spacing) * spacing or (spacing if written in _LOG_KINDS else low)
    return {**fields, "step": q, "low": float(first)}


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _choices(values: Any) -> tuple[Scalar, ...]:
    if not isinstance(values, list | tuple):
        raise SpaceError(f"choices are a list, got {values!r}")
    return tuple(values)


def _is_log(fields: Mapping[str, Any], by_factor: bool) -> bool:
    """Whether the scale is logarithmic, as it is without a word where a factor spaces the values."""
    if (scale := fields.get("scale", "linear")) not in ("log", "linear", "one_minus"):
        raise SpaceError(f"a scale is log, linear or one_minus, got {scale!r}")
    unsaid = "scale" not in fields and "log" not in fields
    return bool(fields.get("log", False)) or scale == "log" or (by_factor and unsaid)


def _whole(bound: Any) -> int:
    if not float(bound).is_integer():
        raise SpaceError(f"integer bounds must be whole, got {bound}")
    return bound if isinstance(bound, int) else int(float(bound))


def _guess_kind(fields: Mapping[str, Any]) -> str:
    if "choices" in fields:
        return "categorical"
    if "value" in fields:
        return "constant"
    numbers = [fields.get(end) for end in ("low", "high")]
    numbers += [fields[word] for word in ("step", "q", "factor") if fields.get(word) is not None]
    return "integer" if all(isinstance(number, int) for number in numbers) else "float"


def _when(spec: Any) -> dict[str, tuple[Scalar, ...]]:
    if not spec:
        return {}
    if not isinstance(spec, Mapping):
        raise SpaceError(f"'when' maps a parent to its values, got {spec!r}")
    if set(spec) == {"parent", "in"} and isinstance(spec["parent"], str):
        spec = {spec["parent"]: spec["in"]}
    return {
        str(parent): tuple(values) if isinstance(values, list | tuple) else (values,)
        for parent, values in spec.items()
    }


def space_to_spec(space: Space) -> dict[str, Any]:
    """The space as plain data; ``space_from_spec`` gives it back unchanged."""
    named = {name: _describe(p) for name, p in space.parameters.items()}
    for name, value in space.defaults.items():
        named[name]["default"] = value
    if space.forbidden or "parameters" in named or "params" in named:
        return {"parameters": named, "forbidden": [dict(clause) for clause in space.forbidden]}
    return named


def _describe(parameter: Parameter) -> dict[str, Any]:
    spec: dict[str, Any]
    if isinstance(parameter, Categorical):
        spec = {"type": "categorical", "choices": list(parameter.choices)}
        if parameter.ordered:
            spec["ordered"] = True
    else:
        kind = "integer" if isinstance(parameter, Integer) else "float"
        spec = {"type": kind, "low": parameter.low, "high": parameter.high}
        if parameter.log:
            spec["log"] = True
        if isinstance(parameter, Float) and parameter.one_minus:
            spec["scale"] = "one_minus"
        if parameter.factor is not None:
            spec["factor"] = parameter.factor
        elif parameter.is_stepped:
            spec["step"] = parameter.step
    if parameter.when:
        spec["when"] = {parent: list(values) for parent, values in parameter.when.items()}
    return spec
