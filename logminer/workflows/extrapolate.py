"""Where runs will end: a forecast for each, and what that means for those still running."""

import time
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.analyses.standing import cut_short, doing, gaps, last_signs
from logminer.core.errors import UsageError
from logminer.core.history import History
from logminer.curves.fitted import fitted, read_model
from logminer.curves.forecast import Forecast
from logminer.curves.model import CurveModel
from logminer.curves.peers import peers_of
from logminer.curves.prefixes import Prefixes
from logminer.curves.stopping_rule import DEFAULT, StoppingRule, stops
from logminer.curves.tidy import tidy
from logminer.store import Store
from logminer.workflows.history import Mined
from logminer.workflows.remembered import StoreShelf
from logminer.workflows.stopping import past_curves, stopping_rule

Floats = NDArray[np.float64]

_MOST_PAST = 400  # curves to learn from: enough for a forecast, and quick
# Domhan et al. 2015: below this chance of beating the best, a run is not worth going on.
_HOPELESS = 0.05
_LEAST_WIDTH = 1e-3  # of a result, as a share of it: what a run that goes on may still improve by
_WIDTH = 2.563  # of the central 80 % of a normal distribution, in standard deviations
_LEAST_JUDGED = 5  # finished runs of a task that tell whether forecasts pay there
_RANKED = (
    0.7  # rank correlation of forecasts with ends from which on they are believed, as for rungs
)
_WAY = 8  # steps between now and the end at which a best value is looked for
_FURTHER = 0.25  # share of its way that a run without a plan is taken to go on


@dataclass(frozen=True)
class Outlook:
    """Expected ends of runs.

    Attributes:
        forecast: one row a run, in its order; None where no run was asked about.
        table: ``task``, ``run`` (name), ``state``, ``seen``, ``end`` (steps), ``planned`` (NaN if unknown), ``last``
            (value seen), ``expected`` (result, by the summary that counts), ``low``, ``high`` (80 %), ``beats_best``
            (probability to end better than the best of all, 1 where it is reached), ``advice``; indexed by run id.
        losses: the result as a loss, indexed by run id: ``median``, ``std`` (by the width of the 80 % interval) and
            ``pays`` (whether such forecasts were worth it on the finished runs of the task).
        basis: what the forecast rests on, in words.
        rule: what runs are stopped by.
    """

    forecast: Forecast | None
    table: pd.DataFrame
    losses: pd.DataFrame
    basis: str
    rule: StoppingRule = DEFAULT


NOTHING = Outlook(None, pd.DataFrame(), pd.DataFrame(columns=["median", "std", "pays"]), "")


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
    ended, shelf = curves[~curves["run"].isin(going)], StoreShelf(store, "curve model")
    base = read_model(mined.curves)
    return fitted(ended, modes, most=_MOST_PAST, base=base, shelf=shelf), curves


def outlook(
    store: Store,
    mined: Mined,
    task: str,
    runs: pd.Index | None = None,
    *,
    judged: bool = False,
) -> Outlook:
    """Forecast the results of some runs of a task from all related runs, by the summary in force.

    A run that has ended, by its plan or its own rule, gets no forecast: its result is its result.

    Args:
        store: the store.
        mined: runs of related tasks.
        task: the task.
        runs: ids of runs; None for those that have not ended.
        judged: whether to say if such forecasts pay.

    Raises:
        UsageError: a run is of another task.
    """
    own = mined.history.of(task)
    unfinished = mined.history.unfinished & mined.history.losses.notna()
    asked = own.trials.index[unfinished[own.trials.index]] if runs is None else runs
    if not asked.isin(own.trials.index).all():
        raise UsageError(f"a run is not of task '{task}'", "logminer runs shows the task of each")
    if asked.empty:
        return NOTHING
    # Of all tasks, so that it is one fit for all of them.
    model, curves = fit_on_ended(store, mined, unfinished.index[unfinished].union(asked))
    own_curves = _with_room(curves[curves["task"] == task], own)
    # The task's other runs come along: they are the peers of those asked about.
    every = model.predict(own_curves)
    forecast = every.take(np.flatnonzero(every.runs["run"].isin(asked)))
    ids = pd.Index(forecast.runs["run"], name="run")
    way = model.paths(own_curves[own_curves["run"].isin(ids)], points=_WAY)
    forecast = _of_result(forecast, way, own, ids)
    low, high = forecast.interval(0.8)
    median, std = forecast.sign * forecast.quantile(0.5), np.abs(high - low) / _WIDTH
    losses = pd.DataFrame({"median": median, "std": std, "pays": False}, index=ids)
    if judged:
        losses["pays"] = _pays(model, own_curves, own, forecast)
    basis = str(forecast.runs["basis"].mode().iloc[0]) if len(forecast) else ""
    rule = stopping_rule(store)
    stop = _stops(rule, own_curves, own, forecast)
    table = _said_of_silence(store, own, _table(forecast, own, ids, stop))
    return Outlook(forecast, table, losses, basis, rule)


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


