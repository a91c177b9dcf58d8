"""What every strategy starts with: the user's default, the portfolio, then draws that know the past."""

from logminer.core.space import Config, config_key
from logminer.core.suggestion import Suggestion
from logminer.strategies._ask import Ask
from logminer.strategies._because import of_past_trial
from logminer.strategies._combinations import untried
from logminer.transfer.density import density

PORTFOLIO = 3  # configs taken from the portfolio before a model takes over
_TRIES = 20


def first_configs(ask: Ask, n: int) -> list[Suggestion]:
    """Up to ``n`` configs worth trying before anything is known: the default, the portfolio, published ones.

    A study gets as many of them as it lacks trials to ``PORTFOLIO``, and as many as it asks for while no trial has
    been answered: past winners are then a better guess than a model without data. None is proposed twice.
    """
    keys = set(ask.seen.keys)
    room = min(n, PORTFOLIO - len(ask.seen.taken)) if len(ask.seen.losses) else n
    found: list[Suggestion] = []
    if room <= 0:
        return found
    for suggestion in _worth_trying(ask):
        if len(found) < room and config_key(suggestion.config) not in keys:
            keys.add(config_key(suggestion.config))
            found.append(suggestion)
    return found


def _worth_trying(ask: Ask) -> list[Suggestion]:
    listed, past = [], ask.past
    default = ask.prior.default
    if default is not None and ask.space.contains(default):
        listed.append(ask.suggestion(default, "the config in use today"))
    listed += [ask.suggestion(f.config, f.source) for f in ask.prior.first]
    start = past.configs[past.portfolio[0]] if past and past.portfolio else None
    if (default := ask.space.default_config(start)) is not None:
        listed.append(ask.suggestion(default, "the default values of the space"))
    if past is not None:
        listed += [
            ask.suggestion(past.configs[trial], *of_past_trial(past, trial, place))
            for place, trial in enumerate(past.portfolio, start=1)
        ]
    for published in ask.prior.published:
        if ask.space.contains(published.config):
            listed.append(ask.suggestion(published.config, f"published: {published.source}"))
    return listed


def draw(ask: Ask, n: int) -> list[Config]:
    """``n`` configs from the density that past and trials speak for, none of them tried before.

    A finite space that is used up is drawn from again: repeats measure the noise.

    Raises:
        SpaceError: the forbidden combinations leave next to nothing.
    """
    if n <= 0:
        return []
    spread = density(ask.cube, ask.past, ask.points, ask.seen.losses, ask.rng)
    keys = set(ask.seen.keys)
    found: list[Config] = []
    for _ in range(_TRIES):
        for point in spread.sample(max(2 * n, 8), ask.rng):
            config = ask.cube.config(point)
            if config_key(config) not in keys:
                keys.add(config_key(config))
                found.append(config)
            if len(found) == n:
                return found
    found += untried(ask.space, keys, n - len(found), ask.rng)
    return found + ask.space.sample(n - len(found), ask.rng)
