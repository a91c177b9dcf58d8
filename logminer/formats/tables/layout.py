"""How a table is written: its encoding, its delimiter, its header, and where its rows begin.

What stands in the way of plain rows (a title, comments, rules of a drawn table, decimal commas, a last column of
unquoted text) is found here once, and taken away from every piece of the file by ``plain_rows``.
"""

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from logminer.core.problem import NotALogError
from logminer.formats._probe import Probe
from logminer.formats.documents.values import parse_scalar
from logminer.formats.tables.list_cells import is_list
from logminer.formats.tables.plain_rows import is_piped, is_rule, split_line

_DELIMITERS = (",", "\t", ";", "|", " ")
_LOOK = 40  # lines that decide
_LEADING = 12  # lines of a title or a greeting that may stand above the header
_FEWEST = 3  # lines of a table below a title
_WIDE = 1_000_000  # bytes looked at when the first ones hold hardly a line
MOST_COLUMNS = 20_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONGEST_NAME = 200
_OPENS = re.compile(r'(?:^|[,;|\t])\s*"(?:[^"]|"")*$')
_CLOSES = re.compile(r'(?:[^"]|"")*"\s*(?:$|[,;|\t])')
_LONGEST_CELL = 200  # lines of a quoted cell, such as what a failed trial printed
# A header of names above rows that begin with a number: however many there are, there is one way to read them.
_PLAIN_TABLES = {
    mark: (
        re.compile(rb"[A-Za-z_][\w/.-]*(?:%s[A-Za-z_][\w/.-]*)+\r?" % mark),
        re.compile(
            rb"(?:[+-]?(?:0|[1-9]\d*)(?:\.\d*)?(?:[eE][+-]?\d+)?(?:%s[\d.eE+-]*)+\r?\n)+" % mark
        ),
    )
    for mark in (b",", b"\t", b";")
}
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x7f]")
_PLAIN = r"[+-]?[\d.,]{1,60}(?:[eE][+-]?\d{1,4})?"
_ODD_CELL = re.compile(
    rf"{_PLAIN} ?(?:[%kKMG]|%? ?(?:±|\+/-|\+-|/) ?{_PLAIN} ?%?|\(±?{_PLAIN}%?\))?"
)

# Tables that tools write without a header: what their first row looks like, and the columns by the tool's source.
_TOOL_COLUMNS = (
    # YOLOv5 (until v4) and YOLOv7: results.txt, '%10s' cells of train.py
    (
        re.compile(r"\s*\d+/\d+\s+[\d.]+G(\s+[\d.naif-]+){13}\s*"),
        (
            "epoch gpu_mem train/box_loss train/obj_loss train/cls_loss train/total_loss labels img_size "
            "metrics/precision metrics/recall metrics/mAP_0.5 metrics/mAP_0.5:0.95 val/box_loss val/obj_loss val/cls_loss"
        ),
    ),
)


@dataclass(frozen=True)
class Layout:
    """How a table is written.

    Attributes:
        names: column names, unique.
        delimiter: one character, or ``" "`` for runs of blanks.
        start: byte at which the first row begins.
        comma: whether decimals are written with a comma.
        encoding: of the bytes, without a byte order mark.
        newline: what ends a line: a line feed also where a carriage return stands before it.
        comments: whether lines that begin with ``#`` stand between the rows.
        piped: whether rows are drawn with bars at both ends, as in Markdown.
        ragged: whether the last column holds unquoted text with delimiters.
        headless: whether the names were made up, for want of a header.
        unfinished: whether the header itself lacks its line end, so that its last name may be cut.
    """

    names: tuple[str, ...]
    delimiter: str
    start: int
    comma: bool = False
    encoding: str = "utf-8"
    newline: str = "\n"
    comments: bool = False
    piped: bool = False
    ragged: bool = False
    headless: bool = False
    unfinished: bool = False

    @property
    def is_wide(self) -> bool:
        """Whether characters take more than one byte each."""
        return self.encoding != "utf-8"

    @property
    def quotes(self) -> bool:
        """Whether a cell may stand in quotes."""
        return not self.ragged


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
        if len(head) == _WIDE and b"\n" not in head and b"\r" not in head:
            raise ValueError(f"its first line is longer than {_WIDE // 1_000_000} MB")
    return _known_layout(head) or layout_of_head(head)


