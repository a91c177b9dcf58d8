"""Runs and points of one loaded mapping or list: what JSON, YAML and TOML logs hold.

A mapping may be a config, a set of results, curves as lists, a history of rows, or a run record that nests all
of these. Names of curves keep their folders with slashes (``train/loss``), parameters theirs with dots.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from logminer.core.names import is_known
from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import NotALogError, Problem
from logminer.formats._probe import Probe
from logminer.formats.documents.classify import Kind, file_kind, is_measured, take_apart
from logminer.formats.documents.values import flatten, is_number, spoken
from logminer.formats.documents.yaml_text import load_yaml
from logminer.formats.tables.roles import is_log, roles_of, spoken_log
from logminer.formats.tables.runs import read_roles
from logminer.formats.tables.table import (
    STEP_NAMES,
    from_columns,
    from_records,
    nested_names,
    step_column,
)

_HISTORIES = spoken("history log_history logs log epochs steps records results trials runs metrics")
_RESULTS = re.compile(r"^(metrics|results|scores)\.(?=.)")


def read_mapping(data: Any, root: str, path: str, kind: Kind | None = None) -> ParsedLog:
    """Everything a loaded document says.

    Args:
        data: what the document loaded to.
        root: where the run lives.
        path: the file: named in problems, and root of runs that only their place in it tells apart.
        kind: what the mapping as a whole holds; by default the file name tells.

    Raises:
        NotALogError: nothing in it is a parameter or a measurement.
    """
    name = path.replace("\\", "/").rpartition("/")[2]
    kind = kind or file_kind(name)
    problems: list[Problem] = []
    if isinstance(data, list):
        log = _read_list(data, root, path, name, problems)
    elif isinstance(data, Mapping):
        log = _read_mapping(data, root, path, kind, problems)
    else:
        log = None
    if log is None:
        raise NotALogError("no training log: neither parameters nor measurements in it")
    log.problems = problems
    return log


def read_arguments(probe: Probe, resume: Resume) -> ParsedLog:
    """A YAML file of arguments: all of it is parameters of the folder's run, which may have none.

    Raises:
        ValueError: it is no YAML.
    """
    data = probe.read_bytes()
    log = read_mapping(load_yaml(data) or {}, probe.folder, probe.path, "params")
    log.offset, log.anew = len(data), bool(resume.offset)
    return log


def read_rows(
    rows: Sequence[Mapping[str, Any]], root: str, path: str, problems: list[Problem], hint: str = ""
) -> ParsedLog | None:
    """A list of mappings: one row a step, or one a run. None when it is no log.

    Args:
        rows: the mappings, nested or flat.
        root: where the run lives.
        path: the file.
        problems: where what cannot be read is said.
        hint: name under which the list stood; by default the file's name.
    """
    name = hint or path.replace("\\", "/").rpartition("/")[2]
    flat = [flatten(row) for row in rows]
    table = from_records(flat)
    if not is_log(table, name):
        return None
    nested, roles = nested_names(rows, flat), roles_of(table, name)
    problems += table.lost(path, {*roles.params, *roles.meta})
    reading = read_roles(table, roles, root, _stem(path), nested=nested)
    return ParsedLog(reading.runs, reading.points)


def _stem(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/{name.rpartition('.')[0] or name}"


def _read_list(
    data: list[Any], root: str, path: str, name: str, problems: list[Problem]
) -> ParsedLog | None:
    if data and all(isinstance(row, Mapping) for row in data):
        return read_rows(data, root, path, problems)
    if data and all(is_number(item) or item is None for item in data) and (
        spoken_log(name) or is_measured(name.partition(".")[0])
    ):  # fmt: skip
        curve = from_columns({name.partition(".")[0]: data}, path, problems)
        reading = read_roles(curve, roles_of(curve, name), root, path)
        return ParsedLog(reading.runs, reading.points)
    return None


def _read_mapping(
    data: Mapping[str, Any], root: str, path: str, kind: Kind, problems: list[Problem]
) -> ParsedLog | None:
    rows = _rows_by_key(data)
    if rows is not None and kind != "params":
        return read_rows(rows, root, path, problems)
    rest, curves = _take_curves(data, kind)
    rest, histories = _take_histories(rest, kind)
    parts = take_apart(flatten(rest, path, problems), kind)
    logs = [log for key, rows in histories if (log := read_rows(rows, root, path, problems, key))]
    points = [
        *_curve_points(curves, path, problems),
        *(log.points for log in logs),
        _finals(parts.results),
    ]
    many = next((log for log in logs if len(log.runs) > 1), None)
    if many:  # what the record says besides holds for all of its runs
        for run in many.runs:
            run.params = {**parts.params, **run.params}
            run.meta = {**parts.meta, **run.meta}
        return many
    if not parts.params and not parts.meta and not any(len(p) for p in points):
        return ParsedLog([RunFacts(root)]) if not data else None
    for log in logs:
        parts.params = {**log.runs[0].params, **parts.params}
        parts.meta = {**log.runs[0].meta, **parts.meta}
    return ParsedLog([RunFacts(root, params=parts.params, meta=parts.meta)], Points.concat(points))


def _finals(results: Mapping[str, float]) -> Points:
    """Final results: measured once, so at step 0; folders in their names become slashes."""
    rows = [
        (_RESULTS.sub("", name).replace(".", "/"), 0, None, value)
        for name, value in results.items()
    ]
    return Points.from_rows(rows)


def _rows_by_key(data: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Rows of ``{"1": {"loss": …}, "2": …}`` or ``{"run_a": {"lr": …, "acc": …}, …}``; None for other shapes."""
    rows = list(data.values())
    if len(rows) < 2 or not all(isinstance(row, Mapping) for row in rows):
        return None
    shared = set.intersection(*(set(map(str, row)) for row in rows))
    if not any(is_measured(name) for name in shared):
        return None
    if all(str(key).isdecimal() for key in data):
        if step_column(shared):
            return [dict(row) for row in rows]
        return [{"step": int(key), **row} for key, row in data.items()]
    if any(is_known(name) for name in shared):
        return [{"run": str(key), **row} for key, row in data.items()]
    return None


