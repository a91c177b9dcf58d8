"""Curves within documents: lists of numbers, pairs of step and value, values keyed by step."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from logminer.core.parsed import Points
from logminer.core.problem import Problem
from logminer.formats.documents.classify import Kind, file_kind
from logminer.formats.documents.values import is_number
from logminer.formats.tables.names import is_known_setting, is_measured
from logminer.formats.tables.reading import Place
from logminer.formats.tables.runs import read_shape
from logminer.formats.tables.shape import Shape
from logminer.formats.tables.table import STEP_NAMES, from_columns

_LONG = 10  # numbers from which a list without a telling name is a curve
_DEEPEST = 8
_DECLARED = re.compile(r"^(?:metrics|results|scores)/(?=.)")
_STEPS = "\0step"  # column of steps, beside metrics of any name


@dataclass(frozen=True)
class Curve:
    """Values of a curve, each a number or None, and their steps where they stand beside them."""

    values: Sequence[Any]
    steps: Sequence[int] | None = None


Curves = dict[str, Curve]


def curve_of(value: Any) -> Curve | None:
    """The curve that a list or a mapping is in itself, whatever it is called; None for anything else."""
    if isinstance(value, list) and value:
        if all(is_number(v) or v is None for v in value):
            return Curve(value)
        if all(isinstance(v, list) and len(v) == 2 and is_number(v[0]) for v in value):
            steps = [v[0] for v in value]
            if all(isinstance(step, int) or step.is_integer() for step in steps) and _climb(steps):
                return Curve([v[1] for v in value], [int(step) for step in steps])
    if isinstance(value, Mapping) and len(value) > 1 and all(map(is_step, value)):
        steps = [int(key) for key in value]
        numbers = all(is_number(v) or v is None for v in value.values())
        return Curve(list(value.values()), steps) if numbers and _climb(steps) else None
    return None


def is_step(key: Any) -> bool:
    """Whether a key of a mapping is a whole number."""
    text = str(key)
    return text.isascii() and text.isdecimal() and len(text) < 19


def _climb(steps: Sequence[float]) -> bool:
    return all(a < b for a, b in pairwise(steps))


def is_curve(name: str, value: Any, kind: Kind) -> bool:
    """Whether a value is a curve by what it is called, by how long it is, or because its steps stand beside it."""
    if kind in {"params", "meta"} or is_known_setting(name):
        return False
    curve = curve_of(value)
    if curve is None:
        return False
    if curve.steps is not None and isinstance(value, Mapping):
        return True
    named = is_measured(name) or name.lower() in STEP_NAMES or kind == "results"
    return named or len(curve.values) >= _LONG


def take_curves(
    data: Mapping[str, Any], kind: Kind, prefix: str = ""
) -> tuple[dict[str, Any], Curves]:
    """Split a mapping into what is no curve, and what is; folders are walked."""
    rest: dict[str, Any] = {}
    curves: Curves = {}
    for key, value in data.items():
        name = f"{prefix}{key}"
        if is_curve(str(key), value, kind) and (curve := curve_of(value)) is not None:
            curves[name] = curve
        elif isinstance(value, Mapping) and prefix.count("/") < _DEEPEST:
            inner, found = take_curves(value, inner_kind(str(key), kind), f"{name}/")
            curves |= found
            if inner or not found:
                rest[key] = inner
        else:
            rest[key] = value
    return rest, curves


def inner_kind(key: str, kind: Kind) -> Kind:
    """What the mapping below a key holds, in a mapping of a kind."""
    inner = file_kind(key)
    return kind if inner == "mixed" else inner


def curve_points(curves: Curves, path: str, problems: list[Problem]) -> list[Points]:
    """Points of curves; those of one folder and length share the steps written beside them."""
    groups: dict[tuple[str, tuple[int, ...] | int], Curves] = {}
    for name, curve in curves.items():
        steps = len(curve.values) if curve.steps is None else tuple(curve.steps)
        groups.setdefault((name.rpartition("/")[0], steps), {})[name] = curve
    parts = []
    for (folder, steps), group in groups.items():
        own = {name[len(folder) + 1 :] if folder else name: name for name in group}
        columns = {short: group[name].values for short, name in own.items()}
        if isinstance(steps, tuple):
            columns = {_STEPS: list(steps), **columns}
        table = from_columns(columns, path, problems)
        axis = _STEPS if isinstance(steps, tuple) else _axis(table.numbers)
        points = read_shape(table, Shape(axis=axis), Place("", "")).points
        points.names = [_DECLARED.sub("", own.get(name, name)) for name in points.names]
        parts.append(points)
    return parts


def _axis(names: Sequence[str] | Mapping[str, Any]) -> str | None:
    lowered = {name.strip().lower(): name for name in reversed(list(names))}
    return next((lowered[name] for name in STEP_NAMES if name in lowered), None)
