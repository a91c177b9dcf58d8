"""Bayesian optimisation with a random forest, SMAC's way: rugged and conditional spaces, many trials."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from sklearn.ensemble import ExtraTreesRegressor

from logminer.core.prior import Prior
from logminer.core.space import Config, Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._belief import Located
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
from logminer.transfer.cube import Cube
from logminer.transfer.mined import mined
from logminer.transfer.scale import median_and_unit, to_common

Array = NDArray[np.float64]
_START = 8  # trials before the forest means anything
_TREES = 60
_RANDOM = 0.2  # share of proposals that ignore the forest, as SMAC interleaves them
_STEPS = np.array([0.2, 0.1, 0.05])


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` configs by expected improvement under a forest (Hutter, Hoos and Leyton-Brown 2011).

    What past tasks expect of a config is one more input of the forest, which takes it for what it is worth here.
    """
    seen = observe(history, space)
    found = first_configs(space, prior, seen.taken, n, "forest")
    while len(found) < n:
        batch = [s.config for s in found]
        if len(seen) < _START or rng.random() < _RANDOM:
            config, because = (
                draw(space, prior, seen, 1, rng, [*seen.taken, *batch])[0],
                "drawn beside the model",
            )
        else:
            config = _best(space, seen.with_pending(batch), prior, rng)
            because = f"a forest over {len(seen)} trials expects most improvement here"
        found.append(Suggestion(config, because=(because,), strategy="forest"))
    return found


def _best(space: Space, seen: Observed, prior: Prior, rng: np.random.Generator) -> Config:
    cube, past = Cube(space), mined(prior, space)
    points = space.to_unit(seen.configs)
    candidates = past_pool(past) if past else cold_pool(cube)
    near = around(cube, points[np.argsort(seen.losses, kind="stable")[:5]], _STEPS, 300, rng)
    candidates = candidates.joined(near, locate(cube, past, near))
    located = locate(cube, past, points)
    z = to_common(seen.losses, *median_and_unit(seen.losses))
    # Failed trials count as bad as the worst; pending ones as the median, so that a batch spreads.
    others = space.to_unit(seen.failed + seen.pending)
    imputed = np.array(
        [float(z.max())] * len(seen.failed) + [float(np.median(z))] * len(seen.pending)
    )
    inputs = (
        np.vstack([_inputs(located), _inputs(locate(cube, past, others))])
        if len(others)
        else _inputs(located)
    )
    forest = ExtraTreesRegressor(_TREES, min_samples_leaf=2, random_state=int(rng.integers(2**31)))
    forest.fit(inputs, np.concatenate([z, imputed]))
    score = _improvement(forest, candidates, float(z.min()))
    score[
        is_near(candidates.points, space.to_unit(seen.taken), plateaus(points, seen.losses))
    ] = -np.inf
    best = int(np.argmax(score))
    origin = int(candidates.origins[best])
    return past.config(origin) if past and origin >= 0 else cube.config(candidates.points[best])


def _inputs(located: Located) -> Array:
    return np.column_stack([located.features, located.mean])


def _improvement(forest: ExtraTreesRegressor, candidates: Candidates, best: float) -> Array:
    inputs = _inputs(candidates.located)
    each = np.array([tree.predict(inputs) for tree in forest.estimators_])
    mean, deviation = each.mean(0), each.std(0) + 1e-3
    u = (best - mean) / deviation
    return np.asarray(deviation * (u * ndtr(u) + np.exp(-0.5 * u * u) / np.sqrt(2 * np.pi)))
