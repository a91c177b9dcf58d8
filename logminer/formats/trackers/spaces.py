"""Hyperparameters' domains as tuners declare them, in the words of a ``space.yaml``.

What a tuner writes may be damaged or of no use (bounds that are not finite, a logarithm of zero):
such a domain is left out, or keeps what makes sense of it.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from logminer.formats.documents.values import is_number, scalar

Spec = dict[str, Any]


def float_spec(low: Any, high: Any, *, log: bool = False, step: Any = None) -> Spec | None:
    """A real number between two bounds; a step means nothing on a scale of logarithms."""
    return _number("float", low, high, log=log, step=step)


def integer_spec(low: Any, high: Any, *, log: bool = False, step: Any = None) -> Spec | None:
    """A whole number between two bounds, both included."""
    if not all(is_number(bound) and float(bound).is_integer() for bound in (low, high)):
        return None
    return _number("integer", int(low), int(high), log=log, step=step)


def choice_spec(choices: Any, *, ordered: bool = False) -> Spec | None:
    """One of several values, as the runs record them: lists and mappings as JSON text."""
    if not isinstance(choices, Sequence) or isinstance(choices, str | bytes) or not choices:
        return None
    values = list(dict.fromkeys((type(value), value) for value in map(scalar, choices)))
    plain = [value for _, value in values]
    if len(plain) == 2 and all(isinstance(value, bool) for value in plain):
        return {"type": "boolean"}
    return {"type": "ordered" if ordered else "categorical", "choices": plain}


def condition(parents: Mapping[str, Any]) -> dict[str, list[Any]]:
    """When a hyperparameter is in use: each parent with the values that call for it."""
    return {
        name: [
            scalar(value) for value in (values if isinstance(values, list | tuple) else [values])
        ]
        for name, values in parents.items()
    }


def exponent_bounds(low: Any, high: Any, base: float = math.e) -> tuple[float, float] | None:
    """Bounds written as exponents, as numbers; None where they are beyond a double."""
    if not (is_number(low) and is_number(high)):
        return None
    try:
        return base**low, base**high
    except OverflowError:
        return None


def _number(kind: str, low: Any, high: Any, *, log: bool, step: Any) -> Spec | None:
    if not (is_number(low) and is_number(high)) or not -1e300 < low <= high < 1e300:
        return None
    if low == high:
        return {"type": "categorical", "choices": [low]}
    spec: Spec = {"type": kind, "low": low, "high": high}
    if log and low > 0:
        spec["log"] = True
    elif is_number(step) and 0 < step <= high - low and (kind == "float" or step != 1):
        spec["step"] = step
    return spec


def join_conditions(before: Spec | None, spec: Spec, when: Mapping[str, list[Any]]) -> Spec:
    """A domain with its condition, joined with what the same hyperparameter was declared as before.

    Declared under several values of one parent, it is in use under each of them; under conditions
    on different parents no one condition describes it, and none is kept.
    """
    if before is None:
        return {**spec, "when": dict(when)} if when else spec
    earlier = before.get("when", {})
    if not when or set(earlier) != set(when) or len(when) > 1:
        return {key: value for key, value in before.items() if key != "when"}
    ((parent, values),) = when.items()
    both = [*earlier[parent], *(value for value in values if value not in earlier[parent])]
    return {**before, "when": {parent: both}}
