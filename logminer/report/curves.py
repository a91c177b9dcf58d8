"""Learning curves of the best runs, against the median and those that were stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logminer.analyses import curves_view
from logminer.plots import curves_view as plot
from logminer.plots.style import number, plain
from logminer.report._blocks import Picture, Row, Section, table_of

if TYPE_CHECKING:
    from logminer.analyses.curves_view import CurvesView
    from logminer.report._context import ReportContext

PLACE = 70
_TASKS = 8


def section(context: ReportContext) -> Section | None:
    """Draw the chosen curves of each task."""
    if context.curves is None:
        return None
    tasks = context.history.tasks
    chosen = {t: curves_view.analyse(context.history, context.curves, t) for t in tasks[:_TASKS]}
    pictures = tuple(
        _picture(i, task, view) for i, (task, view) in enumerate(chosen.items()) if len(view.points)
    )
    if not pictures:
        return None
    lead = "How the best runs got there: in colour the best, in black the median run, dashed those that were stopped or diverged."
    if len(tasks) > _TASKS:
        lead += f" {_TASKS} of {len(tasks)} tasks drawn."
    return Section("Learning curves", lead, (Row(pictures),))


def _picture(i: int, task: str, view: CurvesView) -> Picture:
    best = view.runs.iloc[0]
    metric = plain(view.objective.metric, 60)
    caption = f"{len(view.runs):,} of {view.total:,} curves drawn"
    caption += ", long ones thinned to the extremes of each stretch." if view.thinned else "."
    columns = ["name", "role", "value", "last"]
    return Picture(
        f"curves-{i}",
        plot.draw(view),
        plain(task, 60),
        f"{metric} over steps on {plain(task, 60)}; best run {plain(best['name'], 80)} reaches {number(best['value'])}",
        caption,
        table_of(
            view.runs[columns].rename(columns={"last": "last step"}),
            "The runs drawn",
            limit=20,
            folded=True,
        ),
    )
