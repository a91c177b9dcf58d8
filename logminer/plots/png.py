"""A figure as a PNG picture on white, twice as fine as on the page or finer."""

import io
from pathlib import Path

from matplotlib.figure import Figure

from logminer.core.files import write_whole
from logminer.plots.fonts import with_all_letters
from logminer.plots.style import colour, quietly


def to_png(figure: Figure, dpi: float = 144) -> bytes:
    """Draw a figure; 72 dots per inch are the pixels of the page."""
    figure.patch.set(alpha=1.0, facecolor=colour("paper"))
    with_all_letters(figure)
    drawn = io.BytesIO()
    with quietly():
        figure.savefig(drawn, format="png", dpi=dpi, metadata={"Software": None})
    return drawn.getvalue()


def save_png(figure: Figure, path: Path) -> None:
    """Write a figure; the folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, to_png(figure))
