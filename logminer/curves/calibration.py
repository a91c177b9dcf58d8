"""Intervals that keep their word on tasks never seen: split conformal prediction by held-out task.

A forest's quantiles are moved away from its median by a factor, one a level, chosen so that on held-out tasks
the share of outcomes below each quantile is its level. Questions unlike the past get factors of their own,
learnt from the held-out questions that were most unlike what their forest had seen. Source: Romano et al.,
"Conformalized quantile regression" (2019), in its scaled form.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVELS = np.array([0.01, 0.025, *np.round(np.arange(0.05, 0.951, 0.05), 2), 0.975, 0.99])
MIDDLE = int(np.searchsorted(LEVELS, 0.5))
_EDGES = np.array([0.15, 0.3, 0.5, 0.7])
_MIDDLES = np.array([0.08, 0.22, 0.4, 0.6, 0.85])
_ENOUGH = 50
_LIKE = 0.9
_NEAR = 0.05
"""A distance below which nothing counts as strange, where all past questions are one."""
_WIDEST = 5.0
"""How many times an interval may be widened for a question unlike the past."""
_FLOOR = 2e-3
"""Half-width, in units, below which no interval is narrowed: outcomes are never exact."""


@dataclass(frozen=True)
class Calibration:
    """How far quantiles are moved.

    Attributes:
        factor: (3, bins, levels), factor on the distance from the median, by the company a run is in and by how
            much of the way to the target has been seen.
        strange: distance from the past from which on a question is unlike it.
        wider: (levels,), further factor for questions unlike the past, at least 1.
    """

    factor: Floats
    strange: float
    wider: Floats

    def apply(self, quantiles: Floats, seen: Floats, company: Ints, distance: Floats) -> Floats:
        """Calibrated quantiles.

        Args:
            quantiles: (n, levels), in units.
            seen: (n,), share of the way to the target that has been seen.
            company: (n,), what peers there are, as in ``Described``.
            distance: (n,), distance from the past.
        """
        factor = _between(self.factor, seen, company)
        factor = factor * np.where((distance > self.strange)[:, None], self.wider, 1.0)
        moved = quantiles[:, [MIDDLE]] + factor * _reach(quantiles)
        moved[:, MIDDLE] = quantiles[:, MIDDLE]
        return np.asarray(np.sort(moved, axis=1))


def _between(factor: Floats, seen: Floats, company: Ints) -> Floats:
    """Factors (n, levels), gliding from the middle of one bin to that of the next."""
    place = np.interp(seen, _MIDDLES, np.arange(len(_MIDDLES)))
    low = np.minimum(place.astype(np.int64), len(_MIDDLES) - 2)
    part = (place - low)[:, None]
    own = factor[_kind(company)]
    rows = np.arange(len(seen))
    return np.asarray((1 - part) * own[rows, low] + part * own[rows, low + 1])


def _kind(company: Ints) -> Ints:
    """Nobody who has been at the target, some, or many."""
    return np.maximum(company - 1, 0)


def _reach(quantiles: Floats) -> Floats:
    """Signed distance of each quantile from the median, never 0."""
    return quantiles - quantiles[:, [MIDDLE]] + np.where(LEVELS < 0.5, -_FLOOR, _FLOOR)


def calibrate(
    quantiles: Floats, outcome: Floats, seen: Floats, company: Ints, distance: Floats
) -> Calibration:
    """Learn from held-out questions.

    Args:
        quantiles: (n, levels), what was predicted, in units.
        outcome: (n,), what came.
        seen: (n,), as for ``Calibration.apply``.
        company: (n,), likewise.
        distance: (n,), distance from what the forest had been grown on.
    """
    score = (outcome - quantiles[:, MIDDLE])[:, None] / _reach(quantiles)
    kind, bins = _kind(company), np.searchsorted(_EDGES, seen)
    factor = np.tile(_factors(score), (3, len(_MIDDLES), 1))
    for i, j in np.unique(np.column_stack([kind, bins]), axis=0):
        rows = (kind == i) & (bins == j)
        if rows.sum() >= _ENOUGH:
            factor[i, j] = _factors(score[rows])
    strange = max(float(np.quantile(distance, _LIKE)), _NEAR)
    odd, wider = distance > strange, np.ones(len(LEVELS))
    if odd.sum() >= _ENOUGH:
        wider = np.clip(
            _factors(score[odd] / _between(factor, seen[odd], company[odd])), 1.0, _WIDEST
        )
    return Calibration(factor, strange, wider)


def _factors(score: Floats) -> Floats:
    """Factor of each level that leaves the right share of outcomes beyond it."""
    beyond = [np.quantile(score[:, j], max(p, 1 - p)) for j, p in enumerate(LEVELS)]
    return np.asarray(np.clip(beyond, 0.1, 20.0))
