"""Any strategy, kept away from where configs fail: what it proposes there is turned down, and it is asked again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.transfer.feasibility import Feasibility, believe_feasibility

_LEAST = 0.5  # probability of success below which a config is turned down, as a share of the best attainable
_ROUNDS = 8  # askings before the likeliest to succeed of all that was turned down is taken
_MORE = 2  # configs that are asked for beside each that is missing, once some were turned down


def suggest_feasible(
    strategy: Any,
    space: Space,
    trials: Sequence[Trial],
    prior: Prior,
    *,
    n: int,
    rng: np.random.Generator,
) -> list[Suggestion]:
    """What a strategy proposes, without configs that will probably fail.

    Args:
        strategy: a module of ``strategies``; one that is ``EXHAUSTIVE`` is left alone.
        space: the space.
        trials: of the study.
        prior: what past tasks say.
        n: number of configs.
        rng: source of randomness.

    A config that is turned down counts as failed until the strategy has answered, so that it looks elsewhere. What goes
    on from another trial is never turned down.
    """
    belief = (
        None
        if getattr(strategy, "EXHAUSTIVE", False)
        else believe_feasibility(space, trials, prior)
    )
    if belief is None:
        return list(strategy.suggest(space, trials, prior, n, rng))
    least = _LEAST * belief.attainable()
    kept: list[Suggestion] = []
    refused: list[tuple[float, Suggestion]] = []
    for _ in range(_ROUNDS):
        wanted = n - len(kept)
        asked = wanted * _MORE if refused else wanted
        seen = [*trials, *map(_pending, kept), *(_as_failed(s) for _, s in refused)]
        found = strategy.suggest(space, seen, prior, asked, rng)
        chances = belief.success(space.to_unit([s.config for s in found]))
        for suggestion, chance in zip(found, chances, strict=True):
            if chance >= least or suggestion.resumes is not None:
                kept += [suggestion] if len(kept) < n else []
            else:
                refused.append((float(chance), suggestion))
        if len(kept) >= n or not found:
            break
    refused.sort(key=lambda pair: -pair[0])
    steered = bool(refused)
    kept += [suggestion for _, suggestion in refused[: n - len(kept)]]
    return [_with_lessons(s, belief) for s in kept] if steered else kept


def _pending(suggestion: Suggestion) -> Trial:
    return Trial(suggestion.config, None, "running", suggestion.budget)


def _as_failed(suggestion: Suggestion) -> Trial:
    return Trial(suggestion.config, None, "failed", suggestion.budget)


def _with_lessons(suggestion: Suggestion, belief: Feasibility) -> Suggestion:
    return replace(suggestion, because=(*suggestion.because, *belief.lessons()))


def lessons_of(space: Space, trials: Sequence[Trial], prior: Prior) -> list[str]:
    """What failures of the study and of past tasks teach, a line each."""
    belief = believe_feasibility(space, trials, prior)
    return belief.lessons() if belief else []
