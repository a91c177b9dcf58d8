"""The report as a PDF to print or to attach: A4, with an outline; what the page folds away is left out."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fpdf import FPDF, FontFace
from fpdf.enums import TableBordersLayout, XPos, YPos

from logminer.core.files import write_whole
from logminer.plots.fonts import own_font, wider_fonts
from logminer.plots.png import to_png
from logminer.plots.style import LIGHT, plain
from logminer.reports._blocks import (
    Block,
    Card,
    Cards,
    Fields,
    Picture,
    Points,
    Row,
    Section,
    Table,
    Text,
    pictures,
)

_MARGIN, _GAP = 18.0, 6.0  # millimetres, as all lengths here
_PIXEL = 0.24  # of a figure: 440 pixels are 106 mm
_DPI = 200
_LONGEST_CELL = 48
_COLUMNS = 10  # of a table, at most


def write_pdf(title: str, sections: dict[str, Section], path: Path) -> None:
    """Write the sections to one PDF.

    Args:
        title: of the document.
        sections: by name, in order.
        path: the file to write.
    """
    document = _Document(title)
    for section in sections.values():
        document.section(section)
    with _without_chatter():
        write_whole(path, bytes(document.output()))


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Letters that no installed font has are shown as boxes, not reported one by one."""
    loggers = [logging.getLogger(name) for name in ("fpdf", "fontTools")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


class _Document(FPDF):
    """The pages, and where the next line goes."""

    def __init__(self, title: str) -> None:
        super().__init__(format="A4")
        self.set_margin(_MARGIN)
        self.set_auto_page_break(auto=True, margin=_MARGIN)
        self.set_title(plain(title))
        self.set_creator("logminer")
        self.set_lang("en")
        self.add_font("own", "", own_font())
        self.add_font("own", "B", own_font("Bold"))
        for family, file in wider_fonts().items():
            self.add_font(family, "", file)
        self.set_fallback_fonts(list(wider_fonts()), exact_match=False)
        self.add_page()
        self._words(title, 20, bold=True, after=4)

    def footer(self) -> None:
        self.set_y(-12)
        self._words(str(self.page_no()), 8, "muted", align="R")

    def section(self, section: Section) -> None:
        """Write one chapter."""
        self._room(
            60 + max((_size(p, self.epw)[1] for p in pictures(section.blocks[:1])), default=0)
        )
        if self.get_y() > _MARGIN + 1:
            self.ln(_GAP)
        self.start_section(plain(section.title))
        self._words(section.title, 15, bold=True, after=1.5)
        if section.lead:
            self._words(section.lead, 10, after=3)
        for block in section.blocks:
            self._block(block)

    def _block(self, block: Block) -> None:
        match block:
            case Text():
                for line in block.lines:
                    self._words(line, 9.5, after=2)
            case Points():
                self._heading(block.title)
                for what, why in block.findings:
                    self._words(f"\N{BULLET} {what} {why}", 9, after=1.2)
                self.ln(2)
            case Table() if not block.folded:
                self._table(block)
            case Cards():
                self._heading(block.title)
                for card in block.cards:
                    self._card(card)
            case Picture():
                self._pictures([block])
            case Row():
                self._row(block)

    def _row(self, row: Row) -> None:
        self._pictures([inner for inner in row.blocks if isinstance(inner, Picture)])
        for inner in row.blocks:
            if not isinstance(inner, Picture):
                self._block(inner)

    def _words(
        self,
        text: str,
        size: float,
        colour: str = "ink",
        *,
        bold: bool = False,
        after: float = 0.0,
        align: str = "L",
        width: float = 0.0,
    ) -> None:
        """A paragraph over the full width, or ``width`` from here."""
        self._face(size, colour, bold=bold)
        to = XPos.LMARGIN if not width else XPos.LEFT
        self.multi_cell(
            width, size * 0.5, plain(text, 4000), align=align, new_x=to, new_y=YPos.NEXT
        )
        self.ln(after) if not width else self.set_y(self.get_y() + after)

    def _face(self, size: float, colour: str = "ink", *, bold: bool = False) -> None:
        self.set_font("own", "B" if bold else "", size)
        self.set_text_color(LIGHT[colour])

    def _room(self, height: float) -> None:
        """Begin a new page unless so much of this one is left."""
        if self.get_y() + height > self.h - _MARGIN:
            self.add_page()

    def _heading(self, title: str) -> None:
        if title:
            self._room(20)
            self._words(title, 11, bold=True, after=1.5)

    def _card(self, card: Card) -> None:
        self._room(24)
        self._words(" ".join(filter(None, [card.title, card.value])), 10.5, bold=True)
        if card.note:
            self._words(card.note, 8.5, "muted", after=0.5)
        self._words(_pairs((*card.fields, *card.more)), 9, after=0.5)
        for reason in card.reasons:
            self._words(f"\N{BULLET} {reason}", 8.5, "muted")
        self.ln(3)

    def _table(self, table: Table) -> None:
        shown = min(len(table.columns), _COLUMNS)
        cells = [[plain(text, _LONGEST_CELL) for text in row[:shown]] for row in table.rows]
        names = [plain(name, _LONGEST_CELL) for name in table.columns[:shown]]
        self._room(24)
        self._words(table.caption, 9, bold=True, after=1)
        self._face(7.5)
        self.set_draw_color(LIGHT["faint"])
        self.set_line_width(0.15)
        with self.table(
            width=self.epw,
            col_widths=_shares(names, cells),
            text_align=["RIGHT" if n else "LEFT" for n in table.numeric[:shown]],
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="BOLD", color=LIGHT["muted"]),
            line_height=4,
            padding=(0.6, 1),
        ) as drawn:
            for row in (names, *cells):
                drawn.row(row)
        left = len(table.columns) - shown
        more = f"{left} more columns are in the page" if left else ""
        self._words("; ".join(filter(None, [table.note, more])) or " ", 8, "muted", after=2)

    def _pictures(self, drawn: Sequence[Picture]) -> None:
        """Pictures, two side by side where they are narrow."""
        line: list[Picture] = []
        for picture in drawn:
            if len(line) == 2 or any(map(self._is_wide, [*line[:1], picture])):
                self._line(line)
                line = []
            line.append(picture)
        self._line(line)

    def _is_wide(self, picture: Picture) -> bool:
        return picture.wide or _size(picture, self.epw)[0] > 0.7 * self.epw

    def _line(self, drawn: Sequence[Picture]) -> None:
        if not drawn:
            return
        width = self.epw if self._is_wide(drawn[-1]) else (self.epw - _GAP) / 2
        self._room(max(_size(picture, width)[1] for picture in drawn) + 18)
        top, ends = self.get_y(), []
        for i, picture in enumerate(drawn):
            self.set_xy(self.l_margin + i * (width + _GAP), top)
            self._picture(picture, width)
            ends.append(self.get_y())
        self.set_xy(self.l_margin, max(ends) + 3)

    def _picture(self, picture: Picture, column: float) -> None:
        """Title, picture and caption in a column that begins here."""
        left, (width, height) = self.get_x(), _size(picture, column)
        if picture.title:
            self._words(plain(picture.title, 60), 9, bold=True, after=0.5, width=column)
        drawn = io.BytesIO(to_png(picture.figure, _DPI))
        self.image(drawn, left, self.get_y(), width, height, alt_text=plain(picture.alt))
        self.set_xy(left, self.get_y() + height + 1)
        self._words(picture.caption or " ", 8, "muted", width=column)


def _size(picture: Picture, widest: float) -> tuple[float, float]:
    """Width and height on paper."""
    width, height = (float(inches) * 72 * _PIXEL for inches in picture.figure.get_size_inches())
    fits = min(1.0, widest / width)
    return width * fits, height * fits


def _pairs(fields: Fields) -> str:
    return ", ".join(f"{name} {value}" for name, value in fields)


def _shares(names: Sequence[str], cells: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Relative widths of columns, by their longest entries."""
    longest = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    return tuple(min(max(length, 5), 30) + 2 for length in longest)
