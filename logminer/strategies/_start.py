"""What every strategy starts with: the user's default, the portfolio, then draws that know the past."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import Prior
from logminer.core.space import Config, Space, config_key
from logminer.core.suggestion import Suggestion
from logminer.strategies._because import of_past_trial
from logminer.strategies._observed import Observed
from logminer.transfer.cube import Cube
from logminer.transfer.density import density
from logminer.transfer.mined import mined

Array = NDArray[np.float64]
PORTFOLIO = 3  # configs taken from the portfolio before a model takes over
_TRIES = 20


def first_configs(
    space: Space,
    prior: Prior,
    taken: Sequence[Config],
    n: int,
    strategy: str,
    size: int = PORTFOLIO,
) -> list[Suggestion]:
    """Up to ``n`` configs worth trying before anything is known: the default, then the portfolio.

    Args:
        space: the space.
        prior: what the past says.
        taken: configs proposed before; they are not proposed again and count against ``size``.
        n: most to return.
        strategy: whom to name as the proposer.
        size: number of such configs in the whole study.
    """
    keys = {config_key(config) for config in taken}
    found = []
    for suggestion in _worth_trying(space, prior, strategy):
        if len(taken) + len(found) >= size or len(found) >= n:
            break
        if config_key(suggestion.config) not in keys:
            keys.add(config_key(suggestion.config))
            found.append(suggestion)
    return found


def _worth_trying(space: Space, prior: Prior, strategy: str) -> list[Suggestion]:
    listed = []
    if prior.default is not None and space.contains(prior.default):
        listed.append(
            Suggestion(prior.default, because=("the config in use today",), strategy=strategy)
        )
    past = mined(prior, space)
    if past is not None:
        for place, trial in enumerate(past.portfolio, start=1):
            because = of_past_trial(past, trial, place)
            listed.append(Suggestion(past.config(trial), because=because, strategy=strategy))
    for published in prior.published:
        if space.contains(published.config):
            because = (f"published: {published.source}",)
            listed.append(Suggestion(published.config, because=because, strategy=strategy))
    return listed


def draw(
    space: Space,
    prior: Prior,
    seen: Observed,
    n: int,
    rng: np.random.Generator,
    taken: Sequence[Config] = (),
) -> list[Config]:
    """``n`` configs from the density that past and trials speak for, none of them tried before.

    A finite space that is used up is drawn from again: repeats measure the noise.

    Raises:
        SpaceError: the forbidden combinations leave next to nothing.
    """
    cube = Cube(space)
    spread = density(cube, mined(prior, space), space.to_unit(seen.configs), seen.losses, rng)
    keys = {config_key(config) for config in (*seen.taken, *taken)}
    found: list[Config] = []
    for _ in range(_TRIES if n > 0 else 0):
        for point in spread.sample(max(2 * n, 8), rng):
            config = cube.config(point)
            if config_key(config) not in keys:
                keys.add(config_key(config))
                found.append(config)
            if len(found) == n:
                return found
    return found + space.sample(n - len(found), rng) if len(found) < n else found
