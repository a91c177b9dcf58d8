"""In short: which past runs won, what to try next, what matters, how sure we are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logminer.plots.style import DASH
from logminer.report._blocks import Card, Cards, Section, Text, counted, listing
from logminer.report._words import config_of, fields_of, spread

if TYPE_CHECKING:
    from logminer.report._context import ReportContext

PLACE = 0
_TASKS_SHOWN = 6


def section(context: ReportContext) -> Section:
    """Say the most important things first."""
    cards = [_winner(context, task) for task in context.history.tasks[:_TASKS_SHOWN]]
    return Section("In short", _what(context), (Text(_matters(context)), Cards(tuple(cards))))


def _what(context: ReportContext) -> str:
    history = context.history
    lost = int(history.losses.isna().sum())
    text = (
        f"{counted(len(history), 'run')} of {counted(history.config_ids.nunique(), 'config')} "
        f"on {counted(len(history.tasks), 'task')}"
    )
    return (
        f"{text}; {counted(lost, 'run')} diverged or ended without a result."
        if lost
        else f"{text}."
    )


def _matters(context: ReportContext) -> tuple[str, ...]:
    importance = context.importance.overall
    if importance.empty:
        return ("Too few different configs to say which hyperparameter matters.",)
    first = importance.head(3)
    named = [f"{row.parameter} ({row.share:.0%})" for row in first.itertuples()]
    return (f"What matters most: {listing(named)} of the differences between configs.",)


def _winner(context: ReportContext, task: str) -> Card:
    best = context.top.of(task).iloc[0]
    objective = context.history.objectives[task]
    if best["runs"] == 0:
        return Card(task, DASH, f"no run has a finite {objective.metric}")
    fields, more = fields_of(context, config_of(context, best))
    note = f"{objective.metric}, {counted(int(best['runs']), 'run')}, best of {counted(context.top.configs_per_task[task], 'config')}"
    return Card(task, spread(best["mean"], best["std"]), note, fields, more=more)
