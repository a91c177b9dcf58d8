"""ASHA: asynchronous successive halving, which promotes without waiting for a rung to fill."""

from collections.abc import Sequence

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._ask import ask_of
from logminer.strategies._climb import climb
from logminer.strategies._halving import ETA, asynchronous

PROMOTED = 1 / ETA  # share of the trials of a budget that go on


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` promotions or new configs with budgets as shares of a full run.

    Source: Li et al. 2020, A system for massively parallel hyperparameter tuning.
    """
    ask = ask_of("asha", space, history, prior, rng)
    return climb(ask, history, n, lambda trials: (asynchronous(trials), 0))
