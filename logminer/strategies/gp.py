"""Bayesian optimisation with Gaussian processes that start from the past tasks (expected improvement)."""

from collections.abc import Sequence

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._acquisition import LOG_IMPROVEMENT
from logminer.strategies._ask import ask_of
from logminer.strategies._bayes import propose


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` configs: the portfolio first, then where improvement is expected (Jones et al. 1998)."""
    ask = ask_of("gp", space, history, prior, rng)
    return propose(ask, n, LOG_IMPROVEMENT)
