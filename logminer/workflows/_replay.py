"""Replaying a search on the logs of one task: what a suggestion is answered with."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import Prior
from logminer.core.space import Config, Space
from logminer.core.trial import Trial
from logminer.strategies import STRATEGIES
from logminer.transfer.cube import Cube
from logminer.transfer.kernels import squared_distances
from logminer.transfer.scale import from_common, median_and_unit, to_common

Array = NDArray[np.float64]
_TREES = 100  # of a surrogate
_DRAWN = 1000  # configs of the space that stand for all of it


@dataclass(frozen=True, eq=False)
class Logged:
    """One task's distinct configs with their mean losses."""

    task: str
    space: Space
    configs: list[Config]
    losses: Array

    def regret(self, losses: Array) -> Array:
        """0 for the best logged loss, 1 for the median one and anything worse."""
        best = float(self.losses.min())
        scale = float(np.median(self.losses) - best) or float(np.ptp(self.losses))
        return np.clip((losses - best) / scale, 0, 1)

    @cached_property
    def regrets(self) -> Array:
        """Of the logged configs, shape (n,)."""
        return self.regret(self.losses)


class Nearest:
    """Answers with the nearest logged config that was not taken yet."""

    def __init__(self, logged: Logged) -> None:
        self.logged = logged
        self._cube = Cube(logged.space)
        self._features = self._cube.features(logged.space.to_unit(logged.configs))
        self._left = np.ones(len(logged.configs), dtype=bool)

    def __call__(self, config: Config) -> tuple[Config, float]:
        asked = self._cube.features(self.logged.space.to_unit([config]))
        distances = np.where(self._left, squared_distances(asked, self._features)[0], np.inf)
        place = int(np.argmin(distances))
        self._left[place] = False
        return self.logged.configs[place], float(self.logged.losses[place])

    def at_random(self) -> Array:
        """Regrets that picking at random draws from: those of the logged configs."""
        return self.logged.regrets


class Expected:
    """Answers with what trees expect that were fitted to the logged configs (Eggensperger et al. 2015)."""

    def __init__(self, logged: Logged) -> None:
        from sklearn.ensemble import ExtraTreesRegressor

        self.logged = logged
        self._cube = Cube(logged.space)
        self._scale = median_and_unit(logged.losses)
        features = self._cube.features(logged.space.to_unit(logged.configs))
        self._trees = ExtraTreesRegressor(_TREES, random_state=0)
        self._trees.fit(features, to_common(logged.losses, *self._scale))

    def __call__(self, config: Config) -> tuple[Config, float]:
        return config, float(self._losses(self.logged.space.to_unit([config]))[0])

    def at_random(self) -> Array:
        """Regrets that picking at random draws from: those of draws from the space."""
        return self.logged.regret(self._losses(self._cube.sample(_DRAWN, np.random.default_rng(0))))

    def _losses(self, points: Array) -> Array:
        expected = self._trees.predict(self._cube.features(points))
        return from_common(expected, *self._scale)


def replay(strategy: str, prior: Prior, answer: Nearest | Expected, n: int, seed: int) -> Array:
    """Regret of the best so far after each of ``n`` answered suggestions, shape (n,)."""
    proposes = STRATEGIES.load(strategy).suggest
    trials: list[Trial] = []
    for number in range(n):
        rng = np.random.default_rng([seed, number])
        suggestion = proposes(answer.logged.space, trials, prior, 1, rng)[0]
        trials.append(Trial(*answer(suggestion.config)))
    losses = np.array([trial.value for trial in trials], dtype=float)
    return np.minimum.accumulate(answer.logged.regret(losses))