def _known_layout(head: bytes) -> Layout | None:
    """The layout of a file that begins plainly, decided once for each header; None where only its rows can tell."""
    header, end, rest = head.partition(b"\n")
    rows = rest[: rest.rfind(b"\n") + 1]
    mark = next((mark for mark in _PLAIN_TABLES if mark in header), None)
    if mark is None or not (end and rows) or b"#" in head:
        return None
    names, numbers = _PLAIN_TABLES[mark]
    width = header.count(mark)
    if not (names.fullmatch(header) and numbers.fullmatch(rows)):
        return None
    if any(line.count(mark) != width for line in rows.split(b"\n")[:-1]):
        return None
    return _layout_of_header(header + end, mark)


@lru_cache(maxsize=1_000)
def _layout_of_header(header: bytes, delimiter: bytes) -> Layout:
    """The layout of a header above rows of as many plain numbers."""
    return layout_of_head(header + delimiter.join([b"0"] * (header.count(delimiter) + 1)) + b"\n")


def layout_of_head(head: bytes) -> Layout:
    """The layout that the first bytes of a file show.

    Args:
        head: the first bytes. A last line without its end decides nothing, unless it is the only one.

    Raises:
        NotALogError: they are no table.
        ValueError: they cannot be read as one.
    """
    mark, encoding = _encoding(head)
    text = head[len(mark) :].decode(encoding, "replace")
    newline = "\r" if "\r" in text and "\n" not in text else "\n"
    lines = text.split(newline)
    unfinished = len(lines) == 1
    if not unfinished:
        lines.pop()
    lines = _with_quoted_breaks([line.rstrip("\r") for line in lines])
    comments = [i for i, line in enumerate(lines) if line.lstrip().startswith("#")]
    commented = set(comments)
    full = [i for i, line in enumerate(lines) if line.strip() and i not in commented]
    full = [i for i in full if not is_rule(lines[i])]
    if full and "\0" in lines[full[0]]:
        raise ValueError("zero bytes where its header should stand")
    full = [i for i in full if "\0" not in lines[i]]
    if not full:
        raise NotALogError("an empty table")
    texts = [lines[i] for i in full[: _LOOK + _LEADING]]
    piped = is_piped(texts)
    first, delimiter = (0, "|") if piped else _split(texts)
    rows = [split_line(text, delimiter, piped=piped) for text in texts[first : first + _LOOK]]
    at = full[first]
    header, at, headless = _header(lines, at, [i for i in comments if i < at], rows, delimiter)
    below = rows if headless else rows[1:]
    ragged = delimiter == "," and not headless and _is_ragged(below, len(header))
    if not ragged and _has_row_names(below, len(header)):
        header = ["", *header]
    if len(header) > MOST_COLUMNS:
        raise ValueError(f"{len(header)} columns; a table of at most {MOST_COLUMNS} is read")
    if max(map(len, header)) > _LONGEST_NAME or (len(rows) == 1 and not _is_name_row(header)):
        raise NotALogError("prose, not a table: the first line is no row of column names")
    return Layout(
        unique_names(header),
        delimiter,
        _start_of(text, newline, at, encoding) + len(mark),
        comma=_has_decimal_commas(below, delimiter),
        encoding=encoding,
        newline=newline,
        comments=any(i >= at for i in comments),
        piped=piped,
        ragged=ragged,
        headless=headless,
        unfinished=unfinished,
    )


def _with_quoted_breaks(lines: list[str]) -> list[str]:
    """The lines, of which one that goes on inside a quoted cell holds all of it and leaves blank ones behind.

    A quote that begins no cell, or is closed by none that ends one, is a character like any other.
    """
    joined = list(lines)
    place = 0
    while place < len(lines):
        end = place
        if lines[place].count('"') % 2:
            ends = range(place + 1, min(place + _LONGEST_CELL, len(lines)))
            end = next((i for i in ends if lines[i].count('"') % 2), place)
            if not (_OPENS.search(lines[place]) and _CLOSES.match(lines[end])):
                end = place
        joined[place] = "\n".join(lines[place : end + 1])
        joined[place + 1 : end + 1] = [""] * (end - place)
        place = end + 1
    return joined


