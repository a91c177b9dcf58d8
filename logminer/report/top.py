"""Top performers: the best configs of each task, and over all tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from logminer.plots import top as plot
from logminer.report._blocks import Block, Picture, Row, Section, Table, counted, table_of
from logminer.report._words import unset

if TYPE_CHECKING:
    from logminer.report._context import ReportContext

PLACE = 20
_TASKS_DRAWN = 12
_ROWS = 20
_NAMES = {"mean_rank": "mean rank", "worst_rank": "worst rank"}


def section(context: ReportContext) -> Section:
    """Draw the best configs of each task; list them over all tasks."""
    tasks = context.history.tasks
    pictures = tuple(_picture(context, i, task) for i, task in enumerate(tasks[:_TASKS_DRAWN]))
    blocks: list[Block] = [Row(pictures)]
    if len(tasks) > 1:
        blocks.append(_overall(context))
    lead = "Repeated seeds are averaged. A config with a diverged or failed run ranks last, so luck alone never wins."
    if len(tasks) > _TASKS_DRAWN:
        lead += f" {_TASKS_DRAWN} of {counted(len(tasks), 'task')} drawn."
    return Section("Top performers", lead, tuple(blocks))


def _picture(context: ReportContext, i: int, task: str) -> Picture:
    table = context.top.of(task)
    metric = context.history.objectives[task].metric
    best = table.iloc[0]
    columns = ["place", "name", "mean", "std", "runs", "failed"]
    behind = table_of(
        table[columns + _telling(context, table.head(_ROWS))],
        f"Best configs of {task}",
        limit=_ROWS,
        folded=True,
    )
    return Picture(
        f"top-{i}",
        plot.draw(context.top, task),
        f"{task}: best {metric} {best['mean']:.4g} by {best['name']}, of {len(table)} configs",
        f"{task}: the ten best of {counted(len(table), 'config')}. Bars show one standard deviation over"
        " repeats, the shaded band the middle half of all configs, its line the median.",
        behind,
    )


def _overall(context: ReportContext) -> Table:
    frame = context.top.overall.drop(columns=["config"])
    facts = ["place", "score", "spread", "worst_rank", "tasks", "runs", "failed"]
    return table_of(
        frame[facts + _telling(context, frame.head(_ROWS))],
        "Over all tasks: mean normalised rank, 0 the best and 1 the worst; a task not tried counts 0.5",
        names=_NAMES,
        limit=_ROWS,
    )


def _telling(context: ReportContext, frame: pd.DataFrame) -> list[str]:
    """Hyperparameters in which these configs differ, most important first."""
    return [
        name
        for name in context.by_importance
        if len({repr(v) for v in frame[name] if not unset(v)}) > 1
    ]
