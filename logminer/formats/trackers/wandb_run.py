"""What the records of a ``.wandb`` file add up to: the facts of one run and its history.

Numbers of messages and fields: wandb/proto/wandb_internal.proto.
"""

import re
import struct
from collections.abc import Callable, Mapping
from typing import Any

from logminer.core.parsed import Points, RunFacts
from logminer.formats.documents.values import flatten, load_json, parse_time, scalar
from logminer.formats.events.wire import BYTES, VARINT, fields, signed, text, varint
from logminer.formats.trackers.wandb_history import History, items, name_of

_HISTORY, _SUMMARY = 2, 3
# A record of one field beside its number: history or summary, and how long it is.
_ROW = re.compile(rb"(?:\x08[\x80-\xff]{0,9}[\x00-\x7f])?([\x12\x1a])([\x80-\xff]{0,4}[\x00-\x7f])")
_UPDATES_AT_ONCE = 4_096  # summaries looked at together
_RUN_TEXTS = {
    1: "run_id", 3: "project", 6: "group", 7: "job_type", 8: "name", 9: "notes", 12: "sweep",
}  # fmt: skip


class RecordedRun:
    """A run as far as its records were applied.

    Attributes:
        facts: what is known of the run.
        history: the rows so far.
        exited: whether an exit was recorded.
        state: what has to be remembered until the file is read on.
    """

    def __init__(self, root: str, state: Mapping[str, Any]) -> None:
        self.facts = RunFacts(root)
        self.state = dict(state)
        self.history = History(int(self.state.get("step", 0)))
        self.exited = bool(self.state.get("exited"))
        self._summary: dict[bytes, bytes] = {}
        self._updates: list[tuple[bytes, int]] = []
        self._apply: dict[int, Callable[[bytes, int, int], None]] = {
            5: self._configure, 17: self._run, 18: self._exit, 23: self._preempting,
            26: self._environment,
        }  # fmt: skip

    def apply(self, payload: bytes, end: int) -> None:
        """Apply one record; kinds that say nothing of the run are passed over.

        Args:
            payload: the record.
            end: its end in the file.

        Raises:
            ValueError: the bytes are no record.
        """
        row = _ROW.match(payload)
        if row and row.end() + varint(row[2], 0, len(row[2]))[0] == len(payload):
            self._take_row(payload[row.end() :], end, is_history=row[1] == b"\x12")
            return
        for number, wire, at, stop in fields(payload):
            if wire != BYTES:
                continue
            if number in (_HISTORY, _SUMMARY):
                self._take_row(payload[at:stop], end, is_history=number == _HISTORY)
            elif number in self._apply:
                self._apply[number](payload, at, stop)

    def _take_row(self, message: bytes, end: int, *, is_history: bool) -> None:
        if is_history:
            self.history.add(message, end)
            return
        self._updates.append((message, end))
        if len(self._updates) == _UPDATES_AT_ONCE:
            self._settle_summary()

    def conclude(self) -> Points:
        """All points, with what stands in the summary alone, such as a test score, at the last step."""
        self._settle_summary()
        logged = self.state.get("logged", ())
        points = self.history.points(self._summary, logged)
        self.state |= {"logged": sorted({*logged, *points.names}), "step": self.history.last_step}
        return points

    def _settle_summary(self) -> None:
        """Keep of the summaries that wait what rows do not hold; most repeat the row before them."""
        updates, self._updates = self._updates, []
        if self.history.holds(message for message, _ in updates):
            return
        for message, end in updates:
            try:
                self._summary.update(zip(*items(message), strict=True))
            except (ValueError, struct.error) as error:
                self.history.damaged.append((str(error), end))

    def _configure(self, data: bytes, at: int, stop: int) -> None:
        names, values = items(data[at:stop])
        written = zip(map(name_of, names), values, strict=True)
        changed = {name: load_json(value) for name, value in written if name != "_wandb"}
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
