"""Where the budget went, and what early stopping would have saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logminer.analyses import budget
from logminer.core.words import counted
from logminer.plots import budget as plot
from logminer.reports._blocks import Picture, Section, Text, table_of

if TYPE_CHECKING:
    import pandas as pd

    from logminer.reports._context import ReportContext

PLACE = 97


def section(context: ReportContext) -> Section:
    """Draw the shares of each task's budget."""
    result = budget.analyse(context.history, context.curves)
    tasks = result.tasks
    wasted = tasks[list(budget.PARTS[2:])].sum(axis=1).mean()
    lead = f"{wasted:.0%} of the time went to runs of the worse half, or to runs that diverged or failed."
    shown = f" {plot.SHOWN} of {len(tasks)} tasks drawn." if len(tasks) > plot.SHOWN else ""
    picture = Picture(
        "budget",
        plot.draw(result),
        "",
        f"Stacked bars of {counted(len(tasks), 'task')}; {wasted:.0%} on average went to the worse half or was lost",
        f"Share of each task's {_unit(tasks)}, by how the config ended up.{shown}",
        table_of(tasks, "Budget by task", limit=100, folded=True),
        wide=True,
    )
    return Section("Where the budget went", lead, (picture, *_stopping(tasks)))


def _unit(tasks: pd.DataFrame) -> str:
    units = tasks["unit"].unique()
    return str(units[0]) if len(units) == 1 else "budget"


def _stopping(tasks: pd.DataFrame) -> tuple[Text, ...]:
    tried = tasks[tasks["saved"].notna()]
    if tried.empty:
        return ()
    lost, stopped = int(tried["lost"].sum()), int(tried["stopped"].sum())
    price = (
        f"at the price of {lost} of {counted(int(tried['winners'].sum()), 'top performer')}"
        if lost
        else "without losing a top performer"
    )
    text = (
        f"Stopping every run whose best value falls behind the median at the same step would have saved"
        f" {tried['saved'].mean():.0%} of the budget: {counted(stopped, 'run')} stopped early, {price}."
    )
    return (Text((text,)),)
