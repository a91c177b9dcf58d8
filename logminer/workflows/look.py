"""Looking at what is there: runs, one run, parameters, metrics, tasks, as DataFrames."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from logminer.analyses.correlation import order
from logminer.analyses.roles import with_results
from logminer.core.vocabulary import describe
from logminer.store import Store
from logminer.workflows.history import Mined, View, mine_history, no_such_task
from logminer.workflows.roles import read_recorded

# What names say of curves that are no measurements.
_NOT_MEASURED = ("axis", "time", "budget", "hyperparameter", "repeat")
_FIXED = ["id", "run", "task", "value", "steps", "planned", "status"]


def runs(
    store: Store,
    view: View | None = None,
    *,
    task: str | None = None,
    only_varying: bool = False,
) -> pd.DataFrame:
    """One row a run, its facts before its parameters.

    Args:
        store: the store.
        view: how tasks and objectives are chosen.
        task: the runs of this task only.
        only_varying: leave out parameters that are the same in all these runs.

    Returns:
        ``id``, ``run``, ``task``, ``value``, ``steps``, ``planned`` (last step), ``status`` (where it stands, see
        ``analyses.standing``), then its parameters. One that has the name of a fact, such as ``steps``, becomes
        ``config.steps``.

    Raises:
        UsageError: no task has that name.
    """
    mined = mine_history(store, view, everything=True)
    history = mined.history
    if task is not None and task not in history.tasks:
        raise no_such_task(task, history.tasks)
    trials = (history.of(task) if task is not None else history).trials
    trials = trials.assign(status=trials["state"], planned=trials["planned"].astype("Int64"))
    frame = trials.rename(columns={"name": "run"}).rename_axis("id").reset_index()
    wide = mined.settings.reindex(trials.index)
    wide = wide.astype(object).where(wide.notna(), None)
    if only_varying:
        wide = wide[[name for name in wide.columns if wide[name].map(repr).nunique() > 1]]
    wide = wide.rename(columns={name: f"config.{name}" for name in _FIXED})
    return pd.concat([frame[_FIXED].set_index("id"), wide], axis=1).rename_axis("id").reset_index()


def columns(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """How a table of runs is laid out where not all of it has room.

    Args:
        frame: as from ``runs``.

    Returns:
        The columns as they stand side by side, the parameters that go with the value first; and the same in the order
        in which they are given room.
    """
    told = [name for name in frame.columns if name not in _FIXED]
    telling = order(frame[told], frame["value"], frame["task"])
    task = ["task"] if frame["task"].nunique() > 1 else []
    # Where every run is over, plans tell nothing more.
    going = ~frame["status"].isin(["finished", "stopped early"]) & frame["planned"].notna()
    plan = ["planned"] if going.any() else []
    room = ["run", "value", *telling[:2], *task, *telling[2:4], *plan, "status", *telling[4:]]
    fixed = [name for name in _FIXED if name != "planned" or frame["planned"].notna().any()]
    return [*fixed, *telling], [*room, *(name for name in fixed if name not in room)]


@dataclass(frozen=True)
class RunView:
    """One run.

    Attributes:
        facts: name, status, times, command, host, commit, tags, where it lives.
        params: ``name``, ``value``, ``kind``.
        metrics: ``metric``, ``points``, ``first``, ``last``, ``min``, ``max``, ``last_step``.
        sources: ``path``, ``format``, ``points``.
    """

    facts: dict[str, object]
    params: pd.DataFrame
    metrics: pd.DataFrame
    sources: pd.DataFrame


def show(store: Store, name: str, view: View | None = None) -> RunView:
    """Everything stored of the run with this name, id or path.

    Args:
        store: the store.
        name: name, id or path of the run.
        view: how the user wants the runs to be seen.

    Raises:
        NothingFoundError: no run fits.
        UsageError: several do.
    """
    run = store.read.find_run(name)
    row = store.read.runs().loc[run]
    facts = {"id": run, **{str(name): value for name, value in row.items()}}
    facts |= _standing(store, view, run)
    recorded = read_recorded(store, view)
    params = recorded.params[recorded.params["run"] == run][["name", "value", "kind"]]
    metrics = with_results(store.tail.ends([run]), recorded.results)
    shown = ["metric", "points", "first", "last", "min", "max", "last_step"]
    metrics = metrics[metrics["run"] == run][shown].sort_values("metric").reset_index(drop=True)
    return RunView(facts, params.reset_index(drop=True), metrics, store.read.run_sources(run))


def _standing(store: Store, view: View | None, run: int) -> dict[str, object]:
    """Where a run stands beside the others of its task; empty for one without an objective."""
    trials = mine_history(store, view, everything=True).history.trials
    if run not in trials.index:
        return {}
    state, because, planned = trials.loc[run, ["state", "because", "planned"]]
    found: dict[str, object] = {"status": state}
    if because:
        found["because"] = because
    return {**found, "planned": f"step {planned:,.0f}"} if pd.notna(planned) else found


def metrics(store: Store, view: View | None = None, *, everything: bool = False) -> pd.DataFrame:
    """Metrics over all runs: ``metric``, ``runs``, ``points``, ``min``, ``max``, ``not_finite``.

    Args:
        store: the store.
        view: how the user wants the runs to be seen.
        everything: also what was logged beside and measures nothing: counters, times, schedules of settings.

    Results that are written once beside a run are among them.
    """
    curves, results = store.read.metrics(), read_recorded(store, view).results
    table = _with_results(store, curves, results) if len(results) else curves
    if everything:
        return table
    vocabulary = view.vocabulary if view else None
    kinds = table["metric"].map(lambda name: describe(name, vocabulary).kind)
    return table[~kinds.isin(_NOT_MEASURED)].reset_index(drop=True)


def _with_results(store: Store, curves: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """The table of metrics with results that are written once beside a run."""
    logged = store.read.run_metrics()
    new = with_results(logged, results).iloc[len(logged) :]
    by_metric = new.assign(bad=~np.isfinite(new["end"])).groupby("metric", as_index=False)
    once = by_metric.agg(
        runs=("run", "nunique"), points=("run", "size"), min=("min", "min"), max=("max", "max"), not_finite=("bad", "sum")
    )  # fmt: skip
    both = pd.concat([curves, once]).groupby("metric", as_index=False)
    table = both.agg(
        {"runs": "sum", "points": "sum", "min": "min", "max": "max", "not_finite": "sum"}
    )
    return table.sort_values(["runs", "metric"], ascending=[False, True], ignore_index=True)


def params(store: Store, view: View | None = None, *, only_varying: bool = False) -> pd.DataFrame:
    """One row a recorded name: ``name``, ``kind``, ``runs``, ``values`` (distinct), ``examples``."""
    frame = read_recorded(store, view).params
    frame = frame.assign(text=frame["value"].map(str))
    grouped = frame.groupby(["name", "kind"], sort=False)
    table = grouped.agg(
        runs=("run", "nunique"), values=("text", "nunique"), examples=("text", _examples)
    )
    table = table.reset_index().sort_values(
        ["kind", "runs", "name"], ascending=[False, False, True]
    )
    order = {"param": 0, "path": 1, "level": 2, "meta": 3}
    table = table.sort_values("kind", key=lambda kinds: kinds.map(order), kind="stable")
    if only_varying:
        table = table[table["values"] > 1]
    return table.reset_index(drop=True)


def _examples(texts: pd.Series) -> str:
    common = texts.value_counts().index[:3].tolist()
    return ", ".join(text if len(text) <= 24 else text[:23] + "…" for text in common)


_TASK_COLUMNS = [
    "task", "family", "runs", "configs", "objective", "mode", "best", "best_run", "because",
]  # fmt: skip


def tasks(mined: Mined) -> pd.DataFrame:
    """One row a task: ``task``, ``family`` (number; tasks of one search the same things), ``runs``, ``configs``, ``objective``, ``mode``, ``best``, ``best_run``, ``because``."""
    history = mined.history
    family = {task: i for i, group in enumerate(mined.families, start=1) for task in group}
    rows = []
    for task in sorted(history.tasks, key=lambda t: (family[t], t)):
        own = history.of(task)
        losses = own.losses.dropna()
        best: Any = losses.idxmin() if len(losses) else None
        objective = history.objectives[task]
        rows.append(
            {
                "task": task,
                "family": family[task],
                "runs": len(own),
                "configs": int(own.config_ids.nunique()),
                "objective": objective.metric,
                "mode": objective.mode,
                "best": own.trials.loc[best, "value"] if best is not None else float("nan"),
                "best_run": own.trials.loc[best, "name"] if best is not None else "",
                "because": "; ".join(objective.because),
            }
        )
    return pd.DataFrame(rows, columns=_TASK_COLUMNS)  # which hold where nothing was measured too
