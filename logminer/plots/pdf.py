"""Figures with their words as a PDF: one picture a page, sentences on pages of their own."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from logminer.plots.style import LIGHT, plain, quietly

_WIDTH, _HEIGHT, _MARGIN = 595.0, 842.0, 50.0  # A4 in points
_CHARS, _LINES = 92, 52


@dataclass(frozen=True)
class Page:
    """A heading, paragraphs below it, and perhaps a picture below these.

    Attributes:
        heading: one line.
        paragraphs: plain text, wrapped here; what does not fit goes on on further pages.
        figure: the picture, or None.
    """

    heading: str
    paragraphs: Sequence[str] = ()
    figure: Figure | None = None


def save_pdf(pages: Iterable[Page], path: Path, title: str) -> None:
    """Write pages to one file.

    Args:
        pages: in order.
        path: the file.
        title: of the document.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {"Title": plain(title), "Creator": "logminer", "CreationDate": None}
    with quietly(), PdfPages(path, metadata=about) as pdf:
        for page in pages:
            if page.figure is not None:
                pdf.savefig(_framed(page.figure, page), facecolor=LIGHT["paper"])
                continue
            lines = _wrapped(page.paragraphs)
            for start in range(0, max(len(lines), 1), _LINES):
                pdf.savefig(_text_page(page.heading, lines[start : start + _LINES]))


def _wrapped(paragraphs: Sequence[str]) -> list[str]:
    return [line for text in paragraphs for line in (*textwrap.wrap(plain(text), _CHARS), "")]


def _text_page(heading: str, lines: Sequence[str]) -> Figure:
    figure = Figure(figsize=(_WIDTH / 72, _HEIGHT / 72), facecolor=LIGHT["paper"])
    top, left = 1 - _MARGIN / _HEIGHT, _MARGIN / _WIDTH
    look: dict[str, Any] = {"ha": "left", "va": "top", "parse_math": False, "color": LIGHT["ink"]}
    figure.text(left, top, plain(heading, 60), fontsize=16, fontweight="bold", **look)
    figure.text(left, top - 32 / _HEIGHT, "\n".join(lines), fontsize=9, linespacing=1.5, **look)
    return figure


def _framed(figure: Figure, page: Page) -> Figure:
    """The figure with its heading above and its words below, as a page of its own size."""
    words = textwrap.wrap(plain(" ".join(page.paragraphs)), int(figure.get_figwidth() * 72 / 5.4))
    width, height = figure.get_size_inches() * 72
    above, below = 34.0, 20.0 + 14 * len(words)
    whole = height + above + below
    figure.set_size_inches(width / 72, whole / 72)
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, below / whole, 1, height / whole))
    look: dict[str, Any] = {"ha": "left", "parse_math": False}
    figure.text(
        0.02,
        1 - 12 / whole,
        plain(page.heading, 60),
        va="top",
        fontsize=12,
        color=LIGHT["ink"],
        fontweight="bold",
        **look,
    )
    figure.text(
        0.02,
        (below - 10) / whole,
        "\n".join(words),
        va="top",
        fontsize=9,
        linespacing=1.4,
        color=LIGHT["muted"],
        **look,
    )
    return figure
