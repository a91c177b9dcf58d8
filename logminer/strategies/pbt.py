"""Population-based training: the worst members copy the best (exploit) and change what they copied (explore).

Here as decisions: each suggestion says which member goes on from whose checkpoint, with which config and
up to which budget. Who runs it keeps the checkpoints.
"""

from collections.abc import Sequence
from math import inf

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._observed import observe
from logminer.strategies._start import draw, first_configs
from logminer.transfer.cube import Cube

POPULATION = 8
GENERATIONS = 8  # steps into which a full run is cut
_QUARTER = 0.25  # share that copies, and share that is copied
_STEP = 0.08  # standard deviation of a change, on the unit scale


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` members' next steps; budgets are shares of a full run, reached in steps of 1/8.

    The k-th trial of a generation goes on from the k-th of the one before, or, when that one is in the worst
    quarter, from one of the best quarter. Source: Jaderberg et al. 2017.
    """
    trials = list(history)
    found = []
    for _ in range(n):
        suggestion = _step(space, trials, rng) or _founder(space, trials, prior, rng)
        found.append(suggestion)
        trials.append(Trial(suggestion.config, None, "running", suggestion.budget))
    return found


def _generation(trials: Sequence[Trial], number: int) -> list[Trial]:
    budget = number / GENERATIONS
    return [t for t in trials if abs((1.0 if t.budget is None else t.budget) - budget) < 0.01]


def _founder(
    space: Space, trials: Sequence[Trial], prior: Prior, rng: np.random.Generator
) -> Suggestion:
    seen, budget = observe(trials, space), 1 / GENERATIONS
    first = first_configs(space, prior, seen.taken, 1, "pbt")
    if first:
        return Suggestion(first[0].config, budget, because=first[0].because, strategy="pbt")
    config = draw(space, prior, seen, 1, rng)[0]
    return Suggestion(
        config, budget, because=("founds a member of the population",), strategy="pbt"
    )


def _step(space: Space, trials: Sequence[Trial], rng: np.random.Generator) -> Suggestion | None:
    """The next step of the first generation that is complete and has members left to go on."""
    for number in range(1, GENERATIONS):
        here, after = _generation(trials, number), _generation(trials, number + 1)
        ready = len(here) >= POPULATION and all(t.status != "running" for t in here)
        if ready and len(after) < len(here):
            return _onwards(space, here, len(after), number, rng)
    return None


def _onwards(
    space: Space, here: Sequence[Trial], member: int, number: int, rng: np.random.Generator
) -> Suggestion:
    losses = [inf if t.value is None or t.status != "complete" else t.value for t in here]
    order = list(np.argsort(losses, kind="stable"))
    quarter = max(1, round(_QUARTER * len(here)))
    budget, place = (number + 1) / GENERATIONS, order.index(member) + 1
    if place <= len(here) - quarter:
        because = f"goes on: ranked {place} of {len(here)} at {number}/{GENERATIONS} of the budget"
        chosen, config = here[member], here[member].config
    else:
        chosen = here[order[int(rng.integers(quarter))]]
        cube = Cube(space)
        changed = cube.allowed(
            cube.perturb(np.repeat(space.to_unit([chosen.config]), 8, axis=0), _STEP, rng)
        )
        config = cube.config(changed[0]) if len(changed) else chosen.config
        because = f"ranked {place} of {len(here)}: copies a member of the best quarter and changes its config"
    return Suggestion(config, budget, resumes=chosen.id or None, because=(because,), strategy="pbt")
