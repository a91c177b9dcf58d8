"""Columnar files read in pieces: batches of rows of bounded size, going on behind those read before."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from logminer.core.errors import install_extra
from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import NotALogError, Problem
from logminer.formats._probe import Probe
from logminer.formats.frames.arrow_table import from_arrow
from logminer.formats.tables.named_log import read_named
from logminer.formats.tables.row_log import Piece

if TYPE_CHECKING:
    import pyarrow as pa

CELLS = 1_000_000  # of a piece: some 100 MB on their way into the store
_MOST_COLUMNS = 20_000
_NEARLY = 0.999  # the share that is read where more follows
_MANY_CELLS, _MOST_CELLS_A_BYTE = 100_000_000, 100
_TAIL = 4_096


class MissingReaderError(OSError):
    """pyarrow is not installed; an OSError, so that the file is looked at again once it may be."""


class Source(Protocol):
    """An open columnar file.

    Attributes:
        rows: of a piece, as ``rows_a_batch`` says.
    """

    rows: int

    def batches(self) -> "Iterator[tuple[pa.RecordBatch, float]]":
        """Batches of any length, and about the share of the file read by then; the same ones every time."""
        ...


@dataclass
class _Open:
    """A file that is read on in this process, so that no row is decoded twice.

    Attributes:
        token: what tells the file and its contents.
        place: pieces taken.
        pieces: the rest of its rows, and the share of the file read by then.
    """

    token: str
    place: int
    pieces: "Iterator[tuple[pa.RecordBatch, float]]"


_last: list[_Open] = []  # at most one


@contextmanager
def reader_at_hand() -> Iterator[None]:
    """Say what to install where pyarrow is missing, and turn its errors into a line of text.

    Raises:
        MissingReaderError: pyarrow is missing.
        ValueError: the file is damaged.
    """
    try:
        import pyarrow as pa
    except ImportError:
        hint = install_extra("frames")
        raise MissingReaderError(f"Parquet and Feather files need pyarrow: {hint}") from None
    try:
        yield
    except (pa.ArrowException, OverflowError) as error:
        raise ValueError(" ".join(str(error).split())[:200]) from None


def rows_a_batch(columns: int, rows: int | None, size: int) -> int:
    """How many rows make a piece.

    Args:
        columns: that are read.
        rows: in the file, where that is known.
        size: bytes of the file.

    Raises:
        ValueError: the file claims to hold more than any log would.
    """
    if columns > _MOST_COLUMNS:
        raise ValueError(f"{columns:,} columns: more than {_MOST_COLUMNS:,} are not read")
    cells = columns * (rows or 0)
    if cells > max(_MANY_CELLS, _MOST_CELLS_A_BYTE * size):
        raise ValueError(
            f"{cells:,} cells in {size:,} bytes: not read, as no log is packed so well"
        )
    return max(CELLS // max(columns, 1), 1)


def read_pieces(probe: Probe, resume: Resume, open_source: Callable[[Probe], Source]) -> ParsedLog:
    """Runs and points of the next rows of a columnar file.

    A file is written as a whole: where its end differs from when it was read, it is read anew.

    Args:
        probe: the file.
        resume: where reading goes on.
        open_source: opens it.

    Raises:
        NotALogError: its rows are no training log.
        ValueError: nothing of it can be read.
        MissingReaderError: pyarrow is missing.
    """
    token = _token(probe)
    anew = bool(resume.offset) and resume.state.get("token") != token
    resume = Resume() if anew else resume
    place = int(resume.state.get("pieces", 0))
    with reader_at_hand():
        held = _held(token, place) or _opened(probe, open_source, token, place)
        try:
            taken = next(held.pieces, None)
        except (ValueError, OSError) as error:  # Arrow's errors of contents are ValueErrors
            if not place:
                raise
            return _end(probe, resume, f"read up to piece {place}: {error}".splitlines()[0])
    if taken is None:
        if not place:
            raise NotALogError("an empty table")
        return _end(probe, resume)
    batch, share = taken
    log = _read_batch(probe, resume, batch, share, {"token": token, "pieces": place + 1})
    log.anew = anew
    if share < 1:
        _last.append(_Open(token, place + 1, held.pieces))
    return log


def _read_batch(
    probe: Probe, resume: Resume, batch: "pa.RecordBatch", share: float, state: dict[str, object]
) -> ParsedLog:
    offset = probe.size
    if share < 1:  # on by a byte at least, and short of the end
        offset = min(max(int(probe.size * share), resume.offset + 1), probe.size - 1)
    table = from_arrow(batch)
    piece = Piece(probe, resume, offset, state=state, goes_on=share < 1)
    return read_named(piece, table, [], table.order)


def _end(probe: Probe, resume: Resume, what: str = "") -> ParsedLog:
    problems = [Problem(probe.path, what)] if what else []
    return ParsedLog(problems=problems, offset=probe.size, state=resume.state)


def _token(probe: Probe) -> str:
    """What tells a file's contents: both kinds of file end in a table of what they hold."""
    with Path(probe.path).open("rb") as file:
        file.seek(max(probe.size - _TAIL, 0))
        return f"{probe.size}-{zlib.crc32(file.read(_TAIL)):08x}"


def _held(token: str, place: int) -> _Open | None:
    held = _last.pop() if _last else None
    return held if held is not None and (held.token, held.place) == (token, place) else None


def _opened(probe: Probe, open_source: Callable[[Probe], Source], token: str, place: int) -> _Open:
    pieces = _gathered(open_source(probe))
    for _ in range(place):
        next(pieces, None)
    return _Open(token, place, pieces)


def _gathered(source: Source) -> "Iterator[tuple[pa.RecordBatch, float]]":
    """Rows in pieces of the length that the source names, however they were written; the share is 1 with the last."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    rows, share = 0, 0.0
    broken: Exception | None = None
    batches = source.batches()
    while True:
        try:
            batch, share_by_now = next(batches, (None, 1.0))
        except (ValueError, OSError) as error:  # Arrow's errors about contents among them
            batch, share_by_now, broken = None, 1.0, error
        start = 0
        while batch is not None and rows + batch.num_rows - start > source.rows:
            room = source.rows - rows
            yield pa.concat_batches([*held, batch.slice(start, room)]), min(share, _NEARLY)
            held, rows, start = [], 0, start + room
        if batch is None:
            break
        if batch.num_rows > start:
            held.append(batch.slice(start))
            rows += batch.num_rows - start
        share = share_by_now
    if held:
        yield pa.concat_batches(held), 1.0 if broken is None else _NEARLY
    if broken is not None:
        raise broken
