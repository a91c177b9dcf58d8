"""Bayesian optimisation with a random forest, SMAC's way: rugged and conditional spaces, many trials."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from logminer.core.prior import Prior
from logminer.core.space import Config, Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._ask import Ask, ask_of
from logminer.strategies._candidates import (
    Candidates,
    around,
    cold_pool,
    is_near,
    locate,
    past_pool,
    plateaus,
)
from logminer.strategies._process import Located
from logminer.strategies._start import draw, first_configs
from logminer.transfer.scale import median_and_unit, to_common

if TYPE_CHECKING:
    from sklearn.ensemble import ExtraTreesRegressor

Array = NDArray[np.float64]
_START = 8  # trials before the forest means anything
_TREES = 40
_RANDOM = 0.2  # share of proposals that ignore the forest, as SMAC interleaves them
_STEPS = np.array([0.2, 0.1, 0.05])


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` configs by expected improvement under a forest (Hutter, Hoos and Leyton-Brown 2011).

    What past tasks expect of a config is one more input of the forest, which takes it for what it is worth here.
    """
    ask = ask_of("forest", space, history, prior, rng)
    found = first_configs(ask, n)
    while len(found) < n:
        now = ask.after(found)
        if len(ask.seen) < _START or rng.random() < _RANDOM:
            found.append(ask.suggestion(draw(now, 1)[0], "drawn beside the model"))
        else:
            because = f"a forest over {len(ask.seen)} trials expects most improvement here"
            found.append(ask.suggestion(_best(now), because))
    return found


def _best(ask: Ask) -> Config:
    from sklearn.ensemble import ExtraTreesRegressor

    candidates = past_pool(ask.past) if ask.past else cold_pool(ask.cube)
    near = around(ask.cube, ask.leaders(5), _STEPS, 300, ask.rng)
    candidates = candidates.joined(near, locate(ask.cube, ask.past, near))
    forest = ExtraTreesRegressor(
        _TREES, min_samples_leaf=2, random_state=int(ask.rng.integers(2**31))
    )
    z = to_common(ask.seen.losses, *median_and_unit(ask.seen.losses))
    # Failed trials count as bad as the worst; pending ones as the median, so that a batch spreads.
    failed, pending = len(ask.seen.failed), len(ask.seen.pending)
    targets = np.append(z, [float(z.max())] * failed + [float(np.median(z))] * pending)
    forest.fit(_inputs(locate(ask.cube, ask.past, ask.tried[: len(targets)])), targets)
    score = _improvement(forest, candidates, float(z.min()))
    radii = plateaus(ask.cube, ask.points, ask.seen.losses)
    score[is_near(ask.cube, candidates.points, ask.tried, radii)] = -np.inf
    best = int(np.argmax(score))
    if score[best] == -np.inf:
        return draw(ask, 1)[0]
    origin = int(candidates.origins[best])
    if ask.past is not None and origin >= 0:
        return ask.past.configs[origin]
    return ask.cube.config(candidates.points[best])


def _inputs(located: Located) -> Array:
    return np.column_stack([located.features, located.mean])


def _improvement(forest: "ExtraTreesRegressor", candidates: Candidates, best: float) -> Array:
    inputs = _inputs(candidates.located).astype(np.float32)
    # Straight from the trees' arrays: checking the inputs anew for each tree would take most of the time.
    each = np.array([tree.tree_.predict(inputs)[:, 0] for tree in forest.estimators_])
    mean, deviation = each.mean(0), each.std(0) + 1e-3
    u = (best - mean) / deviation
    return np.asarray(deviation * (u * ndtr(u) + np.exp(-0.5 * u * u) / np.sqrt(2 * np.pi)))
