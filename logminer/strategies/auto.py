"""The default: picks a strategy by the number of trials and the worth of the prior, and says why."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.core.words import counted
from logminer.strategies import STRATEGIES, gp
from logminer.transfer.mined import mined

_MANY_TRIALS = 200  # beyond, a Gaussian process costs more than it gains


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` configs with the strategy that fits."""
    if len(history) > _MANY_TRIALS:
        why = f"auto: a forest, for {len(history)} trials of {len(space)} hyperparameters"
        # By name, so that shorter studies need not wait for scikit-learn to load.
        found = STRATEGIES.load("forest").suggest(space, history, prior, n, rng)
    else:
        why = f"auto: Gaussian processes, {_worth(space, prior)}"
        found = gp.suggest(space, history, prior, n, rng)
    return [replace(s, because=(*s.because, why)) for s in found]


def _why_none(prior: Prior) -> str:
    """Why what is known of the past is of no use; empty where nothing is known."""
    if not prior.dropped:
        return ""
    count, usual = sum(prior.dropped.values()), max(prior.dropped, key=lambda r: prior.dropped[r])
    return f": {count} past trial{'s are' if count > 1 else ' is'} of no use ({usual})"


def _worth(space: Space, prior: Prior) -> str:
    past = mined(prior, space)
    if past is None:
        return f"without a past{_why_none(prior)}"
    gain, tasks = past.calibration.gain, past.model.count
    if tasks < 3:
        return f"with {counted(tasks, 'past task')}, too few to say whether past tasks foretell one another"
    verdict = "foretell" if gain > 1 else "hardly foretell" if gain > 0 else "do not foretell"
    return f"with {tasks} past tasks that {verdict} one another (log Bayes factor {gain:.1f})"
