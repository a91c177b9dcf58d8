"""How the joint process over all past tasks is set: each choice by marginal likelihood.

One Gaussian process describes all past tasks together: two trials are correlated by the distance of their configs, and
less so (by the factor ``shared``) when they belong to different tasks, so that a task with few trials near a config
borrows from the others (Bonilla, Chai and Williams 2008, with one covariance between all tasks).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logminer.transfer.kernels import matern52
from logminer.transfer.lengthscales import Lengthscales, fit_lengthscales
from logminer.transfer.scale import log_slope, to_common

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
_FIT_TASKS, _FIT_ROWS = 12, 50  # what the lengthscales are fitted on
_JUDGED = 400  # trials that the evidence is taken over
_BENDS = (0.0, 0.3, 1.0)
_SHARED = (0.1, 0.3, 0.5, 0.7, 0.85)
_JITTER = 1e-6


@dataclass(frozen=True, eq=False)
class Setting:
    """One setting of the joint process.

    Attributes:
        bend: of the common scale below the median.
        centre: mean of the common scale that became 0.
        spread: standard deviation of the common scale that became 1.
        z: losses on the model's scale, shape (n,).
        lengthscales: one a feature, shape (D,).
        noise: variance of the noise.
        shared: correlation between tasks at the same config.
        evidence: log density of some of the losses, each in its task's unit.
    """

    bend: float
    centre: float
    spread: float
    z: Array
    lengthscales: Array
    noise: float
    shared: float
    evidence: float


def choose_setting(
    features: Array,
    groups: Indices,
    task: Indices,
    losses: Array,
    rng: np.random.Generator,
) -> Setting:
    """The setting under which the past is most probable.

    Args:
        features: of all past trials, shape (n, D).
        groups: hyperparameter of each feature, shape (D,).
        task: index of each trial's task, shape (n,).
        losses: each above its task's median, in its task's unit, shape (n,).
        rng: picks the trials that are fitted and judged on.
    """
    tasks = rng.permutation(int(task.max()) + 1)[:_FIT_TASKS]
    fitted = [rng.permutation(np.flatnonzero(task == k))[:_FIT_ROWS] for k in tasks]
    judged = np.sort(rng.permutation(len(task))[:_JUDGED])

    def setting(bend: float) -> Setting:
        common = to_common(losses, 0.0, 1.0, bend)
        centre, spread = _centre_and_spread(common, task)
        z = (common - centre) / spread
        found = _lengthscales(features, z, groups, fitted)
        inputs = features[judged] / found.values[groups]
        shared, evidence = _shared(inputs, z[judged], task[judged], found.noise)
        slopes = log_slope(losses, 0.0, 1.0, bend)[judged] - np.log(spread)
        return Setting(
            bend, centre, spread, z, found.values[groups], found.noise, shared,
            evidence + float(slopes.sum()),
        )  # fmt: skip

    return max(map(setting, _BENDS), key=lambda found: found.evidence)


def joint_covariance(inputs: Array, task: Indices, shared: float, noise: float) -> Array:
    """Covariance of trials, shape (n, n), given their features over the lengthscales and their tasks."""
    covariance = matern52(inputs, inputs)
    covariance *= np.where(task[:, None] == task[None], 1.0, shared)
    covariance[np.diag_indices(len(task))] += noise + _JITTER
    return covariance


def _centre_and_spread(common: Array, task: Indices) -> tuple[float, float]:
    """Mean and standard deviation, every task with the same weight."""
    count = np.bincount(task)
    centre = float(np.mean(np.bincount(task, common) / count))
    return centre, float(np.sqrt(np.mean(np.bincount(task, (common - centre) ** 2) / count))) or 1.0


def _lengthscales(
    features: Array, z: Array, groups: Indices, rows: Sequence[Indices]
) -> Lengthscales:
    return fit_lengthscales([features[r] for r in rows], [_standard(z[r]) for r in rows], groups)


def _standard(z: Array) -> Array:
    return np.asarray((z - z.mean()) / (float(z.std()) or 1.0))


def _shared(inputs: Array, z: Array, task: Indices, noise: float) -> tuple[float, float]:
    """Correlation between tasks with the highest log marginal likelihood, and that likelihood."""
    scores = []
    for shared in _SHARED:
        L = np.linalg.cholesky(joint_covariance(inputs, task, shared, noise))
        a = np.linalg.solve(L, z)
        scores.append(-0.5 * float(a @ a) - float(np.log(np.diag(L)).sum()))
    best = int(np.argmax(scores))
    return _SHARED[best], scores[best]
