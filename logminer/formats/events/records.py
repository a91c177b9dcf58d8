"""Finding the records of event files, many files in one buffer, whatever happened to the bytes.

The length of a record carries its own checksum, so a record's header can be recognised wherever it
stands. All headers of a buffer are found in a few vectorised passes; where they follow each other
without a gap nothing else is needed, and elsewhere a careful walk decides byte range by byte range.
No decision depends on where a read happened to end, so a file read in pieces yields what one
read of the whole yields.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.formats.events.checksums import damaged_blocks, masked_crc, masked_length_crcs
from logminer.formats.events.compiled import load

HEADER, FOOTER = 12, 4
FRAME = HEADER + FOOTER
LARGEST = (1 << 31) - 1  # a serialised message cannot be longer
_SCANNED = 1 << 20
_SEARCHED = 1 << 24  # bytes; longer records are found only where they follow another

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Skipped:
    """Bytes ``start`` to ``stop`` of a piece, and why they were not read."""

    start: int
    stop: int
    what: str


@dataclass
class Records:
    """The records of one piece of a file.

    Attributes:
        starts: where payloads begin, relative to the piece.
        stops: where they end.
        end: where the first byte that still waits to be understood stands.
        skipped: byte ranges given up, in order.
    """

    starts: Places
    stops: Places
    end: int
    skipped: list[Skipped] = field(default_factory=list)


def starts_record(data: bytes) -> bool:
    """Whether the header of a record stands at the start of some bytes."""
    return _end_of_record(memoryview(data), 0) is not None


def find_headers(buffer: NDArray[np.uint8]) -> tuple[Places, Places]:
    """Every place where a record of less than 16 MB may start, and the length it states.

    Args:
        buffer: shape (n,); bytes beyond are not looked at.

    Returns:
        Positions in ascending order, and lengths, each of shape (k,). A place is found by mistake
        once in 2**32.
    """
    last = len(buffer) - HEADER
    found = [_headers_between(buffer, at, last) for at in range(0, last + 1, _SCANNED)]
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    places, lengths = zip(*found, strict=True)
    return np.concatenate(places), np.concatenate(lengths)


def _headers_between(buffer: NDArray[np.uint8], at: int, last: int) -> tuple[Places, Places]:
    """Headers that start from ``at`` on, within one scanned block.

    The five high bytes of a length below 2**24 are zero, and its checksum's first byte seldom is: so a
    header shows as the end of a run of zeros, seven bytes after its start.
    """
    zero = buffer[at + 3 : min(at + _SCANNED - 1, last) + 9] == 0
    two = zero[:-2] & zero[1:-1]
    run_ends = two[:-3] & two[2:-1] & (zero[4:-1] > zero[5:])
    places = np.flatnonzero(run_ends)
    places += at
    return _sieved(buffer, places)


def _sieved(buffer: NDArray[np.uint8], places: Places) -> tuple[Places, Places]:
    """Headers at some places, or up to three bytes before them, and the lengths they state."""
    right, lengths = _are_headers(buffer, places)
    found, stated = places[right], lengths[right]
    others = places[~right]
    for _ in range(3):  # checksums that begin with zeros
        others = others[others > 0] - 1
        right, lengths = _are_headers(buffer, others)
        found, stated = np.append(found, others[right]), np.append(stated, lengths[right])
    if np.any(found[1:] < found[:-1]):
        order = np.argsort(found, kind="stable")  # fast, since a few sorted runs were joined
        found, stated = found[order], stated[order]
    return found, stated.astype(np.int64)


def _short_headers(buffer: NDArray[np.uint8]) -> tuple[Places, Places]:
    """The same for records of less than 256 bytes, at a tenth of the cost; longer ones may be found or not.

    Seven bytes of such a header are zero, so that one of them is the first of four aligned zero bytes. The end of
    their run tells where the header stands.
    """
    if len(buffer) < HEADER:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    words = buffer[: len(buffer) // 4 * 4].view("<u4")
    at = np.flatnonzero(words[:-1] == 0) * 4
    after = _unaligned(buffer, "<u4")[at + 4]
    ends = np.flatnonzero(after)  # of a longer run, only the last four bytes
    at, after = at[ends], after[ends]
    at -= 4
    for mask in (0xFF, 0xFFFF, 0xFFFFFF):
        at += (after & np.uint32(mask)) == 0
    last = np.searchsorted(at, len(buffer) - HEADER, "right")
    return _sieved(buffer, at[np.searchsorted(at, 0) : last])


def _are_headers(
    buffer: NDArray[np.uint8], places: Places
) -> tuple[NDArray[np.bool_], NDArray[np.uint32]]:
    """Whether a header stands at each place, and the length it would state."""
    length = _unaligned(buffer, "<u8")[places]
    short = length.astype(np.uint32)
    right = masked_length_crcs(short) == _unaligned(buffer, "<u4")[places + 8]
    right &= length < _SEARCHED
    return right, short


def _unaligned(buffer: NDArray[np.uint8], kind: str) -> NDArray[Any]:
    """A view that has a number starting at every byte."""
    dtype = np.dtype(kind)
    return np.ndarray((len(buffer) - dtype.itemsize + 1,), dtype, buffer, 0, (1,))


def frame(
    buffer: NDArray[np.uint8], pieces: list[tuple[int, int]], final: list[bool]
) -> list[Records]:
    """Find the records of several pieces of files that lie in one buffer.

    Args:
        buffer: the bytes.
        pieces: start and stop of each piece, ascending and without overlap.
        final: whether the piece reaches the end of its file as it is now.

    Returns:
        One entry a piece.
    """
    compiled = load()
    if compiled is None:
        found = _unharmed(buffer, pieces, *_short_headers(buffer))
    else:
        found = [_followed(compiled.follow(buffer[start:stop])) for start, stop in pieces]
    left = [k for k, records in enumerate(found) if records is None]
    if left:  # longer records, or damage
        start, stop = pieces[left[0]][0], pieces[left[-1]][1]
        places, lengths = find_headers(buffer[start:stop])
        places += start
        again = _unharmed(buffer, [pieces[k] for k in left], places, lengths)
        for k, records in zip(left, again, strict=True):
            found[k] = records or _walk_piece(buffer, pieces[k], places, final=final[k])
    return [records for records in found if records is not None]


def _followed(found: tuple[Places, Places] | None) -> Records | None:
    if found is None:
        return None
    starts, stops = found
    return Records(starts, stops, int(stops[-1]) + FOOTER)


def _unharmed(
    buffer: NDArray[np.uint8], pieces: list[tuple[int, int]], places: Places, lengths: Places
) -> list[Records | None]:
    """The records of the pieces in which they follow each other and match their checksums, given the headers."""
    ends = places + lengths + FRAME
    spans = np.array(pieces, np.int64).reshape(-1, 2)
    first, after = np.searchsorted(places, spans.T)
    unbroken = _unbroken(places, ends, spans, first, after)
    after[unbroken] -= ends[after[unbroken] - 1] > spans[unbroken, 1]  # a half-written last record
    sound = unbroken.copy()
    sound[unbroken] = _agree(buffer, places, ends, first[unbroken], after[unbroken])
    found: list[Records | None] = [None] * len(pieces)
    for k in np.flatnonzero(sound).tolist():
        start, i, j = pieces[k][0], int(first[k]), int(after[k])
        end = int(ends[j - 1]) - start if i < j else 0
        found[k] = Records(places[i:j] + (HEADER - start), ends[i:j] - (FOOTER + start), end)
    return found


def _walk_piece(
    buffer: NDArray[np.uint8], piece: tuple[int, int], places: Places, *, final: bool
) -> Records:
    start, stop = piece
    i, j = np.searchsorted(places, piece).tolist()
    return walk(buffer.data[start:stop], (places[i:j] - start).tolist(), final=final)


def _unbroken(
    places: Places, ends: Places, spans: Places, first: Places, after: Places
) -> NDArray[np.bool_]:
    """Whether each piece is records one behind the other, the last one perhaps half written."""
    breaks = np.flatnonzero(ends[:-1] != places[1:])
    next_break = np.append(breaks, len(places))[np.searchsorted(breaks, first)]
    unbroken = (first < after) & (next_break >= after - 1)
    rows = np.flatnonzero(unbroken)
    unbroken[rows] = places[first[rows]] == spans[rows, 0]
    unbroken[rows] &= ends[after[rows] - 1] > spans[rows, 1] - HEADER
    return unbroken


def _agree(
    buffer: NDArray[np.uint8], places: Places, ends: Places, first: Places, after: Places
) -> NDArray[np.bool_]:
    """Whether all payloads of the pieces with records ``first`` to ``after`` match their checksums."""
    bounds = np.cumsum(np.append(0, after - first))
    if not bounds[-1]:
        return np.ones(len(first), bool)
    if bounds[-1] < len(places):
        rows = np.arange(bounds[-1]) + np.repeat(first - bounds[:-1], after - first)
        places, ends = places[rows], ends[rows]
    stored = _unaligned(buffer, "<u4")[ends - FOOTER]
    agree = np.ones(len(first), bool)
    for start, stop in damaged_blocks(buffer, places, ends, stored):
        owner = np.searchsorted(bounds, [start, stop - 1], "right") - 1
        agree[owner[0] : owner[1] + 1] = False
    return agree


def walk(data: memoryview, headers: list[int], *, final: bool) -> Records:
    """Read a piece record by record, deciding at each what to keep, skip or wait for.

    Args:
        data: the piece.
        headers: places in it where a record may start, ascending.
        final: whether the piece reaches the end of its file, so that damage at its end is said.
    """
    starts: list[int] = []
    stops: list[int] = []
    skipped: list[Skipped] = []
    at, size = 0, len(data)
    while size - at >= HEADER:
        end = _end_of_record(data, at)
        if end is not None and end > size:
            break  # half written
        if end is not None and _payload_agrees(data, at, end):
            starts.append(at + HEADER)
            stops.append(end - FOOTER)
            at = end
            continue
        after = _next_record(data, at, end, headers)
        if after is None:
            if final and not _being_written(bytes(data[at:]), whole_header=end is not None):
                skipped.append(Skipped(at, size, "damaged, and no whole record follows yet"))
            break
        what = "no record starts here" if end is None else "a record's checksum is wrong"
        if _payload_agrees(data, at, after):
            starts.append(at + HEADER)
            stops.append(after - FOOTER)
            what = "a record's length is damaged; its content is whole and was kept"
        skipped.append(Skipped(at, after, what))
        at = after
    return Records(np.array(starts, np.int64), np.array(stops, np.int64), at, skipped)


def _next_record(data: memoryview, at: int, end: int | None, headers: list[int]) -> int | None:
    """Where to go on after the damaged record at ``at``; None while that cannot be told."""
    if end is not None:
        if len(data) - end < HEADER:
            return None
        if _end_of_record(data, end) is not None:
            return end
    k = bisect_left(headers, at + 1)
    return headers[k] if k < len(headers) else None


def _being_written(tail: bytes, *, whole_header: bool) -> bool:
    """Whether the end of a file is as a file system may show it before the last write arrived: zeros."""
    written = len(tail.rstrip(b"\0"))
    return written < HEADER or (whole_header and len(tail) - written >= FOOTER)


def _end_of_record(data: memoryview, at: int) -> int | None:
    """Where the record at ``at`` says it ends, or None if no header stands there."""
    head = data[at : at + HEADER]
    if len(head) < HEADER or masked_crc(head[:8]) != int.from_bytes(head[8:], "little"):
        return None
    length = int.from_bytes(head[:8], "little")
    return at + FRAME + length if length <= LARGEST else None


def _payload_agrees(data: memoryview, at: int, end: int) -> bool:
    if end - at < FRAME:
        return False
    stored = int.from_bytes(data[end - FOOTER : end], "little")
    return masked_crc(data[at + HEADER : end - FOOTER]) == stored
