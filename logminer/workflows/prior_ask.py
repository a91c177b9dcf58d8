"""Asking a study together with published priors, whose share of the suggestions falls with own results."""

import math
from collections.abc import Sequence

import numpy as np

from logminer.core.space import Config, config_key
from logminer.core.suggestion import Suggestion
from logminer.published.density import Mixture
from logminer.workflows.prior_choice import Chosen
from logminer.workflows.study import Study

_BEST = 5
_TRIES = 20
STRATEGY = "published"


def ask_with(study: Study, chosen: Chosen, n: int, seed: int = 0) -> list[Suggestion]:
    """The next ``n`` suggestions: a share from the priors, the rest from the study's strategy.

    The share is the priors' weight after the study's own results (``weights_after``): most of the first
    suggestions, half as many after two results, few after ten, none of a prior that the best results speak
    against. Every suggestion is pending in the study afterwards.

    Args:
        study: the search, with its trials so far.
        chosen: the priors.
        n: number of suggestions.
        seed: same seed and same trials, same suggestions.
    """
    asked = from_priors(study, chosen, n, seed)
    return asked + (study.ask(n - len(asked)) if len(asked) < n else [])


def from_priors(study: Study, chosen: Chosen, n: int, seed: int = 0) -> list[Suggestion]:
    """The priors' share of the next ``n`` suggestions; see ``ask_with``. They are pending in the study afterwards."""
    results = sorted((t for t in study.trials if t.value is not None), key=lambda t: t.value or 0.0)
    told = [trial.config for trial in results]
    mixture = chosen.mixture(told[: min(_BEST, math.ceil(len(told) / 5))], told)
    rng = np.random.default_rng([seed, len(study.trials)])
    count = min(n, math.floor(n * (1 - mixture.uniform) + rng.random()))
    found = _from_priors(study, chosen, mixture, count, rng)
    said = f"weight of published priors {1 - mixture.uniform:.2f} after {len(results)} own results"
    return [_pending(study, config, (because, said)) for config, because in found]


def _pending(study: Study, config: Config, because: tuple[str, ...]) -> Suggestion:
    study.tell(config, None, status="running")
    return Suggestion(config, because=because, strategy=STRATEGY, id=study.trials[-1].id)


def _from_priors(
    study: Study, chosen: Chosen, mixture: Mixture, n: int, rng: np.random.Generator
) -> list[tuple[Config, str]]:
    """Published configs that were not tried yet, then draws from what sources commonly use."""
    tried = {config_key(trial.config) for trial in study.trials}
    listed = [(p.config, f"published: {p.source}") for p in chosen.published]
    fresh = [(config, because) for config, because in listed if config_key(config) not in tried][:n]
    tried |= {config_key(config) for config, _ in fresh}
    for config in _drawn(study, mixture, n - len(fresh), rng):
        if config_key(config) not in tried:
            tried.add(config_key(config))
            names = ", ".join(part.prior.name for part, _ in mixture.parts)
            fresh.append((config, f"drawn from what sources of {names} commonly use"))
    return fresh


def _drawn(study: Study, mixture: Mixture, n: int, rng: np.random.Generator) -> Sequence[Config]:
    if n <= 0 or not mixture.parts:
        return []
    total = 1 - mixture.uniform
    believed = Mixture(tuple((part, weight / total) for part, weight in mixture.parts))
    found: list[Config] = []
    for _ in range(_TRIES):
        drawn = study.space.from_unit(believed.sample(n - len(found), study.space, rng))
        found += [config for config in drawn if not study.space.is_forbidden(config)]
        if len(found) == n:
            break
    return found
