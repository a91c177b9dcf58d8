"""Where a run stands: how far it was to go, and whether it is running, has ended by itself, or was cut short.

What a log declares goes before what is inferred. The plan of a run is a budget among its parameters, in the unit of
its curve: a number that it counts up to (``max_steps`` 1000 over steps 10, 20, …), or one of which its last step is
the same multiple in nine of ten runs (``epochs`` over steps). Patience, the evaluations without a new best after which
a run stops itself, is recorded, or seen where several runs end at different steps as far behind their best.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from logminer.core.history import came_less_far
from logminer.core.vocabulary import describe
from logminer.core.words import span

STATES = (
    "running", "finished", "stopped early", "pruned", "infeasible", "failed", "preempted", "unknown",
)  # fmt: skip
_PLANS = {"epochs": 1, "max_steps": 0, "total_timesteps": 0, "n_estimators": 0, "num_episodes": 0}
"""Names of plans, with whether they count passes over the data: where two fit, curves of unit steps count passes."""
_PATIENCE = ("patience", "early_stopping_patience", "early_stopping_rounds", "es_patience")
_MOST_AGREE = 0.9
_FEW = 4  # runs from which a habit of a task is inferred
_LEAST_PATIENCE = 2
_ENDED = ("finished", "failed", "preempted")
_SILENT_AT_LEAST = 120.0
_SILENT_GAPS = 10.0
_OLD = 86_400.0


def standings(trials: pd.DataFrame, params: pd.DataFrame) -> pd.DataFrame:
    """The state and plan of each run.

    Args:
        trials: indexed by run id: ``task``, ``status``, ``reason`` (as the log says), and of the objective's curve
            ``points``, ``first_step``, ``steps`` (its last) and ``best_step``, NaN without a curve.
        params: long frame ``run``, ``name``, ``value``.

    Returns:
        Same index: ``state`` (one of ``STATES``), ``because`` (why, where the log does not say it) and ``planned``
        (last step as planned, NaN if unknown).
    """
    known = params[params["run"].isin(trials.index)]
    planned, named = _planned(trials, known)
    behind = ((trials["steps"] - trials["best_step"]) / _spacing(trials)).round()
    state, because = trials["status"].astype(object).copy(), pd.Series("", index=trials.index)
    early = trials["reason"].fillna("").str.lower().str.contains("stopped early|early stop")
    state[early & state.isin(["finished", "unknown"])] = "stopped early"
    open_ = state.eq("unknown")
    # No further point fits between the last one and the plan.
    reached = planned.notna() & (trials["steps"] + _spacing(trials) > planned)
    state[open_ & reached] = "finished"
    because[open_ & reached] = "came to its " + named[open_ & reached]
    short = open_ & ~reached & (trials["points"] > _LEAST_PATIENCE)
    declared = _declared_patience(known, trials.index)
    waited = short & (behind >= declared)
    state[waited] = "stopped early"
    because[waited] = "patience " + declared[waited].astype(int).astype(str) + " reached"
    for _, own in trials[short & declared.isna()].groupby("task"):
        habit = _habit(behind[own.index], own["steps"])
        alike = own.index[behind[own.index] == habit]
        state[alike] = "stopped early"
        because[alike] = f"inferred: {len(alike)} runs end {habit:g} evaluations behind their best"
    return pd.DataFrame({"state": state, "because": because, "planned": planned})


def _spacing(trials: pd.DataFrame) -> pd.Series:
    """Usual steps between points of each curve; 1 for a single point."""
    gap = (trials["steps"] - trials["first_step"]) / (trials["points"] - 1).clip(lower=1)
    return gap.where(gap > 0, 1.0)


def _planned(trials: pd.DataFrame, params: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The last step as planned, and the parameter that says so."""
    planned = pd.Series(np.nan, trials.index)
    named = pd.Series("", trials.index, dtype=object)
    columns = _budgets(params, trials.index)
    for _, own in trials.groupby("task"):
        unit = bool(_spacing(own).median() <= 1)
        for name in sorted(columns, key=lambda n: (_PLANS[describe(n).canonical] != unit, n)):
            ends = _ends(own, columns[name].reindex(own.index))
            fresh = own.index[planned[own.index].isna() & ends.notna()]
            planned[fresh], named[fresh] = ends[fresh], name
    return planned, named


def _budgets(params: pd.DataFrame, runs: pd.Index) -> dict[str, pd.Series]:
    """Values of the parameters that plan a length, by name."""
    names = [n for n in params["name"].unique() if describe(str(n)).canonical in _PLANS]
    found = {}
    for name in names:
        rows = params[params["name"] == name].drop_duplicates("run").set_index("run")["value"]
        numbers = pd.to_numeric(rows, errors="coerce").reindex(runs)
        found[str(name)] = numbers.where((numbers > 1) & (numbers % 1 == 0))
    return {name: values for name, values in found.items() if values.notna().any()}


