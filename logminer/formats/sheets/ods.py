"""Spreadsheets of LibreOffice and others (``.ods``): OpenDocument 1.3, part 3, chapter 9."""

import zipfile
from collections.abc import Iterator, Mapping

from logminer.formats.sheets.xlsx import Cell
from logminer.formats.sheets.xml_stream import MOST_TEXT, parse_member

MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
CONTENT = "content.xml"
_MOST_COLUMNS = 16_384
_MOST_REPEATS = 100_000  # of one row that holds something


class _Sheets:
    """Rows of all sheets as their elements pass by."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, list[Cell], int]] = []
        self._name = ""
        self._row: list[Cell] = []
        self._repeats = self._columns = 1
        self._filled = 0
        self._attributes: Mapping[str, str] = {}
        self._paragraphs: list[str] = []
        self._depth = self._note = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        plain = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        if tag == "table":
            self._name = plain.get("name", "")
        elif tag == "table-row":
            self._row, self._filled = [], 0
            self._repeats = _count(plain.get("number-rows-repeated"))
        elif tag in {"table-cell", "covered-table-cell"}:
            self._attributes, self._paragraphs = plain, []
            self._columns = _count(plain.get("number-columns-repeated"))
        elif tag == "annotation":
            self._note += 1
        elif tag == "p" and not self._note:
            self._depth += 1
            self._paragraphs.append("")

    def text(self, piece: str) -> None:
        if self._depth and not self._note and len(self._paragraphs[-1]) < MOST_TEXT:
            self._paragraphs[-1] += piece[:MOST_TEXT]

    def end(self, tag: str) -> None:
        if tag == "annotation":
            self._note -= 1
        elif tag == "p" and not self._note:
            self._depth -= 1
        elif tag in {"table-cell", "covered-table-cell"}:
            self._add(self._cell())
        elif tag == "table-row" and self._row:
            self.rows.append((self._name, self._row, min(self._repeats, _MOST_REPEATS)))
            self._row = []

    def _add(self, value: Cell) -> None:
        """Put a cell and its repeats into the row; blank ones only move on."""
        count = min(self._columns, max(_MOST_COLUMNS - self._filled, 0))
        if value is not None and count:
            self._row += [None] * (self._filled - len(self._row)) + [value] * count
        self._filled += count

    def _cell(self) -> Cell:
        kind = self._attributes.get("value-type")
        if kind in {"float", "percentage", "currency"}:
            try:
                return float(self._attributes.get("value", ""))
            except ValueError:
                return None
        if kind == "boolean":
            return self._attributes.get("boolean-value") == "true"
        if kind == "date":
            return self._attributes.get("date-value")
        return " ".join(self._paragraphs)[:MOST_TEXT] or None


def _count(written: str | None) -> int:
    return int(written) if written and written.isdecimal() and len(written) < 9 else 1


def rows_of(archive: zipfile.ZipFile) -> Iterator[tuple[str, list[Cell]]]:
    """Name of the sheet and cells, up to the last one, of each row that holds anything.

    Raises:
        ValueError: the content is damaged or too large; rows before that place were yielded.
    """
    sheets = _Sheets()
    for _ in parse_member(archive, CONTENT, sheets.start, sheets.end, sheets.text):
        for name, row, repeats in sheets.rows:
            for _ in range(repeats):
                yield name, row
        sheets.rows.clear()
