"""A figure as a PNG file, twice as fine as on the page, on white."""

from pathlib import Path

from matplotlib.figure import Figure

from logminer.plots.style import colour, quietly


def save_png(figure: Figure, path: Path) -> None:
    """Write a figure; the folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.patch.set(alpha=1.0, facecolor=colour("paper"))
    with quietly():
        figure.savefig(path, format="png", dpi=144, metadata={"Software": None})
