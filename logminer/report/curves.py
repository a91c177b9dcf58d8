"""Learning curves of the best runs, against the median and those that were stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logminer.analyses import curves_view
from logminer.plots import curves_view as plot
from logminer.plots.style import number, plain, short_names
from logminer.report._blocks import Picture, Row, Section, listing, table_of

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
    history, curves, forecasts = context.history, context.curves, context.forecasts
    views = [curves_view.analyse(history, curves, t, forecasts=forecasts) for t in tasks[:_TASKS]]
    drawn = [(task, view) for task, view in zip(tasks, views, strict=False) if len(view.points)]
    if not drawn:
        return None
    pictures = tuple(_picture(i, task, view) for i, (task, view) in enumerate(drawn))
    lead = "How the best runs got there: in colour the best, in black the median run, dashed those that were stopped or diverged."
    if any(len(view.fans) for view in views):
        lead += (
            " Fans show where the most promising of these would have gone, with 8 in 10 chances."
        )
    if len(tasks) > _TASKS:
        lead += f" {_TASKS} of {len(tasks)} tasks drawn."
    return Section("Learning curves", lead, (Row(pictures),))


def _picture(i: int, task: str, view: CurvesView) -> Picture:
    best = view.runs.iloc[0]
    metric = plain(view.objective.metric, 60)
    caption = f"{len(view.runs):,} of {view.total:,} curves drawn"
    caption += ", long ones thinned to the extremes of each stretch." if view.thinned else "."
    caption += _promise(view)
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


def _promise(view: CurvesView) -> str:
    """Which stopped runs might still have beaten the best."""
    sign, best = view.objective.sign, view.runs["value"].iloc[0]
    ends = view.fans.groupby("run").last()
    better = ends["low" if sign > 0 else "high"] * sign < best * sign
    names = view.runs.set_index("run")["name"].reindex(ends.index[better]).tolist()
    return (
        f" Stopped, but might still have beaten the best: {listing(short_names(names, 40))}."
        if names
        else ""
    )
