"""What to try next: the suggested configs, what is expected of each, and what speaks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logminer.plots.style import number
from logminer.report._blocks import Card, Cards, Section, counted
from logminer.report._words import fields_of

if TYPE_CHECKING:
    from logminer.core.suggestion import Suggestion
    from logminer.report._context import ReportContext

PLACE = 10


def section(context: ReportContext) -> Section | None:
    """Show the suggestions as cards, best first."""
    if not context.suggestions:
        return None
    n = len(context.suggestions)
    for_task = f" for {context.suggested_for}" if context.suggested_for else ""
    lead = f"{counted(n, 'config')} worth trying{for_task}, in this order. None of them was run before."
    cards = tuple(_card(context, i, s) for i, s in enumerate(context.suggestions, 1))
    return Section("What to try next", lead, (Cards(cards, accent=True),))


def _card(context: ReportContext, place: int, suggestion: Suggestion) -> Card:
    fields, more = fields_of(context, suggestion.config)
    value, note = "", ""
    if suggestion.predicted is not None:
        value = f"≈ {number(suggestion.predicted)}"
        note = "expected"
    if suggestion.interval:
        low, high = suggestion.interval
        note = f"expected; 4 in 5 chances between {number(low)} and {number(high)}"
    title = f"{place}. {suggestion.strategy}" if suggestion.strategy else f"{place}."
    return Card(title, value, note, fields, suggestion.because, more)
