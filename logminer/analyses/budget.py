"""Budget: where the time went, and how much of it early stopping would have saved.

Time is counted in seconds where the logs know them, else in steps, else in runs. The early stopping
tried out is the median rule (Golovin et al., "Google Vizier", KDD 2017): stop a run when the best
value it has reached is worse than the median of the best values the task's runs had reached by the
same step. It is tried at a tenth, two tenths, … of the usual length, from two tenths on, and it is
charged with every top performer it would have stopped.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.core.history import History
from logminer.core.objective import Objective

Unit = Literal["seconds", "steps", "runs"]
PARTS = ("top performers", "better half", "worse half", "diverged or failed")
_TOP = 0.05
_CHECKS = np.arange(2, 10) / 10


@dataclass(frozen=True)
class Budget:
    """Where the budget of each task went.

    Attributes:
        tasks: one row a task: ``task``, ``unit``, ``total``, one column for each of ``PARTS`` (shares
            of the total), ``runs``; and of the median rule ``saved`` (share of the total), ``stopped``
            (runs), ``lost`` (top performers among them) and ``winners`` (all top performers), NaN
            without curves.
    """

    tasks: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row a task."""
        return self.tasks


def analyse(history: History, curves: pd.DataFrame | None = None) -> Budget:
    """Account for the budget of each task.

    Args:
        history: past runs.
        curves: long frame with columns ``run``, ``metric``, ``step`` and ``value``, or None.
    """
    rows = []
    for task in history.tasks:
        own = history.of(task)
        row = {"task": task, **_spent(own)}
        if curves is not None:
            row |= _median_rule(own, curves, history.objectives[task])
        rows.append(row)
    columns = ["task", "unit", "total", *PARTS, "runs", "saved", "stopped", "lost", "winners"]
    return Budget(pd.DataFrame(rows).reindex(columns=columns))


def _spent(history: History) -> dict[str, object]:
    cost, unit = _cost(history)
    part = _parts(history)
    total = float(cost.sum())
    shares = {name: float(cost[part == name].sum()) / total if total else 0.0 for name in PARTS}
    return {"unit": unit, "total": total, **shares, "runs": len(history)}


def _cost(history: History) -> tuple[pd.Series, Unit]:
    """What each run cost, in the finest unit known for at least nine runs in ten."""
    units: tuple[Unit, Unit] = ("seconds", "steps")
    for unit in units:
        cost = history.trials[unit].astype(float)
        known = np.isfinite(cost) & (cost > 0)
        if len(cost) and known.mean() >= 0.9:
            return cost.where(known, cost[known].median()), unit
    return pd.Series(1.0, history.trials.index), "runs"


def _parts(history: History) -> NDArray[np.str_]:
    ranks, lost = history.ranks.to_numpy(), history.losses.isna().to_numpy()
    return np.select(
        [lost, ranks <= _TOP, ranks <= 0.5], [PARTS[3], PARTS[0], PARTS[1]], default=PARTS[2]
    )


def _median_rule(history: History, curves: pd.DataFrame, objective: Objective) -> dict[str, float]:
    mine = curves[(curves["metric"] == objective.metric) & curves["run"].isin(history.trials.index)]
    if mine["run"].nunique() < 2:
        return {}
    last = mine.groupby("run", sort=False)["step"].max().astype(float)
    checks = _CHECKS * float(last.quantile(0.75))
    reached = _reached(mine, last.index, objective.sign, checks)
    behind = (reached > np.median(reached, axis=0)) & (last.to_numpy()[:, None] > checks)
    stopped = behind.any(axis=1)
    share_run = np.where(stopped, checks[behind.argmax(axis=1)] / last.clip(lower=1), 1.0)
    cost = _cost(history)[0]
    top = history.ranks.loc[last.index].to_numpy() <= _TOP
    return {
        "saved": float((cost.loc[last.index] * (1 - share_run)).sum() / cost.sum()),
        "stopped": float(stopped.sum()),
        "lost": float((stopped & top).sum()),
        "winners": float(top.sum()),
    }


def _reached(
    curves: pd.DataFrame, runs: pd.Index, sign: float, checks: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Least loss of each run by each step, shape (runs, checks); infinite before its first value."""
    loss = curves["value"].astype(float) * sign
    finite = curves.assign(loss=loss)[np.isfinite(loss)]
    by_step = [
        finite[finite["step"] <= step].groupby("run", sort=False)["loss"].min().reindex(runs)
        for step in checks
    ]
    return np.stack([least.fillna(np.inf).to_numpy() for least in by_step], axis=1)
