"""Simulated annealing: small steps from the current config, worse ones accepted while it is hot."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import Prior
from logminer.core.space import Config, Space, config_key
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._ask import Ask, ask_of
from logminer.strategies._start import draw, first_configs

Array = NDArray[np.float64]
_COOLING = 0.93  # factor of temperature and step length from one trial to the next
_STEP = 0.3  # first step length, on the unit scale
_SHORTEST = 0.02
_START = 3  # trials from which the walk begins
_TRIES = 20


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` neighbours of where the walk stands (Kirkpatrick, Gelatt and Vecchi 1983).

    The walk is replayed from the trials: each is accepted with probability exp(-worsening / temperature),
    decided by the trial's place, so that every ask sees the same walk.
    """
    ask = ask_of("annealing", space, history, prior, rng)
    found = first_configs(ask, n)
    heat = _COOLING ** len(ask.seen)
    while len(found) < n:
        now = ask.after(found)
        if len(ask.seen) < _START:
            found.append(ask.suggestion(draw(now, 1)[0], "a start of the walk"))
        else:
            found.append(
                ask.suggestion(_neighbour(now), f"a step of the walk at temperature {heat:.2g}")
            )
    return found


def current(losses: Array) -> int:
    """Where the walk stands after these losses: replayed from the best of its starts."""
    spread = float(np.std(losses)) or 1.0
    at = int(np.argmin(losses[:_START]))
    for i in range(_START, len(losses)):
        worse = float(losses[i] - losses[at]) / spread
        chance = np.random.default_rng(i).random()
        if worse <= 0 or chance < np.exp(-worse / _COOLING**i):
            at = i
    return at


def _neighbour(ask: Ask) -> Config:
    here = ask.points[current(ask.seen.losses)]
    step = max(_SHORTEST, _STEP * _COOLING ** len(ask.seen))
    keys = ask.seen.keys
    moved = ask.cube.perturb(np.repeat(here[None], _TRIES, axis=0), step, ask.rng)
    for point in ask.cube.allowed(moved):
        config = ask.cube.config(point)
        if config_key(config) not in keys:
            return config
    return draw(ask, 1)[0]
