"""From prior and trials to a belief about candidates: the shared part of the Gaussian-process strategies."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from logminer.strategies._ask import Ask
from logminer.strategies._belief import Belief, Located, Process, believe
from logminer.strategies._candidates import locate
from logminer.transfer.cube import Cube
from logminer.transfer.lengthscales import fit_lengthscales
from logminer.transfer.mined import Mined
from logminer.transfer.scale import median_and_unit, to_common

Array = NDArray[np.float64]
_TRUST = (-3.0, 1.5)  # log odds that past tasks alone may give to the past, against a cold start
_FLIPPED = -3.0  # log odds of a past that is upside down, against one that is right
_COLD = (0.4, 0.8)  # centre and spread of random configs of a usual task on the common scale
_SCALES = (
    0.2,
    0.45,
    1.0,
)  # lengthscales of cold processes, times the root of a third of the dimensions
_NOISES = (0.003, 0.03, 0.2)
_OWN = (0.1, 0.3, 1.0)
_OWN_PRIOR = -0.5
_PEN = 1.0
_MOST = 200  # own trials a belief is built on: its cost grows with their cube
_ENOUGH = 8  # trials from which own lengthscales are fitted


def belief_of(ask: Ask) -> Belief:
    """Believe what prior and trials say; needs at least one value."""
    rows = _thinned(ask.seen.losses)
    losses, noise = ask.seen.losses[rows], ask.seen.noise[rows]
    seen = locate(ask.cube, ask.past, ask.points[rows])
    processes = cold_processes(ask.cube, seen, losses)
    centre, spread = _COLD
    if ask.past is not None:
        centre, spread = ask.past.model.centre, ask.past.model.spread
        processes += past_processes(ask.past, ask.prior.trust)
    each = float(np.log(len(_NOISES)))
    noisy = [replace(p, noise=v, log_prior=p.log_prior - each) for p in processes for v in _NOISES]
    return believe(noisy, seen, losses, noise, centre=centre, spread=spread)


def _thinned(losses: Array) -> NDArray[np.int64]:
    """The trials a belief is built on: all, or the best of them and an even share of the rest."""
    if len(losses) <= _MOST:
        return np.arange(len(losses))
    order = np.argsort(losses, kind="stable")
    rest = order[_MOST // 2 :]
    even = rest[np.linspace(0, len(rest) - 1, _MOST - _MOST // 2).astype(np.int64)]
    return np.sort(np.concatenate([order[: _MOST // 2], even]))


def past_processes(past: Mined, trust: float) -> list[Process]:
    """The past holds, holds upside down, or only its smoothness carries over."""
    c, lengthscales = past.calibration, past.model.lengthscales
    odds = float(np.clip(c.gain, *_TRUST)) + trust
    owns = sorted({c.own, *_OWN})
    return [
        *(
            Process(
                "past", odds - float(np.log(len(owns))), lengthscales, 1.0, c.between, o, c.noise
            )
            for o in owns
        ),
        Process("flipped", odds + _FLIPPED, lengthscales, -1.0, c.between, c.own, c.noise),
        Process("smoothness", 0.0, lengthscales, noise=c.cold_noise),
    ]


def cold_processes(cube: Cube, seen: Located, losses: Array) -> list[Process]:
    """Nothing carries over: a few usual lengthscales, and the trials' own once there are enough."""
    ones = np.ones(seen.features.shape[1])
    root = np.sqrt(max(len(cube), 1) / 3)
    share = -float(np.log(len(_SCALES)))
    found = [Process("cold", share, s * root * ones) for s in _SCALES]
    if len(losses) >= _ENOUGH:
        rows = np.argsort(losses, kind="stable")[:80]
        z = to_common(losses[rows], *median_and_unit(losses[rows]))
        z = (z - z.mean()) / (float(z.std()) or 1.0)
        own = fit_lengthscales([seen.features[rows]], [z], cube.groups, 15)
        found.append(
            Process(
                "own",
                _OWN_PRIOR * len(cube) - _PEN * own.penalty,
                own.values[cube.groups],
                noise=max(own.noise, 1e-3),
            )
        )
    return found
