"""Logs of rows that may be far larger than memory: read piece by piece, with one idea of what columns mean.

JSON lines and large JSON arrays share this. What the columns are is settled by the first rows and kept in
the state, so that a file read in pieces gives the same runs as one read at once.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import NotALogError, Problem
from logminer.formats._probe import Probe
from logminer.formats.documents.values import flatten
from logminer.formats.tables.roles import Roles, is_log, roles_of
from logminer.formats.tables.runs import read_roles
from logminer.formats.tables.table import from_records, nested_names

_FIRST = 10  # rows among which a config is looked for
SETTLED = 262_144  # bytes after which the roles of columns stand
_CONFIG_KEYS = (
    "config",
    "params",
    "hparams",
    "args",
    "hyperparameters",
    "hyperparams",
    "arguments",
)


def goes_on(resume: Resume) -> bool:
    """Whether rows can be read on from an offset: only when the roles of their columns are settled."""
    return bool(resume.offset) and bool(resume.state.get("settled"))


def read_rows_on(
    probe: Probe,
    resume: Resume,
    rows: Sequence[Mapping[str, Any]],
    problems: list[Problem],
    *,
    size: int,
    lines: int = 0,
) -> ParsedLog:
    """Runs and points of the next rows of a log.

    Args:
        probe: the file.
        resume: where the rows begin; the state tells what their columns are.
        rows: the objects read.
        problems: what could not be read; more is added.
        size: bytes that the rows took.
        lines: lines that they took.

    Raises:
        NotALogError: the first rows are no training log.
    """
    state = resume.state
    facts, rows = _take_configs(rows, probe.root)
    flat = [flatten(row) for row in rows]
    table = from_records(flat)
    if not resume.offset and rows and not is_log(table, probe.name):
        raise NotALogError("no training log: neither steps nor a known metric in its objects")
    if "roles" in state:
        roles = Roles.from_state(state["roles"])
    else:
        first = max(table.rows * SETTLED // max(size, 1), 1)
        roles = roles_of(table if size <= SETTLED else table.take(slice(0, first)), probe.name)
    problems += table.lost(probe.path, {*roles.params, *roles.meta})
    stem = str(PurePath(probe.path).with_suffix(""))
    reading = read_roles(
        table,
        roles,
        probe.root,
        stem,
        first_row=state.get("rows", 0),
        nested=nested_names(rows, flat),
    )
    settled = resume.offset + size >= SETTLED
    state = {
        "settled": settled,
        "rows": state.get("rows", 0) + table.rows,
        "lines": state.get("lines", 0) + lines,
        **({"roles": roles.to_state()} if settled else {}),
    }
    runs, points = _join(facts, reading.runs, reading.points)
    return ParsedLog(runs, points, problems, resume.offset + size, state)


def _take_configs(
    rows: Sequence[Mapping[str, Any]], root: str
) -> tuple[RunFacts | None, list[Mapping[str, Any]]]:
    """Split off the row among the first ones that holds a config: ``{"config": {…}}``.

    Where most rows hold one, each is a run with its own.
    """
    if sum(_config_key(row) is not None for row in rows[:_FIRST]) * 2 > len(rows[:_FIRST]) > 1:
        return None, list(rows)
    params: dict[str, Any] = {}
    meta: dict[str, Any] = {}
    kept = []
    for i, row in enumerate(rows):
        name = None if params or i >= _FIRST else _config_key(row)
        if name is None:
            kept.append(row)
            continue
        params = flatten(row[name])
        rest = {key: value for key, value in row.items() if key != name}
        meta = {key: value for key, value in flatten(rest).items() if isinstance(value, str)}
        if any(isinstance(value, float) for value in rest.values()):
            kept.append(rest)
    return (RunFacts(root, params=params, meta=meta) if params else None), kept


def _config_key(row: Mapping[str, Any]) -> str | None:
    return next((key for key in _CONFIG_KEYS if isinstance(row.get(key), Mapping)), None)


def _join(
    facts: RunFacts | None, runs: list[RunFacts], points: Points
) -> tuple[list[RunFacts], Points]:
    """Runs with the parameters of the config row."""
    if facts is None:
        return runs, points
    if len(runs) == 1:
        runs[0].params = {**facts.params, **runs[0].params}
        runs[0].meta = {**facts.meta, **runs[0].meta}
        return runs, points
    return [*runs, facts], points
