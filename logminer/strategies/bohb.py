"""BOHB: Hyperband's budgets, new configs from a TPE model of the largest budget that has enough trials."""

from collections.abc import Sequence

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Config, Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._climb import climb
from logminer.strategies._halving import HYPERBAND, synchronous
from logminer.strategies._observed import observe
from logminer.strategies._parzen import best_of_parzen
from logminer.strategies._start import draw

_RANDOM = 1 / 3  # share of new configs that ignore the model


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` promotions or new configs with budgets as shares of a full run.

    Source: Falkner, Klein and Hutter 2018.
    """
    return climb(
        space,
        history,
        prior,
        n,
        rng,
        "bohb",
        lambda trials: synchronous(trials, HYPERBAND),
        _sampled,
    )


def _sampled(
    space: Space, trials: Sequence[Trial], prior: Prior, rng: np.random.Generator
) -> Config:
    seen = observe(trials, space)
    if len(seen) < len(space) + 3 or rng.random() < _RANDOM:
        return draw(space, prior, seen, 1, rng)[0]
    return best_of_parzen(space, seen, prior, seen.taken, rng)
