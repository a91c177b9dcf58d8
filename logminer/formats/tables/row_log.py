"""Logs of rows that may be far larger than memory: read piece by piece, with one idea of what their shape is.

Tables, JSON lines and large JSON arrays share this. The shape is settled by the first rows and kept in the state, so that
a file read in pieces gives the same runs as one read at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import numpy as np

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._probe import Probe
from logminer.formats.documents.values import flatten
from logminer.formats.tables.cell_values import refine
from logminer.formats.tables.reading import Place
from logminer.formats.tables.runs import read_shape
from logminer.formats.tables.shape import Shape, shape_of
from logminer.formats.tables.table import Table, from_records, nested_names

_FIRST = 10  # rows among which a config is looked for
SETTLED = 262_144  # bytes after which the shape stands
_MOST_FIRST = 20_000  # rows that decide, where those of a compressed file take hardly a byte
_CONFIG_KEYS = (
    "config",
    "params",
    "hparams",
    "args",
    "hyperparameters",
    "hyperparams",
    "arguments",
)


@dataclass(frozen=True)
class Piece:
    """Rows of a file about to be understood.

    Attributes:
        probe: the file.
        resume: where they begin; its state tells the shape once that is settled.
        offset: byte at which they end.
        lines: line feeds among them.
        nested: columns whose dots stand for folders.
        root: where the run lives, by default where the probe says.
        meta: what is recorded of every run.
        state: what else the next piece must know.
        shape: of the table, where it is settled beforehand.
        is_cut: whether the last row lacks cells, so that it says nothing of what the columns are.
        goes_on: whether more rows are known to follow, so that the shape stands however few bytes these took.
    """

    probe: Probe
    resume: Resume
    offset: int
    lines: int = 0
    nested: frozenset[str] = frozenset()
    root: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    shape: Shape | None = None
    is_cut: bool = False
    goes_on: bool = False


def stem(path: str) -> str:
    """The path of a file without its suffix: root of the runs within it."""
    return str(PurePath(path).with_suffix(""))


def goes_on(resume: Resume) -> bool:
    """Whether rows can be read on from an offset: only when their shape is settled."""
    return bool(resume.offset) and bool(resume.state.get("settled"))


def read_piece(piece: Piece, table: Table, problems: list[Problem]) -> ParsedLog:
    """Runs and points of the next rows of a log, and the state to go on from.

    Args:
        piece: where the rows stand.
        table: the rows.
        problems: what could not be read; more is added.

    Raises:
        NotALogError: the first rows are no training log.
    """
    state, table = piece.resume.state, refine(table)
    rows = table.rows - piece.is_cut
    if "shape" in state:
        shape = Shape.from_state(state["shape"])
    elif not rows:
        shape = Shape(evidence="no rows yet")
    elif piece.shape is not None:
        shape = piece.shape
    else:
        size = piece.offset - piece.resume.offset
        first = rows if size <= SETTLED else max(rows * SETTLED // size, 1)
        first = min(first, _MOST_FIRST) if piece.goes_on else first
        is_part = first < rows or piece.goes_on
        shape = shape_of(
            _one_attempt(table, first), piece.probe.name, is_part=is_part or size >= SETTLED
        )
    if piece.is_cut and (not rows or _misses(table, shape)):
        table = table.take(slice(rows))
    kept = shape.not_measured if shape.kind == "curve" else {*table.names} - {*shape.rows.points}
    problems += table.lost(piece.probe.path, kept)
    before = state.get("rows", 0)
    place = Place(
        piece.root or piece.probe.root, stem(piece.probe.path), before, piece.nested, piece.meta
    )
    reading = read_shape(table, shape, place, state.get("attempts"))
    settled = piece.offset >= SETTLED or piece.goes_on
    new_state = {
        **piece.state,
        "settled": settled,
        "evidence": shape.evidence,
        "rows": before + table.rows,
        "lines": state.get("lines", 0) + piece.lines,
        **({"shape": shape.to_state(), "attempts": reading.attempts} if settled else {}),
    }
    return ParsedLog(reading.runs, reading.points, problems, piece.offset, new_state)


def _one_attempt(table: Table, rows: int) -> Table:
    """The longest part of the first rows without a repeated header: started again, nothing climbs any more."""
    starts = [0, *(place for place in table.restarts if 0 < place < rows)]
    length, start = max(zip(np.diff([*starts, rows]).tolist(), starts, strict=True))
    return table.take(slice(start, start + length)) if length < table.rows else table


def _misses(table: Table, shape: Shape) -> bool:
    """Whether the last row lacks a cell that tells where its others belong, or may belong to a run that began with it."""
    needed = shape.places if shape.kind == "curve" else {shape.rows.key} - {None}
    if any(table.cell(str(name), table.rows - 1) is None for name in needed if name in table):
        return True
    axis = table.numbers.get(str(shape.axis))
    return axis is not None and not shape.keys and bool(axis.value[-1] < axis.value[-2])


def read_rows_on(
    probe: Probe,
    resume: Resume,
    rows: Sequence[Mapping[str, Any]],
    problems: list[Problem],
    *,
    size: int,
    lines: int = 0,
) -> ParsedLog:
    """Runs and points of the next rows of a log of objects.

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
    facts, rows = _take_configs(rows, probe.root)
    said: list[Problem] = []
    flat = [flatten(row, probe.path, said) for row in rows]
    problems += dict.fromkeys(said)
    piece = Piece(probe, resume, resume.offset + size, lines, nested_names(rows, flat))
    log = read_piece(piece, from_records(flat), problems)
    log.runs, log.points = _join(facts, log.runs, log.points)
    return log


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
