"""Spreadsheets of Excel and LibreOffice: each sheet is read as the CSV file it would be saved as."""

import csv
import io
import os
import zipfile
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field, replace

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import NotALogError, Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.sheets import ods, xlsx
from logminer.formats.tables.csv_rows import from_frame, read_csv
from logminer.formats.tables.layout import layout_of_head
from logminer.formats.tables.named_log import read_named
from logminer.formats.tables.plain_rows import plain_rows
from logminer.formats.tables.row_log import Piece

NAMES = ("*.xlsx", "*.xlsm", "*.ods", "*.xls", "*.csv", "*.tsv", "*.txt", "*.zip")

_ZIP, _EXCEL_97 = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_CELLS = 4_000_000  # of a workbook; some 400 MB on their way into columns
_HEAD = 65_536
_Row = list[xlsx.Cell]


def sniff(probe: Probe) -> Match:
    """An archive that holds a workbook, whatever its suffix."""
    if probe.head.startswith(_EXCEL_97) and probe.suffix == ".xls":
        return Match.EXACT
    if not probe.head.startswith(_ZIP):
        return Match.NO
    try:
        with zipfile.ZipFile(probe.path) as archive:
            return Match.EXACT if _kind(archive) else Match.NO
    except (zipfile.BadZipFile, OSError, ValueError):
        return Match.EXACT if probe.suffix in {".xlsx", ".xlsm", ".ods"} else Match.NO


def _kind(archive: zipfile.ZipFile) -> str | None:
    """``xlsx`` or ``ods``; None for any other archive."""
    names = archive.namelist()
    if xlsx.WORKBOOK in names:
        return "xlsx"
    if ods.CONTENT in names and "mimetype" in names:
        with archive.open("mimetype") as file:
            return "ods" if file.read(len(ods.MIMETYPE)) == ods.MIMETYPE else None
    return None


@dataclass
class _Sheet:
    """One sheet as the text of a CSV file.

    Attributes:
        name: as its tab shows it.
        text: whole lines.
        rows: how many.
        width: cells of the widest one so far; a row ends with its last cell that holds anything.
    """

    name: str
    text: io.StringIO = field(default_factory=io.StringIO)
    rows: int = 0
    width: int = 0

    def add(self, row: _Row) -> None:
        """Add a row below the others."""
        self.width = max(self.width, len(row))
        cells = [*map(_written, row), *[""] * (self.width - len(row))]
        csv.writer(self.text, lineterminator="\n").writerow(cells)
        self.rows += 1


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """All sheets that hold a log; of several, each stands for itself.

    Raises:
        NotALogError: no sheet holds a log.
        ValueError: the file cannot be read as a workbook.
    """
    if probe.head.startswith(_EXCEL_97):
        raise ValueError("a workbook of Excel 97, which is not read: save it as .xlsx or .csv")
    problems: list[Problem] = []
    sheets = _sheets(probe, problems)
    logs, refused = list[ParsedLog](), list[NotALogError]()
    for sheet in sheets:
        own = probe if len(sheets) == 1 else _of_sheet(probe, sheet.name)
        try:
            logs.append(_read_sheet(own, sheet))
        except NotALogError as error:
            refused.append(error)
    if not logs and not problems:
        raise refused[0] if refused else NotALogError("an empty table")
    return _joined(logs, [*problems, *(p for log in logs for p in log.problems)], probe)


def _of_sheet(probe: Probe, name: str) -> Probe:
    """A sheet as if the workbook were a folder with a file for each."""
    folder = os.path.splitext(probe.path)[0]
    plain = name.replace("/", "_").strip(". ") or "sheet"
    return replace(probe, path=os.path.join(folder, f"{plain}.csv"), own_run=True)


def _sheets(probe: Probe, problems: list[Problem]) -> list[_Sheet]:
    """Sheets that hold anything; what could not be read of them is said."""
    sheets: dict[str, _Sheet] = {}
    cells = 0
    try:
        with zipfile.ZipFile(probe.path) as archive, closing(_rows(archive)) as rows:
            for name, row in rows:
                sheet = sheets.setdefault(name, _Sheet(name))
                cells += max(len(row), sheet.width)
                if cells > _MOST_CELLS:
                    where = f"sheet '{name}', behind row {sheet.rows}"
                    what = f"more than {_MOST_CELLS:,} cells; the rest is not read: save it as CSV"
                    problems.append(Problem(probe.path, what, where))
                    break
                sheet.add(row)
    except zipfile.BadZipFile as error:
        raise ValueError(f"a damaged workbook: {error}") from None
    except ValueError as error:
        if not sheets:
            raise
        problems.append(Problem(probe.path, str(error)))
    return list(sheets.values())


def _rows(archive: zipfile.ZipFile) -> Generator[tuple[str, _Row], None, None]:
    """Name of the sheet and cells of each row.

    Raises:
        ValueError: the archive holds no workbook, or a damaged one.
    """
    kind = _kind(archive)
    if kind == "ods":
        yield from ods.rows_of(archive)
    elif kind == "xlsx":
        book = xlsx.open_workbook(archive)
        for name, member in book.sheets.items():
            for row in xlsx.rows_of(archive, book, member):
                yield name, row
    else:
        raise ValueError("an archive without a workbook")


def _written(cell: xlsx.Cell) -> str:
    """A cell as a CSV file holds it: whole numbers without a point, texts in one line."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    return " ".join(str(cell).split())


def _read_sheet(probe: Probe, sheet: _Sheet) -> ParsedLog:
    """Runs and points of one sheet.

    Raises:
        NotALogError: it holds no log.
    """
    data = sheet.text.getvalue().encode()
    sheet.text = io.StringIO()
    layout = layout_of_head(data[:_HEAD])
    rows = plain_rows(data[layout.start :], layout)
    problems: list[Problem] = []
    if not rows.strip(b", \t\n"):
        raise NotALogError("a header without rows")
    frame = read_csv(rows, layout.names, layout.delimiter, path=probe.path, problems=problems)
    table = from_frame(frame.dropna(how="all"))
    piece = Piece(probe, Resume(), len(data), sheet.rows)
    return read_named(piece, table, problems, layout.names, headless=layout.headless)


def _joined(logs: list[ParsedLog], problems: list[Problem], probe: Probe) -> ParsedLog:
    """The logs of all sheets as one."""
    runs, points = list[RunFacts](), list[Points]()
    for log in logs:
        log.points.run = (log.points.run + len(runs)).astype("i4")
        points.append(log.points)
        runs += log.runs
    said = [replace(problem, path=probe.path) for problem in problems]
    return ParsedLog(runs, Points.concat(points), said, probe.size)
