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
    known = [run for run in runs if run in moment.snapshot.rows]
    lines = _by_run(store, moment, metric, known)
    epochs = _by_run(store, moment, _EPOCH, [*lines]) if metric != _EPOCH else {}
    curves = []
    for run in known:
        if run in lines:
            last = moment.last_steps[metric, run]
            whole = lines[run][lines[run]["step"] <= last]
            curves.append(_curve(run, whole, epochs.get(run), points))
    counted = bool(curves) and all(_EPOCH in curve for curve in curves)
    timed = any(np.isfinite(curve["wall"]).any() for curve in curves)
    axes = ["step", *(["wall", "relative"] if timed else []), *([_EPOCH] if counted else [])]
    return {"revision": moment.revision, "metric": metric, "axes": axes, "curves": curves}


def _by_run(
    store: Store, moment: Moment, metric: str, runs: Sequence[int]
) -> dict[int, pd.DataFrame]:
    own = [run for run in runs if (metric, run) in moment.last_steps]
    if not own:
        return {}
    frame = store.read.curves([metric], own)
    return {int(str(run)): rows for run, rows in frame.groupby("run")}


def _curve(
    run: int, rows: pd.DataFrame, epochs: pd.DataFrame | None, points: int
) -> dict[str, Any]:
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
