"""Candidates for an acquisition function: past winners, their neighbours, the whole space, the incumbents' surroundings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logminer.transfer.cube import Cube
from logminer.transfer.mined import Mined

Array = NDArray[np.float64]
_POOL, _MOST_WINNERS = 1500, 400
_LOCAL = 120
_STEPS = np.array([0.2, 0.1, 0.05])
_NEAR = 0.03


@dataclass(frozen=True, eq=False)
class Candidates:
    """Points to choose from.

    Attributes:
        points: shape (m, d).
        origins: trial of the mined model a point is, or -1, shape (m,).
    """

    points: Array
    origins: NDArray[np.int64]


def pool(cube: Cube, past: Mined | None, rng: np.random.Generator) -> Candidates:
    """Past winners, neighbours of theirs, and points of the whole space."""
    if past is None or not len(past.winners):
        points = cube.sample(_POOL, rng)
        return Candidates(points, np.full(len(points), -1))
    winners = rng.permutation(past.winners)[:_MOST_WINNERS]
    tops = past.model.points[winners]
    near = cube.allowed(cube.perturb(tops[rng.integers(len(tops), size=_POOL // 4)], 0.1, rng))
    wide = cube.sample(_POOL - len(tops) - len(near), rng)
    points = np.vstack([tops, near, wide])
    return Candidates(points, np.concatenate([winners, np.full(len(near) + len(wide), -1)]))


def around(cube: Cube, points: Array, losses: Array, rng: np.random.Generator) -> Array:
    """Neighbours of the best few observed points, shape (about 120, d)."""
    best = points[np.argsort(losses, kind="stable")[:3]]
    start = best[rng.integers(len(best), size=_LOCAL)]
    return cube.allowed(cube.perturb(start, _STEPS[np.arange(_LOCAL) % len(_STEPS)], rng))


def is_near(points: Array, taken: Array) -> NDArray[np.bool_]:
    """Whether each point lies within a hair of one already tried, shape (m,)."""
    if not len(taken):
        return np.zeros(len(points), dtype=bool)
    a, b = np.nan_to_num(points, nan=-1.0), np.nan_to_num(taken, nan=-1.0)
    return (np.abs(a[:, None] - b[None]).max(-1) < _NEAR).any(1)
