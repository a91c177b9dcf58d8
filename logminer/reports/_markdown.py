"""The report as Markdown: the same sections, with the pictures as SVG files beside it."""

from __future__ import annotations

from pathlib import Path

from logminer.core.files import write_whole
from logminer.core.markdown import as_text
from logminer.plots.style import printable
from logminer.plots.svg import save_svg
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
)


def write_markdown(title: str, sections: dict[str, Section], path: Path) -> None:
    """Write the sections to ``path`` and their pictures to ``<name>_files`` beside it.

    Args:
        title: heading of the document.
        sections: by name, in order.
        path: the file to write.
    """
    folder = path.with_name(f"{path.stem}_files")
    lines = [f"# {escape(title)}"]
    for section in sections.values():
        lines += [f"## {escape(section.title)}", escape(section.lead)]
        for block in section.blocks:
            lines += _block(block, folder)
    text = "\n\n".join(line for line in lines if line)
    write_whole(path, f"{text}\n")


def escape(text: str) -> str:
    """Text that Markdown shows as it is, neither markup nor HTML."""
    return as_text(printable(text))


def _block(block: Block, folder: Path) -> list[str]:
    """Paragraphs of one block."""
    match block:
        case Text():
            return [escape(line) for line in block.lines]
        case Points():
            found = (f"- **{escape(what)}** {escape(why)}" for what, why in block.findings)
            return [f"### {escape(block.title)}", "\n".join(found)]
        case Table():
            return _table(block)
        case Cards():
            title = f"### {escape(block.title)}" if block.title else ""
            return [title, *(part for card in block.cards for part in _card(card))]
        case Picture():
            return _picture(block, folder)
        case Row():
            return [part for inner in block.blocks for part in _block(inner, folder)]


def _table(table: Table) -> list[str]:
    head = "| " + " | ".join(escape(name) for name in table.columns) + " |"
    rule = "|" + "|".join("---:" if numeric else "---" for numeric in table.numeric) + "|"
    rows = ["| " + " | ".join(escape(text) for text in row) + " |" for row in table.rows]
    return [f"**{escape(table.caption)}**", "\n".join([head, rule, *rows]), escape(table.note)]


def _card(card: Card) -> list[str]:
    heading = " ".join(filter(None, [card.title, card.value]))
    note = f": {escape(card.note)}" if card.note else ""
    lines = [f"**{escape(heading)}**{note}", *_fields((*card.fields, *card.more))]
    lines += [f"- because: {escape(reason)}" for reason in card.reasons]
    return ["\n".join([lines[0], "", *lines[1:]])]


def _fields(pairs: Fields) -> list[str]:
    return [f"- {escape(name)}: {escape(value)}" for name, value in pairs]


def _picture(picture: Picture, folder: Path) -> list[str]:
    save_svg(picture.figure, folder / f"{picture.name}.svg", picture.alt)
    title = f"**{escape(picture.title)}**" if picture.title else ""
    link = f"![{escape(picture.alt)}]({folder.name}/{picture.name}.svg)"
    return [title, link, escape(picture.caption)]
