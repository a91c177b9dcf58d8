"""Neptune offline run: operations in ``data-<n>.log``, or neptune-scale's ``run_operations.sqlite3``.

The former is a JSON object an operation (neptune/internal/operation.py), the latter a message in a row
(neptune_pb/ingest/v1). Fields of a namespace such as ``parameters`` are parameters; neptune-scale's configs all are.
"""

import math
import struct
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._points import PointColumns
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import read_object, records
from logminer.formats.documents.values import is_number, parse_time, scalar, spoken
from logminer.formats.events.wire import BYTES, FIXED64, VARINT, fields, signed, text, varint
from logminer.formats.trackers.sqlite import damage_said, has_table, open_database

NAMES = ("data-*.log", "metadata.json", "run_operations.sqlite3", "*.sqlite3", "last_*_version")

_DECLARED = spoken(
    "param params parameters hparams hyperparameters hyperparams config configs args arguments"
)
_OWN = frozenset({"sys", "monitoring", "source_code"})
_NAMED = {("sys", "name"): "name", ("sys", "description"): "notes", ("sys", "group_tags"): "group"}
_MICRO = 1_000_000
_DOUBLE = struct.Struct("<d")


def sniff(probe: Probe) -> Match:
    """Operations by their keys, the run's own description by those, a database by its tables."""
    if probe.suffix == ".log":
        known = probe.first_line.startswith('{"obj": {') and '"version":' in probe.first_line
        return Match.EXACT if known else Match.NO
    if probe.suffix == ".sqlite3":
        known = has_table(probe, "run_operations", "operation_type", "operation", "timestamp")
        return Match.EXACT if known else Match.NO
    if probe.name == "metadata.json":
        return Match.EXACT if '"neptuneClientVersion"' in probe.text else Match.NO
    known = any(name.startswith("data-") for name in probe.siblings)
    return Match.PARTS if known and "metadata.json" in probe.siblings else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """One file of a run."""
    facts, columns = RunFacts(probe.folder), PointColumns()
    log = ParsedLog([facts], offset=probe.size)
    if probe.suffix == ".sqlite3":
        facts.root = probe.path
        _read_database(probe, facts, columns, log.problems)
    elif probe.name == "metadata.json":
        _describe(facts, read_object(probe))
    else:
        for _, line in records(probe.path, log.problems):
            operation = line.get("obj") if line else None
            if isinstance(operation, Mapping):
                _apply(facts, columns, operation)
    log.points = _with_steps(columns.points())
    return log


def _with_steps(points: Points) -> Points:
    """Points whose steps are millionths: whole steps where all are, else their rank among the steps of the run."""
    if np.any(points.step % _MICRO):
        points.step = np.unique(points.step, return_inverse=True)[1].astype(np.int64)
    else:
        points.step //= _MICRO
    return points


def _describe(facts: RunFacts, written: Mapping[str, Any]) -> None:
    facts.started = parse_time(written.get("createdAt"))
    noted = {"run_id": "containerId", "os": "os", "neptune": "neptuneClientVersion"}
    facts.meta = {name: scalar(written[key]) for name, key in noted.items() if written.get(key)}


def _apply(facts: RunFacts, columns: PointColumns, operation: Mapping[str, Any]) -> None:
    kind, path = str(operation.get("type")), operation.get("path")
    if not isinstance(path, list) or not path:
        return
    place = tuple(map(str, path))
    if kind == "LogFloats" and place[0] not in _OWN:
        values = operation.get("values")
        for point in values if isinstance(values, list) else ():
            if isinstance(point, Mapping) and is_number(point.get("value")):
                step = point.get("step")
                step = round(step * _MICRO) if is_number(step) and math.isfinite(step) else 0
                columns.add("/".join(place), step, point["value"], parse_time(point.get("ts")))
    elif kind == "AddStrings" and place == ("sys", "tags"):
        values = operation.get("values")
        tags = [str(scalar(tag)) for tag in values] if isinstance(values, list) else []
        facts.tags = (*facts.tags, *tags)
    elif kind.startswith("Assign") and "value" in operation:
        _assign(facts, place, scalar(operation["value"]))


