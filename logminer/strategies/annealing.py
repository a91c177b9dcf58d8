"""Simulated annealing: small steps from the current config, worse ones accepted while it is hot."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import Prior
from logminer.core.space import Config, Space, config_key
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._observed import Observed, observe
from logminer.strategies._start import draw, first_configs
from logminer.transfer.cube import Cube

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
    seen = observe(history, space)
    found = first_configs(space, prior, seen.taken, n, "annealing")
    while len(found) < n:
        taken = [*seen.taken, *(s.config for s in found)]
        if len(seen) < _START:
            config, because = draw(space, prior, seen, 1, rng, taken)[0], "a start of the walk"
        else:
            config = _neighbour(space, prior, seen, taken, rng)
            because = f"a step of the walk at temperature {_COOLING ** len(seen):.2g}"
        found.append(Suggestion(config, because=(because,), strategy="annealing"))
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


def _neighbour(
    space: Space, prior: Prior, seen: Observed, taken: list[Config], rng: np.random.Generator
) -> Config:
    cube = Cube(space)
    here = space.to_unit([seen.configs[current(seen.losses)]])
    step = max(_SHORTEST, _STEP * _COOLING ** len(seen))
    keys = {config_key(config) for config in taken}
    for point in cube.allowed(cube.perturb(np.repeat(here, _TRIES, axis=0), step, rng)):
        config = cube.config(point)
        if config_key(config) not in keys:
            return config
    return draw(space, prior, seen, 1, rng, taken)[0]
