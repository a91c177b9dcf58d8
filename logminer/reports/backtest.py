"""What the past is worth: each task held out in turn and searched again with the others as the past."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logminer.reports._blocks import Picture, Row, Section, Text, listing, table_of
from logminer.reports._words import worth

if TYPE_CHECKING:
    from logminer.reports._context import ReportContext

PLACE = 65


def section(context: ReportContext) -> Section | None:
    """Draw the replayed searches; nothing when none were made."""
    result = context.backtest
    if result is None:
        return None
    from logminer.plots import backtest as plot

    picture = Picture(
        "backtest",
        plot.draw(result),
        "",
        f"Regret over trials of {listing(result.summary['strategy'])}; the lower the better",
        "Each logged task is held out and searched again among its logged configs; the lines are means over"
        " tasks. A cold search knows no past, the dashed line picks logged configs at random.",
    )
    behind = table_of(
        result.summary, "Regret after some trials, and trials saved against random picks"
    )
    left_out = [f"{task} ({why})" for task, why in result.skipped.items()]
    notes = (Text((f"Left out: {listing(left_out)}.",)),) if left_out else ()
    return Section("What the past is worth", f"{worth(result)}.", (Row((picture, behind)), *notes))
