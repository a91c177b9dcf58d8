"""TensorBoard event files: scalars as numbers and tensors, texts, HParams summaries.

The bytes of many files are read into one buffer; records are found (``_records``) and their scalars
read (``_scalars``) by vectorised passes over the whole buffer, and what is left is read event by event.
Damage costs the records it touches and is said with its place; a half-written end waits.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats._probe import Match, Probe
from logminer.formats._sources import GZIP_MAGIC
from logminer.formats.events.event import Event
from logminer.formats.events.event_log import EventLog, Part, first_wall
from logminer.formats.events.records import HEADER, Records, find_headers, frame, starts_record
from logminer.formats.events.scalars import PADDING, Columns, ScalarReader
from logminer.formats.events.subruns import Folders, repeats_another

NAMES = ("*tfevents*",)
RESUMES = True

BATCH = 2 << 20  # bytes decoded at once: few enough to stay in the processor's cache
_LARGEST_PIECE = 256 << 20  # what does not show its end within these bytes is given up


def sniff(probe: Probe) -> Match:
    """Exact when a record starts the file, or stands anywhere in its first bytes."""
    if "tfevents" not in probe.name.lower():
        return Match.NO
    if probe.name.endswith(".profile-empty") or repeats_another(probe):
        return Match.PARTS
    if probe.head.startswith(GZIP_MAGIC) or not probe.head.strip(b"\0"):
        return Match.EXACT
    if starts_record(probe.head):
        return Match.EXACT
    half_written = len(probe.head) < HEADER and not probe.head[3:8].strip(b"\0")
    places, _ = find_headers(np.frombuffer(probe.head, np.uint8))
    return Match.EXACT if len(places) or half_written else Match.NO


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """Read one event file; many are read faster together by ``read_many``."""
    (log,) = read_many([(probe, resume)])
    if isinstance(log, Exception):
        raise log
    return log


def read_many(jobs: Sequence[tuple[Probe, Resume]]) -> list[ParsedLog | Exception]:
    """Read many event files, several at once, in bounded memory.

    Of a very large file the log tells only the start; its ``offset`` says where to go on.
    """
    reader, folders = ScalarReader(), Folders()
    logs: list[EventLog | Exception] = [_open(probe, resume) for probe, resume in jobs]
    waiting = deque(log for log in logs if isinstance(log, EventLog))
    failed: dict[int, Exception] = {}
    while waiting:
        _read_batch(reader, waiting, failed)
    tags = list(reader.tags)
    return [
        log if isinstance(log, Exception) else failed.get(id(log)) or log.finish(tags, folders)
        for log in logs
    ]


def _open(probe: Probe, resume: Resume) -> EventLog | Exception:
    try:
        return EventLog(probe, resume, BATCH)
    except OSError as error:
        return error


@dataclass(frozen=True)
class _Piece:
    """A piece of a file in the buffer: where it lies, and whether the file ends with it."""

    log: EventLog
    start: int
    stop: int
    final: bool


def _read_batch(
    reader: ScalarReader, waiting: deque[EventLog], failed: dict[int, Exception]
) -> None:
    """Read pieces of the files in front until the buffer is full; unfinished files stay in front."""
    buffer, pieces = _load(waiting, failed)
    end = pieces[-1].stop if pieces else 0
    spans = [(piece.start, piece.stop) for piece in pieces]
    framed = frame(buffer[:end], spans, [piece.final for piece in pieces])
    _decode(reader, buffer[: end + PADDING], pieces, framed)
    for piece, records in zip(reversed(pieces), reversed(framed), strict=True):
        log = piece.log
        log.offset += records.end
        if not piece.final:
            _go_on(log, records)
            if log.offset - log.begin < log.source.at_once:
                waiting.appendleft(log)


def _load(
    waiting: deque[EventLog], failed: dict[int, Exception]
) -> tuple[NDArray[np.uint8], list[_Piece]]:
    """Fill a buffer, one piece behind the other."""
    chosen, sizes = _choose(waiting)
    buffer = np.empty(sum(sizes) + PADDING, np.uint8)
    pieces: list[_Piece] = []
    at = 0
    for log, size in zip(chosen, sizes, strict=True):
        try:
            got, final = log.source.read(log.offset, buffer.data[at : at + size])
        except OSError as error:
            failed[id(log)] = error
            continue
        pieces.append(_Piece(log, at, at + got, final))
        at += got
    return buffer, pieces


def _choose(waiting: deque[EventLog]) -> tuple[list[EventLog], list[int]]:
    chosen: list[EventLog] = []
    sizes: list[int] = []
    room = BATCH
    while waiting:
        log = waiting[0]
        size = min(log.source.remaining(log.offset), log.piece)
        if chosen and size > room:
            break
        room -= size
        chosen.append(waiting.popleft())
        sizes.append(size)
    return chosen, sizes


def _go_on(log: EventLog, records: Records) -> None:
    """Prepare the next piece of a file; a piece in which nothing ended is read again with more."""
    if records.end:
        log.piece = BATCH
    elif log.piece < _LARGEST_PIECE:
        log.piece *= 4
    else:
        log.problem("no whole record within these bytes", 0, log.piece)
        log.offset += log.piece


def _decode(
    reader: ScalarReader, buffer: NDArray[np.uint8], pieces: list[_Piece], framed: list[Records]
) -> None:
    """Read the records that were found and hand each file its own."""
    none = np.empty(0, np.int64)
    pairs = list(zip(pieces, framed, strict=True))
    starts = np.concatenate([none, *(records.starts + piece.start for piece, records in pairs)])
    stops = np.concatenate([none, *(records.stops + piece.start for piece, records in pairs)])
    columns = reader.read(buffer, starts, stops)
    bounds = np.cumsum([0, *(len(records.starts) for records in framed)])
    rows = np.searchsorted(columns.record, bounds).tolist()
    for i, (piece, records) in enumerate(pairs):
        log = piece.log
        for skipped in records.skipped:
            waits = skipped.start == records.end
            log.problem(skipped.what, skipped.start, skipped.stop, waits=waits)
        if log.offset == 0 and len(records.starts):
            log.started = first_wall(buffer, int(starts[bounds[i]]))
        if rows[i] < rows[i + 1]:
            log.parts.append(_part(columns, slice(rows[i], rows[i + 1])))
    unusual: list[tuple[int, Event | ValueError]] = [*columns.odd, *columns.broken]
    for row, found in unusual:
        piece = pieces[int(np.searchsorted(bounds, row, "right")) - 1]
        try:
            if isinstance(found, ValueError):
                raise found
            piece.log.add_event(found)
        except ValueError as error:
            start, stop = int(starts[row]) - piece.start, int(stops[row]) - piece.start
            piece.log.problem(f"a record's content cannot be read: {error}", start, stop)


def _part(columns: Columns, rows: slice) -> Part:
    """The points of one file, in single precision when all of them were written so."""
    value = columns.value[rows]
    if value.dtype == np.float64 and not columns.double[rows].any():
        value = value.astype(np.float32)
    return columns.tag[rows], columns.step[rows], columns.wall[rows], value
