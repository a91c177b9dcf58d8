"""The loop that all halving strategies share: promote whom the rule names, else start a new config."""

from collections.abc import Callable, Sequence

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Config, Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._halving import RUNGS, Promotion
from logminer.strategies._observed import observe
from logminer.strategies._start import draw, first_configs

Rule = Callable[[Sequence[Trial]], tuple[Promotion | None, int]]
Sampler = Callable[[Space, Sequence[Trial], Prior, np.random.Generator], Config]


def climb(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator,
    strategy: str, rule: Rule, sampler: Sampler | None = None,
) -> list[Suggestion]:  # fmt: skip
    """Propose ``n`` budgeted configs.

    Args:
        space: the space.
        history: the trials, budgets as shares of a full run.
        prior: what past tasks say.
        n: how many.
        rng: source of randomness.
        strategy: whom to name as the proposer.
        rule: from trials to the promotion due, if any, and the rung of a new config.
        sampler: where new configs come from; the prior's density by default.
    """
    trials = list(history)
    found = []
    for _ in range(n):
        promotion, start = rule(trials)
        if promotion is not None:
            suggestion = _promoted(promotion, strategy)
        else:
            suggestion = _fresh(space, trials, prior, rng, strategy, RUNGS[start], sampler)
        found.append(suggestion)
        trials.append(Trial(suggestion.config, None, "running", suggestion.budget))
    return found


def _promoted(promotion: Promotion, strategy: str) -> Suggestion:
    before = promotion.climber.trials[promotion.rung - 1]
    return Suggestion(
        promotion.climber.config, RUNGS[promotion.rung], resumes=before.id or None,
        because=(promotion.reason,), strategy=strategy,
    )  # fmt: skip


def _fresh(
    space: Space, trials: Sequence[Trial], prior: Prior, rng: np.random.Generator,
    strategy: str, budget: float, sampler: Sampler | None,
) -> Suggestion:  # fmt: skip
    seen = observe(trials, space)
    first = first_configs(space, prior, seen.taken, 1, strategy)
    if first:
        return Suggestion(first[0].config, budget, because=first[0].because, strategy=strategy)
    config = sampler(space, trials, prior, rng) if sampler else draw(space, prior, seen, 1, rng)[0]
    return Suggestion(config, budget, because=("a new config",), strategy=strategy)
