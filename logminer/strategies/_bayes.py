"""The loop that all Gaussian-process strategies share: believe, score candidates, take the best that is new."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import NO_PRIOR
from logminer.core.space import Config, config_key
from logminer.core.suggestion import Suggestion
from logminer.core.words import counted
from logminer.strategies._acquisition import Acquisition
from logminer.strategies._ask import Ask
from logminer.strategies._because import of_past_trial, of_point
from logminer.strategies._belief import Belief
from logminer.strategies._candidates import (
    Candidates,
    around,
    cold_pool,
    is_near,
    locate,
    nearness,
    past_pool,
    plateaus,
    wide_pool,
)
from logminer.strategies._explore import explore_hopeful
from logminer.strategies._observed import Observed
from logminer.strategies._process import Located
from logminer.strategies._refine import refined
from logminer.strategies._start import draw, first_configs
from logminer.strategies._surrogate import belief_of
from logminer.transfer.kernels import squared_distances

Array = NDArray[np.float64]
_SPREAD_OUT = 6  # trials spread over the space before a cold model begins
_WARM_START = 2  # trials before a warm model begins
_REFERENCES = (4, 8)  # trials that are spread out whatever is believed
_LONG, _MANY_TASKS = 25, 5  # trials planned and past tasks from which they pay
_LITTLE = 0.02  # share of the way from the median to the best that is no progress
_PATIENCE = 6  # trials without progress after each of which a cold search draws one at random
_HOPELESS = 0.02  # chance of improvement below which a config is not said to improve
_DOUBT = 0.1  # a past less likely than this is not searched by
_YOUNG = 8  # trials up to which a search that doubts its past spreads out
_STALLED = 3  # trials without improvement after which a past that was never put to the test is
_FARTHEST_OF = 10
_LOCAL, _REFINED = 100, 100
_STEPS, _FINE_STEPS = np.array([0.2, 0.1, 0.05]), np.array([0.1, 0.05, 0.02])
_STARTS, _CLIMBS = (2, 3), (6, 12)  # points climbed from, and how often: with a past, without
_CHECKED = 300  # candidates, best first, that are checked for being new
_ALIKE = 0.25  # lengthscales that configs which run side by side keep apart
_BAD = 0.9  # quantile of the losses that a failed trial counts as


def propose(ask: Ask, n: int, acquisition: Acquisition) -> list[Suggestion]:
    """Propose ``n`` configs one after another, each as if the ones before had given what is believed of them."""
    found = [_foretold(ask, suggestion) for suggestion in first_configs(ask, n)]
    while len(found) < n:
        found.append(_next(ask.after(found), acquisition))
    return found


def _next(ask: Ask, acquisition: Acquisition) -> Suggestion:
    if ask.past and not len(ask.seen):
        return explore_hopeful(ask, ask.past)
    if len(ask.seen) < (_WARM_START if ask.past else _SPREAD_OUT):
        return _spread_out(ask)
    if _is_reference(ask):
        return _spread_out(ask, "a reference: whether the previous tasks mislead shows elsewhere")
    if not ask.past and _since_progress(ask.seen.losses) % _PATIENCE == _PATIENCE - 1:
        return _foretold(ask, ask.suggestion(draw(ask, 1)[0], "random exploration"))
    waiting = ask.space.to_unit(ask.seen.pending)
    ask = replace(ask, seen=_fantasised(ask))
    belief = belief_of(ask)
    if ask.past and _astray(belief):
        return _spread_out(ask)
    if ask.past and _untested(belief, ask.seen.losses):
        return _spread_out(ask, "a control: no progress, and only what the past favours was tried")
    return _chosen(ask, belief, acquisition, waiting)


def _since_best(losses: Array) -> int:
    """Number of trials with a value since the best one."""
    return len(losses) - 1 - int(np.argmin(losses))


def _since_progress(losses: Array) -> int:
    """Number of trials with a value since the best one was lowered by more than a little.

    A search that refines one place for dozens of trials makes progress without end, and may still be trapped.
    """
    best = np.minimum.accumulate(losses)
    least = _LITTLE * float(np.median(losses) - best[-1])
    return len(losses) - 1 - int(np.argmax(best <= best[-1] + least))


def _is_reference(ask: Ask) -> bool:
    """Whether a trial is spent beside the past, whatever is believed of it.

    Trials where the past says "good" are alike on a plateau, so that no evidence taken there refutes a past.
    """
    past, planned = ask.past, ask.prior.planned
    if past is None or past.model.count < _MANY_TASKS:
        return False
    return (planned is None or planned >= _LONG) and len(ask.seen.taken) + 1 in _REFERENCES


def _astray(belief: Belief) -> bool:
    """Whether a young search has refuted its past and does not know better yet."""
    told = belief.weight("past") + belief.weight("flipped")
    return len(belief.seen) <= _YOUNG and told < _DOUBT


def _untested(belief: Belief, losses: Array) -> bool:
    """Whether a search that stalls has only ever tried what the past favours.

    Such trials cannot tell a past that holds from one that misleads: either way they are all alike. Where the past
    favours the whole space, a long stall gets a control now and then, no more.
    """
    since = _since_best(losses)
    return since % (_STALLED + 1) == _STALLED and bool((belief.seen.mean < 0).all())


def _spread_out(ask: Ask, *because: str) -> Suggestion:
    """Of a few draws from the whole space, the one farthest from everything tried."""
    drawn = draw(replace(ask, prior=NO_PRIOR), _FARTHEST_OF)
    a, b = (np.nan_to_num(points, nan=0.5) for points in (ask.space.to_unit(drawn), ask.tried))
    gaps = ((a[:, None] - b[None]) ** 2).sum(-1).min(1, initial=np.inf)
    return ask.suggestion(
        drawn[int(np.argmax(gaps))], *because, "exploration: nothing similar was tried on this task"
    )


def _fantasised(ask: Ask) -> Observed:
    """Failed trials as if among the worst, pending ones as if they had given their median prediction."""
    seen = ask.seen
    if not seen.failed and not seen.pending:
        return seen
    bad, doubt = float(np.quantile(seen.losses, _BAD)), float(np.std(seen.losses))
    known = replace(
        seen,
        configs=[*seen.configs, *seen.failed],
        losses=np.append(seen.losses, [bad] * len(seen.failed)),
        noise=np.append(seen.noise, [doubt] * len(seen.failed)),
        failed=[],
        pending=[],
    )
    if not seen.pending:
        return known
    belief = belief_of(replace(ask, seen=known))
    located = locate(ask.cube, ask.past, ask.space.to_unit(seen.pending))
    rows = [np.array([i]) for i in range(len(located))]
    medians = [belief.quantiles(located.take(row), (0.5,))[0] for row in rows]
    return replace(
        known,
        configs=[*known.configs, *seen.pending],
        losses=np.append(known.losses, medians),
        noise=np.append(known.noise, np.zeros(len(medians))),
    )


def _chosen(ask: Ask, belief: Belief, acquisition: Acquisition, waiting: Array) -> Suggestion:
    candidates, scores = _scored(ask, belief, acquisition)
    spread = np.where(_is_alike(belief, candidates.located, ask, waiting), -np.inf, scores)
    scores = spread if spread.max() > -np.inf else scores
    for best in np.argsort(-scores, kind="stable"):
        if scores[best] == -np.inf:
            break
        origin = int(candidates.origins[best])
        is_past = ask.past is not None and origin >= 0
        point = candidates.points[best]
        config = ask.past.configs[origin] if ask.past and is_past else ask.cube.config(point)
        if config_key(config) not in ask.seen.keys:
            return _explained(ask, belief, candidates.take(best), config)
    return ask.suggestion(
        draw(ask, 1)[0], "all that the model favours was tried: random exploration"
    )


def _explained(ask: Ask, belief: Belief, chosen: Candidates, config: Config) -> Suggestion:
    """The suggestion of one candidate, with its reasons and prediction."""
    origin, because = int(chosen.origins[0]), tuple[str, ...]()
    if ask.past is not None and origin >= 0:
        because = of_past_trial(ask.past, origin)
    elif ask.past is not None and belief.weight("past") > 0.5:
        because = of_point(ask.past, chosen.points[0])
    suggestion = ask.suggestion(config, *because, _weighed(ask, belief, chosen.located))
    return _predicted(suggestion, belief, chosen.located)


def _scored(ask: Ask, belief: Belief, acquisition: Acquisition) -> tuple[Candidates, Array]:
    """Candidates and their scores, then once more around the best of them."""
    radii = plateaus(ask.cube, ask.points, ask.seen.losses)
    near = nearness(belief.likeliest.noise)

    def score(new: Array, located: Located) -> Array:
        values = acquisition.score(belief, located, ask.rng)
        top = np.argsort(-values, kind="stable")[:_CHECKED]
        fresh = top[~is_near(ask.cube, new[top], ask.tried, radii, near)]
        scores = np.full(len(new), -np.inf)
        scores[fresh] = values[fresh]
        return scores

    def widened(start: Array, steps: Array, count: int) -> tuple[Array, Located]:
        new = around(ask.cube, start, steps, count, ask.rng)
        return new, locate(ask.cube, ask.past, new)

    if ask.past is None:
        candidates = cold_pool(ask.cube)
    else:
        trusted = belief.weight("past") >= _DOUBT
        candidates = past_pool(ask.past) if trusted else wide_pool(ask.past)
    candidates = candidates.joined(*widened(ask.leaders(3), _STEPS, _LOCAL))
    scores = score(candidates.points, candidates.located)
    promising = candidates.points[np.argsort(-scores, kind="stable")[:5]]
    finer = widened(promising, _FINE_STEPS, _REFINED)
    candidates, scores = candidates.joined(*finer), np.concatenate([scores, score(*finer)])
    if acquisition.partials is None:
        return candidates, scores
    cold = int(ask.past is None)
    starts = candidates.points[np.argsort(-scores, kind="stable")[: _STARTS[cold]]]
    moved = refined(
        ask.cube, ask.past, belief, starts, acquisition.partials, evaluations=_CLIMBS[cold]
    )
    moved = ask.cube.allowed(moved)
    located = locate(ask.cube, ask.past, moved)
    return candidates.joined(moved, located), np.concatenate([scores, score(moved, located)])


def _is_alike(belief: Belief, new: Located, ask: Ask, waiting: Array) -> NDArray[np.bool_]:
    """Whether points would teach little that the pending ones will not, shape (m,)."""
    scales = belief.likeliest.lengthscales
    pending = ask.cube.features(waiting) / scales
    gaps = squared_distances(new.features / scales, pending)
    return np.asarray((gaps < _ALIKE**2).any(1))


def _weighed(ask: Ask, belief: Belief, chosen: Located) -> str:
    """What is believed of the past and of the config, in numbers that were computed."""
    if ask.past is None:
        chance = belief.chance_of_improvement(chosen)
        if chance < _HOPELESS:
            return "exploration: nothing nearby is likely to be better than the best so far"
        return f"chance of improving on the best so far: {chance:.0%}"
    right, flipped = belief.weight("past"), belief.weight("flipped")
    if flipped > max(right, 0.5):
        return (
            f"past tasks look upside down here (probability {flipped:.0%}): "
            "check the direction of the metric"
        )
    trials = counted(len(ask.seen), "trial")
    return f"what the past says holds here with probability {right:.0%}, by {trials} of this task"


def _foretold(ask: Ask, suggestion: Suggestion) -> Suggestion:
    """With a prediction, once there are two results to tell the task's scale from."""
    if len(ask.seen) < _WARM_START:
        return suggestion
    point = ask.space.to_unit([suggestion.config])
    return _predicted(suggestion, belief_of(ask), locate(ask.cube, ask.past, point))


def _predicted(suggestion: Suggestion, belief: Belief, located: Located) -> Suggestion:
    low, middle, high = belief.quantiles(located, (0.1, 0.5, 0.9))
    return replace(suggestion, predicted=middle, interval=(low, high))