def _with_room(curves: pd.DataFrame, own: History) -> pd.DataFrame:
    """Curves in which no run that may go on is at its end already.

    Of one without a plan that came as far as its peers usually do, the end is unknown: it is taken to go on to the
    longest of them, or a quarter further than it is.
    """
    steps, going = own.trials["steps"], own.unfinished
    ended = steps[~going] if (~going).any() else steps
    beyond = going & own.trials["planned"].isna() & (steps >= ended.median())
    ends = (steps + (steps * _FURTHER).clip(lower=1)).where(steps >= ended.max(), ended.max())
    ends = own.trials["planned"].where(~beyond, ends)
    return curves.assign(horizon=curves["run"].map(ends))


def _of_result(forecast: Forecast, way: Forecast, own: History, ids: pd.Index) -> Forecast:
    """Forecasts of last values turned to forecasts of results: of the summary that counts.

    Args:
        forecast: of the last values, one row a run.
        way: the same runs at ``_WAY`` steps on the way, each.
        own: the runs of the task.
        ids: the runs asked about.
    """
    objective = own.objectives[own.tasks[0]]
    known = own.losses[ids].to_numpy(dtype=np.float64)[:, None]
    going = own.unfinished[ids].to_numpy()[:, None] & ~np.isnan(forecast.losses)
    # A run that does well early does well later: the same quantile holds all the way.
    reached = way.losses.reshape(len(ids), _WAY, -1)
    if objective.summary == "last":
        found = forecast.losses
    elif objective.summary == "first":
        found = np.broadcast_to(known, forecast.losses.shape)
    elif objective.summary in ("best", objective.mode):
        found = np.fmin(np.minimum(reached.min(axis=1), forecast.losses), known)
    else:
        found = np.fmax(np.maximum(reached.max(axis=1), forecast.losses), known)
    losses = np.where(going | np.isnan(known), found, known)
    runs = forecast.runs.assign(
        basis=np.where(going[:, 0], forecast.runs["basis"].to_numpy(), "seen")
    )
    return replace(forecast, runs=runs, losses=losses)


def _pays(
    model: CurveModel, curves: pd.DataFrame, own: History, forecast: Forecast
) -> NDArray[np.bool_]:
    """For each forecast, whether such ones ranked the task's finished runs as they ended, and better than no forecast.

    Ended runs are asked about at the share at which each run stands, in tenths.
    """
    done = own.trials.index[~own.unfinished & own.losses.notna()]
    way = np.maximum(forecast.runs["target"].to_numpy(dtype=np.float64), 1e-300)
    share = np.clip(np.round(forecast.runs["seen"].to_numpy(dtype=np.float64) / way, 1), 0.1, 0.9)
    ended = curves[curves["run"].isin(done)]
    past = model.hindsight(ended.assign(horizon=np.nan), np.unique(share).tolist())
    good = {
        at: len(rows) >= _LEAST_JUDGED
        and rows["median"].corr(rows["final"], method="spearman") >= _RANKED
        and (rows["median"] - rows["final"]).abs().mean()
        <= (rows["last"] - rows["final"]).abs().mean()
        for at, rows in past.groupby("share")
    }
    return np.array([bool(good.get(at, False)) for at in share])


def _interval(forecast: Forecast, going: NDArray[np.bool_], sign: float) -> tuple[Floats, Floats]:
    """80 % intervals of results; that of a run that goes on is no point: its next value may set a new record."""
    low, high = forecast.interval(0.8)
    least = _LEAST_WIDTH * np.maximum(np.abs(low), 1e-12) * (going & (low == high))
    return (low - least, high) if sign > 0 else (low, high + least)


