"""Top performers: the best configs of each task, and over all tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from logminer.core.history import unset
from logminer.core.words import counted
from logminer.plots import top as plot
from logminer.plots.style import plain
from logminer.reports._blocks import Block, Picture, Row, Section, Table, table_of

if TYPE_CHECKING:
    from logminer.reports._context import ReportContext

PLACE = 20
_TASKS_DRAWN = 6
_ROWS = 20
_OVERALL = 10
_COLUMNS = 12
_NAMES = {"mean_rank": "mean rank", "worst_rank": "worst rank"}


def section(context: ReportContext) -> Section:
    """Draw the best configs of each task; list them over all tasks."""
    compared = [t for t in context.history.tasks if context.top.configs_per_task[t] > 1]
    drawn = compared[:_TASKS_DRAWN]
    lead = "Repeated seeds are averaged. A config with a diverged or failed run ranks last, so luck alone never wins."
    if len(drawn) < len(context.history.tasks):
        lead += f" {len(drawn)} of {counted(len(context.history.tasks), 'task')} drawn"
        lead += "." if len(drawn) < len(compared) else "; the others tried a single config."
    blocks: list[Block] = [_overall(context)] if len(context.history.tasks) > 1 else []
    blocks.append(Row(tuple(_picture(context, i, task) for i, task in enumerate(drawn))))
    return Section("Top performers", lead, tuple(blocks))


def _picture(context: ReportContext, i: int, task: str) -> Picture:
    table = context.top.of(task)
    metric = context.history.objectives[task].metric
    best = table.iloc[0]
    facts = ["place", "name", "mean", "std", "runs", "failed"]
    behind = _listing(context, table, facts, f"Best configs of {task}", folded=True)
    return Picture(
        f"top-{i}",
        plot.draw(context.top, task),
        plain(task, 60),
        f"{task}: best {metric} {best['mean']:.4g} by {best['name']}, of {len(table)} configs",
        f"The best {min(len(table), plot.SHOWN)} of {counted(len(table), 'config')}. Bars show one standard deviation over"
        " repeats, the shaded band the middle half of all configs, its line the median.",
        behind,
    )


def _overall(context: ReportContext) -> Table:
    facts = ["place", "score", "spread", "worst_rank", "tasks", "runs", "failed"]
    caption = (
        "Best over all tasks, by mean rank from 0 (best) to 1 (worst); a task not tried counts 0.5"
    )
    ranks = context.top.overall.round({"score": 3, "spread": 3, "worst_rank": 3})
    return _listing(context, ranks, facts, caption, most=_OVERALL)


def _listing(
    context: ReportContext,
    frame: pd.DataFrame,
    facts: list[str],
    caption: str,
    *,
    most: int = _ROWS,
    folded: bool = False,
) -> Table:
    """Facts of the best configs, and the hyperparameters in which these differ."""
    configs = context.top.configs.loc[frame["config"].head(most)]
    telling = [
        name
        for name in context.by_importance
        if len({repr(v) for v in configs[name] if not unset(v)}) > 1
    ]
    values = context.top.configs.loc[frame["config"], telling[:_COLUMNS]].set_axis(frame.index)
    shown = pd.concat([frame[facts].rename(columns=_NAMES), values], axis=1)
    table = table_of(shown, caption, limit=most, folded=folded)
    if len(telling) <= _COLUMNS:
        return table
    cap = f"{_COLUMNS} of {len(telling)} hyperparameters, the most important first"
    return replace(table, note="; ".join(filter(None, [table.note, cap])))
