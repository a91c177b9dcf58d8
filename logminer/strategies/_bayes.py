"""The loop that all Gaussian-process strategies share: believe, score candidates, take the best that is new."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._because import of_past_trial, of_point
from logminer.strategies._belief import Belief, Located
from logminer.strategies._candidates import (
    Candidates,
    around,
    cold_pool,
    is_near,
    locate,
    past_pool,
    plateaus,
)
from logminer.strategies._observed import Observed, observe
from logminer.strategies._start import draw, first_configs
from logminer.strategies._surrogate import belief_of
from logminer.transfer.cube import Cube
from logminer.transfer.mined import Mined, mined

Array = NDArray[np.float64]
# From belief and points to scores, higher is better; the generator is for acquisitions that draw.
Acquisition = Callable[[Belief, Located, np.random.Generator], Array]

_SPREAD_OUT = 6  # trials spread over the space before a cold model begins
_WARM_START = 2  # trials before a warm model begins
_DOUBT, _DOUBT_UNTIL = (
    0.1,
    8,
)  # a past less likely than this is answered by spreading out, in a young study
_FARTHEST_OF = 10
_LOCAL, _REFINED = 100, 100
_STEPS, _FINE_STEPS = np.array([0.2, 0.1, 0.05]), np.array([0.1, 0.05, 0.02])


@dataclass(frozen=True, eq=False)
class _Search:
    """One ask: the space, what was seen (fantasies included), and what must not come again."""

    space: Space
    cube: Cube
    past: Mined | None
    prior: Prior
    seen: Observed
    tried: Array
    rng: np.random.Generator
    strategy: str


def propose(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator,
    strategy: str, acquisition: Acquisition,
) -> list[Suggestion]:  # fmt: skip
    """Propose ``n`` configs one after another, each as if the ones before had given what is believed of them.

    Args:
        space: the space.
        history: the trials of this study.
        prior: what past tasks say.
        n: how many.
        rng: source of randomness.
        strategy: whom to name as the proposer.
        acquisition: scores of candidates.
    """
    seen = observe(history, space)
    found = first_configs(space, prior, seen.taken, n, strategy)
    for _ in range(n - len(found)):
        pending = seen.with_pending([s.config for s in found])
        found.append(_next(space, pending, prior, rng, strategy, acquisition))
    return [_foretold(s, space, seen, prior) if s.predicted is None else s for s in found]


def _next(
    space: Space,
    seen: Observed,
    prior: Prior,
    rng: np.random.Generator,
    strategy: str,
    acquisition: Acquisition,
) -> Suggestion:
    cube, past = Cube(space), mined(prior, space)
    tried = space.to_unit(seen.taken)
    if len(seen) < (_WARM_START if past else _SPREAD_OUT):
        return _spread_out(cube, space, prior, seen, rng, strategy)
    believed = _fantasised(space, seen, prior)
    belief = belief_of(space, believed, prior)
    if past and len(seen) <= _DOUBT_UNTIL and belief.weight("past") < _DOUBT:
        return _spread_out(cube, space, prior, seen, rng, strategy)
    search = _Search(space, cube, past, prior, believed, tried, rng, strategy)
    return _chosen(search, belief, acquisition)


def _spread_out(
    cube: Cube, space: Space, prior: Prior, seen: Observed, rng: np.random.Generator, strategy: str
) -> Suggestion:
    """The draw farthest from everything tried."""
    drawn = draw(space, Prior(), seen, _FARTHEST_OF, rng)
    if seen.taken:
        a = np.nan_to_num(space.to_unit(drawn), nan=0.5)
        b = np.nan_to_num(space.to_unit(seen.taken), nan=0.5)
        gaps = ((a[:, None] - b[None]) ** 2).sum(-1).min(1)
        drawn = [drawn[int(np.argmax(gaps))]]
    return Suggestion(drawn[0], because=("far from all tried so far",), strategy=strategy)


def _fantasised(space: Space, seen: Observed, prior: Prior) -> Observed:
    """Pending configs as if they had given their median prediction, failed ones as if among the worst."""
    if not seen.failed and not seen.pending:
        return seen
    losses = list(seen.losses)
    bad = float(np.quantile(seen.losses, 0.9))
    noise = [*seen.noise, *(float(np.std(seen.losses)) for _ in seen.failed)]
    losses += [bad] * len(seen.failed)
    if seen.pending:
        known = replace(
            seen,
            configs=[*seen.configs, *seen.failed],
            losses=np.array(losses),
            noise=np.array(noise),
        )
        belief, cube, past = belief_of(space, known, prior), Cube(space), mined(prior, space)
        for point in space.to_unit(seen.pending):
            losses.append(belief.quantiles(locate(cube, past, point[None]), (0.5,))[0])
            noise.append(0.0)
    configs = [*seen.configs, *seen.failed, *seen.pending]
    return Observed(configs, np.array(losses), np.array(noise), [], [])


def _chosen(search: _Search, belief: Belief, acquisition: Acquisition) -> Suggestion:
    candidates, scores = _scored(search, belief, acquisition)
    best = int(np.argmax(scores))
    point, origin = candidates.points[best], int(candidates.origins[best])
    past = search.past
    if past is not None and origin >= 0:
        config, because = past.config(origin), of_past_trial(past, origin)
    else:
        config = search.cube.config(point)
        because = of_point(past, point) if past is not None and belief.weight("past") > 0.5 else ()
    low, middle, high = belief.quantiles(locate(search.cube, past, point[None]), (0.1, 0.5, 0.9))
    return Suggestion(
        config, predicted=middle, interval=(low, high), because=(*because, *_weighed(belief, past)),
        strategy=search.strategy,
    )  # fmt: skip


def _scored(search: _Search, belief: Belief, acquisition: Acquisition) -> tuple[Candidates, Array]:
    """Candidates and their scores, then once more around the best of them."""
    points = search.space.to_unit(search.seen.configs)
    radii = plateaus(points, search.seen.losses)

    def score(new: Array, located: Located) -> Array:
        values = acquisition(belief, located, search.rng)
        return np.where(is_near(new, search.tried, radii), -np.inf, values)

    def widened(start: Array, steps: Array, count: int) -> tuple[Array, Located]:
        new = around(search.cube, start, steps, count, search.rng)
        return new, locate(search.cube, search.past, new)

    candidates = past_pool(search.past) if search.past else cold_pool(search.cube)
    leaders = points[np.argsort(search.seen.losses, kind="stable")[:3]]
    candidates = candidates.joined(*widened(leaders, _STEPS, _LOCAL))
    scores = score(candidates.points, candidates.located)
    finer = widened(
        candidates.points[np.argsort(-scores, kind="stable")[:5]], _FINE_STEPS, _REFINED
    )
    return candidates.joined(*finer), np.concatenate([scores, score(*finer)])


def _weighed(belief: Belief, past: Mined | None) -> tuple[str, ...]:
    if past is None:
        return ("expected to improve on the best so far",)
    right, flipped = belief.weight("past"), belief.weight("flipped")
    if flipped > max(right, 0.5):
        return (
            f"past tasks look upside down here (probability {flipped:.0%}): check the direction of the metric",
        )
    return (
        f"past tasks hold here with probability {right:.0%}, judged by {len(belief.seen)} trials",
    )


def _foretold(suggestion: Suggestion, space: Space, seen: Observed, prior: Prior) -> Suggestion:
    """With a prediction, once there are two results to tell the scale from."""
    if len(seen) < _WARM_START:
        return suggestion
    belief, point = belief_of(space, seen, prior), space.to_unit([suggestion.config])
    located = locate(Cube(space), mined(prior, space), point)
    low, middle, high = belief.quantiles(located, (0.1, 0.5, 0.9))
    return replace(suggestion, predicted=middle, interval=(low, high))
