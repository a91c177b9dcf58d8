"""In short: which past runs won, what to try next, what matters, how sure we are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from logminer.plots.style import DASH, number, plain
from logminer.report._blocks import Block, Card, Cards, Points, Row, Section, counted, table_of
from logminer.report._words import config_of, fields_of, spread, trust, what_matters
from logminer.report.suggestions import card_of

if TYPE_CHECKING:
    from logminer.report._context import ReportContext

PLACE = 0
_CARDS = 6


def section(context: ReportContext) -> Section:
    """Say the most important things first."""
    blocks = [_winners(context)]
    beside: list[Block] = [Points("How sure we are", _doubts(context))]
    if findings := what_matters(context):
        beside.insert(0, Points("What matters most", findings))
    if context.suggestions:
        first = card_of(context, 1, context.suggestions[0])
        beside.insert(0, Cards((first,), "Try this next", accent=True))
    blocks.append(Row(tuple(beside)))
    return Section("In short", _what(context), tuple(blocks))


def _what(context: ReportContext) -> str:
    history = context.history
    lost = int(history.losses.isna().sum())
    text = (
        f"{counted(len(history), 'run')} of {counted(int(history.config_ids.nunique()), 'config')}"
        f" on {counted(len(history.tasks), 'task')}"
    )
    return f"{text}; {lost:,} of them diverged or ended without a result." if lost else f"{text}."


def _winners(context: ReportContext) -> Block:
    tasks = context.history.tasks
    if len(tasks) <= _CARDS:
        return Cards(tuple(_winner(context, task) for task in tasks), "Best so far")
    rows = [_winner(context, task) for task in tasks]
    important = context.by_importance[:4]
    frame = pd.DataFrame(
        {
            "task": [c.title for c in rows],
            "best": [c.value for c in rows],
            "of": [c.note for c in rows],
        }
    )
    for name in important:
        frame[plain(name, 40)] = [dict(card.fields).get(name, DASH) for card in rows]
    return table_of(frame, "Best so far, by task", limit=100)


def _winner(context: ReportContext, task: str) -> Card:
    best = context.top.of(task).iloc[0]
    objective = context.history.objectives[task]
    if best["runs"] == 0:
        return Card(plain(task, 60), DASH, f"no run has a finite {plain(objective.metric, 60)}")
    fields, more = fields_of(context, config_of(context, int(best["config"])))
    note = (
        f"{plain(objective.metric, 60)}; {'mean of ' if best['runs'] > 1 else ''}{counted(int(best['runs']), 'run')},"
        f" best of {counted(context.top.configs_per_task[task], 'config')}"
    )
    return Card(plain(task, 60), spread(best["mean"], best["std"]), note, fields, more=more)


def _doubts(context: ReportContext) -> tuple[tuple[str, str], ...]:
    noise = context.seeds.tasks
    findings = []
    known = noise[noise["noise"].notna()]
    if known.empty:
        why = "no config was run twice, so nothing says how much luck is in a result."
        findings.append(("The noise is unknown:", why))
    for row in known.head(3).to_dict("records"):
        rivals = int(row["rivals"])
        told = (
            f"{counted(rivals, 'other config')} cannot be told from the best."
            if rivals
            else "the best config is ahead of all others by more than that."
        )
        deviation = f"{number(row['noise'], 2)} (standard deviation)"
        why = f"repeats of one config differ by {deviation}; {told}"
        findings.append((f"{plain(row['task'], 60)}:", why))
    if not context.importance.overall.empty:
        findings.append(("Importance:", trust(context)))
    return tuple(findings)
