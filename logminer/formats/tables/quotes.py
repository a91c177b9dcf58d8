"""Quotes of a table that are opened and never closed: each ends at the end of its line, and costs no more than that.

A cell may hold line ends within quotes. So a line with an open quote belongs to the next ones where together they make one
row of the table's width; else the quote is a stray mark (inches, a cut line) and is taken away.
"""

import csv
from collections.abc import Iterator
from itertools import pairwise

MOST_LINES = 100  # that a quoted cell may run over
MOST_BYTES = 65_536  # that they may take


def mend_quotes(
    data: bytes, delimiter: str, width: int, *, more: bool
) -> tuple[bytes, int | None, int]:
    """Whole lines without stray quotes.

    Args:
        data: whole lines, ended by line feeds.
        delimiter: one character, or ``" "`` for runs of blanks.
        width: cells of a row.
        more: whether lines follow, in which the last quote may be closed.

    Returns:
        The lines; the byte at which a row begins that goes on behind them, or None; how many stray quotes there were.
    """
    if b'"' not in data:
        return data, None, 0
    lines = data.split(b"\n")
    odd = [i for i, line in enumerate(lines) if line.count(b'"') & 1]
    if delimiter == " ":
        for i in odd:
            lines[i] = lines[i].replace(b'"', b"")
        return b"\n".join(lines), None, len(odd)
    mark, stray, goes_on = delimiter.encode(), 0, None
    after = dict(pairwise(odd))
    closed = -1
    for first in odd:
        if first == closed or (opened := open_quote(lines[first], mark)) is None:
            continue
        last = after.get(first)
        if last is not None and _is_one_row(lines[first : last + 1], mark, width):
            closed = last
        elif last is None and more and _is_short(lines[first:]):
            goes_on = sum(map(len, lines[:first])) + first
        else:
            lines[first] = lines[first][:opened] + lines[first][opened + 1 :]
            stray += 1
    return (b"\n".join(lines) if stray else data), goes_on, stray


def cells_at(line: bytes, mark: bytes) -> Iterator[tuple[int, bool]]:
    """Where each cell of a line begins, and whether it ends in the line: the last one may have an open quote."""
    place = 0
    while True:
        start = place
        while line[place : place + 1] == b" ":
            place += 1
        if line[place : place + 1] == b'"':
            place = end_of_quote(line, place)
            if place < 0:
                yield start, False
                return
        yield start, True
        place = line.find(mark, place) + 1
        if not place:
            return


def end_of_quote(line: bytes, place: int) -> int:
    """The byte behind the quote that closes the one at ``place``, -1 where none does."""
    end = line.find(b'"', place + 1)
    while end >= 0 and line[end + 1 : end + 2] == b'"':
        end = line.find(b'"', end + 2)
    return end + 1 if end >= 0 else -1


def open_quote(line: bytes, mark: bytes) -> int | None:
    """Byte of the quote at the beginning of a cell that is not closed in its line, or None."""
    for start, ends in cells_at(line, mark):
        if not ends:
            return line.index(b'"', start)
    return None


def _is_short(lines: list[bytes]) -> bool:
    """Whether lines may be those of one cell."""
    return len(lines) <= MOST_LINES and sum(map(len, lines)) <= MOST_BYTES


def _is_one_row(lines: list[bytes], mark: bytes, width: int) -> bool:
    """Whether lines, of which only the first and the last have an odd number of quotes, are one row."""
    if not _is_short(lines):
        return False
    end = end_of_quote(lines[-1], -1)
    if end < 0 or lines[-1][end:].strip(b" \r")[:1] not in {b"", mark}:
        return False
    text = b"\n".join(lines).decode("utf-8", "replace")
    try:
        rows = list(csv.reader([text], delimiter=mark.decode(), skipinitialspace=True))
    except csv.Error:
        return False
    return len(rows) == 1 and len(rows[0]) == width
