"""Curves to show: the best runs, the median one, those that were stopped, and a sample of the rest.

Nobody reads three thousand curves. What is left out is counted, and long curves are thinned to
points that keep each stretch's extremes, so that a spike stays a spike.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.core.history import History
from logminer.core.objective import LARGEST, Objective

_POINTS = 160
_FANS = 3


@dataclass(frozen=True)
class CurvesView:
    """A choice of one task's curves of its objective metric.

    Attributes:
        points: ``run``, ``step``, ``value``, sorted; thinned; values that are not finite, or as good as
            infinite, left out.
        runs: one row a run shown: ``run``, ``name``, ``role`` (``"best"``, ``"median"``, ``"stopped"`` or
            ``"other"``), ``value`` (its objective), ``last`` (last step with a finite value); best first.
        objective: the metric drawn.
        total: number of runs of the task with such a curve.
        thinned: whether some curves had more points than are kept.
        fans: where the most promising of the stopped runs would have gone: ``run``, ``step``, ``median``,
            ``low`` and ``high``, from the last step seen on; empty without forecasts.
    """

    points: pd.DataFrame
    runs: pd.DataFrame
    objective: Objective
    total: int
    thinned: bool
    fans: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The points with name and role of their runs."""
        return self.points.merge(self.runs[["run", "name", "role"]], on="run")


def analyse(
    history: History,
    curves: pd.DataFrame,
    task: str,
    *,
    forecasts: pd.DataFrame | None = None,
    best: int = 5,
    others: int = 40,
) -> CurvesView:
    """Choose and thin curves of one task.

    Args:
        history: past runs.
        curves: long frame with columns ``run``, ``metric``, ``step`` and ``value``, sorted by run,
            metric and step.
        task: the task.
        forecasts: where unfinished runs would have gone: columns ``run``, ``seen`` and ``last`` (step and
            value seen last), ``target`` (a later step), ``median``, ``low``, ``high``; or None.
        best: how many of the best runs to show.
        others: most stopped and most other runs to show.
    """
    objective = history.objectives[task]
    own = history.of(task)
    mine = curves[(curves["metric"] == objective.metric) & curves["run"].isin(own.trials.index)]
    finite = mine[np.abs(mine["value"].to_numpy(dtype=float)) < LARGEST]
    table = _roles(own, finite, best)
    stopped = set(table.loc[(table["role"] == "stopped") & table["value"].notna(), "run"])
    fans = _fans(forecasts, stopped, objective)
    runs = _chosen(table, set(fans["run"]), best, others)
    kept = finite[finite["run"].isin(runs["run"])]
    parts = [_thin(of) for _, of in kept.groupby("run", sort=False)]
    points = pd.concat(parts, ignore_index=True) if parts else kept[["run", "step", "value"]]
    thinned = len(points) < len(kept)
    return CurvesView(points, runs, objective, mine["run"].nunique(), thinned, fans)


def _roles(history: History, finite: pd.DataFrame, best: int) -> pd.DataFrame:
    """Every run with its role, best first."""
    last = finite.groupby("run")["step"].max()
    stopped = history.unfinished | history.trials["status"].isin(["failed", "preempted"])
    trials = history.trials.loc[history.trials.index.isin(last.index)]
    table = pd.DataFrame(
        {
            "run": trials.index,
            "name": trials["name"].to_numpy(),
            "value": trials["value"].to_numpy(),
            "last": last.reindex(trials.index).to_numpy(),
            "stopped": stopped.reindex(trials.index).to_numpy(),
            "loss": history.losses.reindex(trials.index).to_numpy(),
        }
    ).sort_values("loss", kind="stable", ignore_index=True)
    table["role"] = np.where(table["stopped"] | table["loss"].isna(), "stopped", "other")
    table.loc[table.index[:best][table["loss"].notna()[:best]], "role"] = "best"
    ranked = table.index[table["loss"].notna()]
    if len(ranked) > best:
        table.loc[ranked[len(ranked) // 2], "role"] = "median"
    return table


def _chosen(table: pd.DataFrame, wanted: set[int], best: int, others: int) -> pd.DataFrame:
    keep = table["run"].isin(wanted).to_numpy(dtype=bool, copy=True)
    for role in ("best", "median", "stopped", "other"):
        places = np.flatnonzero(table["role"] == role)
        most = best if role == "best" else others
        keep[places[_evenly(len(places), most)]] = True
    return table.loc[keep, ["run", "name", "role", "value", "last"]].reset_index(drop=True)


def _fans(forecasts: pd.DataFrame | None, stopped: set[int], objective: Objective) -> pd.DataFrame:
    """Forecasts of the stopped runs that were to end best, each from its last point on."""
    columns = ["run", "step", "median", "low", "high"]
    if forecasts is None:
        return pd.DataFrame(columns=columns)
    mine = forecasts[forecasts["run"].isin(stopped)]
    ends = mine.groupby("run")["median"].last() * objective.sign
    chosen = mine[mine["run"].isin(ends.nsmallest(_FANS).index)]
    start = chosen.drop_duplicates("run")
    now = {"step": start["seen"], **dict.fromkeys(["median", "low", "high"], start["last"])}
    whole = pd.concat([start[["run"]].assign(**now), chosen.assign(step=chosen["target"])])
    return whole.sort_values(["run", "step"], kind="stable", ignore_index=True)[columns]


def _evenly(n: int, most: int) -> NDArray[np.int_]:
    return np.arange(n) if n <= most else np.linspace(0, n - 1, most).round().astype(int)


def _thin(curve: pd.DataFrame) -> pd.DataFrame:
    """At most ``_POINTS`` points: the lowest and highest of each stretch, and both ends."""
    if len(curve) <= _POINTS:
        return curve[["run", "step", "value"]]
    value = curve["value"].to_numpy(dtype=float)
    stretches = np.array_split(np.arange(1, len(curve) - 1), _POINTS // 2 - 1)
    extremes = [(s[value[s].argmin()], s[value[s].argmax()]) for s in stretches]
    chosen = np.unique(np.r_[0, np.ravel(extremes), len(curve) - 1])
    return curve.iloc[chosen][["run", "step", "value"]]
