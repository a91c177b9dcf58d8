"""What a section is made of: text, tables, pictures and cards; no HTML, only plain text.

The page, the Markdown version and the tests all read these. Text may hold anything a log held;
whoever writes it out escapes it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from logminer.plots.style import DASH, number, plain

_LONGEST_CELL = 120

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Text:
    """Paragraphs."""

    kind: ClassVar[str] = "text"
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Points:
    """A list of findings.

    Attributes:
        title: what they are about.
        findings: each in a few words, and what bears it out.
    """

    kind: ClassVar[str] = "points"
    title: str
    findings: Fields


@dataclass(frozen=True)
class Table:
    """A table of formatted cells.

    Attributes:
        caption: what it shows.
        columns: headings.
        rows: cells as text.
        numeric: for each column whether it holds numbers, which are set to the right.
        note: what was left out, if anything.
        folded: whether it is shown only when asked for.
    """

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    note: str = ""
    folded: bool = False


@dataclass(frozen=True)
class Picture:
    """A figure with what it says and the numbers behind it.

    Attributes:
        name: unique in the report; letters, digits and hyphens.
        figure: a matplotlib figure.
        title: what is drawn, above it; may be empty.
        alt: what someone who cannot see it should know.
        caption: how to read it, and what was left out.
        table: the numbers behind it.
        wide: whether it needs the full width of the page.
    """

    kind: ClassVar[str] = "picture"
    name: str
    figure: Any
    title: str
    alt: str
    caption: str
    table: Table | None = None
    wide: bool = False


@dataclass(frozen=True)
class Card:
    """One config worth looking at.

    Attributes:
        title: what it is.
        value: the figure that counts, or empty.
        note: what the figure means.
        fields: name and value of its hyperparameters, most important first.
        reasons: why it is here, one line each.
        more: the other hyperparameters, folded away.
    """

    title: str
    value: str = ""
    note: str = ""
    fields: Fields = ()
    reasons: tuple[str, ...] = ()
    more: Fields = ()


@dataclass(frozen=True)
class Cards:
    """Cards side by side; the first may stand out."""

    kind: ClassVar[str] = "cards"
    cards: tuple[Card, ...]
    title: str = ""
    accent: bool = False


@dataclass(frozen=True)
class Row:
    """Pictures and tables side by side where there is room; more of them when they are small."""

    kind: ClassVar[str] = "row"
    blocks: tuple["Block", ...]
    small: bool = False


Block = Text | Points | Table | Picture | Cards | Row


@dataclass(frozen=True)
class Section:
    """One chapter of the report.

    Attributes:
        title: heading.
        lead: what it says, in one or two plain sentences.
        blocks: the evidence.
    """

    title: str
    lead: str = ""
    blocks: tuple[Block, ...] = field(default=())


def pictures(blocks: Iterable[Block]) -> Iterator[Picture]:
    """The pictures among blocks, those in rows included."""
    for block in blocks:
        if isinstance(block, Picture):
            yield block
        elif isinstance(block, Row):
            yield from pictures(block.blocks)


def cell(value: Any) -> str:
    """A value as people write it; missing ones as a dash."""
    if value is None or value is pd.NA or value is pd.NaT:
        return DASH
    if isinstance(value, bool) or not isinstance(value, int | float):
        return plain(value, _LONGEST_CELL)
    return str(value) if isinstance(value, int) else number(value)


def table_of(
    frame: pd.DataFrame,
    caption: str,
    *,
    limit: int = 50,
    folded: bool = False,
) -> Table:
    """Format a frame; rows beyond ``limit`` are counted in the note.

    Args:
        frame: one row a line.
        caption: what the table shows.
        limit: most rows shown.
        folded: whether it is shown only when asked for.
    """
    shown = frame.head(limit)
    columns = [shown.iloc[:, j].tolist() for j in range(shown.shape[1])]
    rows = tuple(tuple(cell(v) for v in row) for row in zip(*columns, strict=True))
    note = f"{len(shown):,} of {len(frame):,} rows shown" if len(frame) > limit else ""
    headings = tuple(plain(name, _LONGEST_CELL) for name in shown.columns)
    return Table(caption, headings, rows, tuple(_is_numeric(c) for c in columns), note, folded)


def _is_numeric(values: Iterable[Any]) -> bool:
    known = [v for v in values if v is not None]
    return bool(known) and all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in known
    )


def listing(names: Iterable[object], word: str = "and", most: int = 5) -> str:
    """``a, b and c``; what is beyond ``most`` is counted."""
    texts = [plain(name, 60) for name in names]
    if len(texts) > most:
        texts = [*texts[: most - 1], f"{len(texts) - most + 1} more"]
    return f" {word} ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))