Curves = dict[str, list[Any]]


def _take_curves(
    data: Mapping[str, Any], kind: Kind, prefix: str = ""
) -> tuple[dict[str, Any], Curves]:
    """Split a mapping into what is no curve, and its lists of numbers that are; folders are walked."""
    rest: dict[str, Any] = {}
    curves: Curves = {}
    for key, value in data.items():
        name = f"{prefix}{key}"
        if isinstance(value, list) and _is_curve(str(key), value, kind):
            curves[name] = value
        elif isinstance(value, Mapping) and prefix.count("/") < 8:
            inner, found = _take_curves(value, _inner_kind(str(key), kind), f"{name}/")
            curves |= found
            if inner or not found:
                rest[key] = inner
        else:
            rest[key] = value
    return rest, curves


def _inner_kind(key: str, kind: Kind) -> Kind:
    inner = file_kind(key)
    return kind if inner == "mixed" else inner


def _is_curve(name: str, values: list[Any], kind: Kind) -> bool:
    if kind in {"params", "meta"} or not values or is_known(name):
        return False
    if not all(is_number(v) or v is None for v in values):
        return False
    return is_measured(name) or name.lower() in STEP_NAMES or kind == "results" or len(values) >= 10


def _curve_points(curves: Curves, path: str, problems: list[Problem]) -> list[Points]:
    """Points of curves; those of one folder and length share the steps written beside them."""
    groups: dict[tuple[str, int], Curves] = {}
    for name, values in curves.items():
        groups.setdefault((name.rpartition("/")[0], len(values)), {})[name] = values
    parts = []
    for (folder, _), group in groups.items():
        own = {name[len(folder) + 1 :] if folder else name: name for name in group}
        table = from_columns({short: group[name] for short, name in own.items()}, path, problems)
        points = read_roles(table, roles_of(table), "", "").points
        points.names = [own.get(name, name) for name in points.names]
        parts.append(points)
    return parts


def _take_histories(
    data: Mapping[str, Any], kind: Kind, depth: int = 0
) -> tuple[dict[str, Any], list[tuple[str, list[Mapping[str, Any]]]]]:
    """Split a mapping into what is no history, and its lists of rows that are; folders are walked."""
    rest: dict[str, Any] = {}
    histories = []
    for key, value in data.items():
        if kind != "params" and _is_history(str(key), value):
            histories.append((str(key), value))
        elif isinstance(value, Mapping) and value and depth < 8:
            inner, found = _take_histories(value, _inner_kind(str(key), kind), depth + 1)
            histories += found
            rest[key] = inner
        else:
            rest[key] = value
    return rest, histories


def _is_history(key: str, value: Any) -> bool:
    if not isinstance(value, list) or not value or not all(isinstance(v, Mapping) for v in value):
        return False
    return key.lower() in _HISTORIES or any(is_measured(str(name)) for name in value[0])
