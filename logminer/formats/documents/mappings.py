"""Runs and points of one loaded mapping or list: what JSON, YAML and TOML logs hold.

A mapping may be a config, a set of results, curves, a history of rows, a run record that nests all of these, or several
runs by name or by what was chosen. Names of curves keep their folders with slashes (``train/loss``), parameters and cells
theirs with dots.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import NotALogError, Problem
from logminer.core.vocabulary import describe
from logminer.formats._probe import Probe
from logminer.formats.documents.classify import Kind, file_kind
from logminer.formats.documents.curve_values import (
    curve_of,
    curve_points,
    inner_kind,
    is_curve,
    is_step,
    take_curves,
)
from logminer.formats.documents.grids import KeyedRun, keyed_runs
from logminer.formats.documents.values import flatten, is_number, spoken
from logminer.formats.documents.yaml_text import read_yaml
from logminer.formats.tables.cell_values import refine
from logminer.formats.tables.columns import row_columns
from logminer.formats.tables.names import is_known_setting, is_measured
from logminer.formats.tables.reading import Place
from logminer.formats.tables.row_log import stem
from logminer.formats.tables.runs import read_shape
from logminer.formats.tables.shape import Shape, says_log, shape_of
from logminer.formats.tables.table import Table, from_records, nested_names, step_column

_HISTORIES = spoken("history log_history logs log epochs steps records results trials runs metrics")
_RESULTS = re.compile(r"^(metrics|results|scores)\.(?=.)")
_CHART = re.compile(r"run-(?P<run>.+)-tag-(?P<tag>.+)\.json")
_MEASURES = frozenset(("measure", "companion", "time", ""))
_DEEPEST = 8


@dataclass
class _Record:
    """What one mapping says of one run."""

    params: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    results: dict[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.params or self.cells or self.meta or self.results)

    def onto(self, run: RunFacts) -> None:
        """Add to a run what it does not say itself."""
        run.params = {**self.params, **run.params}
        run.cells = {**self.cells, **run.cells}
        run.meta = {**self.meta, **run.meta}


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
    problems = list[Problem]()
    loaded = read_yaml(probe, problems)
    log = read_mapping(loaded or {}, probe.folder, probe.path, "params")
    log.problems += problems
    log.offset, log.anew = probe.size, bool(resume.offset)
    return log


def read_config(data: Any, root: str, path: str) -> ParsedLog:
    """A document in a language of configs: all of it is parameters, unless its name or contents say otherwise.

    Raises:
        NotALogError: nothing in it is a parameter or a measurement.
    """
    kind = file_kind(path.replace("\\", "/").rpartition("/")[2])
    if kind == "mixed" and isinstance(data, Mapping) and not _measures(data):
        kind = "params"
    return read_mapping(data, root, path, kind)


def _measures(data: Mapping[str, Any]) -> bool:
    """Whether a number or a list of a known metric is somewhere in a mapping."""
    flat = flatten(data)
    numbers = (n for n, v in flat.items() if is_number(v) or str(v)[:1] == "[")
    return any(is_measured(name) for name in numbers)


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
    said: list[Problem] = []
    flat = [flatten(row, path, said) for row in rows]
    problems += dict.fromkeys(said)
    table = refine(from_records(flat))
    try:
        shape = shape_of(table, hint or path.replace("\\", "/").rpartition("/")[2])
    except NotALogError:
        return None
    return _read_table(
        table, shape, Place(root, stem(path), nested=nested_names(rows, flat)), problems
    )


def _read_table(table: Table, shape: Shape, place: Place, problems: list[Problem]) -> ParsedLog:
    kept = shape.not_measured if shape.kind == "curve" else {*table.names} - {*shape.rows.points}
    problems += table.lost(place.path, kept)
    reading = read_shape(table, shape, place)
    return ParsedLog(reading.runs, reading.points)


def _read_list(
    data: list[Any], root: str, path: str, name: str, problems: list[Problem]
) -> ParsedLog | None:
    title, _, _ = name.partition(".")
    if data and all(isinstance(row, Mapping) for row in data):
        if any(_holds_curves(row) for row in data[:20]):
            runs = [KeyedRun(str(i), row) for i, row in enumerate(data)]
            return _read_runs(runs, path, problems)
        return read_rows(data, root, path, problems)
    if chart := _CHART.fullmatch(name):  # TensorBoard's "download JSON": wall time, step, value
        return _read_chart(data, root, chart["run"], chart["tag"])
    curve = curve_of(data)
    if curve is not None and (says_log(name) or is_measured(title)):
        return ParsedLog(
            [RunFacts(root)], Points.concat(curve_points({title: curve}, path, problems))
        )
    return None


def _read_chart(data: list[Any], root: str, run: str, tag: str) -> ParsedLog | None:
    if not all(
        isinstance(row, list) and len(row) == 3 and all(map(is_number, row)) for row in data
    ):
        return None
    columns = np.array(data, dtype=np.float64).reshape(-1, 3)
    points = Points.from_wide({tag: columns[:, 2]}, columns[:, 1].astype(np.int64), columns[:, 0])
    return ParsedLog([RunFacts(f"{root}/{run}")], points)


def _holds_curves(row: Mapping[str, Any]) -> bool:
    return any(
        is_curve(str(key), value, "mixed") or _is_history(str(key), value)
        for key, value in row.items()
    )


def _read_mapping(
    data: Mapping[str, Any], root: str, path: str, kind: Kind, problems: list[Problem]
) -> ParsedLog | None:
    if kind != "params":
        rows = _framed_rows(data) or _rows_by_step(data)
        if rows is not None:
            return read_rows(rows, root, path, problems)
        if runs := keyed_runs(data, path.replace("\\", "/").rpartition("/")[2].partition(".")[0]):
            return _read_runs(runs, path, problems)
    record, points, logs = _read_record(data, root, path, kind, problems)
    many = next((log for log in logs if len(log.runs) > 1), None)
    if many:  # what the record says besides holds for all of its runs
        for run in many.runs:
            record.onto(run)
        return many
    if not record and not any(len(p) for p in points):
        return ParsedLog([RunFacts(root)]) if not data else None
    run = RunFacts(root)
    record.onto(run)
    for log in logs:
        inner = log.runs[0]
        run.params, run.cells = {**inner.params, **run.params}, {**inner.cells, **run.cells}
        run.meta = {**inner.meta, **run.meta}
    return ParsedLog([run], Points.concat(points))


def _read_record(
    data: Mapping[str, Any], root: str, path: str, kind: Kind, problems: list[Problem]
) -> tuple[_Record, list[Points], list[ParsedLog]]:
    """What a mapping says of one run: facts, points, and the histories in it."""
    rest, curves = take_curves(data, kind)
    rest, histories = _take_histories(rest, kind)
    record = _sort(flatten(rest, path, problems), kind)
    logs = [log for key, rows in histories if (log := read_rows(rows, root, path, problems, key))]
    points = [
        *curve_points(curves, path, problems),
        *(log.points for log in logs if len(log.runs) == 1),
        _finals(record.results),
    ]
    return record, points, logs


def _sort(flat: Mapping[str, Any], kind: Kind) -> _Record:
    """Entries of a flat mapping by what the file's name and the folders in it declare; the others are cells."""
    record = _Record()
    for name, value in flat.items():
        declared = _declared(name, value, kind)
        if declared == "results":
            record.results[name] = float(value)
        elif declared == "params":
            record.params[name] = value
        elif declared == "meta":
            record.meta[name] = value
        elif value is not None:
            record.cells[name] = value
    return record


