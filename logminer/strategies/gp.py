"""Bayesian optimisation with Gaussian processes that start from the past tasks (expected improvement)."""

from collections.abc import Sequence

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Config, Space, config_key
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._candidates import around, cold_pool, is_near, locate, past_pool
from logminer.strategies._observed import Observed, observe
from logminer.strategies._surrogate import belief_of
from logminer.transfer.cube import Cube
from logminer.transfer.mined import mined

_FIRST = 3
_LOCAL = 100
_REFINE = 100
_STEPS = np.array([0.2, 0.1, 0.05])
_FINE = np.array([0.1, 0.05, 0.02])


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` configs: the portfolio first, then where improvement is expected."""
    seen = observe(history, space)
    out: list[Suggestion] = []
    taken = list(seen.taken)
    for _ in range(n):
        s = _first(space, prior, taken) or _best(space, seen, prior, taken, rng)
        out.append(s)
        taken.append(s.config)
    return out


def _first(space: Space, prior: Prior, taken: list[Config]) -> Suggestion | None:
    past = mined(prior, space)
    if past is None or len(taken) >= _FIRST:
        return None
    keys = {config_key(c) for c in taken}
    for i in past.portfolio:
        if config_key(past.config(i)) not in keys:
            return Suggestion(past.config(i), strategy="gp", because=("portfolio",))
    return None


def _best(space: Space, seen: Observed, prior: Prior, taken: list[Config], rng: np.random.Generator) -> Suggestion:
    cube = Cube(space)
    if len(seen) < 2:
        return Suggestion(cube.config(cube.sample(1, rng)[0]), strategy="gp")
    past = mined(prior, space)
    belief = belief_of(space, seen, prior)
    points = space.to_unit(seen.configs)
    tops = points[np.argsort(seen.losses, kind="stable")[:3]]
    near = around(cube, tops, _STEPS, _LOCAL, rng)
    c = past_pool(past) if past else cold_pool(cube)
    c = c.joined(near, locate(cube, past, near))
    score = belief.predict(c.located).expected_improvement()
    if _REFINE:
        more = around(cube, c.points[np.argsort(-score, kind="stable")[:5]], _FINE, _REFINE, rng)
        extra = locate(cube, past, more)
        c = c.joined(more, extra)
        score = np.concatenate([score, belief.predict(extra).expected_improvement()])
    top = np.argsort(-score, kind="stable")[:200]
    free = top[~is_near(c.points[top], space.to_unit(taken))]
    j = int(free[0]) if len(free) else int(top[0])
    origin = int(c.origins[j])
    config = past.config(origin) if past and origin >= 0 else cube.config(c.points[j])
    low, mid, high = belief.quantiles(locate(cube, past, c.points[j : j + 1]), (0.1, 0.5, 0.9))
    why = tuple(f"{name} {belief.weight(name):.2f}" for name in ("past", "flipped", "smoothness", "cold", "own"))
    return Suggestion(config, predicted=mid, interval=(low, high), because=why, strategy="gp")
