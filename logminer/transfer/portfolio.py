"""The portfolio: a few configs so that on each past task at least one does well.

Greedy: each next config is the one that most lowers the mean over past tasks of the best regret so far
(Wistuba, Schilling and Schmidt-Thieme 2015, Sequential model-free hyperparameter tuning). Cells that no
run filled come from the joint surrogate.
"""

import numpy as np
from numpy.typing import NDArray

from logminer.transfer.surrogates import PastModel

Array = NDArray[np.float64]
_MEAN_SHARE = (
    0.1  # weight of the plain mean, which settles ties towards configs that are good everywhere
)
_WORST = 1.0


def regrets(model: PastModel) -> Array:
    """Normalised regret of each past trial's config on each past task, shape (tasks, n).

    0 is the best seen or expected on the task, 1 the median trial and anything worse.
    """
    seen = model.means(model.inputs)
    rows = []
    for k in range(model.count):
        z = model.z[model.task == k]
        best, median = min(z.min(), seen[:, k].min()), float(np.median(z))
        rows.append(np.clip((seen[:, k] - best) / max(median - best, 1e-9), 0.0, _WORST))
    return np.array(rows)


def greedy(regret: Array, size: int) -> list[int]:
    """Columns of ``regret`` (tasks, n) chosen one after another; fewer than ``size`` if there are fewer."""
    covered = np.full(len(regret), regret.max())
    chosen: list[int] = []
    for _ in range(min(size, regret.shape[1])):
        score = np.minimum(covered[:, None], regret).mean(0) + _MEAN_SHARE * regret.mean(0)
        score[chosen] = np.inf
        chosen.append(int(score.argmin()))
        covered = np.minimum(covered, regret[:, chosen[-1]])
    return chosen