def _ends(own: pd.DataFrame, plan: pd.Series) -> pd.Series:
    """Planned last steps of one task's runs where the plan is in the unit of their curves, else NaN."""
    spacing, steps = _spacing(own), own["steps"].where(own["points"] > 1)
    told = plan.notna() & steps.notna()
    nothing = pd.Series(np.nan, own.index)
    if not told.any():
        return nothing
    if (steps <= plan)[told].all():
        # Counted from 0, the last of N is N - 1.
        from_zero = (own["first_step"] == 0) & (not bool((steps == plan)[told].any()))
        return (plan - np.where(from_zero, spacing.clip(upper=1), 0.0)).where(plan.notna())
    ratio = (steps / plan)[told]
    usual = float(ratio.median())
    agrees = (ratio - usual).abs() <= spacing[told] / plan[told]
    if told.sum() >= _FEW and agrees.mean() >= _MOST_AGREE:
        return (plan * usual).where(plan * usual >= steps)
    return nothing


def _declared_patience(params: pd.DataFrame, runs: pd.Index) -> pd.Series:
    """Evaluations without a new best that each run is recorded to wait for; NaN where nothing says."""
    last = params["name"].astype(str).str.lower().str.replace("/", ".").str.split(".").str[-1]
    parents = params["name"].astype(str).str.lower()
    wanted = last.isin(_PATIENCE) & ~parents.str.contains("lr|sched|plateau")
    rows = params[wanted].drop_duplicates("run").set_index("run")["value"]
    numbers = pd.to_numeric(rows, errors="coerce").reindex(runs)
    return numbers.where(numbers >= 1)


def _habit(behind: pd.Series, steps: pd.Series) -> float:
    """Evaluations behind their best at which runs of a task end by their own rule; NaN where they have none.

    Nine of ten runs must end so far behind, at several steps: a constant that chance does not give.
    """
    usual = behind[behind >= _LEAST_PATIENCE].mode()
    if usual.empty:
        return np.nan
    alike = behind == usual.iloc[0]
    varied = steps[alike].nunique() >= _FEW - 1
    return (
        float(usual.iloc[0])
        if alike.sum() >= _FEW and alike.mean() >= _MOST_AGREE and varied
        else np.nan
    )


@dataclass(frozen=True)
class Doing:
    """A run's state, and why where the log does not say it."""

    state: str
    reason: str | None


def doing(status: str, silent: float, gap: float, *, cut_short: bool) -> Doing:
    """What a run is doing.

    Of one whose log does not say that it ended, the last sign of life is its last point or the moment one was seen to
    arrive. It is *running* while it has been silent for less than two minutes, or less than ten times its usual time
    between points. After that it is *stale* if its log said that it was running; or if it was silent for less than a
    day and came less far than four fifths of what most others of its task did (or has no others). What remains is
    *unknown*: an old log, or one that came as far as the others and says no more.

    Args:
        status: what its log says.
        silent: seconds since the last sign of life; NaN where there was none.
        gap: its usual seconds between points; NaN if unknown.
        cut_short: whether it came less far than the others of its task.
    """
    if status in _ENDED:
        return Doing(status, None)
    patience = max(_SILENT_AT_LEAST, _SILENT_GAPS * gap if gap > 0 else 0.0)
    if silent <= patience:
        return Doing("running", None)
    if status == "running" or (silent < _OLD and cut_short):
        # Nothing here grows with time: a row that says the same need not be sent again.
        usual = f", where there was one every {span(gap)}" if gap > 0 else ""
        return Doing("stale", f"no new point for more than {span(patience)}{usual}")
    return Doing("unknown", None)


def cut_short(steps: pd.Series, tasks: pd.Series) -> pd.Series:
    """Which runs came less far than most others of their task, or have no others; see ``came_less_far``."""
    alone = tasks.groupby(tasks).transform("size") < 2
    return alone | came_less_far(steps, tasks)


def gaps(ends: pd.DataFrame) -> pd.Series:
    """Usual seconds between points of each run: of its metric with most points."""
    known = ends[(ends["points"] > 1) & (ends["last_wall"] > ends["first_wall"])]
    most = known.sort_values("points", kind="stable").drop_duplicates("run", keep="last")
    seconds = (most["last_wall"] - most["first_wall"]) / (most["points"] - 1)
    return pd.Series(seconds.to_numpy(dtype=np.float64), index=most["run"])


def last_signs(ends: pd.DataFrame, sources: pd.DataFrame, now: float) -> pd.Series:
    """Last sign of life in the logs of each run, Unix seconds; NaN without one.

    The last point's wall time, or the file's time where there is none; a clock that is ahead does not count.

    Args:
        ends: one row a curve, as from ``store.tail.ends``.
        sources: the files of each run, as from ``store.tail.sources``.
        now: Unix seconds.
    """
    wall = ends.groupby("run")["last_wall"].max()
    touched = sources.groupby("run")["mtime"].max()
    return wall.where(wall <= now).combine_first(touched)
