"""In short: which past runs won, what to try next, what matters, how sure we are."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from logminer.core.words import counted
from logminer.plots.style import DASH, number, plain
from logminer.reports._blocks import Block, Card, Cards, Points, Row, Section, table_of
from logminer.reports._words import (
    config_of,
    fields_of,
    is_trusted,
    spread,
    trust,
    what_matters,
    worth,
)
from logminer.reports.suggestions import card_of

if TYPE_CHECKING:
    from logminer.reports._context import ReportContext

PLACE = 0
_CARDS = 6
_SPELT_OUT = 3


def section(context: ReportContext) -> Section:
    """Say the most important things first."""
    blocks = [_winners(context)]
    beside: list[Block] = [Points("How sure we are", _doubts(context))]
    if findings := what_matters(context):
        title = "What matters most" if is_trusted(context) else "What may matter"
        beside.insert(0, Points(title, findings))
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
    best = [context.top.of(task).iloc[0] for task in tasks]
    configs = [config_of(context, int(row["config"])) for row in best]
    facts = {
        "task": tasks,
        "best": [spread(row["mean"], row["std"]) for row in best],
        "metric": [context.history.objectives[task].metric for task in tasks],
        "configs tried": [context.top.configs_per_task[task] for task in tasks],
    }
    shown = {name: [config.get(name) for config in configs] for name in context.by_importance[:4]}
    frame = pd.concat([pd.DataFrame(facts), pd.DataFrame(shown, dtype=object)], axis=1)
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


def _doubt(row: Mapping[Hashable, Any]) -> tuple[str, str]:
    rivals = int(row["rivals"])
    told = (
        f"{counted(rivals, 'other config')} cannot be told from the best."
        if rivals
        else "the best config is ahead of all others by more than that."
    )
    deviation = f"{number(row['noise'], 2)} (standard deviation)"
    return f"{plain(row['task'], 60)}:", f"repeats of one config differ by {deviation}; {told}"


def _doubts(context: ReportContext) -> tuple[tuple[str, str], ...]:
    known = context.seeds.tasks[context.seeds.tasks["noise"].notna()]
    if known.empty:
        why = "no config was run twice, so nothing says how much luck is in a result."
        findings = [("The noise is unknown:", why)]
    elif len(known) <= _SPELT_OUT:
        findings = [_doubt(row) for row in known.to_dict("records")]
    else:
        clear = int((known["rivals"] == 0).sum())
        why = (
            f"in {clear or 'none'} of {counted(len(known), 'task')} with repeats the best config is"
            " ahead of all others by more than their noise."
        )
        findings = [("Clear winners:", why)]
    if context.backtest:
        verdict, _, why = worth(context.backtest).partition(": ")
        findings.append((f"{verdict}:", f"{why}."))
    if not context.importance.overall.empty:
        findings.append(("What matters:", trust(context)))
    return tuple(findings)
