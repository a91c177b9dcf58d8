"""How a table is written: its delimiter, its header, and where its rows begin."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from logminer.core.problem import NotALogError
from logminer.formats._probe import Probe
from logminer.formats.documents.values import parse_scalar

_DELIMITERS = (",", "\t", ";", "|", " ")
_LOOK = 30  # lines that decide
_WIDE = 1_000_000  # bytes looked at when the first ones hold hardly a line


@dataclass(frozen=True)
class Layout:
    """How a table is written.

    Attributes:
        names: column names, unique.
        delimiter: one character, or ``" "`` for runs of blanks.
        start: byte at which the first row begins.
        comma: whether decimals are written with a comma.
    """

    names: tuple[str, ...]
    delimiter: str
    start: int
    comma: bool = False


def layout_of(probe: Probe) -> Layout:
    """Delimiter, header and start of the rows.

    Raises:
        NotALogError: the first lines are no table.
        ValueError: they cannot be read as one.
    """
    head = probe.head
    if head.startswith(b"version https://git-lfs"):
        raise ValueError("a Git LFS pointer, not the file itself: `git lfs pull` fetches it")
    if head.count(b"\n") < 3 and len(head) < probe.size:  # a header of hundreds of columns
        with Path(probe.path).open("rb") as file:
            head = file.read(_WIDE)
    lines = head.splitlines(keepends=True)
    if len(lines) > 1 and len(head) < probe.size:
        lines.pop()  # cut off
    skipped = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    start = skipped
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith(b"#")):
        start += len(lines.pop(0)) - skipped
        skipped = 0
    texts = [line.decode("utf-8-sig", "replace").rstrip("\r\n") for line in lines]
    texts = [text for text in texts if text.strip()]
    if not texts:
        raise NotALogError("an empty table")
    delimiter, rows = _split(texts[:_LOOK])
    header = [cell.strip() for cell in rows[0]]
    if _is_header(header, rows[1:2]):
        start += len(lines[0]) - skipped
    elif sum(map(_is_numeric, header)) * 2 >= len(header):
        header = [f"column_{i + 1}" for i in range(len(header))]
    else:
        raise NotALogError("prose, not a table: the first line is no row of column names")
    if _has_row_names(rows, len(header)):
        header = ["", *header]
    if max(map(len, header)) > 200 or (len(rows) == 1 and not _is_name_row(header)):
        raise NotALogError("prose, not a table: the first line is no row of column names")
    return Layout(unique_names(header), delimiter, start, _has_decimal_commas(rows[1:], delimiter))


def _split(texts: list[str]) -> tuple[str, list[list[str]]]:
    """The delimiter under which most lines have as many cells as the first one, and the cells."""
    best: tuple[float, int, str, list[list[str]]] = (0.0, 0, ",", [[text] for text in texts])
    for delimiter in _DELIMITERS:
        rows = _cells(texts, delimiter)
        width = len(rows[0])
        widths = Counter(len(row) for row in rows)
        agree = max(widths[width], widths[width + 1]) / len(rows)  # row names, or an open end
        if width > 1 and (agree, width) > best[:2]:
            best = (agree, width, delimiter, rows)
    agree, width, delimiter, rows = best
    numeric = sum(any(_is_numeric(cell) for cell in row) for row in rows[1:])
    if width and agree >= 0.5 and (len(rows) == 1 or numeric * 2 >= len(rows) - 1):
        return delimiter, rows
    single = [[text] for text in texts]
    if len(texts) > 1 and all(_is_numeric(text) for text in texts[1:]):
        return ",", single
    if len(texts) == 1 and width:
        return delimiter, rows
    raise NotALogError("prose, not a table: its lines do not fall into columns of numbers")


def _cells(texts: list[str], delimiter: str) -> list[list[str]]:
    if delimiter == " ":
        return [text.split() for text in texts]
    try:
        return list(csv.reader(texts, delimiter=delimiter, skipinitialspace=True))
    except csv.Error as error:
        raise ValueError(f"no table that can be read: {error}") from None


def _has_row_names(rows: list[list[str]], width: int) -> bool:
    """Whether most rows have one cell more than the header, as tables with nameless row names do."""
    longer = sum(len(row) == width + 1 and bool(row[-1].strip()) for row in rows[1:])
    return longer * 2 > len(rows)


def _is_numeric(cell: str) -> bool:
    return isinstance(parse_scalar(cell.replace(",", ".")), float | int)


def _is_header(cells: list[str], below: list[list[str]]) -> bool:
    """Whether a first row names columns: no number in it, or a word above a number (``epoch,0,1``)."""
    numbers = [isinstance(parse_scalar(cell), float | int) for cell in cells]
    if not any(numbers):
        return True
    return any(
        not number and cell and _is_numeric(under)
        for row in below
        for number, cell, under in zip(numbers, cells, row, strict=False)
    )


def _is_name_row(cells: list[str]) -> bool:
    return all(
        len(cell) <= 60 and not cell.endswith(".") and cell.count(" ") <= 4 for cell in cells
    )


def _has_decimal_commas(rows: list[list[str]], delimiter: str) -> bool:
    cells = [cell for row in rows for cell in row]
    return delimiter in ";\t" and any("," in c for c in cells) and not any("." in c for c in cells)


def unique_names(header: list[str]) -> tuple[str, ...]:
    """Names without repeats; a nameless first column is the index pandas wrote."""
    names: dict[str, None] = {}
    for i, cell in enumerate(header):
        name = wanted = cell or ("index" if i == 0 else f"column_{i + 1}")
        repeat = 0
        while name in names:
            repeat += 1
            name = f"{wanted}.{repeat}"
        names[name] = None
    return tuple(names)
