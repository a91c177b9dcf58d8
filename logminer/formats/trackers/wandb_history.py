"""The history of a ``.wandb`` file as columns: rows of names and JSON texts, many of them turned into numbers at once.

A row is a message of items, each a name and a JSON text, in an order that differs from row to row. Items in the common
form are found by one regular expression a row, and JSON is parsed once for thousands of rows.
"""

import re
import struct
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import Points
from logminer.formats._points import PointColumns, as_float, as_step
from logminer.formats.documents.values import load_json, parse_time
from logminer.formats.events.wire import BYTES, VARINT, fields, signed, text, varint
from logminer.formats.trackers.wandb_values import measured

# An item whose lengths are below 128: its length, its name (``key`` or parts of a ``nested_key``), ``value_json``.
_SHORT = re.compile(
    rb"\n[\x00-\x7f]((?:[\n\x12][\x00-\x7f][^\x00-\x1f\x82]*)+)\x82\x01[\x00-\x7f]([^\x00-\x1f]*)"
)
_NAME = re.compile(rb"\n[\x00-\x7f]((?:[\n\x12][\x00-\x7f][^\x00-\x1f\x82]*)+)\x82\x01")
_DOUBLE = struct.Struct("<d")
_AROUND = 5  # bytes of a short item beside its name and JSON
_STEP, _TIME, _OWN = -1, -2, -3  # in place of a metric's number
_JSON = b"\x82\x01"  # what a JSON text in an item begins with
_STEP_KEY = 0x12
_LONGEST_STEP = 12  # bytes: a key and a varint
_AT_ONCE = 1 << 19  # bytes of JSON parsed at once
_TIMES = (3e8, 1e10)  # seconds between which a number is surely a Unix time


def items(data: bytes) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Names as written and JSON texts of a message of items.

    Raises:
        ValueError: the bytes are no message.
    """
    found = _SHORT.findall(data)
    size = _AROUND * len(found) + sum(map(len, chain.from_iterable(found)))
    if size != len(
        data
    ):  # the expression passed something over, or cut it elsewhere than the lengths do
        found = list(_any_items(data))
    return [name for name, _ in found], [value for _, value in found]


def _any_items(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    for number, wire, start, end in fields(data):
        if number != 1 or wire != BYTES:
            continue
        named, value = start, b"null"
        for part, kind, first, last in fields(data, start, end):
            if part in (1, 2) and kind == BYTES:
                named = last
            elif part in (8, 16) and kind == BYTES:
                value = data[first:last]
            elif part == 5 and kind == VARINT:
                coded = varint(data, first, last)[0]
                value = b"%d" % ((coded >> 1) ^ -(coded & 1))  # zigzag
            elif part == 6 and last - first == _DOUBLE.size:
                value = repr(_DOUBLE.unpack_from(data, first)[0]).encode()
        yield data[start:named], value


def name_of(written: bytes) -> str:
    """A name from the fields it is written in; the parts of a nested one are joined with dots."""
    return ".".join(
        text(written, at, stop) for _, wire, at, stop in fields(written) if wire == BYTES
    )


class _Row(NamedTuple):
    """A row of history as it is written, its step if that stands apart, and where its record ends in the file."""

    items: bytes
    step: int | None
    end: int


class _Numbers(dict[bytes, int]):
    """Numbers of metrics by their names as written, given as they are met; W&B's own have none."""

    def __init__(self, names: dict[str, int]) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, written: bytes) -> int:
        name = name_of(written)
        own = {"_step": _STEP, "_timestamp": _TIME}.get(name, _OWN) if name[:1] == "_" else None
        self[written] = self._names.setdefault(name, len(self._names)) if own is None else own
        return self[written]


