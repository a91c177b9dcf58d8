"""Which past tasks a new task resembles, judged by the order in which they rank its trials."""

import numpy as np
from numpy.typing import NDArray

from logminer.transfer.surrogates import PastModel

Array = NDArray[np.float64]
_DRAWS = 50
_FEWEST = 3
_CHANCE_EARLY = 0.1


def task_weights(
    model: PastModel, points: Array, losses: Array, rng: np.random.Generator
) -> tuple[Array, float]:
    """How much each past task has to say about this one.

    Bootstrap over this task's trials: in each draw the past task whose surrogate orders the fewest pairs wrongly
    wins, and so may chance, which orders half of them wrongly (Feurer, Letham and Bakshy 2018, RGPE, with
    chance in the place of the target's own model, so that a useless past is dropped).

    Returns:
        Weights of the past tasks, shape (tasks,), and the weight of chance; together they sum to 1.
    """
    if len(losses) < _FEWEST:
        return np.full(model.count, (1 - _CHANCE_EARLY) / model.count), _CHANCE_EARLY
    means = model.means(model.scaled(points))
    i, j = np.triu_indices(len(losses), 1)
    wrong = (means[i] < means[j]) != (losses[i] < losses[j])[:, None]
    counts = rng.multinomial(len(losses), np.full(len(losses), 1 / len(losses)), size=_DRAWS)
    pairs = (counts[:, i] * counts[:, j]).astype(float)
    rates = np.hstack([pairs @ wrong, 0.5 * pairs.sum(1, keepdims=True)])
    best = rates == rates.min(1, keepdims=True)
    shares = (best / best.sum(1, keepdims=True)).mean(0)
    return shares[:-1], float(shares[-1])
