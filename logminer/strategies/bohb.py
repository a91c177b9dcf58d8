"""BOHB: Hyperband's budgets, new configs from a TPE model of the largest budget that has enough trials."""

from collections.abc import Sequence

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Config, Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._ask import Ask, ask_of
from logminer.strategies._climb import climb
from logminer.strategies._halving import ETA, HYPERBAND, synchronous
from logminer.strategies._parzen import best_of_parzen
from logminer.strategies._start import draw

PROMOTED = 1 / ETA  # share of the trials of a budget that go on
_RANDOM = 1 / 3  # share of new configs that ignore the model


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` promotions or new configs with budgets as shares of a full run.

    Source: Falkner, Klein and Hutter 2018.
    """
    ask = ask_of("bohb", space, history, prior, rng)
    return climb(ask, history, n, lambda trials: synchronous(trials, HYPERBAND), _sampled)


def _sampled(ask: Ask) -> Config:
    if len(ask.seen) < len(ask.space) + 3 or ask.rng.random() < _RANDOM:
        return draw(ask, 1)[0]
    return best_of_parzen(ask)
