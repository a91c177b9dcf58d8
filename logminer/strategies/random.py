"""Random search, warm: draws from where past tasks had their winners, and from the whole space."""

from collections.abc import Sequence

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._ask import ask_of
from logminer.strategies._because import of_point
from logminer.strategies._start import draw, first_configs


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` configs: the portfolio, then independent draws from the density of past winners.

    Without a prior this is plain random search (Bergstra and Bengio 2012).
    """
    ask = ask_of("random", space, history, prior, rng)
    found = first_configs(ask, n)
    for config in draw(ask.after(found), n - len(found)):
        because = of_point(ask.past, space.to_unit([config])[0]) if ask.past else ()
        found.append(ask.suggestion(config, *(because or ("drawn at random",))))
    return found
