"""Runs that a document keys by what was chosen: ``{"0.1": {"32": 0.91}}``, ``{"lr=0.1,bs=32": 0.93}``, ``{"run_a": {…}}``."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from logminer.core.problem import NotALogError
from logminer.formats.documents.classify import file_kind
from logminer.formats.documents.curve_values import curve_of, is_step
from logminer.formats.documents.name_values import name_values
from logminer.formats.documents.values import is_number, parse_scalar
from logminer.formats.tables.names import is_known_setting, is_measured
from logminer.formats.tables.reports import is_report_mapping
from logminer.formats.tables.shape import SPLITS

_DEEPEST = 6
_REPEAT = re.compile(r"(seed|fold|repeat|rep|replicate)[ _-]?(\d{1,9})", re.IGNORECASE)
_MOST = 100_000  # runs of one document


@dataclass(frozen=True)
class KeyedRun:
    """One run of a document.

    Attributes:
        key: its name, or the keys that lead to it.
        record: what stands below its key.
        levels: what its keys tell: values by name, ``level.1`` and so on where no name is known.
    """

    key: str
    record: Mapping[str, Any]
    levels: Mapping[str, Any] = field(default_factory=dict)


def keyed_runs(data: Mapping[str, Any], stem: str) -> list[KeyedRun]:
    """Runs of a mapping that holds several; empty for other mappings.

    Args:
        data: the mapping.
        stem: name of the file without its suffix; where it names a metric, bare numbers are of it.

    Raises:
        NotALogError: it is a report by class.
    """
    inner = [value for value in data.values() if isinstance(value, Mapping)]
    shared = set.intersection(*(set(map(str, row)) for row in inner)) if inner else set()
    if is_report_mapping(data, shared):
        raise NotALogError("no training log: results by class of one model")
    if len(data) < 2 or _are_parts(data):
        return []
    if len(inner) == len(data) and (runs := _named_runs(data, inner)):
        return runs
    return _grid(data, stem)


def _are_parts(data: Mapping[str, Any]) -> bool:
    """Whether keys name the parts of one run: splits, or its config and its results."""
    keys = [str(key).lower() for key in data]
    return any(key in SPLITS for key in keys) or any(
        file_kind(key) != "mixed" for key in keys if not name_values(key)
    )


def _named_runs(data: Mapping[str, Any], inner: Sequence[Mapping[str, Any]]) -> list[KeyedRun]:
    """Runs by name, which have a measured number or curve in common."""
    often: dict[str, int] = {}
    for row in inner:
        for name in row:
            often[str(name)] = often.get(str(name), 0) + 1
    common = {name for name, count in often.items() if count * 10 >= len(inner) * 6}
    flat = {n for row in inner for n, v in row.items() if is_number(v) or curve_of(v) is not None}
    measured = {name for name in common & {*map(str, flat)} if is_measured(name)}
    nested = {
        n for n in common if file_kind(n) == "results" and isinstance(inner[0].get(n), Mapping)
    }
    if not measured and not nested:
        return []
    if all(map(is_step, data)) and not any(is_known_setting(name) for name in common):
        return []  # steps of one curve
    return [KeyedRun(str(key), row, _name_cells(str(key))) for key, row in data.items()]


def _name_cells(name: str) -> dict[str, Any]:
    """What the name of a run tells: settings, or which seed or fold it is."""
    if cells := dict(name_values(name)):
        return cells
    repeat = _REPEAT.fullmatch(name)
    return {repeat[1].lower(): int(repeat[2])} if repeat else {}


def _grid(data: Mapping[str, Any], stem: str) -> list[KeyedRun]:
    """Runs below nested keys of which each level is a setting."""
    depth = _depth(data)
    if depth is None:
        return []
    leaves = list(_leaves(data, depth, ()))
    if not 1 < len(leaves) <= _MOST:
        return []
    levels = list(zip(*(keys for keys, _ in leaves), strict=True))
    if not any(all(_is_value(key) for key in keys) for keys in levels):
        return []
    if depth == 1 and all(map(is_step, data)):
        return []  # steps of one curve
    if any(is_measured(key) for keys in levels for key in set(keys) if not name_values(key)):
        return []
    name = stem if is_measured(stem) else "value"
    return [
        KeyedRun(
            "/".join(keys), leaf if isinstance(leaf, Mapping) else {name: leaf}, _level_cells(keys)
        )
        for keys, leaf in leaves
    ]


def _is_value(key: str) -> bool:
    return is_number(parse_scalar(key)) or bool(name_values(key))


def _level_cells(keys: Sequence[str]) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for i, key in enumerate(keys, start=1):
        cells |= dict(name_values(key)) or {f"level.{i}": parse_scalar(key)}
    return cells


def _is_leaf(value: Any) -> bool:
    """Whether a value is what was measured: a number, a curve, or a mapping of known metrics."""
    if is_number(value):
        return True
    if isinstance(value, Mapping):
        return any(is_measured(str(name)) for name in value)
    return isinstance(value, list) and curve_of(value) is not None


def _depth(data: Mapping[str, Any]) -> int | None:
    """How many levels of keys lead to what was measured; None where it differs."""
    depth, level = 0, [data]
    while depth < _DEEPEST and sum(map(len, level)) <= _MOST:
        depth += 1
        values = [value for mapping in level for value in mapping.values()]
        if values and all(map(_is_leaf, values)):
            return depth
        if not values or not all(isinstance(v, Mapping) and v for v in values):
            return None
        first = set(values[0])
        if not all(first & set(value) for value in values):
            return None
        level = values
    return None


def _leaves(
    data: Mapping[str, Any], depth: int, above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in data.items():
        if depth == 1:
            yield (*above, str(key)), value
        else:
            yield from _leaves(value, depth - 1, (*above, str(key)))
