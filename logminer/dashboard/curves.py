"""Curves of some runs as the page draws them: no further than the snapshot, thinned, on every axis there is."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from logminer.dashboard.feed import Moment
from logminer.dashboard.thin import kept
from logminer.store import Store

_EPOCH = "epoch"


def draw_curves(
    store: Store, moment: Moment, metric: str, runs: Sequence[int], points: int
) -> dict[str, Any]:
    """One metric's curves.

    What was stored after the moment is left out: it comes with the events after that revision.

    Args:
        store: the store.
        moment: the revision the answer is for.
        metric: name of the metric.
        runs: ids of runs; those without the metric are left out.
        points: most points a curve.
    """
    names = [metric, _EPOCH] if metric != _EPOCH else [metric]
    frame = store.read.curves(names, [run for run in runs if run in moment.snapshot.rows])
    groups = {(str(m), int(r)): rows for (m, r), rows in frame.groupby(["metric", "run"])}
    curves = []
    for run in runs:
        rows = groups.get((metric, run))
        if rows is not None:
            last = moment.last_steps.get((metric, run), -1)
            whole = rows[rows["step"] <= last]
            curves.append(_curve(run, whole, groups.get((_EPOCH, run)), points))
    epochs = bool(curves) and all("epoch" in curve for curve in curves)
    timed = any(np.isfinite(curve["wall"]).any() for curve in curves)
    axes = ["step", *(["wall", "relative"] if timed else []), *([_EPOCH] if epochs else [])]
    return {"revision": moment.revision, "metric": metric, "axes": axes, "curves": curves}


def _curve(run: int, rows: pd.DataFrame, epochs: pd.DataFrame | None, points: int) -> dict[str, Any]:
    step, value = rows["step"].to_numpy(), rows["value"].to_numpy(dtype=np.float64)
    chosen = kept(step, value, points)
    curve = {
        "run": run,
        "step": step[chosen],
        "wall": rows["wall"].to_numpy(dtype=np.float64)[chosen],
        "value": value[chosen],
        "points": len(step),
        "shown": len(chosen),
    }
    if epochs is not None and len(epochs):
        logged = epochs["step"].to_numpy()
        at = np.searchsorted(logged, step[chosen], side="right") - 1
        epoch = epochs["value"].to_numpy(dtype=np.float64)[np.maximum(at, 0)]
        curve["epoch"] = np.where(at >= 0, epoch, np.nan)
    return curve
