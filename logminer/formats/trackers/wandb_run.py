"""What the records of a ``.wandb`` file add up to: the facts of one run and its history.

Numbers of messages and fields: wandb/proto/wandb_internal.proto.
"""

import math
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from logminer.core.parsed import RunFacts
from logminer.formats._points import PointColumns, as_step
from logminer.formats.documents.values import (
    MAX_DEPTH,
    flatten,
    is_number,
    load_json,
    parse_time,
    scalar,
)
from logminer.formats.events.wire import BYTES, VARINT, fields, signed, text, varint

_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_RUN_TEXTS = {
    1: "run_id", 3: "project", 6: "group", 7: "job_type", 8: "name", 9: "notes", 12: "sweep",
}  # fmt: skip


def add_row(columns: PointColumns, row: Mapping[str, Any], step: int | None) -> None:
    """Add the numbers of one history row, or of the summary."""
    where = as_step(row.get("_step")) if step is None else step
    wall = parse_time(row.get("_timestamp"))
    for name, value in _measured(_public(row)):
        columns.add(name, where, value, wall)


def _public(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without W&B's own ``_step``, ``_timestamp``, ``_runtime``, ``_wandb``."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


def _measured(row: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, float]]:
    """Numbers with dotted names; pictures, tables and histograms carry a ``_type`` and are left out."""
    for name, value in row.items():
        if is_number(value):
            yield name, value
        elif isinstance(value, str) and value in _WORDS:
            yield name, _WORDS[value]
        elif isinstance(value, dict) and "_type" not in value and depth < MAX_DEPTH:
            for inner, number in _measured(value, depth + 1):
                yield f"{name}.{inner}", number


class RecordedRun:
    """A run as far as its records were applied.

    Attributes:
        facts: what is known of the run.
        columns: the history so far.
        exited: whether an exit was recorded.
        state: what has to be remembered until the file is read on.
        last_time: Unix time in seconds of the last row of history, or None.
    """

    def __init__(self, root: str, state: Mapping[str, Any]) -> None:
        self.facts = RunFacts(root)
        self.columns = PointColumns()
        self.state = dict(state)
        self.exited = bool(self.state.get("exited"))
        self.last_time: float | None = None
        self._names: dict[bytes, str] = {}
        self._step = int(self.state.get("step", 0))
        self._summary: dict[str, Any] = {}
        self._apply: dict[int, Callable[[bytes, int, int], None]] = {
            2: self._history, 3: self._summarise, 5: self._configure, 17: self._run, 18: self._exit,
            23: self._preempting, 26: self._environment,
        }  # fmt: skip

    def apply(self, payload: bytes) -> None:
        """Apply one record; kinds that say nothing of the run are passed over.

        Raises:
            ValueError: the bytes are no record.
        """
        for number, wire, at, stop in fields(payload):
            if wire == BYTES and number in self._apply:
                self._apply[number](payload, at, stop)

    def conclude(self) -> None:
        """Add what stands in the summary alone, such as a test score, as points at the last step."""
        logged = {*self.state.get("logged", ()), *self.columns.names}
        for name, value in _measured(_public(self._summary)):
            if name not in logged:
                self.columns.add(name, self._step, value)
        self.state |= {"logged": sorted(logged), "step": self._step}

    def _history(self, data: bytes, at: int, stop: int) -> None:
        row: dict[str, Any] = {}
        step = None
        while at < stop:
            short = _short_item(data, at, stop)
            if short:
                name, written, at = short
                row[self._names.get(name) or self._name(name)] = _json(written)
                continue
            number, wire, start, at = next(fields(data, at, stop))
            if number == 1 and wire == BYTES:
                name_of_item, value = _item(data, start, at)
                row[name_of_item] = value
            elif number == 2 and wire == BYTES:
                step = signed(_numbers(data, start, at).get(1, 0))
        add_row(self.columns, row, step)
        self.last_time = parse_time(row.get("_timestamp")) or self.last_time
        self._step = max(self._step, as_step(row.get("_step")) if step is None else step)

    def _summarise(self, data: bytes, at: int, stop: int) -> None:
        for number, wire, start, end in fields(data, at, stop):
            if number == 1 and wire == BYTES:
                name, value = _item(data, start, end)
                self._summary[name] = value

    def _name(self, written: bytes) -> str:
        """A metric's name as text; few names are written many times."""
        return self._names.setdefault(written, text(written, 0, len(written)))

    def _configure(self, data: bytes, at: int, stop: int) -> None:
        changed = {}
        for number, wire, start, end in fields(data, at, stop):
            if number == 1 and wire == BYTES:
                name, value = _item(data, start, end)
                changed[name] = value
        changed.pop("_wandb", None)
        self.facts.params = {**self.facts.params, **flatten(changed)}

    def _run(self, data: bytes, at: int, stop: int) -> None:
        facts, meta, tags = self.facts, {}, []
        for number, wire, start, end in fields(data, at, stop):
            if wire != BYTES:
                continue
            if number in _RUN_TEXTS:
                meta[_RUN_TEXTS[number]] = scalar(text(data, start, end))
            elif number == 10:
                tags.append(text(data, start, end))
            elif number == 13:
                facts.host = text(data, start, end)
            elif number == 4:
                self._configure(data, start, end)
            elif number == 17:
                facts.started = self.state["started"] = _time(data, start, end)
            elif number == 21:
                facts.commit = _texts(data, start, end).get(2)
        facts.meta, facts.tags = {**facts.meta, **meta}, tuple(tags)
        # Runs of a project compare, whichever sweep or group they are of; both are recorded beside it.
        facts.parent = meta.get("project") or meta.get("sweep") or meta.get("group")

    def _exit(self, data: bytes, at: int, stop: int) -> None:
        written = _numbers(data, at, stop)
        code, seconds = signed(written.get(1, 0)), written.get(2)
        self.exited = self.state["exited"] = True
        started = self.facts.started or self.state.get("started")
        if seconds is not None and started is not None:
            self.facts.ended = started + seconds
        if code == 0:
            self.facts.status = "finished"
        elif self.state.get("preempting"):
            self.facts.status, self.facts.reason = "preempted", f"preempted, exit code {code}"
        else:
            self.facts.status, self.facts.reason = "failed", f"exit code {code}"

    def _preempting(self, _data: bytes, _at: int, _stop: int) -> None:
        self.state["preempting"] = True

    def _environment(self, data: bytes, at: int, stop: int) -> None:
        facts, texts, args = self.facts, _texts(data, at, stop), []
        for number, wire, start, end in fields(data, at, stop):
            if number == 5 and wire == BYTES:
                args.append(text(data, start, end))
            elif number == 9 and wire == BYTES:
                facts.commit = _texts(data, start, end).get(2) or facts.commit
        facts.command = " ".join(word for word in (texts.get(6), *args) if word) or facts.command
        facts.host = texts.get(12) or facts.host
        noted = {"os": texts.get(1), "python": texts.get(2), "gpu": texts.get(18)}
        facts.meta = {**facts.meta, **{key: scalar(value) for key, value in noted.items() if value}}


