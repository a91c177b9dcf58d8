"""The portfolio: a few configs so that on each past task at least one does well.

Greedy: each next config is the one that most lowers the mean over past tasks of the best regret so far
(Wistuba, Schilling and Schmidt-Thieme 2015, Sequential model-free hyperparameter tuning). Cells that no
run filled come from the joint surrogate. The first is the safest, since nobody knows yet which past task the new
one is like: the lowest mean regret, in which a task where it does worse than most counts more, and configs like it
count, too, since the best of many estimates is often only a lucky one. Those after it complement it.
"""

import numpy as np
from numpy.typing import NDArray

from logminer.transfer.kernels import squared_distances
from logminer.transfer.surrogates import PastModel

Array = NDArray[np.float64]
_MEAN_SHARE = (
    0.1  # weight of the plain mean, which settles ties towards configs that are good everywhere
)
_WORST, _FAR_WORSE = 1.0, 2.5
_ALIKE = 0.6  # lengthscales within which configs count as like each other


def regrets(model: PastModel, worst: float = _WORST) -> Array:
    """Normalised regret of each past trial's config on each past task, shape (tasks, n).

    0 is the best seen or expected on the task, 1 the median trial, and what is worse counts up to ``worst``.
    """
    seen = model.means(model.inputs)
    rows = []
    for k in range(model.count):
        z = model.z[model.task == k]
        best, median = min(z.min(), seen[:, k].min()), float(np.median(z))
        rows.append(np.clip((seen[:, k] - best) / max(median - best, 1e-9), 0.0, worst))
    return np.array(rows)


def risks(model: PastModel, columns: NDArray[np.int64]) -> Array:
    """How badly trials' configs, and those like them, do on average, shape (columns,)."""
    means = regrets(model, _FAR_WORSE)[:, columns].mean(0)
    inputs = model.inputs[columns]
    alike = np.exp(-0.5 * squared_distances(inputs, inputs) / _ALIKE**2)
    return np.asarray(0.5 * means + 0.5 * (alike @ means) / alike.sum(1))


def greedy(regret: Array, size: int, risk: Array) -> list[int]:
    """Columns of ``regret`` (tasks, n) chosen one after another; fewer than ``size`` if there are fewer.

    Args:
        regret: normalised regrets, shape (tasks, n).
        size: how many.
        risk: shape (n,); the lowest is chosen first.
    """
    chosen = [int(risk.argmin())][:size]
    covered = regret[:, chosen].min(1, initial=regret.max())
    for _ in range(min(size, regret.shape[1]) - len(chosen)):
        score = np.minimum(covered[:, None], regret).mean(0) + _MEAN_SHARE * regret.mean(0)
        score[chosen] = np.inf
        chosen.append(int(score.argmin()))
        covered = np.minimum(covered, regret[:, chosen[-1]])
    return chosen
