"""The loop that all halving strategies share: promote whom the rule names, else start a new config."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from logminer.core.space import Config
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._ask import Ask
from logminer.strategies._halving import RUNGS, Promotion
from logminer.strategies._start import draw, first_configs

Rule = Callable[[Sequence[Trial]], tuple[Promotion | None, int]]
Sampler = Callable[[Ask], Config]


def climb(
    ask: Ask, history: Sequence[Trial], n: int, rule: Rule, sampler: Sampler | None = None
) -> list[Suggestion]:
    """Propose ``n`` budgeted configs.

    Args:
        ask: what is known.
        history: the trials, budgets as shares of a full run.
        n: how many.
        rule: from trials to the promotion due, if any, and the rung of a new config.
        sampler: where new configs come from; the prior's density by default.
    """
    trials = list(history)
    found: list[Suggestion] = []
    for _ in range(n):
        promotion, start = rule(trials)
        if promotion is not None:
            suggestion = _promoted(ask, promotion)
        else:
            suggestion = fresh(ask.after(found), RUNGS[start], sampler)
        found.append(suggestion)
        trials.append(Trial(suggestion.config, None, "running", suggestion.budget))
    return found


def _promoted(ask: Ask, promotion: Promotion) -> Suggestion:
    before = promotion.climber.trials[promotion.rung - 1]
    suggestion = ask.suggestion(promotion.climber.config, promotion.reason)
    return replace(suggestion, budget=RUNGS[promotion.rung], resumes=before.id or None)


def fresh(ask: Ask, budget: float, sampler: Sampler | None = None) -> Suggestion:
    """A new config at a small budget: from the portfolio first, then drawn."""
    first = first_configs(ask, 1)
    if first:
        return replace(first[0], budget=budget)
    config = sampler(ask) if sampler else draw(ask, 1)[0]
    return replace(ask.suggestion(config, "a new config"), budget=budget)