def _encoding(head: bytes) -> tuple[bytes, str]:
    """The byte order mark and the encoding it tells; without one, UTF-16 shows by a zero in every other byte."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return mark, encoding
    start = head[:64]
    for encoding, zeros, others in (("utf-16-le", start[1::2], start[::2]), ("utf-16-be", start[::2], start[1::2])):  # fmt: skip
        if zeros and not zeros.strip(b"\0") and b"\0" not in others:
            return b"", encoding
    return b"", "utf-8"


def decoded_text(data: bytes) -> bytes:
    """A text of any encoding that is read here, with any line ends, as UTF-8 with line feeds; mostly it is so already."""
    mark, encoding = _encoding(data[:64])
    if encoding != "utf-8":
        data = data[len(mark) :].decode(encoding, "replace").encode("utf-8", "replace")
        mark = b""
    data = data[len(mark) :] if mark else data
    return data.replace(b"\r", b"\n") if b"\r" in data and b"\n" not in data else data


def is_text(head: bytes) -> bool:
    """Whether the first bytes are those of a text in an encoding that is read here.

    A hole of zero bytes makes no binary: what is left of a text holds lines and none of the control characters.
    """
    if b"\0" not in head or _encoding(head)[1] != "utf-8":
        return True
    left = head.replace(b"\0", b"")
    return not left or (b"\n" in left and not _CONTROL.search(left))


def _start_of(text: str, newline: str, line: int, encoding: str) -> int:
    """Byte at which a line begins."""
    place = 0
    for _ in range(line):
        place = text.index(newline, place) + 1 if newline in text[place:] else len(text)
    return len(text[:place].encode(encoding, "replace"))


def _split(texts: Sequence[str]) -> tuple[int, str]:
    """The first line of the table, and the delimiter under which most lines agree on the number of cells."""
    best: tuple[float, float, int, str, int] = (0.0, 0.0, 0, ",", 0)
    for delimiter in (d for d in _DELIMITERS if any(d in text for text in texts)):
        rows = [split_line(text, delimiter) for text in texts]
        first = _first_row(rows)
        width, below = len(rows[first]), rows[first : first + _LOOK]
        widths = Counter(len(row) for row in below)
        # One cell more: row names, or an open end.
        agree = max(widths[width], widths[width + 1], _wider(widths, width, below)) / len(below)
        agree -= 0.1 * (first > 0)
        if width > 1 and (agree, width) > (best[0], best[4]):
            best = (agree, _numeric_share(below[1:]), first, delimiter, width)
    agree, numeric, first, delimiter, width = best
    if width and agree >= 0.5 and (len(texts) - first == 1 or numeric >= 0.5):
        return first, delimiter
    if len(texts) > 1 and all(is_numeric(text) for text in texts[1:]):
        return 0, ","  # one column
    if len(texts) == 1 and width:
        return 0, delimiter
    raise NotALogError("prose, not a table: its lines do not fall into columns of numbers")


def _first_row(rows: Sequence[Sequence[str]]) -> int:
    """The row at which a run of rows with the commonest number of cells begins, below a short title."""
    widths = [len(row) for row in rows]
    common, often = Counter(widths).most_common(1)[0]
    if widths[0] == common or common == 1 or often * 2 < len(widths) or often < _FEWEST:
        return 0
    first = widths.index(common)
    if first > _LEADING or any(width > common for width in widths[:first]):
        return 0
    if first == 1 and _is_ragged(rows[1:], widths[0]):
        return 0
    # A header may have a cell less than its rows, which then begin with nameless row names.
    named = not any(map(is_numeric, rows[first]))
    return first if named or widths[first - 1] != common - 1 else first - 1


def _wider(widths: Counter[int], width: int, rows: Sequence[Sequence[str]]) -> int:
    """Rows that agree when the last column holds text with delimiters."""
    return sum(n for w, n in widths.items() if w >= width) if _is_ragged(rows[1:], width) else 0


def _is_ragged(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether a good part of the rows run over at a last column of text, while those before it are alike."""
    longer = [row for row in rows if len(row) > width + 1]
    if width < 3 or len(longer) * 4 < len(rows) or any(len(row) < width for row in rows):
        return False
    last = [row[width - 1] for row in rows]
    texts = sum(bool(re.search(r"[^\W\d]{2}", cell)) and not is_numeric(cell) for cell in last)
    return texts * 10 >= len(rows) * 6 and all(is_numeric(row[0]) for row in rows)


