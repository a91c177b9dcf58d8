"""Where runs will end: a forecast for each, and what that means for those still running."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from logminer.core.errors import UsageError
from logminer.core.history import History
from logminer.curves.fitted import fitted
from logminer.curves.forecast import Forecast
from logminer.curves.model import CurveModel
from logminer.store import Store
from logminer.workflows.history import Mined
from logminer.workflows.stopping import past_curves

_MOST_PAST = 400  # curves to learn from: enough for a forecast, and quick
# Domhan et al. 2015: below this chance of beating the best, a run is not worth going on.
_HOPELESS = 0.05


@dataclass(frozen=True)
class Outlook:
    """Expected ends of runs.

    Attributes:
        forecast: one row a run, in its order; None where no run was asked about.
        table: ``task``, ``run`` (name), ``seen``, ``end`` (steps), ``last`` (value seen), ``expected``, ``low``,
            ``high`` (80 %), ``beats_best`` (probability), ``advice``; indexed by run id.
        losses: ``mean`` and ``std`` of the final objective as a loss, indexed by run id.
        basis: what the forecast rests on, in words.
    """

    forecast: Forecast | None
    table: pd.DataFrame
    losses: pd.DataFrame
    basis: str


NOTHING = Outlook(None, pd.DataFrame(), pd.DataFrame(columns=["mean", "std"]), "")


def fit_on_ended(
    store: Store, mined: Mined, open_runs: pd.Index
) -> tuple[CurveModel, pd.DataFrame]:
    """A model of the runs that have ended, and the curves of all.

    Asked again while no run has ended, it is the model of before, at once.

    Args:
        store: the store.
        mined: runs of related tasks.
        open_runs: ids of runs that have not ended.
    """
    curves = past_curves(store, mined)
    trials = mined.history.trials
    # Curves that grow on would make it another model at every look.
    going = open_runs.union(trials.index[trials["status"] == "running"])
    modes = {task: objective.mode for task, objective in mined.history.objectives.items()}
    return fitted(curves[~curves["run"].isin(going)], modes, most=_MOST_PAST), curves


def outlook(store: Store, mined: Mined, task: str, runs: pd.Index | None = None) -> Outlook:
    """Forecast the ends of some runs of a task from all related runs.

    Args:
        store: the store.
        mined: runs of related tasks.
        task: the task.
        runs: ids of runs; None for those that have not ended.

    Raises:
        UsageError: a run is of another task.
    """
    own = mined.history.of(task)
    unfinished = own.unfinished & own.losses.notna()
    asked = own.trials.index[unfinished] if runs is None else runs
    if not asked.isin(own.trials.index).all():
        raise UsageError(f"a run is not of task '{task}'", "logminer runs shows the task of each")
    if asked.empty:
        return NOTHING
    model, curves = fit_on_ended(store, mined, own.trials.index[unfinished].union(asked))
    # The task's other runs come along: they are the peers of those asked about.
    every = model.predict(curves[curves["task"] == task])
    forecast = every.take(np.flatnonzero(every.runs["run"].isin(asked)))
    ids = pd.Index(forecast.runs["run"], name="run")
    losses = pd.DataFrame({"mean": forecast.sign * forecast.mean, "std": forecast.std}, index=ids)
    basis = str(forecast.runs["basis"].mode().iloc[0]) if len(forecast) else ""
    return Outlook(forecast, _table(forecast, own, ids), losses, basis)


def objective_curves(store: Store, mined: Mined) -> pd.DataFrame:
    """Curves of the objectives of all tasks, under the names that count: the store's columns."""
    counts_as = {w: name for name, written in mined.names.items() for w in written}
    wanted = {objective.metric for objective in mined.history.objectives.values()}
    written = [w for name in sorted(wanted) for w in mined.names.get(name, (name,))]
    frame = store.read.curves(written, mined.history.trials.index)
    frame["metric"] = frame["metric"].map(lambda name: counts_as.get(name, name))
    return frame


def fans(store: Store, mined: Mined, points: int = 8) -> pd.DataFrame | None:
    """Where runs that were cut short would have gone: ``Forecast.to_frame`` at steps on the way; None without any.

    Args:
        store: the store.
        mined: runs of related tasks.
        points: steps a run.
    """
    history = mined.history
    unfinished = history.trials.index[history.unfinished & history.losses.notna()]
    if unfinished.empty:
        return None
    model, curves = fit_on_ended(store, mined, unfinished)
    return model.paths(curves[curves["run"].isin(unfinished)], points=points).to_frame()


def _table(forecast: Forecast, own: History, ids: pd.Index) -> pd.DataFrame:
    low, high = forecast.interval(0.8)
    losses = own.losses.drop(ids, errors="ignore").dropna()
    sign = own.objectives[own.tasks[0]].sign
    best = sign * float(losses.min()) if len(losses) else np.nan
    chance = forecast.prob_better(best) if len(losses) else np.full(len(ids), np.nan)
    open_ = forecast.runs["seen"].to_numpy() < forecast.runs["target"].to_numpy()
    diverged = forecast.runs["diverged"].to_numpy(dtype=bool)
    return pd.DataFrame(
        {
            "task": own.trials.loc[ids, "task"].to_numpy(),
            "run": own.trials.loc[ids, "name"].to_numpy(),
            "seen": forecast.runs["seen"].to_numpy().astype(int),
            "end": forecast.runs["target"].to_numpy().astype(int),
            "last": forecast.runs["last"].to_numpy(),
            "expected": forecast.mean,
            "low": low,
            "high": high,
            "beats_best": chance,
            "advice": [
                _advice(c, b, d, o)
                for c, b, d, o in zip(chance, [best] * len(ids), diverged, open_, strict=True)
            ],
        },
        index=ids,
    )


def _advice(chance: float, best: float, diverged: bool, is_open: bool) -> str:
    if diverged:
        return "stop: it diverged"
    if not is_open:
        return "ended"
    if np.isnan(chance):
        return "go on: nothing to compare with"
    if chance < _HOPELESS:
        return f"stop: unlikely to beat the best, {best:.4g}"
    return f"go on: {chance:.0%} to beat the best, {best:.4g}"