def _assign(facts: RunFacts, place: tuple[str, ...], value: Any) -> None:
    """Sort a field in: what Neptune itself notes, what its namespace declares, and all else."""
    if place == ("sys", "hostname"):
        facts.host = str(value)
    elif place == ("sys", "failed"):
        facts.status = "failed" if value is True else facts.status
    elif place == ("source_code", "entrypoint"):
        facts.command = str(value)
    elif place[0] in _OWN:
        if place in _NAMED and value != "":
            facts.meta = {**facts.meta, _NAMED[place]: value}
    elif place[0].lower() in _DECLARED and len(place) > 1:
        facts.params = {**facts.params, ".".join(place[1:]): value}
    else:
        facts.cells = {**facts.cells, ".".join(place): value}


def _read_database(
    probe: Probe, facts: RunFacts, columns: PointColumns, problems: list[Problem]
) -> None:
    with damage_said(probe.path, problems), open_database(probe.path) as database:
        if database.has("metadata", "project", "run_id"):
            for project, run in database.rows("SELECT project, run_id FROM metadata"):
                facts.parent, facts.meta = str(project), {"run_id": scalar(run)}
        for number, operation in database.rows(
            "SELECT sequence_id, operation FROM run_operations ORDER BY sequence_id"
        ):
            try:
                _apply_message(facts, columns, operation)
            except (ValueError, struct.error, TypeError) as error:
                where = f"operation {number}"
                problems.append(Problem(probe.path, f"an operation is skipped: {error}", where))


def _apply_message(facts: RunFacts, columns: PointColumns, data: bytes) -> None:
    """An update (step 1, time 2, assignments 4, sets 5, values 8) or a creation (time 3, experiment 5)."""
    parts = [(number, at, stop) for number, wire, at, stop in fields(data) if wire == BYTES]
    places = {number: (at, stop) for number, at, stop in parts}
    if 3 in places:
        facts.started = _time(data, *places[3])
        if 5 in places:
            facts.meta = {**facts.meta, "name": scalar(text(data, *places[5]))}
        return
    step = _step(data, *places[1]) if 1 in places else 0
    wall = _time(data, *places[2]) if 2 in places else None
    for number, at, stop in parts:
        if number not in (4, 5, 8):
            continue
        name, value = _entry(data, at, stop, is_set=number == 5)
        if number == 8 and isinstance(value, float):
            columns.add(name, step, value, wall)
        elif number == 4 and not name.startswith("sys/"):
            facts.params = {**facts.params, name.replace("/", "."): value}
        elif number == 5 and name == "sys/tags":
            facts.tags = (*facts.tags, *value)


def _entry(data: bytes, at: int, stop: int, *, is_set: bool) -> tuple[str, Any]:
    name, value = "", None
    for number, wire, start, end in fields(data, at, stop):
        if number == 1 and wire == BYTES:
            name = text(data, start, end)
        elif number == 2 and wire == BYTES:
            value = [*_added(data, start, end)] if is_set else _value(data, start, end)
    return name, value


def _value(data: bytes, at: int, stop: int) -> Any:
    for number, wire, start, end in fields(data, at, stop):
        if number == 1 and wire == FIXED64:
            return float(_DOUBLE.unpack_from(data, start)[0])
        if number == 3 and wire == VARINT:
            return signed(varint(data, start, end)[0])
        if number == 5 and wire == VARINT:
            return bool(varint(data, start, end)[0])
        if number == 6 and wire == BYTES:
            return scalar(text(data, start, end))
    return None


def _added(data: bytes, at: int, stop: int) -> Iterator[str]:
    """The texts that a change of a set adds: entries of ``{1: text, 2: {1: 1}}``."""
    for number, wire, start, end in fields(data, at, stop):
        if number != 1 or wire != BYTES:
            continue
        for part, kind, first, last in fields(data, start, end):
            if part == 1 and kind == BYTES:
                yield from _set_entry(data, first, last)


def _set_entry(data: bytes, at: int, stop: int) -> Iterator[str]:
    for number, wire, start, end in fields(data, at, stop):
        if number == 1 and wire == BYTES:
            yield text(data, start, end)


def _step(data: bytes, at: int, stop: int) -> int:
    """A step in millionths, of which whole steps and the rest are written apart."""
    parts = _numbers(data, at, stop)
    return parts.get(1, 0) * _MICRO + parts.get(2, 0)


def _time(data: bytes, at: int, stop: int) -> float | None:
    """Unix time in seconds of a google.protobuf.Timestamp."""
    parts = _numbers(data, at, stop)
    return parse_time(parts.get(1, 0) + parts.get(2, 0) / 1e9)


def _numbers(data: bytes, at: int, stop: int) -> dict[int, int]:
    return {
        number: signed(varint(data, start, end)[0])
        for number, wire, start, end in fields(data, at, stop)
        if wire == VARINT
    }