def _numeric_share(rows: Sequence[Sequence[str]]) -> float:
    numeric = (any(is_numeric(cell) or is_list(cell) for cell in row) for row in rows)
    return sum(numeric) / max(len(rows), 1)


def _header(
    lines: Sequence[str],
    at: int,
    above: Sequence[int],
    rows: Sequence[Sequence[str]],
    delimiter: str,
) -> tuple[list[str], int, bool]:
    """Column names, the line below them, and whether they had to be made up.

    Raises:
        NotALogError: the first line is prose.
    """
    cells = [cell.strip() for cell in rows[0]]
    for pattern, columns in _TOOL_COLUMNS:
        if pattern.fullmatch(lines[at]):
            return columns.split(), at, False
    if _is_header(cells, rows[1:2]):
        return cells, at + 1, False
    for line in above[-1:]:  # "# epoch loss", as numpy.savetxt writes it
        names = [n.strip() for n in split_line(lines[line].lstrip("# \t"), delimiter)]
        if len(names) == len(cells) and not any(map(is_numeric, names)):
            return names, at, False
    if sum(map(is_numeric, cells)) * 2 >= len(cells):
        return [f"column_{i + 1}" for i in range(len(cells))], at, True
    raise NotALogError("prose, not a table: the first line is no row of column names")


def _has_row_names(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether most rows have one cell more than the header, as tables with nameless row names do."""
    longer = sum(len(row) == width + 1 and bool(row[-1].strip()) for row in rows)
    return longer * 2 > len(rows) + 1


def is_numeric(cell: str) -> bool:
    """Whether a cell is a number, also one with a unit or a deviation behind it."""
    text = cell.strip().strip('"')
    return isinstance(parse_scalar(text.replace(",", ".")), float | int) or (
        text[:1].isdigit() and _ODD_CELL.fullmatch(text) is not None
    )


def _is_header(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a first row names columns: no number in it, or a word above a number (``epoch,0,1``)."""
    numbers = [isinstance(parse_scalar(cell), float | int) for cell in cells]
    if not any(numbers):
        return True
    return any(
        not number and cell and is_numeric(under) and not is_numeric(cell)
        for row in below
        for number, cell, under in zip(numbers, cells, row, strict=False)
    )


def _is_name_row(cells: Sequence[str]) -> bool:
    return all(
        len(cell) <= 60 and not cell.endswith(".") and cell.count(" ") <= 4 for cell in cells
    )


def _has_decimal_commas(rows: Sequence[Sequence[str]], delimiter: str) -> bool:
    """Whether cells are numbers with a comma and none with a point, but for groups of thousands."""
    if delimiter not in {";", "\t"}:
        return False
    cells = [cell.strip() for row in rows for cell in row]
    commas = any(re.fullmatch(r"[+-]?[\d.]*\d,\d+(?:[eE][+-]?\d+)?%?", cell) for cell in cells)
    points = any(re.fullmatch(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?%?", cell) for cell in cells)
    return commas and not points


def unique_names(header: Sequence[str]) -> tuple[str, ...]:
    """Names without repeats; a nameless first column is the index pandas wrote."""
    names: dict[str, None] = {}
    repeats = Counter[str]()
    for i, cell in enumerate(header):
        name = wanted = cell or ("index" if i == 0 else f"column_{i + 1}")
        while name in names:
            repeats[wanted] += 1
            name = f"{wanted}.{repeats[wanted]}"
        names[name] = None
    return tuple(names)