def _stops(
    rule: StoppingRule, curves: pd.DataFrame, own: History, forecast: Forecast
) -> NDArray[np.bool_]:
    """Which of the runs asked about the rule stops, beside all runs of their task."""
    clean = tidy(curves)
    peers = peers_of(Prefixes(clean), np.fmax(clean.horizon, clean.end))
    place = {run: k for k, run in enumerate(clean.run[np.diff(clean.start) > 0])}
    going = own.unfinished[forecast.runs["run"]].to_numpy()
    asked = np.flatnonzero(going & forecast.runs["run"].isin(place).to_numpy())
    ids = forecast.runs["run"].to_numpy()[asked]
    # Of those that go on too but were not asked about nothing is known but what they did so far.
    others = [run for run in place if run not in set(ids)]
    values = peers.values[[place[run] for run in [*ids, *others]]]
    final = own.losses.where(~own.unfinished).reindex(others).to_numpy(dtype=np.float64)
    target = forecast.runs["target"].to_numpy(dtype=np.float64)[asked]
    share = forecast.runs["seen"].to_numpy(dtype=np.float64)[asked] / np.maximum(target, 1e-300)
    stop = np.zeros(len(forecast), dtype=bool)
    stop[asked] = stops(rule, values, share, final, forecast.take(asked))
    return stop


def _table(
    forecast: Forecast, own: History, ids: pd.Index, stop: NDArray[np.bool_]
) -> pd.DataFrame:
    objective, going = own.objectives[own.tasks[0]], own.unfinished[ids].to_numpy()
    low, high = _interval(forecast, going, objective.sign)
    facts, so_far = own.trials.loc[ids], own.losses[ids].to_numpy(dtype=np.float64)
    least = float(own.losses.min())
    chance = forecast.prob_better(objective.sign * least) if np.isfinite(least) else so_far * np.nan
    chance = np.where(so_far <= least, 1.0, chance)
    lone = own.losses.notna().sum() <= own.losses[ids].notna().sum() == 1
    gains = forecast.prob_better(objective.sign * so_far)
    diverged = forecast.runs["diverged"].to_numpy(dtype=bool)
    behind = (facts["best_step"] < facts["steps"]).to_numpy() & (gains < _HOPELESS)
    behind &= objective.summary in ("best", objective.mode)
    advice = []
    for i, (state, step) in enumerate(zip(facts["state"], facts["best_step"], strict=True)):
        if diverged[i]:
            advice.append("stop: it diverged")
        elif not going[i]:
            advice.append(state if state not in ("unknown", "finished") else "ended")
        elif behind[i]:
            advice.append(f"has its best behind it: stop, keep step {step:.0f}")
        elif lone:
            advice.append("go on: nothing to compare with")
        elif so_far[i] <= least:
            advice.append(f"go on: the best so far, {gains[i]:.0%} to improve")
        else:
            advice.append(_advice(chance[i], objective.sign * least, stop=bool(stop[i])))
    return pd.DataFrame(
        {
            "task": facts["task"].to_numpy(),
            "run": facts["name"].to_numpy(),
            "state": facts["state"].to_numpy(),
            "seen": forecast.runs["seen"].to_numpy().astype(int),
            "end": np.where(going, forecast.runs["target"], forecast.runs["seen"]).astype(int),
            "planned": facts["planned"].to_numpy(),
            "last": forecast.runs["last"].to_numpy(),
            "expected": forecast.mean,
            "low": low,
            "high": high,
            "beats_best": np.where(lone, np.nan, chance),
            "advice": advice,
        },
        index=ids,
    )


def _said_of_silence(store: Store, own: History, table: pd.DataFrame) -> pd.DataFrame:
    """The table with what open runs are doing now, and of those that fell silent that they did."""
    now, ends = time.time(), store.tail.ends(own.trials.index)
    silent = now - last_signs(ends, store.tail.sources(), now)
    gap, short = gaps(ends), cut_short(own.trials["steps"].fillna(0.0), own.trials["task"])
    table = table.copy()
    for run in table.index[table["state"].isin(["running", "unknown"])]:
        found = doing(
            str(table.loc[run, "state"]),
            float(silent.get(run, np.nan)),
            float(gap.get(run, np.nan)),
            cut_short=bool(short[run]),
        )
        table.loc[run, "state"] = found.state
        if found.reason:
            table.loc[run, "advice"] = f"{table.loc[run, 'advice']}; silent: {found.reason}"
    return table


def _advice(chance: float, best: float, *, stop: bool) -> str:
    if stop:
        return f"stop: {chance:.0%} to beat the best, {best:.4g}"
    return f"go on: {chance:.0%} to beat the best, {best:.4g}"
