"""Models of the past tasks, mined once per prior.

One Gaussian process over all past tasks together: two trials are correlated by the distance of their
configs, and less so (by the factor ``shared``) when they belong to different tasks, so that a task with
few trials near a config borrows from the others (Bonilla, Chai and Williams 2008, with one covariance
between all tasks). Its mean for each past task is what portfolio, weights and the transfer GP build on.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from logminer.core.prior import PastTask, Prior
from logminer.core.space import Space
from logminer.transfer.cube import Cube
from logminer.transfer.kernels import matern52
from logminer.transfer.lengthscales import Lengthscales, fit_lengthscales
from logminer.transfer.scale import median_and_unit, to_common

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
_ROWS = 1600  # trials kept of all tasks together, for time
_FIT_TASKS, _FIT_ROWS = 12, 50  # what the lengthscales are fitted on
_SHARED = (0.1, 0.3, 0.5, 0.7, 0.85)
_JITTER = 1e-6


@dataclass(frozen=True, eq=False)
class PastModel:
    """Surrogates of all past tasks on the common scale, centred and scaled to unit variance.

    Attributes:
        cube: the space they live in.
        prior: what they were mined from.
        points: the trials kept, shape (n, d), NaN where inactive.
        task: index of each trial's task, shape (n,).
        row: index of each trial within its task, shape (n,).
        z: losses on the model's scale, shape (n,).
        lengthscales: one a feature, shape (D,).
        noise: variance of the noise.
        shared: correlation between tasks at the same config.
        inputs: features of the trials over the lengthscales, shape (n, D).
        alpha: weights of the trials in the joint process, shape (n,).
        precision: inverse of the covariance of the trials, shape (n, n).
        centre: mean of the common scale that became 0.
        spread: standard deviation of the common scale that became 1.
    """

    cube: Cube
    prior: Prior
    points: Array
    task: Indices
    row: Indices
    z: Array
    lengthscales: Array
    noise: float
    shared: float
    inputs: Array
    alpha: Array
    precision: Array
    centre: float
    spread: float

    @property
    def count(self) -> int:
        """Number of past tasks."""
        return len(self.prior.tasks)

    def scaled(self, points: Array) -> Array:
        """Features of points over the lengthscales, shape (n, D)."""
        return self.cube.features(points) / self.lengthscales

    def weights(self, alpha: Array, task: Indices) -> Array:
        """Weights of trials in each task's mean, shape (trials, tasks)."""
        own = task[:, None] == np.arange(self.count)
        return alpha[:, None] * np.where(own, 1.0, self.shared)

    def means(self, scaled: Array) -> Array:
        """Mean of each past task's surrogate, shape (n, tasks); ``scaled`` comes from ``scaled()``."""
        return matern52(scaled, self.inputs) @ self.weights(self.alpha, self.task)

    def means_without(self, task: int, scaled: Array) -> Array:
        """The other tasks' means had ``task`` never been seen, shape (n, tasks - 1)."""
        gone = self.task == task
        kept = ~gone
        block = np.linalg.solve(self.precision[np.ix_(gone, gone)], self.alpha[gone])
        alpha = self.alpha[kept] - self.precision[np.ix_(kept, gone)] @ block
        weights = self.weights(alpha, self.task[kept])
        return matern52(scaled, self.inputs[kept]) @ np.delete(weights, task, axis=1)

    def variances(self) -> Array:
        """Variance of each task's mean at each trial's config, shape (n, tasks)."""
        correlation = matern52(self.inputs, self.inputs)
        out = np.empty((len(self.z), self.count))
        for k in range(self.count):
            cross = correlation * np.where(self.task == k, 1.0, self.shared)
            out[:, k] = 1.0 - np.einsum("ij,jk,ik->i", cross, self.precision, cross, optimize=True)
        return np.maximum(out, _JITTER)


def mine(prior: Prior, space: Space) -> PastModel:
    """Fit the joint process to the past tasks of ``prior``, which must have some."""
    cube = Cube(space)
    rng = np.random.default_rng(0)
    picked = [_picked(task, max(6, _ROWS // len(prior.tasks)), rng) for task in prior.tasks]
    common = [
        to_common(t.losses[rows], *median_and_unit(t.losses))
        for t, rows in zip(prior.tasks, picked, strict=True)
    ]
    centre = float(np.mean([z.mean() for z in common]))
    spread = float(np.sqrt(np.mean([np.mean((z - centre) ** 2) for z in common]))) or 1.0
    z = (np.concatenate(common) - centre) / spread
    points = np.vstack(
        [
            space.to_unit([t.configs[i] for i in rows])
            for t, rows in zip(prior.tasks, picked, strict=True)
        ]
    )
    task = np.repeat(np.arange(len(picked)), [len(rows) for rows in picked])
    features = cube.features(points)
    fitted = _fit(features, z, task, cube.groups, rng)
    lengthscales = fitted.values[cube.groups]
    inputs = features / lengthscales
    shared = _choose_shared(inputs, z, task, fitted.noise, rng)
    covariance = _covariance(inputs, task, shared, fitted.noise)
    precision = cho_solve(cho_factor(covariance, lower=True, overwrite_a=True), np.eye(len(z)))
    return PastModel(
        cube, prior, points, task, np.concatenate(picked), z, lengthscales, fitted.noise, shared,
        inputs, precision @ z, precision, centre, spread,
    )  # fmt: skip


def _picked(task: PastTask, most: int, rng: np.random.Generator) -> Indices:
    """Trials of a task to model: all, or its best half and a random half of what may stay."""
    if len(task) <= most:
        return np.arange(len(task))
    order = np.argsort(task.losses, kind="stable")
    best = most // 2
    return np.concatenate(
        [order[:best], np.sort(rng.choice(order[best:], most - best, replace=False))]
    )


def _fit(
    features: Array, z: Array, task: Indices, groups: Indices, rng: np.random.Generator
) -> Lengthscales:
    tasks = rng.permutation(int(task.max()) + 1)[:_FIT_TASKS]
    rows = [rng.permutation(np.flatnonzero(task == k))[:_FIT_ROWS] for k in tasks]
    return fit_lengthscales([features[r] for r in rows], [_standard(z[r]) for r in rows], groups)


def _standard(z: Array) -> Array:
    return np.asarray((z - z.mean()) / (float(z.std()) or 1.0))


def _covariance(inputs: Array, task: Indices, shared: float, noise: float) -> Array:
    covariance = matern52(inputs, inputs)
    covariance *= np.where(task[:, None] == task[None], 1.0, shared)
    covariance[np.diag_indices(len(task))] += noise + _JITTER
    return covariance


def _choose_shared(
    inputs: Array, z: Array, task: Indices, noise: float, rng: np.random.Generator
) -> float:
    """Correlation between tasks with the highest marginal likelihood on a few hundred trials."""
    rows = np.sort(rng.permutation(len(z))[:400])
    scores = []
    for shared in _SHARED:
        L = np.linalg.cholesky(_covariance(inputs[rows], task[rows], shared, noise))
        a = np.linalg.solve(L, z[rows])
        scores.append(-0.5 * float(a @ a) - float(np.log(np.diag(L)).sum()))
    return _SHARED[int(np.argmax(scores))]
