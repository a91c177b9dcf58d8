"""Effects: how good configs are along each hyperparameter that matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logminer.plots import effects as plot
from logminer.plots.style import plain
from logminer.reports._blocks import Picture, Row, Section, table_of
from logminer.reports._words import what_is_good

if TYPE_CHECKING:
    from logminer.analyses.effects import Effect
    from logminer.reports._context import ReportContext

PLACE = 40


def section(context: ReportContext) -> Section | None:
    """Draw one small figure for each of the most important hyperparameters."""
    effects = list(context.effects.values())
    if not effects:
        return None
    total = len(context.importance.overall)
    lead = (
        "Each line is the mean rank of configs along one hyperparameter, all others averaged out; its band"
        " holds the middle 80% of the trees, dots are configs, and the shaded range is where configs are best."
    )
    if len(effects) < total:
        lead += f" {len(effects)} of {total} hyperparameters shown, the most important first."
    pictures = tuple(_picture(i, effect) for i, effect in enumerate(effects))
    return Section("What each one does", lead, (Row(pictures, small=True),))


def _picture(i: int, effect: Effect) -> Picture:
    good = what_is_good(effect) or "about the same everywhere"
    cap = (
        f" {plot.POINTS:,} of {len(effect.points):,} configs drawn."
        if len(effect.points) > plot.POINTS
        else ""
    )
    name = plain(effect.name, 60)
    return Picture(
        f"effect-{i}",
        plot.draw(effect),
        name,
        f"Rank along {name}: {good}",
        f"{good[0].upper()}{good[1:]}.{cap}",
        table_of(effect.curve, f"Mean rank along {name}", limit=100, folded=True),
    )
