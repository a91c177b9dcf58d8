"""Exploring before a task has any result: apart from what was proposed, but nowhere that all past tasks speak against."""

import numpy as np
from numpy.typing import NDArray

from logminer.core.suggestion import Suggestion
from logminer.strategies._ask import Ask
from logminer.strategies._because import of_point
from logminer.strategies._start import draw
from logminer.transfer.mined import Mined

Array = NDArray[np.float64]
_DRAWN = 40  # draws from where past tasks had their winners


def explore_hopeful(ask: Ask, past: Mined) -> Suggestion:
    """Of draws that some past task expects in its better half, the one farthest from everything proposed."""
    drawn = draw(ask, _DRAWN)
    points = ask.space.to_unit(drawn)
    hope = _hope(past, points)
    # Where none is hopeful, the least bad tenth stands in.
    rows = np.flatnonzero(hope > 0) if (hope > 0).any() else np.argsort(-hope)[: _DRAWN // 10]
    a, b = (np.nan_to_num(x, nan=0.5) for x in (points[rows], ask.tried))
    gaps = ((a[:, None] - b[None]) ** 2).sum(-1).min(1, initial=np.inf)
    best = int(rows[int(np.argmax(gaps))])
    return ask.suggestion(
        drawn[best],
        *of_point(past, points[best]),
        "exploration: nothing similar was tried on this task",
    )


def _hope(past: Mined, points: Array) -> Array:
    """By how much each point is expected to beat the median trial, on the past task that speaks best for it."""
    means = past.model.means(past.model.scaled(points))
    medians = [np.median(past.model.z[past.model.task == k]) for k in range(past.model.count)]
    return np.asarray((np.array(medians) - means).max(1))
