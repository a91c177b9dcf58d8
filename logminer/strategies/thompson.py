"""Bayesian optimisation by Thompson sampling: the best config of one function drawn from the belief."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._acquisition import Acquisition
from logminer.strategies._ask import ask_of
from logminer.strategies._bayes import propose
from logminer.strategies._belief import Belief
from logminer.strategies._process import Located

_DRAWN = 300  # candidates a function is drawn at: the cost grows with their cube


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` configs, each the best of a function drawn from the belief (Thompson 1933)."""
    ask = ask_of("thompson", space, history, prior, rng)
    return propose(ask, n, Acquisition(_drawn))


def _drawn(belief: Belief, new: Located, rng: np.random.Generator) -> NDArray[np.float64]:
    scores = np.full(len(new), -np.inf)
    rows = rng.permutation(len(new))[:_DRAWN]
    scores[rows] = -belief.draw(new.take(rows), rng)
    return scores
