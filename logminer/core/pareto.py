"""Several objectives: which values no other one is better than in all, and one loss for all of them."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_ALL = 0.05  # weight of the sum beside the worst objective, so that no weakly dominated point wins


def front(losses: Array) -> NDArray[np.bool_]:
    """Which rows no other row dominates: at least as good in each objective, and better in one.

    Args:
        losses: shape (n, objectives), lower is better; rows that are not finite are never in front.
    """
    sound = np.isfinite(losses).all(1)
    found = np.zeros(len(losses), dtype=bool)
    for i in np.flatnonzero(sound):
        as_good = (losses[sound] <= losses[i]).all(1) & (losses[sound] < losses[i]).any(1)
        found[i] = not as_good.any()
    return found


def scalarised(losses: Array, weights: Array) -> Array:
    """One loss for several: the augmented Tchebycheff function of normalised objectives (ParEGO, Knowles 2006).

    Args:
        losses: finite, shape (n, objectives).
        weights: of the objectives, sum 1.
    """
    if not len(losses):
        return np.zeros(0)
    low = losses.min(0)
    # The spread of the front, not of all, so that one absurd value does not flatten the others.
    best = losses[front(losses)]
    spread = best.max(0) - low
    wide = losses.max(0) - low
    unit = np.where(spread > 0, spread, np.where(wide > 0, wide, 1.0))
    scaled = weights * (losses - low) / unit
    return np.asarray(scaled.max(1) + _ALL * scaled.sum(1))


def hypervolume(losses: Array, reference: Array) -> float:
    """Volume that points dominate below a reference point, by slicing along the last objective.

    Args:
        losses: shape (n, objectives).
        reference: shape (objectives,); what lies beyond it counts for nothing.
    """
    points = losses[(losses < reference).all(1)]
    if not len(points):
        return 0.0
    if losses.shape[1] == 1:
        return float(reference[0] - points.min())
    points = points[np.argsort(points[:, -1], kind="stable")]
    edges = np.append(points[:, -1], reference[-1])
    return float(
        sum(
            (edges[i + 1] - edges[i]) * hypervolume(points[: i + 1, :-1], reference[:-1])
            for i in range(len(points))
            if edges[i + 1] > edges[i]
        )
    )
