"""Curves to show: the best runs, the median one, those that were stopped, and a sample of the rest.

Nobody reads three thousand curves. What is left out is counted, and long curves are thinned to
points that keep each stretch's extremes, so that a spike stays a spike.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.core.history import History
from logminer.core.objective import Objective

_STOPPED_SHARE = 0.9
_POINTS = 160


@dataclass(frozen=True)
class CurvesView:
    """A choice of one task's curves of its objective metric.

    Attributes:
        points: ``run``, ``step``, ``value``, sorted; thinned, not finite values left out.
        runs: one row a run shown: ``run``, ``name``, ``role`` (``"best"``, ``"median"``, ``"stopped"`` or
            ``"other"``), ``value`` (its objective), ``last`` (last step with a finite value); best first.
        objective: the metric drawn.
        total: number of runs of the task with such a curve.
        thinned: whether some curves had more points than are kept.
    """

    points: pd.DataFrame
    runs: pd.DataFrame
    objective: Objective
    total: int
    thinned: bool

    def to_frame(self) -> pd.DataFrame:
        """The points with name and role of their runs."""
        return self.points.merge(self.runs[["run", "name", "role"]], on="run")


def analyse(
    history: History, curves: pd.DataFrame, task: str, *, best: int = 5, others: int = 40
) -> CurvesView:
    """Choose and thin curves of one task.

    Args:
        history: past runs.
        curves: long frame with columns ``run``, ``metric``, ``step`` and ``value``, sorted by run,
            metric and step.
        task: the task.
        best: how many of the best runs to show.
        others: most stopped and most other runs to show.
    """
    objective = history.objectives[task]
    own = history.of(task)
    mine = curves[(curves["metric"] == objective.metric) & curves["run"].isin(own.trials.index)]
    finite = mine[np.isfinite(mine["value"].to_numpy(dtype=float))]
    runs = _roles(own, finite, best, others)
    kept = finite[finite["run"].isin(runs["run"])]
    parts = [_thin(of) for _, of in kept.groupby("run", sort=False)]
    points = pd.concat(parts, ignore_index=True) if parts else kept[["run", "step", "value"]]
    return CurvesView(points, runs, objective, mine["run"].nunique(), len(points) < len(kept))


def _roles(history: History, finite: pd.DataFrame, best: int, others: int) -> pd.DataFrame:
    last = finite.groupby("run")["step"].max()
    trials = history.trials.loc[history.trials.index.isin(last.index)]
    table = pd.DataFrame(
        {
            "run": trials.index,
            "name": trials["name"].to_numpy(),
            "value": trials["value"].to_numpy(),
            "last": last.reindex(trials.index).to_numpy(),
            "status": trials["status"].to_numpy(),
            "loss": history.losses.reindex(trials.index).to_numpy(),
        }
    ).sort_values("loss", kind="stable", ignore_index=True)
    usual = table["last"].quantile(0.75) if len(table) else 0
    stopped = (table["last"] < _STOPPED_SHARE * usual) | table["status"].isin(
        ["failed", "preempted"]
    )
    table["role"] = np.where(stopped | table["loss"].isna(), "stopped", "other")
    table.loc[table.index[:best][table["loss"].notna()[:best]], "role"] = "best"
    ranked = table.index[table["loss"].notna()]
    if len(ranked) > best:
        table.loc[ranked[len(ranked) // 2], "role"] = "median"
    keep = np.zeros(len(table), dtype=bool)
    for role in ("best", "median", "stopped", "other"):
        places = np.flatnonzero(table["role"] == role)
        most = best if role == "best" else others
        keep[places[_evenly(len(places), most)]] = True
    return table.loc[keep, ["run", "name", "role", "value", "last"]].reset_index(drop=True)


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
