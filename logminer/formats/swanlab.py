"""SwanLab run folder: ``run-<time>-<id>/run-<id>.swanlab``, ``files/config.yaml`` and ``swanlab-metadata.json``.

The ``.swanlab`` file holds what was logged and how the run ended, framed as W&B's. Before version 0.8 it was
``backup.swanlab`` with JSON. Message numbers: swanlab/proto/swanlab/record/v1/record.proto and those it names.
"""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts, Status
from logminer.core.problem import Problem
from logminer.formats._points import PointColumns
from logminer.formats._probe import Match, Probe
from logminer.formats._run_folder import run_folder
from logminer.formats.documents.json_text import read_object
from logminer.formats.documents.values import parse_time, scalar
from logminer.formats.documents.yaml_text import read_yaml
from logminer.formats.events.wire import BYTES, FIXED64, VARINT, fields, signed, text, varint
from logminer.formats.trackers.framed_records import records
from logminer.formats.trackers.silence import is_silent
from logminer.formats.trackers.wandb_values import config_values

NAMES = (
    "*.swanlab",
    "swanlab-metadata.json",
    "config.yaml",
    "*.txt",
    "*.log",
    "conda.yaml",
    "*.json",
)
RESUMES = True

_MAGIC = b":SWL\xd6\xe1"
_BLOCK = 64_000_000  # bytes read at once
_START, _FINISH, _COLUMN, _SCALAR = 10, 11, 12, 13
_NUMBER = struct.Struct("<d")
_SYSTEM = 2  # class of a column: what the machine did
_STATES: tuple[Status, ...] = ("running", "finished", "failed", "preempted")
_TEXTS = {2: "workspace", 4: "name", 5: "notes", 7: "group", 8: "job_type"}


def sniff(probe: Probe) -> Match:
    """The record file by its first bytes, the others by the folder that they lie in."""
    if probe.suffix == ".swanlab":
        return Match.EXACT if probe.head.startswith(_MAGIC) else Match.NO
    if probe.name == "swanlab-metadata.json":
        return Match.EXACT
    run = _run(probe)
    if run is None:
        return Match.NO
    return (
        Match.EXACT
        if probe.name == "config.yaml" and probe.folder.endswith("files")
        else Match.PARTS
    )


def _run(probe: Probe) -> Path | None:
    """The folder of the run, where the file lies in one of the folders that SwanLab makes in it."""
    path = Path(probe.path)
    for folder in path.parents:
        if folder.name in {"files", "media", "debug"}:
            return folder.parent if any(folder.parent.glob("*.swanlab")) else None
    return None


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """One file of a run; the record file is read on from the last whole record."""
    if probe.suffix == ".swanlab":
        return _read_records(probe, resume)
    facts = RunFacts(run_folder(probe.folder))
    log = ParsedLog([facts], offset=probe.size, anew=resume.offset > 0)
    if probe.name == "config.yaml":
        facts.params = config_values(read_yaml(probe, log.problems))
    else:
        _note_metadata(facts, read_object(probe))
    return log


def _note_metadata(facts: RunFacts, written: Mapping[str, Any]) -> None:
    runtime, git = _part(written, "runtime"), _part(written, "git")
    facts.host = _text(runtime.get("hostname"))
    facts.command = _text(runtime.get("command"))
    facts.commit = _text(git.get("commit"))
    noted = {
        "os": runtime.get("os_pretty"),
        "python": runtime.get("python_version"),
        "branch": git.get("branch"),
    }
    facts.meta = {key: scalar(value) for key, value in noted.items() if value}


