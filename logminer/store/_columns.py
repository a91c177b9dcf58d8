"""Points of many files as the columns of one insert."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import Points

_TICKS = float(1 << 22)  # a second
_LATEST = float(1 << 40)  # seconds; beyond the year 30,000 a number is no Unix time

Column = NDArray[Any]
Part = tuple[int, Sequence[int], Sequence[int], Points]


def point_columns(parts: Sequence[Part]) -> dict[str, Column]:
    """Columns of the points of several files, each file's curves one behind the other.

    So each column holds long runs, which compress well and are read together; within a curve the order
    of the file is kept.

    Args:
        parts: number of the file, numbers of its runs, numbers of its metrics, its points.
    """
    columns = [_columns(*part) for part in parts]
    return {name: np.concatenate([c[name] for c in columns]) for name in columns[0]}


def _columns(
    source: int, runs: Sequence[int], metrics: Sequence[int], points: Points
) -> dict[str, Column]:
    order = _by_curve(points)
    run, metric = points.run[order], points.metric[order]
    return {
        "run": np.asarray(runs, np.int32)[run],
        "source": np.full(len(points), source, np.int32),
        "metric": np.asarray(metrics, np.int32)[metric],
        "step": points.step[order],
        "tick": _ticks(points.wall[order]),
        "value": points.value[order],
    }


def _ticks(wall: NDArray[np.float64]) -> NDArray[np.int64]:
    """Wall times in ticks of 2^-22 s; 0 for what is unknown, or no time at all."""
    known = np.abs(wall) < _LATEST  # false for NaN
    return np.rint(np.where(known, wall, 0.0) * _TICKS).astype(np.int64)


def _by_curve(points: Points) -> NDArray[np.int64]:
    """Order by run and metric that keeps the order of the log within each curve."""
    curve = points.run.astype(np.int64) * len(points.names) + points.metric
    if len(curve) and curve.max() < 1 << 16:  # numpy sorts these by counting, in linear time
        return np.argsort(curve.astype(np.uint16), kind="stable")
    return np.argsort(curve, kind="stable")
