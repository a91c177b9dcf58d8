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
from crc32c import crc32c
from numpy.typing import NDArray

from logminer.formats._checksums import masked, masked_crc, masked_length_crcs

HEADER, FOOTER = 12, 4
FRAME = HEADER + FOOTER
LARGEST = (1 << 31) - 1  # a serialised message cannot be longer
_SCANNED = 1 << 20

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Skipped:
    """Bytes ``start`` to ``stop`` of a piece, and why they were not read."""

    start: int
    stop: int
    what: str


@dataclass
class Piece:
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
    # The five high bytes of a length below 2**24 are zero.
    zero = buffer[at + 3 : min(at + _SCANNED - 1, last) + 8] == 0
    two = zero[:-1] & zero[1:]
    five = two[:-3] & two[2:-1] & zero[4:]
    places = np.flatnonzero(five)
    places += at
    words = _unaligned(buffer, "<u4")
    stored = words[places + 8]
    if not stored.all():  # no length below 2**24 has the checksum 0: these are filled with zeros
        places, stored = places[stored != 0], stored[stored != 0]
    lengths = words[places]
    right = masked_length_crcs(lengths) == stored
    return places[right], lengths[right].astype(np.int64)


def _unaligned(buffer: NDArray[np.uint8], kind: str) -> NDArray[Any]:
    """A view that has a number starting at every byte."""
    dtype = np.dtype(kind)
    return np.ndarray((len(buffer) - dtype.itemsize + 1,), dtype, buffer, 0, (1,))


def frame(
    buffer: NDArray[np.uint8], pieces: list[tuple[int, int]], final: list[bool]
) -> list[Piece]:
    """Find the records of several pieces of files that lie in one buffer.

    Args:
        buffer: the bytes.
        pieces: start and stop of each piece, ascending and without overlap.
        final: whether the piece reaches the end of its file as it is now.

    Returns:
        One entry a piece.
    """
    places, lengths = find_headers(buffer)
    ends = places + lengths + FRAME
    breaks = np.flatnonzero(ends[:-1] != places[1:])
    first = np.searchsorted(places, [start for start, _ in pieces]).tolist()
    after = np.searchsorted(places, [stop for _, stop in pieces]).tolist()
    next_break = np.searchsorted(breaks, first).tolist()
    view = buffer.data
    found = []
    for (start, stop), i, j, b, last in zip(pieces, first, after, next_break, final, strict=True):
        whole = b >= len(breaks) or breaks[b] >= j - 1
        piece = None
        if i < j and whole and places[i] == start:
            piece = _unbroken(view, start, stop, places[i:j], ends[i:j])
        if piece is None:
            piece = walk(view[start:stop], (places[i:j] - start).tolist(), final=last)
        found.append(piece)
    return found


def _unbroken(
    view: memoryview, start: int, stop: int, places: Places, ends: Places
) -> Piece | None:
    """The piece when its records follow each other and their checksums agree, else None."""
    if ends[-1] > stop:  # the last record is half written
        places, ends = places[:-1], ends[:-1]
    elif stop - ends[-1] >= HEADER:
        return None
    starts, stops = places + HEADER, ends - FOOTER
    if not _intact(view, starts, stops):
        return None
    end = int(ends[-1]) if len(ends) else start
    return Piece(starts - start, stops - start, end - start)


def _intact(view: memoryview, starts: Places, stops: Places) -> bool:
    return all(
        masked(crc32c(view[a:b])) == int.from_bytes(view[b : b + 4], "little")
        for a, b in zip(starts.tolist(), stops.tolist(), strict=True)
    )


def walk(data: memoryview, headers: list[int], *, final: bool) -> Piece:
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
    return Piece(np.array(starts, np.int64), np.array(stops, np.int64), at, skipped)


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
