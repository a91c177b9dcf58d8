"""From prior and trials to a belief about candidates: the shared part of the Gaussian-process strategies."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.strategies._belief import Belief, Process, believe
from logminer.strategies._candidates import Candidates, around, pool
from logminer.strategies._observed import Observed
from logminer.transfer.calibrate import Calibration, mean_and_factors
from logminer.transfer.cube import Cube
from logminer.transfer.kernels import matern52
from logminer.transfer.lengthscales import fit_lengthscales
from logminer.transfer.mined import Mined, mined

Array = NDArray[np.float64]
_TRUST = (-3.0, 1.5)  # log odds that past tasks alone may give to the past, against a cold start
_FLIPPED = -3.0  # log odds of a past that is upside down, against one that is right


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A belief about a set of candidates."""

    belief: Belief
    candidates: Candidates


def surrogate(space: Space, seen: Observed, prior: Prior, rng: np.random.Generator) -> Surrogate:
    """Believe what prior and trials say about a fresh set of candidates; needs at least one value."""
    cube, past = Cube(space), mined(prior, space)
    wide = pool(cube, past, np.random.default_rng(0))
    points = space.to_unit(seen.configs)
    near = around(cube, points, seen.losses, rng)
    candidates = Candidates(
        np.vstack([wide.points, near]), np.concatenate([wide.origins, np.full(len(near), -1)])
    )
    processes = _own_processes(cube, points, seen.losses, candidates.points)
    centre, spread = 0.4, 0.8
    if past is not None:
        centre, spread = past.model.centre, past.model.spread
        processes += _past_processes(past, points, candidates.points, prior.trust)
    return Surrogate(believe(processes, seen.losses, seen.noise, centre, spread), candidates)


def _past_processes(past: Mined, points: Array, new: Array, trust: float) -> list[Process]:
    model, setting = past.model, past.calibration
    X, Y = model.scaled(points), model.scaled(new)
    mean, factors = mean_and_factors(model.means(X))
    mean_new, factors_new = mean_and_factors(model.means(Y))
    K, cross = matern52(X, X), matern52(Y, X)
    odds = float(np.clip(setting.gain, *_TRUST)) + trust
    right = Process(
        "past", odds, mean,
        setting.between * factors @ factors.T + setting.own * K, setting.noise,
        mean_new,
        setting.between * factors_new @ factors.T + setting.own * cross,
        setting.between * (factors_new**2).sum(1) + setting.own,
    )  # fmt: skip
    flipped = replace(right, name="flipped", log_prior=odds + _FLIPPED, mean=-mean, mean_new=-mean_new)
    smooth = _cold("smoothness", 0.0, K, cross, setting)
    return [right, flipped, smooth]


def _cold(name: str, log_prior: float, K: Array, cross: Array, setting: Calibration) -> Process:
    n, m = len(K), len(cross)
    return Process(
        name, log_prior, np.zeros(n), K, setting.cold_noise, np.zeros(m), cross, np.ones(m)
    )


def _own_processes(cube: Cube, points: Array, losses: Array, new: Array) -> list[Process]:
    X, Y = cube.features(points), cube.features(new)
    scale = 0.35 * np.sqrt(len(cube))
    return [_cold("cold", 0.0, matern52(X / scale, X / scale), matern52(Y / scale, X / scale), Calibration())]


__all__ = ["Surrogate", "fit_lengthscales", "surrogate"]
