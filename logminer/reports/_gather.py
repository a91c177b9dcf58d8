"""From the store to what a report shows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from logminer.analyses.space import describe
from logminer.core.errors import NothingFoundError
from logminer.core.problem import Problem
from logminer.reports._context import Decision, Ingested, ReportContext
from logminer.workflows.backtest import backtest
from logminer.workflows.extrapolate import fans, objective_curves
from logminer.workflows.history import Mined, View, mine_history
from logminer.workflows.mine import zoomed
from logminer.workflows.suggest import suggest

if TYPE_CHECKING:
    from logminer.core.history import History
    from logminer.store import Store
    from logminer.transfer.zoom import Zoom


def gather(
    store: Store,
    view: View | None = None,
    *,
    task: str | None = None,
    n: int = 5,
    seed: int = 0,
    replay: bool = False,
) -> ReportContext:
    """Collect everything the report shows about one family of related tasks.

    Args:
        store: past runs.
        view: how the user wants the runs to be seen.
        task: the task to suggest configs for; with several tasks and none named, a new one like them.
        n: number of suggestions.
        seed: seed of the search.
        replay: whether to hold out each task and search it again, to see what the past is worth; takes
            seconds to minutes.
    """
    mined = mine_history(store, view, task=task)
    advice = suggest(store, view, task=task, n=n, seed=seed, mined=mined)
    narrowed = _zoomed(mined.history, task)
    return ReportContext(
        history=mined.history,
        ingested=_ingested(store),
        curves=objective_curves(store, mined),
        forecasts=fans(store, mined),
        suggestions=advice.suggestions,
        suggested_for=advice.task,
        zoomed=narrowed.space if narrowed else None,
        zoom_missed=narrowed.miss_rate if narrowed else None,
        backtest=backtest(mined.history) if replay else None,
        decisions=_decisions(mined),
        made=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
    )


def _zoomed(history: History, task: str | None) -> Zoom | None:
    """As ``logminer zoom`` narrows the space; None where no task has enough runs."""
    try:
        return zoomed(history, task)
    except NothingFoundError:
        return None


def _ingested(store: Store) -> Ingested:
    counts, formats, problems = store.read.counts(), store.read.formats(), store.read.problems()
    return Ingested(
        files=counts["files"],
        formats=dict(zip(formats["format"], formats["files"].astype(int), strict=True)),
        runs=counts["runs"],
        points=counts["points"],
        problems=[Problem(*row) for row in problems.itertuples(index=False, name=None)],
        database=str(store.path),
    )


def _decisions(mined: Mined) -> list[Decision]:
    by = ", ".join(mined.split.by) or "one task"
    decisions = [Decision("what tells tasks apart", by, mined.split.because, "--task-by NAME")]
    if mined.left_out:
        decisions.append(
            Decision(
                "tasks left out",
                ", ".join(mined.left_out),
                ("they record other hyperparameters, so they cannot teach these",),
                "--task NAME",
            )
        )
    for task, objective in mined.history.objectives.items():
        choice = f"{objective.metric}, {objective.mode}imised"
        decisions.append(
            Decision(f"objective of {task}", choice, objective.because, "--metric NAME --mode max")
        )
    for decision in mined.inferred.decisions:
        choice = describe(decision.parameter) if decision.parameter else "left out"
        decisions.append(Decision(decision.name, choice, (decision.because,), "--space space.yaml"))
    return decisions
