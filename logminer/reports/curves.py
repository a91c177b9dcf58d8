"""Learning curves of the best runs, against the median and those that were stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logminer.analyses import curves_view
from logminer.plots import curves_view as plot
from logminer.plots.style import number, plain, short_names
from logminer.reports._blocks import Picture, Row, Section, listing, table_of

if TYPE_CHECKING:
    import pandas as pd

    from logminer.analyses.curves_view import CurvesView
    from logminer.reports._context import ReportContext

PLACE = 70
_TASKS = 6
_FAIR = 0.25


def section(context: ReportContext) -> Section | None:
    """Draw the chosen curves of each task."""
    if context.curves is None:
        return None
    tasks = context.history.tasks
    history, curves, forecasts = context.history, context.curves, context.forecasts
    views = [curves_view.analyse(history, curves, t, forecasts=forecasts) for t in tasks[:_TASKS]]
    drawn = [(task, view) for task, view in zip(tasks, views, strict=False) if _has_lines(view)]
    if not drawn:
        return None
    pictures = tuple(_picture(i, task, view) for i, (task, view) in enumerate(drawn))
    lead = (
        "Coloured lines are the best runs, the thick plain one is the median, dashed ones were stopped or"
        " diverged. Values beyond the axis lie on its edge."
    )
    if any(len(view.fans) for view in views):
        lead += (
            " Fans show where the most promising of the stopped would have gone, in 8 of 10 cases."
        )
    if len(drawn) < len(tasks):
        lead += f" {len(drawn)} of {len(tasks)} tasks drawn."
    return Section("Learning curves", lead, (Row(pictures),))


def _has_lines(view: CurvesView) -> bool:
    """Whether some run has more than its final result, of which no line can be drawn."""
    return bool(view.points["run"].duplicated().any())


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
    """Which stopped runs had a fair chance of beating the best."""
    best = view.runs["value"].iloc[0]
    ends = view.fans.groupby("run").last()
    chances = {run: _chance(end, best, view.objective.sign) for run, end in ends.iterrows()}
    fair = [run for run, chance in chances.items() if chance >= _FAIR]
    if not fair:
        return ""
    names = short_names(view.runs.set_index("run")["name"].reindex(fair).tolist(), 40)
    told = [f"{name} ({chances[run]:.0%})" for name, run in zip(names, fair, strict=True)]
    return f" Stopped, with a chance of having beaten the best: {listing(told)}."


def _chance(end: pd.Series, best: float, sign: float) -> float:
    """Probability of a lower loss than the best, between the known levels of 10, 50 and 90 %."""
    losses = np.sort(sign * end[["low", "median", "high"]].to_numpy(dtype=float))
    return float(np.interp(sign * best, losses, [0.1, 0.5, 0.9], left=0.0, right=1.0))
