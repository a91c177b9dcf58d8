"""Which hyperparameters matter: shares of the differences each explains, and how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logminer.plots import importance as plot
from logminer.plots.style import plain
from logminer.reports._blocks import Picture, Points, Row, Section, Text, listing, table_of
from logminer.reports._words import is_trusted, trust, what_matters

if TYPE_CHECKING:
    from logminer.reports._context import ReportContext

PLACE = 30


def section(context: ReportContext) -> Section | None:
    """Draw the importance of the hyperparameters over all tasks."""
    result = context.importance
    if result.overall.empty:
        return None
    first = result.overall.iloc[0]
    name = plain(first["parameter"], 60)
    lead = f"{name} alone explains {first['share']:.0%} of the differences between configs."
    if not is_trusted(context):
        lead = "These runs say little about it: the differences between configs can hardly be foretold."
    picture = Picture(
        "importance",
        plot.draw(result),
        "",
        f"Bars: {listing(f'{row.parameter} {row.share:.0%}' for row in result.overall.head(5).itertuples())}",
        "Functional ANOVA on random forests. Lines hold the middle 80% of the trees, each grown on"
        " another sample of the configs; what the bars leave of 100% is owed to hyperparameters"
        " acting together.",
        table_of(result.overall, "Importance of every hyperparameter", folded=True),
    )
    lines = [trust(context)]
    if result.skipped:
        reasons = listing(f"{task} ({why})" for task, why in result.skipped.items())
        lines.append(f"Left out: {reasons}.")
    blocks = (Row((picture, Points("In words", what_matters(context, 6)))), Text(tuple(lines)))
    return Section("Which hyperparameters matter", lead, blocks)
