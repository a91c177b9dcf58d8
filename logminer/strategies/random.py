"""Random search, warm: draws from where past tasks had their winners, and from the whole space."""

from collections.abc import Sequence

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._because import of_point
from logminer.strategies._observed import observe
from logminer.strategies._start import draw, first_configs
from logminer.transfer.mined import mined


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` configs: the portfolio, then independent draws from the density of past winners.

    Without a prior this is plain random search (Bergstra and Bengio 2012).
    """
    seen = observe(history, space)
    found = first_configs(space, prior, seen.taken, n, "random")
    past = mined(prior, space)
    for config in draw(space, prior, seen, n - len(found), rng, [s.config for s in found]):
        because = of_point(past, space.to_unit([config])[0]) if past else ("drawn at random",)
        found.append(Suggestion(config, because=because, strategy="random"))
    return found
