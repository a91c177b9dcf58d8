"""Models of the past tasks, mined once per prior.

One Gaussian process describes them together (see ``joint``). Its mean for each past task is what portfolio, weights
and the transfer GP build on.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from logminer.core.prior import PastTask, Prior
from logminer.core.space import Space
from logminer.transfer.cube import Cube
from logminer.transfer.joint import Setting, choose_setting, joint_covariance
from logminer.transfer.kernels import matern52, matern52_slopes
from logminer.transfer.scale import bounded, median_and_unit

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
_ROWS = 1600  # trials kept of all tasks together, for time
_THIN = 400  # trials up to which a past leaves much of a space unseen


@dataclass(frozen=True, eq=False)
class PastModel:
    """Surrogates of all past tasks on the common scale, centred and scaled to unit variance.

    Attributes:
        cube: the space they live in.
        prior: what they were mined from.
        points: the trials kept, shape (n, d), NaN where inactive.
        task: index of each trial's task, shape (n,).
        row: index of each trial within its task, shape (n,).
        setting: of the joint process.
        inputs: features of the trials over the lengthscales, shape (n, D).
        alpha: weights of the trials in the joint process, shape (n,).
        precision: inverse of the covariance of the trials, shape (n, n).
    """

    cube: Cube
    prior: Prior
    points: Array
    task: Indices
    row: Indices
    setting: Setting
    inputs: Array
    alpha: Array
    precision: Array

    @property
    def count(self) -> int:
        """Number of past tasks."""
        return len(self.prior.tasks)

    @property
    def z(self) -> Array:
        """Losses on the model's scale, shape (n,)."""
        return self.setting.z

    def scaled(self, points: Array) -> Array:
        """Features of points over the lengthscales, shape (n, D)."""
        return self.cube.features(points) / self.setting.lengthscales

    def weights(self, alpha: Array, task: Indices) -> Array:
        """Weights of trials in each task's mean, shape (trials, tasks)."""
        own = task[:, None] == np.arange(self.count)
        return alpha[:, None] * np.where(own, 1.0, self.setting.shared)

    @cached_property
    def _unrecorded(self) -> NDArray[np.bool_]:
        """Features of hyperparameters that no past trial has, shape (D,)."""
        return np.asarray(np.isnan(self.points).all(axis=0))[self.cube.groups]

    def means(self, scaled: Array) -> Array:
        """Mean of each past task's surrogate, shape (n, tasks); ``scaled`` comes from ``scaled()``.

        What no past trial recorded makes no point differ from them: they hold for whatever it was.
        """
        scaled = np.where(self._unrecorded, self.inputs[:1], scaled)
        return matern52(scaled, self.inputs) @ self._mean_weights

    @property
    def thin(self) -> bool:
        """Whether the past has so few trials that what it has not looked at matters."""
        return len(self.z) <= _THIN

    def told(self, scaled: Array) -> Array:
        """What the trials tell of a new task at points, shape (n, trials); no columns unless the past is thin.

        Given the past, the covariance of a new task is the correlation of the points less ``told @ told.T`` (Bonilla,
        Chai and Williams 2008): much where no past trial is near, little where many are.
        """
        if not self.thin:
            return np.zeros((len(scaled), 0))
        cross = self.setting.shared * matern52(self.inputs, scaled)
        return np.asarray(solve_triangular(self._factor, cross, lower=True, check_finite=False).T)

    def by_correlation(self, mean: Array, factors: Array, told: Array) -> Array:
        """Derivatives by the correlations with the trials, shape (n, trials).

        Args:
            mean: derivatives by the mean of the tasks' means, shape (n,).
            factors: by what they differ in, as ``calibrate.mean_and_factors`` gives it, shape (n, tasks).
            told: by ``told``, shape (n, trials) or without columns.
        """
        root = np.sqrt(self.count)
        by_means = (factors - factors.mean(1)[:, None]) / root + mean[:, None] / self.count
        found = by_means @ self._mean_weights.T
        if told.shape[1]:
            pulled = solve_triangular(self._factor, told.T, lower=True, trans=1, check_finite=False)
            found = found + self.setting.shared * pulled.T
        return np.asarray(found)

    def slopes(self, features: Array, weights: Array) -> Array:
        """Derivatives of weighted correlations with the trials by a point's features, shape (n, D)."""
        scales = self.setting.lengthscales
        found = matern52_slopes(features, self.inputs * scales, scales, weights)
        return np.where(self._unrecorded, 0.0, found)

    @cached_property
    def _mean_weights(self) -> Array:
        return self.weights(self.alpha, self.task)

    @cached_property
    def _factor(self) -> Array:
        shared, noise = self.setting.shared, self.setting.noise
        covariance = joint_covariance(self.inputs, self.task, shared, noise)
        return np.asarray(np.linalg.cholesky(covariance))

    def means_without(self, task: int, scaled: Array) -> Array:
        """The other tasks' means had ``task`` never been seen, shape (n, tasks - 1)."""
        gone = self.task == task
        kept = ~gone
        block = np.linalg.solve(self.precision[np.ix_(gone, gone)], self.alpha[gone])
        alpha = self.alpha[kept] - self.precision[np.ix_(kept, gone)] @ block
        weights = self.weights(alpha, self.task[kept])
        return matern52(scaled, self.inputs[kept]) @ np.delete(weights, task, axis=1)


def mine(prior: Prior, space: Space) -> PastModel:
    """Fit the joint process to the past tasks of ``prior``, which must have some."""
    cube = Cube(space)
    rng = np.random.default_rng(0)
    picked = [_picked(task, max(6, _ROWS // len(prior.tasks)), rng) for task in prior.tasks]
    rows = list(zip(prior.tasks, picked, strict=True))
    points = np.vstack([space.to_unit([t.configs[i] for i in kept]) for t, kept in rows])
    losses = np.concatenate([_in_units(t.losses)[kept] for t, kept in rows])
    task = np.repeat(np.arange(len(picked)), [len(kept) for kept in picked])
    features = cube.features(points)
    setting = choose_setting(features, cube.groups, task, losses, rng)
    inputs = features / setting.lengthscales
    covariance = joint_covariance(inputs, task, setting.shared, setting.noise)
    precision = cho_solve(cho_factor(covariance, lower=True, overwrite_a=True), np.eye(len(task)))
    return PastModel(
        cube, prior, points, task, np.concatenate(picked), setting, inputs, precision @ setting.z, precision
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


def _in_units(losses: Array) -> Array:
    losses = bounded(losses)
    median, unit = median_and_unit(losses)
    return (losses - median) / unit
