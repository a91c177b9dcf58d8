"""The report as a PDF: its sentences and pictures; tables are in the page and in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from logminer.plots.pdf import Page, save_pdf
from logminer.reports._blocks import Block, Card, Cards, Points, Row, Section, Text, pictures


def write_pdf(title: str, sections: dict[str, Section], path: Path) -> None:
    """Write the sections to one PDF, each on pages of its own.

    Args:
        title: of the document.
        sections: by name, in order.
        path: the file to write.
    """
    save_pdf(_pages(sections), path, title)


def _pages(sections: dict[str, Section]) -> Iterator[Page]:
    for section in sections.values():
        said = [text for block in section.blocks for text in _said(block)]
        yield Page(section.title, [text for text in (section.lead, *said) if text])
        for picture in pictures(section.blocks):
            yield Page(picture.title or section.title, [picture.caption], picture.figure)


def _said(block: Block) -> list[str]:
    """The sentences of a block."""
    match block:
        case Text():
            return list(block.lines)
        case Points():
            return [block.title, *(f"\N{BULLET} {what} {why}" for what, why in block.findings)]
        case Cards():
            return [block.title, *(_card(card) for card in block.cards)]
        case Row():
            return [text for inner in block.blocks for text in _said(inner)]
    return []


def _card(card: Card) -> str:
    config = ", ".join(f"{name} {value}" for name, value in (*card.fields, *card.more))
    parts = [" ".join(filter(None, [card.title, card.value])), card.note, config, *card.reasons]
    return f"\N{BULLET} {'; '.join(filter(None, parts))}"
