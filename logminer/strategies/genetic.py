"""A genetic algorithm: parents chosen by tournament, mixed gene by gene, and mutated."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import Prior
from logminer.core.space import Space, config_key
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._observed import observe
from logminer.strategies._start import draw, first_configs
from logminer.transfer.cube import Cube

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
    seen = observe(history, space)
    found = first_configs(space, prior, seen.taken, n, "genetic")
    keys = {config_key(c) for c in (*seen.taken, *(s.config for s in found))}
    if len(seen) >= _FOUNDERS:
        fittest = np.argsort(seen.losses, kind="stable")[:_POPULATION]
        for child, ranks in _children(
            Cube(space), space.to_unit([seen.configs[i] for i in fittest]), n * _TRIES, rng
        ):
            config = Cube(space).config(child)
            if len(found) < n and config_key(config) not in keys:
                keys.add(config_key(config))
                because = (
                    f"child of the trials ranked {ranks[0] + 1} and {ranks[1] + 1} of {len(seen)}"
                )
                found.append(Suggestion(config, because=(because,), strategy="genetic"))
    for config in draw(space, prior, seen, n - len(found), rng, [s.config for s in found]):
        found.append(
            Suggestion(config, because=("a founder of the population",), strategy="genetic")
        )
    return found


def _children(
    cube: Cube, points: Array, count: int, rng: np.random.Generator
) -> list[tuple[Array, tuple[int, int]]]:
    """Children and the ranks of their parents; ``points`` are sorted from best to worst."""
    size = len(points)
    parents = rng.integers(size, size=(2, count, _TOURNAMENT)).min(-1)
    mother, father = points[parents[0]], points[parents[1]]
    mixed = np.where(rng.random(mother.shape) < 0.5, mother, father)
    # Genes of a branch only one parent has: taken from whichever has them.
    mixed = np.where(np.isnan(mixed), np.where(np.isnan(mother), father, mother), mixed)
    mutated = cube.perturb(mixed, _MUTATION, rng)
    allowed = [
        not cube.space.forbidden or not cube.space.is_forbidden(c)
        for c in cube.space.from_unit(mutated)
    ]
    return [
        (child, (int(a), int(b)))
        for child, a, b, fine in zip(mutated, *parents, allowed, strict=True)
        if fine
    ]
