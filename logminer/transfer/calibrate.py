"""How well past tasks foretell one another, measured before the first trial.

Each past task is held out in turn and predicted by the others. The settings of the transfer process that
make the held-out losses most probable are kept, and so is the typical log Bayes factor of that process
against a cold one: what the past is worth on a task like its own.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from logminer.transfer.kernels import matern52
from logminer.transfer.surrogates import PastModel

Array = NDArray[np.float64]
_TASKS, _ROWS = 14, 25
_OFFSET = 0.25  # variance of a task's unknown level on the model's scale
_JITTER = 1e-6
# Of the transfer process: ``between``, the variance of what no past task shows, and the noise.
_TRANSFER_GRID = tuple(product((0.3, 1.0), (0.1, 0.3, 0.7), (0.03, 0.15)))
_COLD_GRID = (0.03, 0.15)


@dataclass(frozen=True)
class Calibration:
    """What held-out past tasks say of the past.

    Attributes:
        between: factor of the covariance that past tasks show among one another.
        gain: median over held-out past tasks of the log Bayes factor, transfer against cold.
    """

    between: float = 1.0
    gain: float = 1.0


def calibrate(model: PastModel) -> Calibration:
    """The setting with the highest held-out evidence; a guess when there are fewer than three past tasks."""
    if model.count < 3:
        return Calibration()
    rng = np.random.default_rng(0)
    tasks = rng.permutation(model.count)[:_TASKS]
    scores = [_score(model, int(task), rng) for task in tasks]
    transfer, cold = (np.array(column) for column in zip(*scores, strict=True))
    best, colder = int(transfer.sum(0).argmax()), int(cold.sum(0).argmax())
    gain = float(np.median(transfer[:, best] - cold[:, colder]))
    return Calibration(_TRANSFER_GRID[best][0], gain)


def _score(
    model: PastModel, task: int, rng: np.random.Generator
) -> tuple[list[float], list[float]]:
    """Log evidence of a held-out task's trials under each setting, transfer and cold."""
    rows = rng.permutation(np.flatnonzero(model.task == task))[:_ROWS]
    z, inputs = model.z[rows], model.inputs[rows]
    mean, spread = mean_and_factors(model.means_without(task, inputs))
    K, shared = matern52(inputs, inputs), spread @ spread.T
    transfer = [_log_density(z - mean, b * shared + o * K, n) for b, o, n in _TRANSFER_GRID]
    return transfer, [_log_density(z, K, n) for n in _COLD_GRID]


def mean_and_factors(means: Array) -> tuple[Array, Array]:
    """Mean over tasks, shape (n,), and the factors of their covariance, shape (n, tasks)."""
    mean = means.mean(1)
    return mean, (means - mean[:, None]) / np.sqrt(means.shape[1])


def _log_density(residual: Array, covariance: Array, noise: float) -> float:
    L = np.linalg.cholesky(covariance + _OFFSET + (noise + _JITTER) * np.eye(len(residual)))
    a = np.linalg.solve(L, residual)
    return -0.5 * float(a @ a) - float(np.log(np.diag(L)).sum())
