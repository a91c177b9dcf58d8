"""Candidates of an acquisition function: past winners, their neighbours, the whole space, the incumbents' surroundings."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from logminer.strategies._process import Located
from logminer.transfer.calibrate import mean_and_factors
from logminer.transfer.cube import Cube
from logminer.transfer.kernels import squared_distances
from logminer.transfer.mined import Mined

Array = NDArray[np.float64]
_POOL, _MOST_WINNERS = 1500, 400
_NEAREST, _NEAR = 1e-5, 0.02  # bounds of the difference of two points that are as good as one
_NEAR_BY_NOISE = 0.2  # the same, over the standard deviation of the noise
_BEYOND, _WIDEST = 1.25, 0.5  # how far beyond a plateau's known radius not to look, and at most


@dataclass(frozen=True, eq=False)
class Candidates:
    """Points to choose from.

    Attributes:
        points: shape (m, d).
        origins: trial of the mined past a point is, or -1, shape (m,).
        located: the points as the processes see them.
    """

    points: Array
    origins: NDArray[np.int64]
    located: Located

    def joined(self, points: Array, located: Located) -> "Candidates":
        """These and further points."""
        origins = np.concatenate([self.origins, np.full(len(points), -1)])
        return Candidates(np.vstack([self.points, points]), origins, self.located.joined(located))

    def take(self, row: int) -> "Candidates":
        """One of them, as candidates."""
        rows = np.array([row])
        return Candidates(self.points[rows], self.origins[rows], self.located.take(rows))


def locate(cube: Cube, past: Mined | None, points: Array) -> Located:
    """Points as the processes see them."""
    features = cube.features(points)
    if past is None:
        nothing = np.zeros((len(points), 0))
        return Located(features, np.zeros(len(points)), nothing, nothing)
    scaled = features / past.model.setting.lengthscales
    mean, factors = mean_and_factors(past.model.means(scaled))
    return Located(features, mean, factors, past.model.told(scaled))


@lru_cache(maxsize=8)
def past_pool(past: Mined) -> Candidates:
    """Past winners, neighbours of theirs, and points of the whole space; the same for every ask."""
    cube, rng = past.model.cube, np.random.default_rng(0)
    some = rng.permutation(len(past.winners))[:_MOST_WINNERS]
    winners, tops = past.winners[some], past.tops[some]
    near = (
        cube.allowed(cube.perturb(tops[rng.integers(len(tops), size=_POOL // 4)], 0.1, rng))
        if len(tops)
        else tops
    )
    wide = cube.sample(_POOL - len(tops) - len(near), rng)
    points = np.vstack([tops, near, wide])
    return Candidates(
        points,
        np.concatenate([winners, np.full(len(near) + len(wide), -1)]),
        locate(cube, past, points),
    )


@lru_cache(maxsize=8)
def wide_pool(past: Mined) -> Candidates:
    """Points of the whole space, for a past that is doubted; the same for every ask."""
    return cold_pool(past.model.cube, past)


def cold_pool(cube: Cube, past: Mined | None = None) -> Candidates:
    """Points of the whole space; the same for every ask."""
    points = cube.sample(_POOL, np.random.default_rng(0))
    return Candidates(points, np.full(len(points), -1), locate(cube, past, points))


def around(cube: Cube, points: Array, steps: Array, count: int, rng: np.random.Generator) -> Array:
    """``count`` neighbours of the given points at several step lengths, shape (about count, d)."""
    start = points[rng.integers(len(points), size=count)]
    return cube.allowed(cube.perturb(start, steps[np.arange(count) % len(steps), None], rng))


def plateaus(cube: Cube, points: Array, losses: Array) -> Array:
    """How far each tried point's neighbours gave exactly its own loss, on the unit scale, shape (n,).

    Two configs with equal losses to the last digit say that the objective does not resolve the step between
    them: a table of configs, an inert hyperparameter, a metric that saturates.
    """
    apart, radii = cube.apart(points), np.zeros(len(points))
    _, value, count = np.unique(losses, return_inverse=True, return_counts=True)
    shared = np.flatnonzero(count[value] > 1)  # a loss of its own has no plateau
    distances = np.sqrt(squared_distances(apart[shared], apart))
    order = np.argsort(distances, axis=1, kind="stable")
    tied = losses[order] == losses[shared, None]
    run = np.maximum(np.logical_and.accumulate(tied, axis=1).sum(1) - 1, 0)
    rows = np.arange(len(shared))
    radii[shared] = distances[rows, order[rows, run]]
    return np.asarray(np.minimum(_BEYOND * radii, _WIDEST))


def nearness(noise: float) -> float:
    """Largest difference of two points that are as good as one, given the variance of the noise.

    Where values are exact, a step of any length tells something; where they are not, a short one drowns in the noise.
    """
    return float(np.clip(_NEAR_BY_NOISE * np.sqrt(noise), _NEAREST, _NEAR))


def is_near(
    cube: Cube, points: Array, taken: Array, radii: Array, near: float = _NEAR
) -> NDArray[np.bool_]:
    """Whether each point lies within ``near`` of one already tried, or on its plateau, shape (m,)."""
    from scipy.spatial import cKDTree

    if not len(taken):
        return np.zeros(len(points), dtype=bool)
    a, b = cube.apart(points), cube.apart(taken)
    wide = np.flatnonzero(radii)
    on_plateau = (squared_distances(a, b[wide]) < radii[wide] ** 2).any(1)
    apart, _ = cKDTree(b).query(a, p=np.inf, distance_upper_bound=near)
    return np.asarray(on_plateau | (apart < near))
