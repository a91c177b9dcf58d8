"""Hyperband: successive halving at several trade-offs of how many configs against how long each runs."""

from collections.abc import Sequence

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._ask import ask_of
from logminer.strategies._climb import climb
from logminer.strategies._halving import ETA, HYPERBAND, synchronous

PROMOTED = 1 / ETA  # share of the trials of a budget that go on


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` promotions or new configs with budgets as shares of a full run.

    Source: Li et al. 2018. Brackets of 27, 12, 6 and 4 configs, that start at 1/27, 1/9, 1/3 and all of the budget.
    """
    ask = ask_of("hyperband", space, history, prior, rng)
    return climb(ask, history, n, lambda trials: synchronous(trials, HYPERBAND))
