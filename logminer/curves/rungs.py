"""How early a ranking of runs can be trusted: rungs and minimum budgets for multi-fidelity searches."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.core.errors import NothingFoundError
from logminer.curves.prefixes import Prefixes
from logminer.curves.tidy import Modes, tidy

Floats = NDArray[np.float64]

SHARES = (0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
FEWEST_RUNS = 5


@dataclass(frozen=True)
class Rungs:
    """Budgets for successive halving and Hyperband, in steps.

    Attributes:
        least: minimum budget: ranks have settled from here on.
        most: budget of a full run.
        eta: factor between rungs.
        steps: the rungs, from ``least`` to ``most``.
        because: what they rest on, in a line.
    """

    least: int
    most: int
    eta: float
    steps: tuple[int, ...]
    because: str


def settling(curves: pd.DataFrame, mode: Modes = "min") -> pd.DataFrame:
    """Rank correlation of runs part of the way with their final ranks.

    Diverged runs share the last rank, so that finding them early counts.

    Args:
        curves: as for ``CurveModel.fit``; only finished runs count.
        mode: direction of the metric.

    Returns:
        One row a task with at least five finished runs and a share of the full budget: ``task``, ``share``,
        ``step`` (median over runs), ``runs``, ``correlation`` (Spearman's, NaN where all runs are equal).
    """
    rows: list[dict[str, object]] = []
    for task, own in curves.groupby("task", sort=True):
        clean = tidy(own, mode)
        kept = np.flatnonzero(clean.finished & (np.diff(clean.start) > 0))
        if len(kept) < FEWEST_RUNS:
            continue
        prefixes, died, end = Prefixes(clean), clean.died[kept], clean.end[kept]
        final = np.where(np.isfinite(died), np.inf, clean.loss[clean.start[kept + 1] - 1])
        for share in SHARES:
            steps = share * end
            now = np.where(steps >= died, np.inf, prefixes.loss[prefixes.row(kept, steps)])
            rows.append({
                "task": str(task), "share": share, "step": float(np.median(steps)), "runs": len(kept),
                "correlation": _rank_correlation(now, final),
            })  # fmt: skip
    return pd.DataFrame(rows, columns=["task", "share", "step", "runs", "correlation"])


def propose_rungs(
    curves: pd.DataFrame, mode: Modes = "min", *, eta: float = 3.0, settled: float = 0.7, task: str | None = None
) -> Rungs:  # fmt: skip
    """Propose a minimum budget and rungs from logged runs.

    Args:
        curves: as for ``CurveModel.fit``.
        mode: direction of the metric.
        eta: factor between rungs.
        settled: rank correlation with the final ranks from which on a cut is trusted; it counts as reached at
            the first share after which the median over tasks stays at or above it.
        task: the task to search on: its runs tell how long a full run is, and its own correlation counts.

    Raises:
        NothingFoundError: no task has five finished runs.
    """
    table = settling(curves, mode)
    table = table[table["task"] == task] if task is not None else table
    if table.empty:
        raise NothingFoundError(
            "no task has five finished runs to rank", "logminer runs lists them"
        )
    median = table.groupby("share")["correlation"].median().fillna(0.0)
    shares = median.index.to_numpy(dtype=np.float64)
    enough = np.minimum.accumulate(median.to_numpy()[::-1])[::-1] >= settled
    share = float(shares[enough.argmax()]) if enough.any() else 1.0
    most = int(table[table["share"] == 1.0]["step"].median())
    least = max(int(np.ceil(share * most)), 1)
    count = int(np.floor(np.log(most / least) / np.log(eta) + 1e-9)) if most > least else 0
    steps = tuple(sorted({round(most / eta**k) for k in range(count + 1)}))
    because = (
        f"in {table['task'].nunique()} tasks ranks at {share:.0%} of a run agree with the final ones "
        f"(median rank correlation {median.loc[share]:.2f})"
    )
    return Rungs(steps[0], most, eta, steps, because)


def _rank_correlation(a: Floats, b: Floats) -> float:
    ranks = pd.DataFrame({"a": a, "b": b}).rank()
    if ranks["a"].nunique() < 2 or ranks["b"].nunique() < 2:
        return float("nan")
    return float(ranks["a"].corr(ranks["b"]))
