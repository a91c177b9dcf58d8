"""Bounds of metrics, as their values show them: a loss is never negative, an accuracy lies between 0 and 1."""

import numpy as np
from numpy.typing import NDArray

from logminer.curves.peers import Peers
from logminer.curves.tidy import Curves

Floats = NDArray[np.float64]


def bounds(curves: Curves, peers: Peers | None = None) -> tuple[Floats, Floats]:
    """Lowest and highest loss possible, (n,) each, infinite where nothing speaks for a bound.

    A metric of which no run of the task was ever negative cannot be; one to be raised that was never above 1
    either is a share. A loss may rise beyond 1, whatever was seen of it.

    Args:
        curves: the runs.
        peers: past runs of the same tasks.
    """
    floor, ceiling = np.full(len(curves), -np.inf), np.full(len(curves), np.inf)
    task = curves.task.astype(str)
    owner = np.repeat(np.arange(len(curves)), np.diff(curves.start))
    for name in np.unique(task):
        own = task == name
        losses = [curves.loss[own[owner]]]
        if peers is not None and len(peers):
            values = peers.values[peers.task == name]
            losses.append(values[np.isfinite(values)])
        loss = np.concatenate(losses)
        if not len(loss):
            continue
        if curves.sign[own][0] > 0:
            floor[own] = 0.0 if loss.min() >= 0 else -np.inf
        elif loss.max() <= 0:
            ceiling[own] = 0.0
            floor[own] = -1.0 if loss.min() >= -1 else -np.inf
    return floor, ceiling
