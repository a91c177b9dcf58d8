"""Which hyperparameters must be chosen together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logminer.analyses import interactions
from logminer.plots import interactions as plot
from logminer.plots.style import plain
from logminer.reports._blocks import Picture, Row, Section, listing, table_of

if TYPE_CHECKING:
    from logminer.analyses.interactions import Interactions
    from logminer.reports._context import ReportContext

PLACE = 50
_PAIRED = 7
_LITTLE = 0.03


def section(context: ReportContext) -> Section | None:
    """Draw the strongest pairs, and the plane of the strongest one when it matters."""
    names = context.importance.overall["parameter"].tolist()
    if len(names) < 2:
        return None
    result = interactions.analyse(context.history, names[:_PAIRED], forests=context.forests)
    if result.pairs.empty:
        return None
    first, second = (plain(name, 40) for name in result.strongest)
    share = result.pairs["share"].iloc[0]
    pictures = [_bars(result)]
    if share < _LITTLE:
        lead = f"No pair adds more than {share:.1%}: each hyperparameter can be chosen by itself."
    else:
        lead = f"{first} and {second} together explain {share:.1%} beyond what each does alone."
        pictures.append(_plane(context, result, f"{first} against {second}"))
    if len(names) > _PAIRED:
        lead += f" Pairs of the {_PAIRED} most important of {len(names)} hyperparameters."
    return Section("What must be chosen together", lead, (Row(tuple(pictures)),))


def _bars(result: Interactions) -> Picture:
    strongest = result.pairs.head(4).to_dict("records")
    shown = listing(f"{row['first']} with {row['second']} {row['share']:.1%}" for row in strongest)
    return Picture(
        "interactions",
        plot.draw(result),
        "",
        f"Bars: {shown}",
        "What each pair adds to the single shares, with the middle 80% of the trees.",
        table_of(result.pairs, "All pairs", folded=True),
    )


def _plane(context: ReportContext, result: Interactions, title: str) -> Picture:
    return Picture(
        "interactions-plane",
        plot.draw_joint(result, context.history.space),
        title,
        f"Mean rank over the plane of {title}",
        "The stronger the colour, the better the configs.",
    )