def _declared(name: str, value: Any, kind: Kind) -> Kind:
    if kind in {"params", "meta"}:
        return kind
    for folder in reversed(name.split(".")[:-1]):
        inner = file_kind(folder)
        if inner == "results":
            return "results" if is_number(value) else "mixed"
        if inner in {"params", "meta"}:
            return inner
    is_result = kind == "results" and is_number(value)
    return "results" if is_result and describe(name).kind in _MEASURES else "mixed"


def _finals(results: Mapping[str, float]) -> Points:
    """Final results: measured once, so at step 0; folders in their names become slashes."""
    rows = [
        (_RESULTS.sub("", name).replace(".", "/"), 0, None, value)
        for name, value in results.items()
    ]
    return Points.from_rows(rows)


def _read_runs(runs: Sequence[KeyedRun], path: str, problems: list[Problem]) -> ParsedLog:
    """Several runs of a document: as rows of a table where their records are flat, else each by itself."""
    if not any(_holds_curves(run.record) for run in runs):
        rows = [{**run.levels, **run.record} for run in runs]
        flat = [flatten(row) for row in rows]
        for run, row in zip(runs, flat, strict=True):
            row.setdefault("run", run.key)
        table = refine(from_records(flat))
        shape = Shape("rows", "runs by name", rows=row_columns(table))
        return _read_table(
            table, shape, Place(path, stem(path), nested=nested_names(rows, flat)), problems
        )
    facts, points = list[RunFacts](), list[Points]()
    for run in runs:
        record, measured, _ = _read_record(run.record, path, path, "mixed", problems)
        cells = {**run.levels, **record.cells}
        own = RunFacts(stem(path), run.key, record.params, cells, record.meta)
        points += [
            replace(part, run=part.run + np.array(len(facts), dtype=np.int32)) for part in measured
        ]
        facts.append(own)
    return ParsedLog(facts, Points.concat(points))


