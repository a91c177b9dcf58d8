"""Hydra's sweeps as overrides: ``lr=1e-3,1e-4``, ``choice(…)``, ``range(…)``, ``interval(…)``.

Grammar: https://hydra.cc/docs/advanced/override_grammar/extended/. Nothing is evaluated; what is
not understood declares nothing.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from logminer.formats.documents.values import is_number, parse_scalar
from logminer.formats.trackers.spaces import Spec, choice_spec, float_spec, integer_spec

_CALL = re.compile(r"\s*(?P<name>[a-z_]+)\s*\((?P<inside>.*)\)\s*", re.DOTALL)
_LONGEST = 10_000
_MOST_STEPS = 1_000
_DEPTH = 8


def override_spec(text: Any, depth: int = 0) -> Spec | None:
    """The domain that the right side of an override sweeps over; None for a single value."""
    if not isinstance(text, str) or len(text) > _LONGEST or depth > _DEPTH:
        return None
    parts = _split(text)
    if len(parts) > 1:
        return choice_spec([_value(part) for part in parts])
    call = _CALL.fullmatch(text)
    if not call:
        return None
    arguments = _split(call["inside"])
    plain = [part for part in arguments if not re.match(r"\s*[a-z_]+\s*=", part)]
    named = {k.strip(): v for k, _, v in (p.partition("=") for p in arguments if p not in plain)}
    return _called(call["name"], plain, named, depth)


def _called(name: str, plain: list[str], named: dict[str, str], depth: int) -> Spec | None:
    values = [_value(part) for part in plain]
    if name == "choice":
        return choice_spec(values)
    if name == "range":
        return _range(values, named)
    if name == "interval":
        ends = [_value(named[key]) for key in ("start", "end") if key in named] or values
        return float_spec(*ends) if len(ends) == 2 else None
    if name in {"tag", "int", "float", "sort", "shuffle"} and plain:
        inner = override_spec(plain[-1], depth + 1)
        if inner and name == "tag" and "log" in [part.strip() for part in plain[:-1]]:
            return _logarithmic(inner)
        if inner and name == "int" and inner["type"] == "float":
            return integer_spec(
                math.ceil(inner["low"]), math.floor(inner["high"]), log=bool(inner.get("log"))
            )
        return inner
    return None


def _range(values: list[Any], named: Mapping[str, str]) -> Spec | None:
    """``range(stop)`` or ``range(start, stop[, step])``, the end left out as in Python."""
    start, stop, step = {
        1: [0, *values, 1], 2: [*values, 1], 3: values,
    }.get(len(values), [0, None, 1])  # fmt: skip
    bounds: list[Any] = [
        _value(named[key]) if key in named else given
        for key, given in (("start", start), ("stop", stop), ("step", step))
    ]
    if not all(map(is_number, bounds)):
        return None
    start, stop, step = bounds
    if step <= 0 or stop <= start:
        return None
    steps = math.ceil((stop - start) / step - 1e-9) - 1
    if not 0 <= steps < _MOST_STEPS:
        return None
    last = start + steps * step
    if all(isinstance(number, int) for number in bounds):
        return integer_spec(start, last, step=step)
    return float_spec(start, last, step=step)


def _logarithmic(spec: Spec) -> Spec:
    if spec["type"] not in {"float", "integer"} or spec["low"] <= 0:
        return spec
    return {key: value for key, value in spec.items() if key != "step"} | {"log": True}


def _value(text: str) -> Any:
    stripped = text.strip()
    if len(stripped) > 1 and stripped[0] == stripped[-1] and stripped[0] in "'\"":
        return stripped[1:-1]
    return parse_scalar(stripped)


def _split(text: str) -> list[str]:
    """Parts between commas that stand in no bracket and no quotes."""
    parts, depth, start, quote = [], 0, 0, ""
    for i, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]


def sweeper_space(hydra: Mapping[str, Any]) -> dict[str, Spec]:
    """What a ``hydra`` node sweeps over: its sweeper's space, and the overrides of the command."""
    sweeper = hydra.get("sweeper")
    overrides = hydra.get("overrides")
    task = overrides.get("task") if isinstance(overrides, Mapping) else None
    return {**dict(_sweeper_domains(sweeper)), **dict(_override_domains(task))}


def _override_domains(task: Any) -> Iterator[tuple[str, Spec]]:
    for override in task if isinstance(task, list) else ():
        name, found, text = str(override).partition("=")
        spec = override_spec(text) if found else None
        if spec:
            yield name.strip().lstrip("+"), spec


def _sweeper_domains(sweeper: Any) -> Iterator[tuple[str, Spec]]:
    if not isinstance(sweeper, Mapping):
        return
    ax = sweeper.get("ax_config")
    for entries in (
        sweeper.get("params"),
        sweeper.get("search_space"),
        sweeper.get("parametrization"),
        ax.get("params") if isinstance(ax, Mapping) else None,
    ):
        for name, entry in entries.items() if isinstance(entries, Mapping) else ():
            spec = _described(entry) if isinstance(entry, Mapping) else override_spec(entry)
            if spec:
                yield str(name), spec


def _described(entry: Mapping[str, Any]) -> Spec | None:
    """A domain as Optuna's, Ax' or Nevergrad's sweeper take it."""
    choices = entry.get("choices", entry.get("values"))
    if choices is not None:
        return choice_spec(choices, ordered=entry.get("is_ordered") is True)
    bounds = entry.get("bounds")
    low, high = bounds if isinstance(bounds, list) and len(bounds) == 2 else (
        entry.get("low", entry.get("lower")), entry.get("high", entry.get("upper")),
    )  # fmt: skip
    log = entry.get("log") is True or entry.get("log_scale") is True
    whole = entry.get("type") == "int" or entry.get("integer") is True
    whole = whole or (bounds is not None and isinstance(low, int) and isinstance(high, int))
    return (integer_spec if whole else float_spec)(low, high, log=log, step=entry.get("step"))
