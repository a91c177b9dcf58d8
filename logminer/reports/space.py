"""The search space the logs span, and the part of it worth searching first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logminer.analyses import zoom
from logminer.core.words import counted
from logminer.plots import zoom as plot
from logminer.reports._blocks import Picture, Section, table_of

if TYPE_CHECKING:
    from logminer.analyses.zoom import Zoom
    from logminer.reports._context import ReportContext

PLACE = 60


def section(context: ReportContext) -> Section | None:
    """Draw the zoomed range of each hyperparameter inside the whole one."""
    if not len(context.history.space):
        return None
    result = zoom.analyse(context.history, context.zoomed, context.by_importance)
    total = counted(len(result.rows), "hyperparameter")
    caption = "Dots are the best tenth of each task's configs."
    rows = result.rows.drop(columns=["low", "high"])
    if context.zoomed is None:
        lead = f"{total}, with the ranges the logs span."
        rows = rows.drop(columns=["zoomed", "kept"])
    else:
        lead = _narrowed(result, context.zoom_missed)
        caption = f"Grey is the whole range on its own scale, blue what is left of it. {caption}"
    if len(rows) > plot.SHOWN:
        caption += f" {plot.SHOWN} of {total} drawn."
    behind = table_of(rows, "The search space", limit=200, folded=True)
    picture = Picture(
        "space", plot.draw(result), "", f"Ranges of {total}", caption, behind, wide=True
    )
    return Section("Where to search", lead, (picture,))


def _narrowed(result: Zoom, missed: float | None) -> str:
    narrower = int((result.rows["kept"] < 0.999).sum())
    if not narrower:
        return "Earlier winners lie all over the space: nothing can be narrowed."
    lead = (
        f"Around earlier winners {narrower} of {counted(len(result.rows), 'hyperparameter')} can be"
        f" narrowed; what is left is {_share(result.volume)} of the whole space."
    )
    if missed is None:
        return f"{lead} Too few tasks to say how often that misses."
    return f"{lead} Made from the other tasks it would have missed the best config of {missed:.0%} of the tasks."


def _share(volume: float) -> str:
    return f"{volume:.1%}" if volume >= 0.001 else f"1 part in {1 / max(volume, 1e-15):,.0f}"
