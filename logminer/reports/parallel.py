"""All configs at a glance: parallel coordinates over the most important hyperparameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logminer.analyses import parallel
from logminer.plots import parallel as plot
from logminer.reports._blocks import Picture, Section, listing

if TYPE_CHECKING:
    from logminer.reports._context import ReportContext

PLACE = 80
_AXES = 8


def section(context: ReportContext) -> Section | None:
    """Draw each config as a line, the best on top."""
    names = context.importance.overall["parameter"].tolist()
    if len(names) < 2:
        return None
    result = parallel.analyse(context.history, names[:_AXES])
    caption = (
        f"{len(result.lines):,} of {result.total:,} configs drawn, all of the best tenth among them;"
        " the stronger the colour, the better the mean rank over the tasks a config was run in."
    )
    if len(names) > _AXES:
        caption += f" {_AXES} of {len(names)} hyperparameters, the most important first."
    alt = f"Lines of configs over {listing(result.names, most=_AXES)}, ending at their rank"
    picture = Picture("parallel", plot.draw(result), "", alt, caption, wide=True)
    return Section("All configs at a glance", "", (picture,))
