"""Quasi-random search: a scrambled Sobol sequence, which fills the space more evenly than chance."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import qmc

from logminer.core.prior import Prior
from logminer.core.space import Space, config_key
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.transfer.cube import Cube

_SCRAMBLE = 20_240  # one fixed scramble: the sequence goes on where the trials stopped
_TRIES = 12


def suggest(
    space: Space,
    history: Sequence[Trial],
    prior: Prior,  # noqa: ARG001 - part of the protocol
    n: int,
    rng: np.random.Generator,  # noqa: ARG001
) -> list[Suggestion]:
    """Propose the next ``n`` points of the sequence that were not tried.

    The prior has no say: the sequence's evenness is its point. Source: Owen 1998, Scrambling Sobol'
    and Niederreiter-Xing points.
    """
    cube = Cube(space)
    taken = {config_key(t.config) for t in history}
    start, found = len(history), []
    for attempt in range(_TRIES):
        count = 2 ** int(np.ceil(np.log2((n + 8) * 2**attempt)))
        for place, point in zip(
            range(start, start + count), _points(len(cube), start, count), strict=True
        ):
            config = cube.config(cube.snap(point[None])[0])
            if config_key(config) in taken or space.is_forbidden(config):
                continue
            taken.add(config_key(config))
            found.append(
                Suggestion(
                    config, because=(f"point {place + 1} of the Sobol sequence",), strategy="sobol"
                )
            )
            if len(found) == n:
                return found
        start += count
    return found


def _points(d: int, start: int, count: int) -> np.ndarray:
    sequence = qmc.Sobol(d, rng=_SCRAMBLE)
    if start:
        sequence.fast_forward(start)
    return np.asarray(sequence.random(count))
