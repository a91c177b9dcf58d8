"""TPE: proposes where good trials are densest relative to the rest (tree-structured Parzen estimator)."""

from collections.abc import Sequence

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._observed import observe
from logminer.strategies._parzen import best_of_parzen
from logminer.strategies._start import draw, first_configs

_START = 8  # trials before the densities mean anything


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` configs (Bergstra et al. 2011); pending ones count as bad, so that batches spread."""
    seen = observe(history, space)
    found = first_configs(space, prior, seen.taken, n, "tpe")
    while len(found) < n:
        batch = [s.config for s in found]
        if len(seen) < _START:
            config, because = (
                draw(space, prior, seen, 1, rng, batch)[0],
                "drawn before the model begins",
            )
        else:
            pending = seen.with_pending(batch)
            config = best_of_parzen(space, pending, prior, pending.taken, rng)
            because = f"where the best of {len(seen)} trials are densest relative to the rest"
        found.append(Suggestion(config, because=(because,), strategy="tpe"))
    return found
