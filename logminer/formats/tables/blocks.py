"""Blocks of a table's rows: whole lines, bounded in bytes and cells, without zero bytes and stray quotes.

What stands behind the last line end is a row that is still written, or was cut: see ``_last_line``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np

from logminer.core.problem import Problem
from logminer.formats._last_line import held_back, is_growing, is_whole, left_out
from logminer.formats._probe import Probe
from logminer.formats.tables.layout import Layout
from logminer.formats.tables.plain_rows import decoded, plain
from logminer.formats.tables.quotes import cells_at, mend_quotes

BLOCK = 24_000_000  # bytes read at once; some 80 MB as columns of points
MOST_CELLS = 2_000_000  # cells of a block: as points they take 32 bytes each, several times over
LONGEST_LINE = 8_000_000  # bytes
_LOOK = 1_000  # lines that show how the last column is written

End = Literal["line end", "whole row", "cut row"]


@dataclass(frozen=True)
class Block:
    """Rows of a table, one after another.

    Attributes:
        rows: lines in plain form.
        size: bytes that they take in the file.
        end: how the last of them ends: in a line end; without one, though all of its cells are whole; or with cells
            missing.
        problems: what was left out.
    """

    rows: bytes
    size: int
    end: End = "line end"
    problems: list[Problem] = field(default_factory=list)


def read_block(probe: Probe, offset: int, layout: Layout, *, read_on: bool) -> Block:
    """The next rows of a table, at most ``BLOCK`` bytes and ``MOST_CELLS`` cells of them.

    Args:
        probe: the file.
        offset: byte at which a row begins.
        layout: how the table is written.
        read_on: whether reading goes on from time to time, rather than anew whenever the file changed.
    """
    with Path(probe.path).open("rb") as file:
        file.seek(offset)
        data = file.read(BLOCK)
        more = len(data) == BLOCK and bool(file.read(1))
        cut = last_end(data, layout)
        problems, skipped = list[Problem](), 0
        if more and len(data) - cut > LONGEST_LINE:
            file.seek(offset + len(data))
            skipped = len(data) - cut + _rest_of_line(file, layout)
            said = f"a line of {skipped / 1e6:.0f} MB was left out: at most {LONGEST_LINE / 1e6:.0f} MB are read"
            problems.append(Problem(probe.path, said, f"byte {offset + cut}"))
    cut, bounded = (cut, False) if skipped else _bounded(data, cut, layout)
    lines = decoded(data[:cut], layout)
    rest = b"" if more or bounded else data[cut:]
    if layout.quotes:
        waits = (
            (more and not skipped)
            or bounded
            or (bool(rest) and is_growing(probe.path, read_on=read_on))
        )
        lines, goes_on, stray = mend_quotes(lines, layout.delimiter, len(layout.names), more=waits)
        if stray:
            said = f"{stray} quotes are never closed; each counts up to the end of its line"
            problems.append(Problem(probe.path, said))
        if goes_on:
            lines, rest = lines[:goes_on], b""
            cut = (
                len(lines.decode("utf-8", "replace").encode(layout.encoding))
                if layout.is_wide
                else goes_on
            )
    lines = without_zeros(lines, probe.path, problems)
    rows = plain(lines, layout)
    if not rest.strip(b"\0 \t\r\n"):
        size = cut + len(rest) + skipped
        return _behind(probe, Block(rows, size, problems=problems), rest)
    if is_growing(probe.path, read_on=read_on):
        return Block(rows, cut, problems=[*problems, held_back(probe.path)])
    kept, is_complete = _whole_cells(decoded(rest, layout), layout, rows)
    if not is_complete:
        what = "its last value" if kept else "it"
        problems.append(left_out(probe.path, what))
    end: End = "whole row" if is_complete else "cut row" if kept else "line end"
    size = cut + len(rest) if kept else cut
    return Block(rows + plain(kept, layout), size, end, problems)


def _behind(probe: Probe, block: Block, rest: bytes) -> Block:
    """A block behind which only blanks or zero bytes stand: the latter are space that was not written yet, or never."""
    if b"\0" not in rest:
        return block
    problem = held_back(probe.path)
    if not is_growing(probe.path):
        zeros = rest.count(b"\0")
        problem = Problem(probe.path, f"{zeros} zero bytes at its end hold nothing")
    return Block(block.rows, block.size - len(rest), problems=[*block.problems, problem])


def last_end(data: bytes, layout: Layout) -> int:
    """The byte behind the last line end, 0 without one."""
    end = layout.newline.encode(layout.encoding)
    cut = data.rfind(end) + len(end) if end in data else 0
    while cut % len(end):  # the bytes of a line feed across two characters
        earlier = data.rfind(end, 0, cut - 1)
        cut = earlier + len(end) if earlier >= 0 else 0
    return cut


def _bounded(data: bytes, cut: int, layout: Layout) -> tuple[int, bool]:
    """Where whole lines of at most ``MOST_CELLS`` cells end, and whether that is earlier than all of them do."""
    if cut < MOST_CELLS:
        return cut, False
    characters = np.frombuffer(data, dtype=np.uint8, count=cut)
    marks = (layout.delimiter.encode()[0], ord(layout.newline))
    cells = sum(int(np.count_nonzero(characters == mark)) for mark in marks)
    if cells <= MOST_CELLS:
        return cut, False
    end = last_end(data[: cut * MOST_CELLS // cells], layout)
    return (end, True) if end else (cut, False)


def _rest_of_line(file: BinaryIO, layout: Layout) -> int:
    """Bytes up to the next line end, which is included; the file stands behind them."""
    end, size = layout.newline.encode(layout.encoding), 0
    while data := file.read(BLOCK):
        place = data.find(end)
        if place >= 0:
            return size + place + len(end)
        size += len(data)
    return size


def without_zeros(lines: bytes, path: str, problems: list[Problem]) -> bytes:
    """Lines without those that hold zero bytes: a hole may have swallowed line ends and parts of numbers.

    Args:
        lines: whole lines; what stands behind the last line end is kept.
        path: of the file.
        problems: where it is said.
    """
    if b"\0" not in lines:
        return lines
    *whole, rest = lines.split(b"\n")
    kept = [line for line in whole if b"\0" not in line]
    if left := len(whole) - len(kept):
        problems.append(Problem(path, f"{left} lines with zero bytes were left out"))
    return b"\n".join([*kept, rest])


def _whole_cells(rest: bytes, layout: Layout, rows: bytes) -> tuple[bytes, bool]:
    """Those cells of an unfinished last line that are whole, and whether they are all of the row's.

    Args:
        rest: the line.
        layout: how the table is written.
        rows: the lines above it, in plain form.
    """
    width = len(layout.names)
    torn = b"\0" in rest
    rest = rest.partition(b"\0")[0].rstrip(b"\r")
    if layout.piped:
        kept = rest[: rest.rfind(b"|") + 1]
        return kept, not torn and kept == rest.rstrip() and kept.count(b"|") == width + 1
    starts = _cell_starts(rest, layout)
    if len(starts) > width and (layout.ragged or starts[-1] < len(rest.rstrip())):
        return (rest[: starts[width - 1]] if layout.ragged else b""), False
    last = starts[-1]
    if not torn and len(starts) <= width and not rest[last:].strip():
        return rest, False
    if torn or layout.ragged or len(starts) < width:
        return rest[:last], False
    if len(starts) > width:  # a delimiter at the end of each row
        return rest, True
    if is_whole(rest[last:].decode("utf-8", "replace"), _last_column(rows, layout)):
        return rest, True
    return rest[:last], False


def _cell_starts(line: bytes, layout: Layout) -> list[int]:
    if layout.delimiter != " ":
        return [start for start, _ in cells_at(line, layout.delimiter.encode())]
    blank = [0, *(i + 1 for i, byte in enumerate(line) if byte in b" \t")]
    starts = [i for i in blank if line[i : i + 1].strip()]
    ended = not line[-1:].strip()
    return [*starts, len(line)] if ended or not starts else starts


def _last_column(rows: bytes, layout: Layout) -> Sequence[str]:
    """The last cells of the lines before, as written."""
    width, cells = len(layout.names), list[str]()
    for line in rows[-(1 << 20) :].split(b"\n")[-_LOOK:]:
        starts = _cell_starts(line, layout)
        if len(starts) == width:
            cells.append(line[starts[-1] :].decode("utf-8", "replace"))
    return cells[1:] if len(rows) > 1 << 20 else cells
