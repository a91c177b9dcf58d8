"""Thinning: fewer points of a curve, chosen so that no spike is lost."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def kept(step: Array, value: Array, most: int) -> Array:
    """Positions of at most ``most`` points that draw nearly the same line.

    The steps are cut into equal ranges; of each, the lowest and the highest point stay, and the first that is not
    finite. The first and the last point of all stay too. This is what M4 does for line charts (Jugel et al. 2014,
    VLDB), without its first and last of each range.

    Args:
        step: increasing.
        value: same length; may hold NaN and infinities.
        most: at least 5.
    """
    count = len(step)
    if count <= most:
        return np.arange(count)
    ranges = max(1, (most - 2) // 3 if not np.isfinite(value).all() else (most - 2) // 2)
    width = (float(step[-1]) - float(step[0])) / ranges
    place = np.minimum(((step - step[0]) / width).astype(np.int64), ranges - 1)
    finite = np.isfinite(value)
    low = _first_of(place, np.where(finite, value, np.inf), finite)
    high = _first_of(place, np.where(finite, -value, np.inf), finite)
    broken = _first_of(place, np.arange(count, dtype=np.float64), ~finite)
    return np.unique(np.concatenate([[0, count - 1], low, high, broken]))


def _first_of(place: Array, key: Array, among: Array) -> Array:
    """Position of the smallest key of each place."""
    positions = np.flatnonzero(among)
    order = positions[np.lexsort((key[positions], place[positions]))]
    _, first = np.unique(place[order], return_index=True)
    chosen: Array = order[first]
    return chosen
