"""A genetic algorithm: parents chosen by tournament, mixed gene by gene, and mutated."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import Prior
from logminer.core.space import Space, config_key
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._ask import Ask, ask_of
from logminer.strategies._start import draw, first_configs

Array = NDArray[np.float64]
_POPULATION = 20  # the best trials, of which parents are drawn
_FOUNDERS = 8  # trials before the first children
_TOURNAMENT = 3
_MUTATION = 0.1  # standard deviation, on the unit scale
_TRIES = 20


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` children of good trials (Goldberg 1989; steady state, uniform crossover)."""
    ask = ask_of("genetic", space, history, prior, rng)
    found = first_configs(ask, n)
    if len(ask.seen) >= _FOUNDERS:
        keys = set(ask.after(found).seen.keys)
        for child, ranks in _children(ask, n * _TRIES):
            config = ask.cube.config(child)
            if len(found) < n and config_key(config) not in keys:
                keys.add(config_key(config))
                parents = f"child of the trials ranked {ranks[0] + 1} and {ranks[1] + 1} of {len(ask.seen)}"
                found.append(ask.suggestion(config, parents))
    founders = draw(ask.after(found), n - len(found))
    return found + [ask.suggestion(config, "a founder of the population") for config in founders]


def _children(ask: Ask, count: int) -> Iterator[tuple[Array, tuple[int, int]]]:
    """Allowed children and the ranks of their parents."""
    points, rng = ask.leaders(_POPULATION), ask.rng
    parents = rng.integers(len(points), size=(2, count, _TOURNAMENT)).min(-1)
    mother, father = points[parents[0]], points[parents[1]]
    mixed = np.where(rng.random(mother.shape) < 0.5, mother, father)
    # Genes of a branch that only one parent has are taken from that parent.
    mixed = np.where(np.isnan(mixed), np.where(np.isnan(mother), father, mother), mixed)
    for child, a, b in zip(ask.cube.perturb(mixed, _MUTATION, rng), *parents, strict=True):
        if len(ask.cube.allowed(child[None])):
            yield child, (int(a), int(b))