def _part(written: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = written.get(name)
    return part if isinstance(part, Mapping) else {}


def _text(value: Any) -> str | None:
    return str(scalar(value)) if value else None


def _read_records(probe: Probe, resume: Resume) -> ParsedLog:
    run = _Recorded(run_folder(probe.folder), resume.state)
    log = ParsedLog([run.facts], offset=resume.offset)
    with Path(probe.path).open("rb") as file:
        for payload, end in records(file, resume.offset, probe.path, log.problems):
            log.offset = end
            try:
                run.apply(payload)
            except (ValueError, struct.error) as error:
                where = f"byte {end}"
                log.problems.append(Problem(probe.path, f"a record is skipped: {error}", where))
            if end - resume.offset > _BLOCK:
                break
    if not run.state.get("ended"):
        _guess_status(run)
    log.points, log.state = run.columns.points(), run.state
    return log


def _guess_status(run: "_Recorded") -> None:
    """A run that ends by itself, or by an error, records so; one that is silent for long was killed."""
    if is_silent(run.state.get("last")):
        run.facts.status, run.facts.reason = "failed", "crashed: no end was recorded"
    else:
        run.facts.status = "running"


class _Recorded:
    """A run as far as its records were applied.

    Attributes:
        facts: what is known of the run.
        columns: what was logged.
        state: what has to be remembered until the file is read on: measures of the machine, whether an end was
            recorded, the time of the last record.
    """

    def __init__(self, root: str, state: Mapping[str, Any]) -> None:
        self.facts = RunFacts(root)
        self.columns = PointColumns()
        self.state = dict(state)
        self._machine = set(self.state.get("machine", ()))

    def apply(self, payload: bytes) -> None:
        """Apply one record; kinds that say nothing of the run are passed over.

        Raises:
            ValueError: the bytes are no record.
        """
        for number, wire, at, stop in fields(payload):
            if wire != BYTES:
                continue
            if number == _SCALAR:
                self._scalar(payload, at, stop)
            elif number == _COLUMN:
                self._column(payload, at, stop)
            elif number == _START:
                self._start(payload, at, stop)
            elif number == _FINISH:
                self._finish(payload, at, stop)

    def _scalar(self, data: bytes, at: int, stop: int) -> None:
        name, step, wall, value = "", 0, None, 0.0
        for number, wire, start, end in fields(data, at, stop):
            if number == 1 and wire == BYTES:
                name = text(data, start, end)
            elif number == 2 and wire == VARINT:
                step = signed(varint(data, start, end)[0])
            elif number == 4 and wire == BYTES:
                wall = _time(data, start, end)
            elif number == 5 and wire == BYTES:
                value = _number(data, start, end)
        self.state["last"] = wall or self.state.get("last")
        if name not in self._machine:
            self.columns.add(name, step, value, wall)

    def _column(self, data: bytes, at: int, stop: int) -> None:
        kind, name = 0, ""
        for number, wire, start, end in fields(data, at, stop):
            if number == 1 and wire == VARINT:
                kind = varint(data, start, end)[0]
            elif number == 3 and wire == BYTES:
                name = text(data, start, end)
        if kind == _SYSTEM:
            self._machine.add(name)
            self.state["machine"] = sorted(self._machine)

    def _start(self, data: bytes, at: int, stop: int) -> None:
        facts, meta, tags = self.facts, {}, []
        for number, wire, start, end in fields(data, at, stop):
            if wire != BYTES:
                continue
            if number in _TEXTS and end > start:
                meta[_TEXTS[number]] = scalar(text(data, start, end))
            elif number == 1:
                facts.parent = text(data, start, end) or None
            elif number == 6:
                tags.append(text(data, start, end))
            elif number == 12:
                facts.started = self.state["last"] = _time(data, start, end)
        facts.meta, facts.tags = meta, tuple(tags)

    def _finish(self, data: bytes, at: int, stop: int) -> None:
        state, facts = 0, self.facts
        for number, wire, start, end in fields(data, at, stop):
            if number == 1 and wire == VARINT:
                state = varint(data, start, end)[0]
            elif number == 2 and wire == BYTES:
                lines = text(data, start, end).strip().splitlines()
                facts.reason = str(scalar(lines[-1])) if lines else None  # of a traceback
            elif number == 3 and wire == BYTES:
                facts.ended = _time(data, start, end)
        facts.status = _STATES[state] if state < len(_STATES) else "unknown"
        self.state["ended"] = True


def _number(data: bytes, at: int, stop: int) -> float:
    """The double of a value; 0 is not written."""
    value = 0.0
    for number, wire, start, _ in fields(data, at, stop):
        if number == 1 and wire == FIXED64:
            (value,) = _NUMBER.unpack_from(data, start)
    return value


def _time(data: bytes, at: int, stop: int) -> float | None:
    """Unix time in seconds of a google.protobuf.Timestamp."""
    parts = {
        number: varint(data, start, end)[0]
        for number, wire, start, end in fields(data, at, stop)
        if wire == VARINT
    }
    return parse_time(signed(parts.get(1, 0)) + parts.get(2, 0) / 1e9)
