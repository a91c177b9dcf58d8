"""TPE: proposes where good trials are densest relative to the rest (tree-structured Parzen estimator)."""

from collections.abc import Sequence

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._ask import ask_of
from logminer.strategies._parzen import best_of_parzen
from logminer.strategies._start import draw, first_configs

_START = 8  # trials before the densities mean anything


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` configs (Bergstra et al. 2011); pending ones count as bad, so that batches spread."""
    ask = ask_of("tpe", space, history, prior, rng)
    found = first_configs(ask, n)
    while len(found) < n:
        now = ask.after(found)
        if len(ask.seen) < _START:
            found.append(ask.suggestion(draw(now, 1)[0], "drawn before the model begins"))
        else:
            because = f"where the best of {len(ask.seen)} trials are densest relative to the rest"
            found.append(ask.suggestion(best_of_parzen(now), because))
    return found
