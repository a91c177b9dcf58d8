"""Bayesian optimisation with Gaussian processes and an optimistic bound (upper confidence bound, UCB)."""

from collections.abc import Sequence

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._acquisition import optimistic_bound
from logminer.strategies._ask import ask_of
from logminer.strategies._bayes import propose

_OPTIMISM = 1.5  # standard deviations below the mean


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` configs whose loss may be lowest, 1.5 standard deviations below its mean.

    Source: Srinivas et al. 2010, with a constant factor.
    """
    ask = ask_of("gp_ucb", space, history, prior, rng)
    return propose(ask, n, optimistic_bound(_OPTIMISM))
