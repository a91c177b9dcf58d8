"""How the search went: the runs of each task over time, and the best known at each moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logminer.analyses import incumbent
from logminer.core.words import counted
from logminer.plots import incumbent as plot
from logminer.plots.style import number, plain
from logminer.reports._blocks import Picture, Row, Section, table_of

if TYPE_CHECKING:
    from logminer.analyses.incumbent import Incumbent
    from logminer.reports._context import ReportContext

PLACE = 90
_TASKS = 6


def section(context: ReportContext) -> Section:
    """Draw the runs of each task in order, with the incumbent."""
    result = incumbent.analyse(context.history)
    tasks = context.history.tasks
    pictures = tuple(_picture(i, task, result) for i, task in enumerate(tasks[:_TASKS]))
    lead = "Each dot is a run, in order of its start; the line is the best known so far. Values beyond the axis lie on its edge."
    if len(tasks) > _TASKS:
        lead += f" {_TASKS} of {len(tasks)} tasks drawn."
    return Section("How the search went", lead, (Row(pictures),))


def _picture(i: int, task: str, result: Incumbent) -> Picture:
    runs = result.of(task)
    better = runs[runs["improved"]]
    name = plain(task, 60)
    if better.empty:
        said = "No run has a finite value"
    else:
        last = better.iloc[-1]
        since = len(runs) - int(last["place"])
        said = (
            f"The best, {number(last['best'])}, came with run {last['place']:,} of {len(runs):,};"
            f" {counted(since, 'run')} since brought nothing better"
        )
    cap = f" {plot.POINTS:,} of {len(runs):,} runs drawn." if len(runs) > plot.POINTS else ""
    columns = ["place", "name", "best"]
    behind = table_of(better[columns], "Runs that were the best so far", limit=30, folded=True)
    return Picture(
        f"incumbent-{i}", plot.draw(result, task), name, f"{name}: {said}", f"{said}.{cap}", behind
    )
