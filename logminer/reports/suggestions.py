"""What to try next: the suggested configs, what is expected of each, and what speaks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logminer.core.words import counted
from logminer.plots.style import number, plain
from logminer.reports._blocks import Card, Cards, Section
from logminer.reports._words import fields_of

if TYPE_CHECKING:
    from logminer.core.suggestion import Suggestion
    from logminer.reports._context import ReportContext

PLACE = 10


def section(context: ReportContext) -> Section | None:
    """Show the suggestions as cards, best first."""
    if not context.suggestions:
        return None
    for_task = f" for {plain(context.suggested_for, 60)}" if context.suggested_for else ""
    lead = f"{counted(len(context.suggestions), 'config')} worth trying{for_task}, in this order."
    cards = tuple(card_of(context, i, s) for i, s in enumerate(context.suggestions, 1))
    return Section("What to try next", lead, (Cards(cards, accent=True),))


def card_of(context: ReportContext, place: int, suggestion: Suggestion) -> Card:
    """A suggestion with its prediction and its reasons."""
    fields, more = fields_of(context, suggestion.config)
    objective = context.history.objectives.get(context.suggested_for)
    metric = f"expected {plain(objective.metric, 60)}" if objective else "expected"
    value = f"≈ {number(suggestion.predicted)}" if suggestion.predicted is not None else ""
    note = metric if value else ""
    if suggestion.interval:
        low, high = suggestion.interval
        note = f"{metric}; 8 in 10 chances between {number(low)} and {number(high)}"
    reasons = tuple(plain(b, 200) for b in suggestion.because)
    return Card(f"Config {place}", value, note, fields, reasons, more)
