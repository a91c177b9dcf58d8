"""Tree-structured Parzen estimators: a density of the good trials over a density of the rest.

Mixtures of product kernels on the unit cube, one kernel a trial: Gaussian along numbers, smoothed counts along
choices (Bergstra et al. 2011; the multivariate form of Falkner et al. 2018). Past winners join the good
density as further kernels, whose weight falls with every own trial.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logminer.core.space import Config, config_key
from logminer.strategies._ask import Ask
from logminer.strategies._start import draw
from logminer.transfer.cube import Cube
from logminer.transfer.density import density

Array = NDArray[np.float64]
_CANDIDATES = 200
_GOOD = 0.15  # share of the trials that count as good, at least a few
_PAST_KERNELS = 40
_WIDTH, _NARROWEST = 0.12, 0.02  # of a kernel alone, and at least
_UNIFORM = 0.1  # weight of the uniform part


@dataclass(frozen=True, eq=False)
class Parzen:
    """A mixture of product kernels and a uniform part.

    Attributes:
        cube: the space.
        centres: shape (k, d), NaN where inactive.
        weights: of the kernels, shape (k,); they and ``uniform`` sum to 1.
        uniform: weight of the uniform density.
        width: bandwidth on the unit scale.
    """

    cube: Cube
    centres: Array
    weights: Array
    uniform: float
    width: float

    def log_density(self, points: Array) -> Array:
        """Logarithm of the density at points, shape (n,)."""
        X, C = self.cube.features(points), self.cube.features(self.centres)
        logs = np.zeros((len(X), len(C)))
        for j, unordered in enumerate(self.cube.unordered):
            columns = self.cube.groups == j
            d2 = ((X[:, None, columns] - C[None][:, :, columns]) ** 2).sum(-1)
            if unordered:
                logs += np.where(d2 > 0, np.log(self.width), 0.0)
            else:
                logs += -0.5 * d2 / self.width**2 - np.log(self.width * np.sqrt(2 * np.pi))
        with np.errstate(divide="ignore"):
            weighted = np.hstack(
                [logs + np.log(self.weights), np.full((len(X), 1), np.log(self.uniform))]
            )
        return np.asarray(np.logaddexp.reduce(weighted, axis=1))


def best_of_parzen(ask: Ask) -> Config:
    """The candidate at which good trials are densest relative to the rest, none tried before.

    Failed trials count as bad, and so do pending ones, which spreads a batch.
    """
    good, bad = _split(ask)
    shares = good.weights / good.weights.sum()
    start = good.centres[ask.rng.choice(len(good.centres), size=_CANDIDATES, p=shares)]
    near = ask.cube.allowed(ask.cube.perturb(start, good.width, ask.rng))
    points = np.vstack([near, ask.cube.sample(_CANDIDATES // 4, ask.rng)])
    ratio = good.log_density(points) - bad.log_density(points)
    keys = ask.seen.keys
    for i in np.argsort(-ratio, kind="stable"):
        config = ask.cube.config(points[i])
        if config_key(config) not in keys:
            return config
    return draw(ask, 1)[0]


def _split(ask: Ask) -> tuple[Parzen, Parzen]:
    """Densities of the good trials, past winners among them, and of the rest."""
    order = np.argsort(ask.seen.losses, kind="stable")
    count = max(3, min(25, round(_GOOD * len(order))))
    good = ask.points[order[:count]]
    weights = np.ones(len(good))
    past = density(ask.cube, ask.past, ask.points, ask.seen.losses, ask.rng)
    if len(past.centres):
        chosen = ask.rng.choice(len(past.centres), size=_PAST_KERNELS, p=past.weights)
        share = (1 - past.uniform) / past.uniform * len(good) / _PAST_KERNELS
        good = np.vstack([good, past.centres[chosen]])
        weights = np.concatenate([weights, np.full(_PAST_KERNELS, share)])
    rest = np.vstack([ask.points[order[count:]], ask.tried[len(order) :]])
    n = len(ask.tried)
    return _parzen(ask.cube, good, weights, n), _parzen(ask.cube, rest, np.ones(len(rest)), n)


def _parzen(cube: Cube, centres: Array, weights: Array, trials: int) -> Parzen:
    # Scott's rule; the good kernels narrow with the number of trials that they were chosen from.
    width = max(_NARROWEST, _WIDTH * max(trials, 1) ** (-1 / (4 + len(cube))))
    share = 0.0 if not len(centres) else 1 - _UNIFORM
    return Parzen(cube, centres, share * weights / max(weights.sum(), 1e-300), 1 - share, width)
