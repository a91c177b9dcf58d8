"""Population-based training: the worst members copy the best (exploit) and change what they copied (explore).

Here as decisions: each suggestion says which member goes on from whose checkpoint, with which config and
up to which budget. Who runs it keeps the checkpoints.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import inf

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Config, Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._ask import Ask, ask_of
from logminer.strategies._climb import fresh

POPULATION = 8
GENERATIONS = 8  # steps into which a full run is cut
_QUARTER = 0.25  # share that copies, and share that is copied
_TRIES = 8
_STEP = 0.08  # standard deviation of a change, on the unit scale


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` members' next steps; budgets are shares of a full run, reached in steps of 1/8.

    The k-th trial of a generation goes on from the k-th of the one before, or, when that one is in the worst
    quarter, from one of the best quarter. Source: Jaderberg et al. 2017.
    """
    ask = ask_of("pbt", space, history, prior, rng)
    trials = list(history)
    found: list[Suggestion] = []
    for _ in range(n):
        suggestion = _step(ask, trials) or fresh(ask.after(found), 1 / GENERATIONS)
        found.append(suggestion)
        trials.append(Trial(suggestion.config, None, "running", suggestion.budget))
    return found


def _generation(trials: Sequence[Trial], number: int) -> list[Trial]:
    budget = number / GENERATIONS
    return [t for t in trials if abs(t.share - budget) < 0.01]


def _step(ask: Ask, trials: Sequence[Trial]) -> Suggestion | None:
    """The next step of the first generation that is complete and has members left to go on."""
    for number in range(1, GENERATIONS):
        here, after = _generation(trials, number), _generation(trials, number + 1)
        ready = len(here) >= POPULATION and all(t.status != "running" for t in here)
        if ready and len(after) < len(here):
            return _onwards(ask, here, len(after), number)
    return None


def _onwards(ask: Ask, here: Sequence[Trial], member: int, number: int) -> Suggestion:
    losses = [inf if t.value is None or t.status != "complete" else t.value for t in here]
    order = [int(i) for i in np.argsort(losses, kind="stable")]
    quarter = max(1, round(_QUARTER * len(here)))
    place = order.index(member) + 1
    if place <= len(here) - quarter:
        chosen, config = here[member], here[member].config
        because = f"goes on: ranked {place} of {len(here)} at {number}/{GENERATIONS} of the budget"
    else:
        chosen = here[order[int(ask.rng.integers(quarter))]]
        config = _explored(ask, chosen)
        because = (
            f"ranked {place} of {len(here)}: copies one of the best quarter and changes its config"
        )
    suggestion = ask.suggestion(config, because)
    return replace(suggestion, budget=(number + 1) / GENERATIONS, resumes=chosen.id or None)


def _explored(ask: Ask, chosen: Trial) -> Config:
    copies = np.repeat(ask.space.to_unit([chosen.config]), _TRIES, axis=0)
    changed = ask.cube.allowed(ask.cube.perturb(copies, _STEP, ask.rng))
    return ask.cube.config(changed[0]) if len(changed) else chosen.config
