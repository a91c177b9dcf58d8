"""scikit-learn's ``cv_results_`` of a search, kept as CSV or JSON: each candidate is a run.

Scores of the folds, their mean and deviation and the times are points at step 0, or at ``n_resources`` in a halving
search. Parameters come from ``params``, where None and "not set" differ, or else from the ``param_*`` columns.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import MAX_OBJECT
from logminer.formats.documents.values import flatten, load_json, scalar
from logminer.formats.tables.csv_rows import from_frame, read_csv
from logminer.formats.tables.header_table import header_names, read_table
from logminer.formats.tables.table import Numbers, Table, from_records, wide_points
from logminer.formats.trackers.objectives import directions_meta, objective_meta

NAMES = ("*.csv", "*.tsv", "*.json")

_TABLES = (".csv", ".tsv")
_DECIMAL_COMMA = re.compile(rb"(?<=;)(-?\d+),(\d+(?:[eE][-+]?\d+)?)(?=[;\r\n])")
_LONGEST = 10_000
_NUMPY = re.compile(r"\bnp\.[a-z0-9_]+\(([^()]*)\)")  # NumPy 2 shows its scalars as np.float64(0.1)
_MEASURED = ("mean_", "std_", "split")


def sniff(probe: Probe) -> Match:
    """Columns, or keys, for the time of a fit and for a score or parameter."""
    text = probe.first_line if probe.suffix in _TABLES else probe.text
    known = "mean_fit_time" in text and ("param" in text or "mean_test_" in text)
    return Match.EXACT if known else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """All candidates, keyed by their row."""
    problems: list[Problem] = []
    if probe.suffix in _TABLES:
        table, params = _read_table(probe, problems), None
    else:
        table, params = _load(probe, problems)
    found = params or _written_params(table)
    resources = table.numbers.get("n_resources")
    steps = np.zeros(table.rows, np.int64)
    if resources is not None and np.all(np.isfinite(resources.value)):
        steps = resources.value.astype(np.int64)
    measured = {n: c for n, c in table.numbers.items() if n.startswith(_MEASURED)}
    points = wide_points(measured, steps, None, np.arange(table.rows, dtype=np.int32))
    runs = [_facts(probe.path, table, row, found[row]) for row in range(table.rows)]
    return ParsedLog(runs, points, problems, probe.size)


def _read_table(probe: Probe, problems: list[Problem]) -> Table:
    """The table as pandas wrote it, with any separator, and a decimal comma beside semicolons."""
    first = probe.first_line
    delimiter = max(",;\t|", key=first.count)
    if delimiter != ";":
        return read_table(probe, delimiter, problems)
    if probe.size > MAX_OBJECT:
        raise ValueError(f"a table of more than {MAX_OBJECT // 1_000_000} MB is not read at once")
    _, _, rows = probe.read_bytes().lstrip(b"\r\n").partition(b"\n")
    rows = _DECIMAL_COMMA.sub(rb"\1.\2", rows)
    if not rows.strip():
        return Table(0)
    names = header_names(first, delimiter)
    frame = read_csv(rows, names, delimiter, path=probe.path, problems=problems, first_line=2)
    return from_frame(frame, probe.path, problems)


def _facts(path: str, table: Table, row: int, params: Mapping[str, Any]) -> RunFacts:
    noted: dict[str, Any] = {
        name: table.cell(name, row) for name in ("iter", "n_resources") if name in table.numbers
    }
    tested = {n: c for n, c in table.numbers.items() if n.startswith("mean_test_")}
    ways = dict.fromkeys(tested, "maximize")  # greater is better for every scorer
    noted |= objective_meta(ways) if len(ways) == 1 else directions_meta(ways)
    failed = bool(tested) and all(_missing(column, row) for column in tested.values())
    return RunFacts(
        path,
        key=str(row),
        params=flatten(params),
        meta=noted,
        status="failed" if failed else "finished",
        reason="no fold gave a score" if failed else None,
    )


def _missing(column: Numbers, row: int) -> bool:
    return not np.isfinite(column.value[row])


def _written_params(table: Table) -> list[dict[str, Any]]:
    """Parameters of each row of a CSV."""
    texts = table.texts.get("params")
    return [
        _literal(texts[row] if texts is not None else None) or dict(_param_columns(table, row))
        for row in range(table.rows)
    ]


def _literal(text: str | None) -> dict[str, Any] | None:
    """The dict a ``params`` cell shows, if it holds plain literals; nothing is evaluated."""
    if not text or len(text) > _LONGEST:
        return None
    try:
        value = ast.literal_eval(_NUMPY.sub(r"\1", text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _param_columns(table: Table, row: int) -> Iterator[tuple[str, Any]]:
    for name in table.names:
        if name.startswith("param_"):
            value = table.cell(name, row)
            if value is not None:
                yield name.removeprefix("param_"), scalar(value)


def _load(probe: Probe, problems: list[Problem]) -> tuple[Table, list[dict[str, Any]] | None]:
    """Table and parameters of JSON as pandas or ``json.dump`` of the lists writes it."""
    loaded = load_json(probe.read_bytes())
    if isinstance(loaded, list):
        rows = [row for row in loaded if isinstance(row, dict)]
    elif isinstance(loaded, dict):
        rows = _rows(loaded)
    else:
        raise ValueError("expected an object or array of JSON")  # noqa: TRY004
    flat = [{k: v for k, v in row.items() if not isinstance(v, dict | list)} for row in rows]
    table = from_records(flat, probe.path, problems)
    params = [row.get("params") for row in rows]
    return table, [p for p in params if isinstance(p, dict)] if all(params) else None


def _rows(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One mapping a row from columns that are lists, or objects keyed by the row's number."""
    lists = {
        name: list(column.values()) if isinstance(column, dict) else column
        for name, column in columns.items()
        if isinstance(column, dict | list)
    }
    length = max((len(column) for column in lists.values()), default=0)
    return [
        {name: column[i] for name, column in lists.items() if i < len(column)}
        for i in range(length)
    ]
