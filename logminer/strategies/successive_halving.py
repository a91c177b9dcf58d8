"""Successive halving: many short runs, the best third goes on with three times the budget."""

from collections.abc import Sequence

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._ask import ask_of
from logminer.strategies._climb import climb
from logminer.strategies._halving import ETA, HALVING, synchronous

PROMOTED = 1 / ETA  # share of the trials of a budget that go on


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` promotions or new configs with budgets as shares of a full run.

    Source: Jamieson and Talwalkar 2016. One bracket of 27 configs after another; a rung is promoted when all of it is done.
    """
    ask = ask_of("successive_halving", space, history, prior, rng)
    return climb(ask, history, n, lambda trials: synchronous(trials, HALVING))
