"""The best of an acquisition function by its gradient, from several starts at once.

Derivatives run backwards: from the score to the predictions, from them to the covariances between a point and the trials of
the study and of the past, and from those to the point.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from logminer.core.parameters import Categorical
from logminer.strategies._acquisition import Partials
from logminer.strategies._belief import Belief, Explained
from logminer.strategies._candidates import locate
from logminer.strategies._process import Located
from logminer.transfer.cube import Cube
from logminer.transfer.kernels import matern52_slopes
from logminer.transfer.mined import Mined

Array = NDArray[np.float64]
_FEW_VALUES = (
    20  # a number with fewer values is left where it is: its neighbours are candidates anyway
)


def refined(
    cube: Cube,
    past: Mined | None,
    belief: Belief,
    points: Array,
    partials: Partials,
    *,
    evaluations: int = 20,
) -> Array:
    """Points moved uphill along their real numbers and long ranges of whole ones, shape (S, d).

    Args:
        cube: the space.
        past: what the past says, or None.
        belief: what is believed of the task.
        points: where to start, shape (S, d).
        partials: the acquisition function.
        evaluations: most evaluations of all points.
    """
    free = _movable(cube) & ~np.isnan(points)
    if not free.any():
        return points
    columns = np.searchsorted(cube.groups, np.arange(len(cube)))  # feature of a number

    def objective(x: Array) -> tuple[float, Array]:
        moved = points.copy()
        moved[free] = x
        located = locate(cube, past, moved)
        scores, slopes = _slopes(belief, located, past, partials)
        return -float(scores.sum()), -slopes[:, columns][free]

    found = minimize(
        objective, points[free], jac=True, method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * int(free.sum()), options={"maxiter": evaluations, "maxfun": evaluations},
    )  # fmt: skip
    moved = points.copy()
    moved[free] = found.x
    return cube.snap(moved)


def _movable(cube: Cube) -> NDArray[np.bool_]:
    parameters = cube.space.parameters.values()
    return np.array([not isinstance(p, Categorical) and p.count > _FEW_VALUES for p in parameters])


def _slopes(
    belief: Belief, new: Located, past: Mined | None, partials: Partials
) -> tuple[Array, Array]:
    """Scores of points, shape (S,), and their derivatives by features, shape (S, D)."""
    prediction = belief.predict(new)
    scores, by_mean, by_deviation = partials(prediction)
    pull = _Pull(belief, new)
    start = 0
    for e, v in zip(belief.explained, prediction.whitened, strict=True):
        rows = slice(start, start + len(e.weights))
        start = rows.stop
        # A process' components share their deviation, which spread lengthens and the score pulls at.
        narrow = e.process.spread**2 * by_deviation[rows].sum(0) / prediction.deviation[rows.start]
        pull.add(e, v, by_mean[rows], narrow)
    return scores, pull.slopes(past)


class _Pull:
    """Derivatives of the scores by what a point's predictions are made of, summed over the processes."""

    def __init__(self, belief: Belief, new: Located) -> None:
        self.belief, self.new = belief, new
        self.kernels: dict[int, tuple[Array, Array]] = {}  # lengthscales, weights of the trials
        self.mean = np.zeros(len(new))
        self.factors = np.zeros_like(new.factors)
        self.told = np.zeros_like(new.told)

    def add(self, e: Explained, v: Array, by_mean: Array, narrow: Array) -> None:
        """Add a process.

        Args:
            e: the process.
            v: whitened covariances of the points with the trials, shape (n, S).
            by_mean: derivatives by its components' means, shape (g, S).
            narrow: twice the derivative by its variance, shape (S,).
        """
        p, seen, new = e.process, self.belief.seen, self.new
        by_cross = e.whitener.T @ (p.spread * e.residuals @ by_mean - narrow * v)
        lengthscales, weights = self.kernels.get(id(p.lengthscales), (p.lengthscales, 0.0))
        self.kernels[id(p.lengthscales)] = (lengthscales, weights + (p.own + p.unseen) * by_cross)
        self.mean += p.spread * p.sign * by_mean.sum(0)
        if p.between:
            self.factors += p.between * (by_cross.T @ seen.factors + narrow[:, None] * new.factors)
        if p.unseen:
            self.told -= p.unseen * (by_cross.T @ seen.told + narrow[:, None] * new.told)

    def slopes(self, past: Mined | None) -> Array:
        """Derivatives by the points' features, shape (S, D)."""
        parts = [
            matern52_slopes(self.new.features, self.belief.seen.features, lengthscales, weights.T)
            for lengthscales, weights in self.kernels.values()
        ]
        if past is not None:
            weights = past.model.by_correlation(self.mean, self.factors, self.told)
            parts.append(past.model.slopes(self.new.features, weights))
        return _sum(parts)


def _sum(parts: Sequence[Array]) -> Array:
    return np.asarray(np.sum(parts, axis=0))