def _framed_rows(data: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Rows of a table as pandas splits it: ``{"columns": […], "index": […], "data": [[…], …]}``."""
    columns, rows = data.get("columns"), data.get("data")
    if (
        not isinstance(columns, list)
        or not isinstance(rows, list)
        or {*data} - {"columns", "data", "index"}
    ):
        return None
    if not all(isinstance(row, list) and len(row) == len(columns) for row in rows):
        return None
    return [dict(zip(map(str, columns), row, strict=True)) for row in rows]


def _rows_by_step(data: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Rows of ``{"loss": {"0": …, "1": …}}`` or of ``{"1": {"loss": …}, "2": …}``; None for other shapes."""
    inner = list(data.values())
    if not inner or not all(isinstance(value, Mapping) and value for value in inner):
        return None
    first = list(inner[0])
    if len(first) > 1 and all(map(is_step, first)) and not all(map(is_step, data)):
        return _transposed(data)
    if len(inner) < 2 or not all(map(is_step, data)):
        return None
    shared = set.intersection(*(set(map(str, row)) for row in inner))
    if not any(is_measured(name) for name in shared) or any(
        isinstance(v, Mapping | list) for v in inner[0].values()
    ):
        return None
    chosen = any(is_known_setting(name) for name in shared)
    if step_column(shared) or chosen:
        return [{"run": str(key), **row} if chosen else dict(row) for key, row in data.items()]
    return [{"step": int(key), **row} for key, row in data.items()]


def _transposed(data: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Rows of columns that are keyed by row: by step where they are curves, else by number."""
    keys = dict.fromkeys(str(key) for column in data.values() for key in column)
    if not all(map(is_step, keys)) or any(
        isinstance(value, Mapping | list) for column in data.values() for value in column.values()
    ):
        return None
    if not any(is_measured(str(name)) for name in data):
        return None
    texts = any(isinstance(value, str) for column in data.values() for value in column.values())
    settings = texts or any(is_known_setting(str(name)) for name in data)
    name = "index" if settings and step_column(map(str, data)) is None else "step"
    rows = [
        {name: int(key), **{str(n): column.get(key) for n, column in data.items()}} for key in keys
    ]
    return (
        [{k: v for k, v in row.items() if k != "index"} for row in rows]
        if name == "index"
        else rows
    )


def _take_histories(
    data: Mapping[str, Any], kind: Kind, depth: int = 0
) -> tuple[dict[str, Any], list[tuple[str, list[Mapping[str, Any]]]]]:
    """Split a mapping into what is no history, and its lists of rows that are; folders are walked."""
    rest: dict[str, Any] = {}
    histories = []
    for key, value in data.items():
        if kind != "params" and _is_history(str(key), value):
            histories.append((str(key), value))
        elif isinstance(value, Mapping) and value and depth < _DEEPEST:
            inner, found = _take_histories(value, inner_kind(str(key), kind), depth + 1)
            histories += found
            rest[key] = inner
        else:
            rest[key] = value
    return rest, histories


def _is_history(key: str, value: Any) -> bool:
    if not isinstance(value, list) or not value or not all(isinstance(v, Mapping) for v in value):
        return False
    return key.lower() in _HISTORIES or any(is_measured(str(name)) for name in value[0])
