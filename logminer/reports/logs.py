"""What was read: files, formats, runs and points, and what logminer decided about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from logminer.core.words import counted
from logminer.reports._blocks import Block, Section, listing, table_of

if TYPE_CHECKING:
    from logminer.reports._context import ReportContext

PLACE = 100
_UNFOLDED = 12


def section(context: ReportContext) -> Section:
    """Count what was ingested; list the decisions with their evidence."""
    read = context.ingested
    formats = listing((f"{name} ({n:,})" for name, n in read.formats.items()), most=8)
    lead = (
        f"{counted(read.files, 'file')}, {counted(read.runs, 'run')}, {counted(read.points, 'point')}"
        f"{f', stored in {read.database}' if read.database else ''}."
        f"{f' Formats: {formats}.' if formats else ''}"
    )
    return Section("What was read", lead, _decisions(context))


def _decisions(context: ReportContext) -> tuple[Block, ...]:
    if not context.decisions:
        return ()
    frame = pd.DataFrame(
        {
            "about": [d.about for d in context.decisions],
            "decided": [d.choice for d in context.decisions],
            "because": ["; ".join(d.because) for d in context.decisions],
            "to change it": [d.how_to_change for d in context.decisions],
        }
    )
    caption = "What logminer decided, and why"
    return (table_of(frame, caption, limit=200, folded=len(frame) > _UNFOLDED),)
