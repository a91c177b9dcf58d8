"""The search space the logs span, and the part of it worth searching first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logminer.analyses import zoom
from logminer.plots import zoom as plot
from logminer.report._blocks import Picture, Section, counted, table_of

if TYPE_CHECKING:
    from logminer.report._context import ReportContext

PLACE = 60


def section(context: ReportContext) -> Section | None:
    """Draw the zoomed range of each hyperparameter inside the whole one."""
    if not len(context.history.space):
        return None
    result = zoom.analyse(context.history, context.zoomed, context.by_importance)
    rows = result.rows.drop(columns=["low", "high"])
    lead = f"{counted(len(rows), 'hyperparameter')}, with the ranges the logs span."
    if context.zoomed is not None:
        narrowed = int((result.rows["kept"] < 0.999).sum())
        lead = (
            f"Around earlier winners {narrowed} of {counted(len(rows), 'hyperparameter')} can be narrowed;"
            f" what is left is {_share(result.volume)} of the whole space."
        )
    else:
        rows = rows.drop(columns=["zoomed", "kept"])
    caption = "Grey is the whole range on its own scale, blue what is left of it; dots are the best tenth of each task's configs."
    if len(rows) > plot.SHOWN:
        caption += f" {plot.SHOWN} of {len(rows)} hyperparameters drawn."
    picture = Picture(
        "space", plot.draw(result), "", f"Ranges of {counted(len(rows), 'hyperparameter')}", caption,
        table_of(rows, "The search space", limit=200, folded=True), wide=True,
    )  # fmt: skip
    return Section("Where to search", lead, (picture,))


def _share(volume: float) -> str:
    return f"{volume:.1%}" if volume >= 0.001 else f"1 part in {1 / max(volume, 1e-15):,.0f}"