class History:
    """Rows of a run as they come, and the points that they hold.

    Attributes:
        last_time: Unix time in seconds of the last row that has one, or None.
        last_step: the furthest step of any row.
        damaged: what was wrong with rows that were left out, with the position after each.
    """

    def __init__(self, last_step: int) -> None:
        self.last_time: float | None = None
        self.last_step = last_step
        self.damaged: list[tuple[str, int]] = []
        self._names: dict[str, int] = {}
        self._numbers = _Numbers(self._names)
        self._rows: list[_Row] = []
        self._bytes = 0
        self._parts: list[Points] = []

    def add(self, message: bytes, end: int) -> None:
        """Take a history message in.

        Args:
            message: the items and the step.
            end: position of the record's end in the file.

        Raises:
            ValueError: the bytes are no message.
        """
        step, stop = _step(message)
        self._rows.append(_Row(message[:stop], step, end))
        self._bytes += stop
        if self._bytes > _AT_ONCE:
            self._parse()

    def holds(self, messages: Iterable[bytes]) -> bool:
        """Whether rows had all the names in messages of a summary, of which nothing is to be kept then."""
        self._parse()
        data = b"".join(messages)
        names = _NAME.findall(data)
        alone = {*names} - self._numbers.keys()
        return len(names) == data.count(_JSON) and all(name_of(n).startswith("_") for n in alone)

    def points(self, summary: Mapping[bytes, bytes], logged: Collection[str]) -> Points:
        """All points so far, with those of the summary that no row holds, at the last step.

        Args:
            summary: JSON texts by written names.
            logged: names that were logged before what is read now.
        """
        self._parse()
        known, last = {*logged, *self._names}, PointColumns()
        for written, value in summary.items():
            for name, number in _summarised(name_of(written), value):
                if name not in known:
                    last.add(name, self.last_step, number)
        return _used(Points.concat([*self._parts, last.points()]))

    def _parse(self) -> None:
        """Turn the rows that wait into points."""
        rows, self._rows, self._bytes = self._rows, [], 0
        rows, sizes, names, values = self._together(rows)
        if not rows:
            return
        row = np.repeat(np.arange(len(rows)), sizes)
        metric = np.array([*map(self._numbers.__getitem__, names)], dtype=np.int32)
        if not {*map(type, values)} <= {int, float}:
            metric, row, values = self._spread(metric, row, values)
        value = _floats(values)
        wall, step = _walls(metric, row, value, len(rows)), _steps(metric, row, value, rows)
        self.last_time = next((float(t) for t in wall[::-1] if not np.isnan(t)), self.last_time)
        self.last_step = max(self.last_step, int(step.max()))
        kept = metric >= 0
        row, run = row[kept], np.zeros(int(kept.sum()), dtype=np.int32)
        self._parts.append(
            Points(list(self._names), run, metric[kept], step[row], wall[row], value[kept])
        )

    def _together(
        self, rows: list[_Row]
    ) -> tuple[list[_Row], list[int], Sequence[bytes], list[Any]]:
        """The rows, their numbers of items, and all their names and values; damaged rows are left out and said."""
        try:
            names, texts = items(b"".join(r.items for r in rows))
            values = load_json(b"[%s]" % b",".join(texts))
            sizes = [r.items.count(_JSON) for r in rows]
            if len(names) == len(values) == sum(sizes):
                return rows, sizes, names, values
        except ValueError:
            pass
        return self._one_by_one(rows)

    def _one_by_one(self, rows: list[_Row]) -> tuple[list[_Row], list[int], list[bytes], list[Any]]:
        sound, sizes = [], []
        names: list[bytes] = []
        values: list[Any] = []
        for r in rows:
            try:
                found, texts = items(r.items)
                loaded = [load_json(text) for text in texts]
            except (ValueError, struct.error) as error:
                self.damaged.append((str(error), r.end))
                continue
            sound.append(r)
            sizes.append(len(found))
            names += found
            values += loaded
        return sound, sizes, names, values

    def _spread(
        self, metric: NDArray[np.int32], row: NDArray[np.int64], values: list[Any]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64], list[float]]:
        """The numbers alone: texts of NaN and infinities count, nested values get names of their own."""
        names = list(self._names)
        numbers: list[tuple[int, int, float]] = []
        for m, r, value in zip(metric.tolist(), row.tolist(), values, strict=True):
            if type(value) is float or type(value) is int:
                numbers.append((m, r, value))
            elif m >= 0:
                for name, number in measured({names[m]: value}):
                    numbers.append((self._names.setdefault(name, len(self._names)), r, number))
        ms, rs, vs = zip(*numbers, strict=True) if numbers else ((), (), ())
        return np.array(ms, np.int32), np.array(rs, np.int64), list(vs)


def _used(points: Points) -> Points:
    """The points without the names of metrics that have none."""
    used, metric = np.unique(points.metric, return_inverse=True)
    points.names = [points.names[i] for i in used]
    points.metric = metric.astype(np.int32)
    return points


def _summarised(name: str, written: bytes) -> Iterator[tuple[str, float]]:
    """The numbers of one entry of a summary; none of W&B's own, or of what is no JSON."""
    if name.startswith("_"):
        return
    with suppress(ValueError):
        yield from measured({name: load_json(written)})


def _floats(values: list[Any]) -> NDArray[np.float64]:
    try:
        return np.array(values, dtype=np.float64)
    except OverflowError:
        return np.array([as_float(value) for value in values], dtype=np.float64)


def _walls(
    metric: NDArray[np.int32], row: NDArray[np.int64], value: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    """Unix times in seconds (n,) of the rows, NaN where none is known."""
    timed = metric == _TIME
    wall = np.full(n, np.nan)
    wall[row[timed]] = value[timed]
    for odd in np.flatnonzero(~((wall >= _TIMES[0]) & (wall < _TIMES[1])) & ~np.isnan(wall)):
        time = parse_time(float(wall[odd]))
        wall[odd] = np.nan if time is None else time
    return wall


def _steps(
    metric: NDArray[np.int32],
    row: NDArray[np.int64],
    value: NDArray[np.float64],
    rows: Sequence[_Row],
) -> NDArray[np.int64]:
    """Steps (n,) of the rows: the recorded one, else that among the items."""
    numbered = metric == _STEP
    among = dict(zip(row[numbered].tolist(), value[numbered].tolist(), strict=True))
    steps = [as_step(among.get(i)) if r.step is None else r.step for i, r in enumerate(rows)]
    return np.array([s if -(2**63) <= s < 2**63 else 0 for s in steps], dtype=np.int64)


def _step(message: bytes) -> tuple[int | None, int]:
    """The step of a history message, and where the items end before it.

    It comes last as a rule: bytes below 32, which no JSON text before it ends with, show where it starts.
    """
    for size in range(_LONGEST_STEP):
        at = len(message) - 2 - size
        if at >= 0 and message[at] == _STEP_KEY and message[at + 1] == size:
            return _number(message, at + 2), at
    for number, wire, start, end in fields(message):
        if number == 2 and wire == BYTES:
            return _number(message[:end], start), len(message)
    return None, len(message)


def _number(data: bytes, at: int) -> int:
    """The number that a message ``{1: number}`` at the end of ``data`` holds."""
    for number, wire, start, end in fields(data, at):
        if number == 1 and wire == VARINT:
            return signed(varint(data, start, end)[0])
    return 0
