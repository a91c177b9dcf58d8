"""From prior and trials to a belief about candidates: the shared part of the Gaussian-process strategies."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.strategies._ask import Ask
from logminer.strategies._belief import Belief, believe
from logminer.strategies._candidates import locate
from logminer.strategies._observed import thinned
from logminer.strategies._process import Located, Process
from logminer.transfer.cube import Cube
from logminer.transfer.lengthscales import fit_lengthscales
from logminer.transfer.mined import Mined
from logminer.transfer.scale import median_and_unit, to_common

Array = NDArray[np.float64]
_TRUST = (-3.0, 1.5)  # log odds that past tasks alone may give to the past, against a cold start
_FLIPPED = -3.0  # log odds of a past that is upside down, against one that is right
_SCALES = (0.2, 0.45, 1.0)  # cold lengthscales over the root of a third of the dimensions
_NOISES = (
    1e-6,
    0.0005,
    0.01,
    0.05,
    0.2,
)  # variances of the noise that each explanation is tried with
_OWN = (0.1, 0.3, 1.0)  # variances of what no past task shows
_OWN_SEEN = (0.03, 0.1, 0.3)  # the same of a thin past, where it has looked
_FLIPPED_OWN = 0.7  # the same of a past that is upside down
_ENOUGH = 8  # trials from which own lengthscales are fitted
_PRICE = 0.5  # log evidence that each fitted lengthscale costs
_MOST = 200  # own trials a belief is built on: its cost grows with their cube
_FITTED = 80  # of them, those that lengthscales are fitted on


def belief_of(ask: Ask) -> Belief:
    """Believe what prior and trials say; needs at least one value."""
    rows = thinned(ask.seen.losses, _MOST)
    losses, noise = ask.seen.losses[rows], ask.seen.noise[rows]
    seen = locate(ask.cube, ask.past, ask.points[rows])
    explanations = cold_processes(ask.cube, seen, losses)
    if ask.past is not None:
        explanations += past_processes(ask.past, ask.prior.trust)
    processes = _spread(explanations, "noise", _NOISES)
    least = ask.past.least_unit if ask.past is not None else 0.0
    return believe(processes, seen, losses, noise, least)


def _spread(processes: Sequence[Process], field: str, values: Sequence[float]) -> list[Process]:
    """Each process with each value of one of its fields, its weight shared among them."""
    share = float(np.log(len(values)))
    changes: list[dict[str, Any]] = [{field: value} for value in values]
    return [
        replace(process, log_prior=process.log_prior - share, **change)
        for process in processes
        for change in changes
    ]


def past_processes(past: Mined, trust: float) -> list[Process]:
    """The past holds, holds upside down, or only its smoothness carries over."""
    worth, scale, thin = past.calibration, past.model.setting, past.model.thin
    odds = float(np.clip(worth.gain, *_TRUST)) + trust
    right = Process(
        "past", odds, scale.lengthscales, sign=1.0, between=worth.between,
        centre=scale.centre, spread=scale.spread, bend=scale.bend, unseen=1.0 if thin else 0.0,
    )  # fmt: skip
    flipped = replace(right, name="flipped", log_prior=odds + _FLIPPED, sign=-1.0, own=_FLIPPED_OWN)
    smooth = Process("smoothness", 0.0, scale.lengthscales, bend=scale.bend)
    return [*_spread([right], "own", _OWN_SEEN if thin else _OWN), flipped, smooth]


def cold_processes(cube: Cube, seen: Located, losses: Array) -> list[Process]:
    """Nothing carries over: a few usual lengthscales, and the trials' own once there are enough."""
    ones = np.ones(seen.features.shape[1])
    root = np.sqrt(max(len(cube), 1) / 3)
    share = float(np.log(len(_SCALES)))
    found = [Process("cold", -share, scale * root * ones) for scale in _SCALES]
    if len(losses) >= _ENOUGH:
        found.append(_own_process(cube, seen, losses))
    return found


def _own_process(cube: Cube, seen: Located, losses: Array) -> Process:
    rows = np.argsort(losses, kind="stable")[:_FITTED]
    z = to_common(losses[rows], *median_and_unit(losses[rows]))
    z = (z - z.mean()) / (float(z.std()) or 1.0)
    own = fit_lengthscales([seen.features[rows]], [z], cube.groups, iterations=15)
    return Process("own", -_PRICE * len(cube) - own.penalty, own.values[cube.groups])
