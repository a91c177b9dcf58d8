"""Workbooks of Excel (``.xlsx``, ``.xlsm``): ECMA-376 part 1, chapter 18, SpreadsheetML."""

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from logminer.formats.sheets.xml_stream import MOST_TEXT, parse_member

Cell = str | float | bool | None

WORKBOOK = "xl/workbook.xml"
_MOST_COLUMNS = 16_384
_MOST_STRINGS = 200_000_000  # characters of texts that cells share
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
# Formats of numbers that are built in and show dates or times, by their ids (18.8.30).
_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_QUOTED = re.compile(r'"[^"]*"|\\.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - cells know no zone


@dataclass
class Workbook:
    """What sheets of one workbook share.

    Attributes:
        sheets: member of the archive by name of the sheet, in order.
        strings: texts that cells refer to.
        dates: numbers of the styles that show dates.
        epoch: day 0.
    """

    sheets: dict[str, str] = field(default_factory=dict)
    strings: list[str] = field(default_factory=list)
    dates: set[int] = field(default_factory=set)
    epoch: datetime = _EPOCH


def open_workbook(archive: zipfile.ZipFile) -> Workbook:
    """Sheets, shared texts and styles.

    Raises:
        ValueError: the workbook is damaged or too large.
    """
    book, names = Workbook(), set(archive.namelist())
    targets = _relations(archive) if "xl/_rels/workbook.xml.rels" in names else {}

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "sheet":
            own = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            member = targets.get(own, "")
            if member in names:
                book.sheets[attributes.get("name", member)] = member
        elif tag == "workbookPr" and attributes.get("date1904") in {"1", "true"}:
            book.epoch = _EPOCH_1904

    _run(archive, WORKBOOK, start)
    if "xl/sharedStrings.xml" in names:
        book.strings = _shared_strings(archive)
    if "xl/styles.xml" in names:
        book.dates = _date_styles(archive)
    return book


def _run(archive: zipfile.ZipFile, name: str, start: object) -> None:
    for _ in parse_member(archive, name, start, _ignore, _ignore):  # type: ignore[arg-type]
        pass


def _ignore(_: str) -> None:
    pass


def _relations(archive: zipfile.ZipFile) -> dict[str, str]:
    """Members by the ids that the workbook knows them by."""
    found: dict[str, str] = {}

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "")))
            found[attributes.get("Id", "")] = target.lstrip("/")

    _run(archive, "xl/_rels/workbook.xml.rels", start)
    return found


class _Texts:
    """Collects the texts of ``<si>`` and ``<is>``: runs of rich text joined, how to pronounce them left out."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._inside = self._spoken = False

    def start(self, tag: str) -> None:
        self._spoken = self._spoken or tag == "rPh"
        self._inside = tag == "t" and not self._spoken

    def end(self, tag: str) -> None:
        self._inside = False
        self._spoken = self._spoken and tag != "rPh"

    def text(self, piece: str) -> None:
        if self._inside and sum(map(len, self.parts)) < MOST_TEXT:
            self.parts.append(piece[:MOST_TEXT])

    def take(self) -> str:
        whole = "".join(self.parts)[:MOST_TEXT]
        self.parts.clear()
        return whole


def _shared_strings(archive: zipfile.ZipFile) -> list[str]:
    texts, found, size = _Texts(), list[str](), 0

    def start(tag: str, _: Mapping[str, str]) -> None:
        texts.start(tag)

    def end(tag: str) -> None:
        nonlocal size
        texts.end(tag)
        if tag == "si":
            found.append(texts.take())
            size += len(found[-1]) + 50  # what an object of text takes beside its characters
            if size > _MOST_STRINGS:
                raise ValueError("its texts take more than 200 MB")

    for _ in parse_member(archive, "xl/sharedStrings.xml", start, end, texts.text):
        pass
    return found


def _date_styles(archive: zipfile.ZipFile) -> set[int]:
    """Numbers of the cell styles whose format shows a date or a time."""
    codes: dict[str, str] = {}
    styles: list[str] = []
    inside = False

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal inside
        inside = tag == "cellXfs" or (inside and tag != "cellStyles")
        if tag == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "xf" and inside:
            styles.append(attributes.get("numFmtId", "0"))

    _run(archive, "xl/styles.xml", start)
    shown = {number: _shows_date(code) for number, code in codes.items()}
    return {
        i for i, n in enumerate(styles)
        if shown.get(n, n.isdigit() and int(n) in _DATES)
    }  # fmt: skip


def _shows_date(code: str) -> bool:
    return any(letter in "dmyhs" for letter in _QUOTED.sub("", code.lower()).partition(";")[0])


class _Sheet:
    """Rows of a sheet as its elements pass by."""

    def __init__(self, book: Workbook) -> None:
        self.rows: list[list[Cell]] = []
        self._book, self._texts = book, _Texts()
        self._row: list[Cell] = []
        self._value: list[str] = []
        self._column = -1
        self._kind = self._style = ""
        self._in_value = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._texts.start(tag)
        self._in_value = tag == "v"
        if tag == "row":
            self._row, self._column = [], -1
        elif tag == "c":
            self._column = _column(attributes.get("r", ""), self._column + 1)
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
            self._value.clear()

    def text(self, piece: str) -> None:
        if self._in_value:
            self._value.append(piece[:MOST_TEXT])
        else:
            self._texts.text(piece)

    def end(self, tag: str) -> None:
        self._texts.end(tag)
        self._in_value = False
        if tag == "c" and 0 <= self._column < _MOST_COLUMNS:
            value = self._cell("".join(self._value))
            if value is not None:
                self._row += [None] * (self._column + 1 - len(self._row))
                self._row[self._column] = value
        elif tag == "row" and self._row:  # rows without a cell are no rows
            self.rows.append(self._row)
            self._row = []

    def _cell(self, written: str) -> Cell:
        if self._kind == "inlineStr":
            return self._texts.take() or None
        self._texts.take()
        if not written:
            return None
        if self._kind == "s":
            number = int(written) if written.isdecimal() and len(written) < 10 else -1
            texts = self._book.strings
            return (texts[number] or None) if 0 <= number < len(texts) else None
        if self._kind == "b":
            return written == "1"
        if self._kind != "n":
            return None if self._kind == "e" else written
        try:
            value = float(written)
        except ValueError:
            return None
        is_date = self._style.isdecimal() and int(self._style) in self._book.dates
        return _date(value, self._book.epoch) if is_date else value


def _column(reference: str, following: int) -> int:
    """Index of a cell's column: ``B7`` is 1; a cell without a place follows the one before."""
    match = _REFERENCE.fullmatch(reference)
    if not match:
        return following
    number = 0
    for letter in match[1]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _date(days: float, epoch: datetime) -> Cell:
    """A day number as a date in ISO 8601, below a day as a time; itself where no calendar goes."""
    try:
        span = timedelta(seconds=round(days * 86_400, 3))
        return str(span) if 0 <= days < 1 else (epoch + span).isoformat(sep=" ")
    except (OverflowError, ValueError):
        return days


def rows_of(archive: zipfile.ZipFile, book: Workbook, member: str) -> Iterator[list[Cell]]:
    """Rows of a sheet that hold anything, each up to its last cell.

    Raises:
        ValueError: the sheet is damaged or too large; rows before that place were yielded.
    """
    sheet = _Sheet(book)
    for _ in parse_member(archive, member, sheet.start, sheet.end, sheet.text):
        yield from sheet.rows
        sheet.rows.clear()