def _short_item(data: bytes, at: int, stop: int) -> tuple[bytes, bytes, int] | None:
    """Name, JSON and end of an item in the common form: one name and one JSON text, lengths below 128.

    None if it is written in any other way; ``_item`` reads every form, four times as slowly.
    """
    if at + 8 > stop or data[at] != 0x0A or data[at + 1] > 0x7F:
        return None
    end = at + 2 + data[at + 1]
    value = at + 4 + data[at + 3]
    if end > stop or data[at + 2] not in (0x0A, 0x12) or value + 3 > end:
        return None
    if data[value] != 0x82 or data[value + 1] != 0x01 or value + 3 + data[value + 2] != end:
        return None
    return data[at + 4 : value], data[value + 3 : end], end


def _item(data: bytes, at: int, stop: int) -> tuple[str, Any]:
    """Name and value of an item of history or config; the parts of a nested name are joined with dots."""
    name: list[str] = []
    value: Any = None
    for number, wire, start, end in fields(data, at, stop):
        if number in (1, 2) and wire == BYTES:
            name.append(text(data, start, end))
        elif number in (8, 16) and wire == BYTES:
            value = _json(data[start:end])
        elif number == 5 and wire == VARINT:
            coded = varint(data, start, end)[0]
            value = (coded >> 1) ^ -(coded & 1)  # zigzag
        elif number == 6 and end - start == 8:
            value = struct.unpack_from("<d", data, start)[0]
    return ".".join(name), value


def _json(written: bytes) -> Any:
    try:
        return float(written) if b"." in written else load_json(written)
    except ValueError:
        return load_json(written)


def _numbers(data: bytes, at: int, stop: int) -> dict[int, int]:
    return {
        number: varint(data, start, end)[0]
        for number, wire, start, end in fields(data, at, stop)
        if wire == VARINT
    }


def _texts(data: bytes, at: int, stop: int) -> dict[int, str]:
    return {
        number: text(data, start, end)
        for number, wire, start, end in fields(data, at, stop)
        if wire == BYTES
    }


def _time(data: bytes, at: int, stop: int) -> float | None:
    """Unix time in seconds of a google.protobuf.Timestamp."""
    parts = _numbers(data, at, stop)
    return parse_time(signed(parts.get(1, 0)) + parts.get(2, 0) / 1e9)
