"""Scalars of many event-file records at once, as columns.

Events of one metric are the same bytes but for the wall time, the step and the number itself. So
one event of a kind is read field by field (``_events``), and what was learned from it, its *layout*
(where the number lies) and its tag, serves all records whose other bytes hash alike. All work on
records is numpy gathers through views that have a number starting at every byte.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from logminer.formats.events.compiled import load
from logminer.formats.events.event import STEP_AT, WALL_AT, Event, read_event
from logminer.formats.events.layouts import Layout, Slots, Words

PADDING = 16  # bytes a buffer must have beyond its last record
_LONGEST = 512  # longer events are never plain scalars
_SHORTEST = 8
_ROUNDS = 32

Index = NDArray[np.int64]


@dataclass
class Columns:
    """Points of a batch of records, in the order of the records.

    Attributes:
        record: (n,) index of the record.
        tag: (n,) int32, index into the reader's ``tags``.
        step, wall, value: (n,) as in ``core.parsed.Points``.
        double: (n,) whether the number was written in more than single precision.
        odd: records that hold something else than scalars, with the event.
        broken: records that are no event, with the reason.
    """

    record: Index
    tag: NDArray[np.int32]
    step: NDArray[np.int64]
    wall: NDArray[np.float64]
    value: NDArray[np.floating[Any]]
    double: NDArray[np.bool_]
    odd: list[tuple[int, Event]] = field(default_factory=list)
    broken: list[tuple[int, ValueError]] = field(default_factory=list)


class ScalarReader:
    """Reads batches of records; what it learns of one batch serves the next."""

    def __init__(self) -> None:
        self.tags: dict[str, int] = {}
        self._layouts: dict[int, list[Layout]] = {}

    def read(self, buffer: NDArray[np.uint8], starts: Index, stops: Index) -> Columns:
        """Read the records whose payloads lie at ``starts`` to ``stops``, each shape (n,).

        The buffer must go on for ``PADDING`` bytes after the last record.
        """
        return _Batch(self, buffer, starts, stops).read()

    def tag(self, name: str) -> int:
        """Number of a tag."""
        return self.tags.setdefault(name, len(self.tags))

    def layouts(self, length: int) -> list[Layout]:
        """Layouts known for a rest of some length."""
        return self._layouts.setdefault(length, [])

    def layout(self, length: int, slots: Slots) -> Layout:
        """The layout with these slots, new if it was not known."""
        for layout in self.layouts(length):
            if layout.slots == slots:
                return layout
        self._layouts[length].append(Layout.of(slots, length))
        return self._layouts[length][-1]


class _Batch:
    """One batch on its way through ``ScalarReader.read``."""

    def __init__(
        self, reader: ScalarReader, buffer: NDArray[np.uint8], starts: Index, stops: Index
    ) -> None:
        self.reader, self.buffer, self.starts, self.stops = reader, buffer, starts, stops
        self.words = _every_byte(buffer, "<u8")
        self.tag = np.full(len(starts), -1, np.int32)
        self.value: NDArray[np.floating[Any]] = np.zeros(len(starts), np.float32)
        self.double = np.zeros(len(starts), bool)
        self.more: list[tuple[Index, NDArray[np.int32], NDArray[np.floating[Any]]]] = []
        self.events: dict[int, Event | None] = {}
        self.broken: list[tuple[int, ValueError]] = []

    def read(self) -> Columns:
        compiled = load()
        if compiled is None:
            self.wall = _every_byte(self.buffer, "<f8", WALL_AT)[self.starts]
            self.step, self.rest = self._steps()
        else:
            self.wall, self.step, self.rest = compiled.heads(self.buffer, self.starts)
        length = self.stops - self.rest
        usual = (self.buffer[self.starts] == 9) & (length >= _SHORTEST) & (length <= _LONGEST)
        length[~usual] = 0
        order = np.argsort(length.astype(np.uint16), kind="stable")
        counts = np.bincount(length, minlength=1)
        at = 0
        for size in np.flatnonzero(counts).tolist():
            rows = order[at : at + counts[size]]
            at += len(rows)
            if size:
                rows = self._read_alike(size, rows)
            for row in rows.tolist():
                self._read_odd(row)
        return self._columns()

    def _steps(self) -> tuple[NDArray[np.int64], Index]:
        """Steps, and where the fields after wall time and step begin."""
        word = self.words[STEP_AT:][self.starts]
        has_step = self.buffer[STEP_AT - 1 :][self.starts] == 0x10
        ends = ~word & np.uint64(0x8080808080808080)
        below = (ends & (~ends + np.uint64(1))) - np.uint64(1)  # all bits below the lowest one
        word &= below
        word &= np.uint64(0x7F7F7F7F7F7F7F7F)
        for shift, low, high in _JOINS:
            word = (word & low) | ((word & high) >> shift)
        size = (np.bitwise_count(below).astype(np.int64) + 1) >> 3
        size += 1
        size[ends == 0] = 1 << 20  # a step of more than eight bytes: left to the slow reader
        step = np.where(has_step, word, np.uint64(0)).astype(np.int64)
        return step, self.starts + (STEP_AT - 1) + np.where(has_step, size, 0)

    def _read_alike(self, size: int, rows: Index) -> Index:
        """Read records with a rest of ``size`` bytes; return those left to the slow reader."""
        block = np.dtype((np.void, -(-size // 8) * 8))
        words = _every_byte(self.buffer, block)[self.rest[rows]].view("<u8").reshape(len(rows), -1)
        for layout in self.reader.layouts(size):
            rows, words = self._fill(layout, rows, words)
        odd: list[int] = []
        rounds = 0
        while len(rows) and rounds < _ROUNDS:
            slots = self._slots(int(rows[0]))
            if slots is None:
                odd.append(int(rows[0]))
                rows, words = rows[1:], words[1:]
                continue
            layout = self.reader.layout(size, slots)
            self._learn(layout, rows, words)
            rows, words = self._fill(layout, rows, words)
            rounds += 1
        return np.concatenate([np.array(odd, np.int64), rows])

    def _slots(self, row: int) -> Slots | None:
        """Where the numbers of a record lie, or None if it is not plain."""
        event = self._event(row)
        if event is None or not event.is_plain or any(s.at < 0 for s in event.scalars):
            return None
        rest = int(self.rest[row] - self.starts[row])
        if event.rest != rest:
            return None
        return tuple((s.at - rest, s.dtype) for s in event.scalars)

    def _event(self, row: int) -> Event | None:
        """The event of a record, read field by field."""
        if row not in self.events:
            payload = self.buffer[self.starts[row] : self.stops[row]].tobytes()
            try:
                self.events[row] = read_event(payload)
            except ValueError as error:
                self.events[row] = None
                self.broken.append((row, error))
        return self.events[row]

    def _learn(self, layout: Layout, rows: Index, words: Words) -> None:
        """Add the kinds of records among ``rows`` that have this layout, commonest first."""
        hashes = layout.hash(words)
        _, first, counts = np.unique(hashes, return_index=True, return_counts=True)
        by_count = first[np.argsort(-counts, kind="stable")].tolist()
        kinds: dict[int, list[int]] = {}
        for i in [0, *by_count]:
            event = self._event(int(rows[i]))
            if event is None or self._slots(int(rows[i])) != layout.slots:
                break
            kinds[int(hashes[i])] = [self.reader.tag(s.tag) for s in event.scalars]
        layout.add(kinds)

    def _fill(self, layout: Layout, rows: Index, words: Words) -> tuple[Index, Words]:
        """Read the records of known kinds; return the others."""
        if not len(rows) or not len(layout.hashes):
            return rows, words
        kind, known = layout.find(layout.hash(words))
        others = np.flatnonzero(~known)
        left = rows[others], words[others]
        if len(others):
            rows, words, kind = rows[known], words[known], kind[known]
        if not len(rows):  # numpy refuses to lay an empty column over no bytes
            return left
        for j, (offset, dtype) in enumerate(layout.slots):
            value = np.ndarray((len(rows),), dtype, words, offset, words.strides[:1])
            self._emit(rows, layout.tags[kind, j], value, first=j == 0)
        return left

    def _emit(
        self, rows: Index, tag: NDArray[np.int32], value: NDArray[Any], *, first: bool
    ) -> None:
        if value.dtype not in (np.float32, np.float16):
            if self.value.dtype == np.float32:
                self.value = self.value.astype(np.float64)
            self.double[rows] = True
        if first:
            self.tag[rows] = tag
            self.value[rows] = value
        else:
            self.more.append((rows, tag, value.astype(np.float64)))

    def _read_odd(self, row: int) -> None:
        event = self._event(row)
        if event is None:
            return
        self.step[row], self.wall[row] = event.step, event.wall
        for j, s in enumerate(event.scalars):
            value = np.array([s.value], np.float32 if s.single else np.float64)
            tag = np.array([self.reader.tag(s.tag)], np.int32)
            self._emit(np.array([row]), tag, value, first=j == 0)

    def _columns(self) -> Columns:
        record = np.flatnonzero(self.tag >= 0)
        tag, value = self.tag[record], self.value[record]
        if self.more:
            record = np.concatenate([record, *(rows for rows, _, _ in self.more)])
            order = np.argsort(record, kind="stable")
            record = record[order]
            tag = np.concatenate([tag, *(tags for _, tags, _ in self.more)])[order]
            more = [values.astype(value.dtype) for _, _, values in self.more]
            value = np.concatenate([value, *more])[order]
        odd = [(row, e) for row, e in sorted(self.events.items()) if e and _says_more(e)]
        return Columns(
            record, tag, self.step[record], self.wall[record], value, self.double[record], odd,
            self.broken,
        )  # fmt: skip


# A varint's groups of 7 bits are moved together pair by pair: the shift, and what stays and what moves.
_JOINS = [
    (np.uint64(shift), np.uint64(low), np.uint64(high))
    for shift, low, high in (
        (1, 0x007F007F007F007F, 0x7F007F007F007F00),
        (2, 0x00003FFF00003FFF, 0x3FFF00003FFF0000),
        (4, 0x000000000FFFFFFF, 0x0FFFFFFF00000000),
    )
]


def _says_more(event: Event) -> bool:
    return bool(event.strings or event.plugins or event.hparams)


def _every_byte(buffer: NDArray[np.uint8], dtype: DTypeLike, first: int = 0) -> NDArray[Any]:
    """A view of the buffer from byte ``first`` on, in which a number starts at every byte."""
    size = np.dtype(dtype).itemsize
    return np.ndarray((max(len(buffer) - first - size + 1, 0),), dtype, buffer, first, (1,))
