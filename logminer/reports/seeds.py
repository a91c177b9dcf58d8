"""Seeds and noise: how far a single result can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logminer.core.words import counted
from logminer.plots import seeds as plot
from logminer.plots.style import number, plain
from logminer.reports._blocks import Picture, Row, Section, table_of

if TYPE_CHECKING:
    from logminer.reports._context import ReportContext

PLACE = 95
_TASKS = 6
_REPEATED = 3  # fewer make no picture


def section(context: ReportContext) -> Section | None:
    """Draw the repeats of each task that has some."""
    known = context.seeds.tasks[context.seeds.tasks["noise"].notna()]
    if known.empty:
        return None
    enough = known.loc[known["repeated"] >= _REPEATED, "task"]
    pictures = tuple(_picture(context, i, str(t)) for i, t in enumerate(enough.head(_TASKS)))
    lead = f"{counted(len(known), 'task')} with repeated configs tell how much luck is in a single result."
    if pictures:
        lead += " Each line joins the repeats of one config; the shaded band is the noise around the best mean."
    if len(enough) > _TASKS:
        lead += f" {_TASKS} of {counted(len(enough), 'task')} drawn."
    names = {"noise_share": "noise / spread", "rivals": "not told from the best"}
    behind = table_of(context.seeds.tasks.rename(columns=names), "Noise by task", limit=100)
    blocks = (Row(pictures), behind) if pictures else (behind,)
    return Section("Seeds and noise", lead, blocks)


def _picture(context: ReportContext, i: int, task: str) -> Picture:
    row = context.seeds.of(task)
    said = (
        f"Noise {number(row['noise'], 2)}, from {counted(int(row['repeated']), 'repeated config')}"
    )
    cap = f"; the best {plot.CONFIGS} drawn" if row["repeated"] > plot.CONFIGS else ""
    figure = plot.draw(context.seeds, task, context.history.objectives[task])
    return Picture(
        f"seeds-{i}", figure, plain(task, 60), f"{plain(task, 60)}: {said}", f"{said}{cap}."
    )
