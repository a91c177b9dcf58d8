"""Problems found in the logs, each with its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from logminer.core.words import counted
from logminer.reports._blocks import Section, table_of

if TYPE_CHECKING:
    from logminer.reports._context import ReportContext

PLACE = 110
_ROWS = 100


def section(context: ReportContext) -> Section | None:
    """List what could not be read."""
    problems = context.ingested.problems
    if not problems:
        return None
    frame = pd.DataFrame(
        {
            "file": [p.path for p in problems],
            "where": [p.where for p in problems],
            "what": [p.what for p in problems],
        }
    )
    lead = f"{counted(len(problems), 'thing')} could not be read; everything else was kept."
    return Section(
        "Problems in the logs", lead, (table_of(frame, "Problems by file", limit=_ROWS),)
    )
