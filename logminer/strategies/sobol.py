"""Quasi-random search: a scrambled Sobol sequence, which fills the space more evenly than chance."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import Prior
from logminer.core.space import Config, Space, config_key
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._combinations import untried
from logminer.transfer.cube import Cube

_PIECES = tuple(2**k for k in range(4, 13))  # how the sequence is looked through for new points


def suggest(
    space: Space,
    history: Sequence[Trial],
    prior: Prior,
    n: int,
    rng: np.random.Generator,
) -> list[Suggestion]:
    """Propose the next ``n`` points of the sequence that were not tried.

    The past has no say: the sequence's evenness is its point. The study's seed scrambles it, so that it goes on where
    the trials stopped, and another seed is another sequence. Source: Owen 1998, Scrambling Sobol'
    and Niederreiter-Xing points.
    """
    taken = {trial.key for trial in history}
    found: list[Suggestion] = []
    for place, config in _sequence(space, len(history), prior.seed or 0):
        if len(found) == n:
            return found
        if config_key(config) not in taken and not space.is_forbidden(config):
            taken.add(config_key(config))
            because = (f"point {place + 1} of the Sobol sequence",)
            found.append(Suggestion(config, because=because, strategy="sobol"))
    because = ("the sequence has no new config left: one that it left out",)
    left = untried(space, taken, n - len(found), rng)
    found += [Suggestion(config, because=because, strategy="sobol") for config in left]
    # A finite space that is used up is drawn from again: repeats measure the noise.
    because = ("the sequence has no new config left: a repeat measures the noise",)
    repeats = space.sample(n - len(found), rng)
    return found + [Suggestion(c, because=because, strategy="sobol") for c in repeats]


def _sequence(space: Space, start: int, seed: int) -> Iterator[tuple[int, Config]]:
    """Places and configs of the sequence from ``start`` on, in ever larger pieces, for a while."""
    cube = Cube(space)
    for size in _PIECES:
        points = cube.snap(_points(len(cube), start, size, seed))
        for place, point in enumerate(points, start=start):
            yield place, cube.config(point)
        start += size


def _points(d: int, start: int, count: int, seed: int) -> NDArray[np.float64]:
    from scipy.stats import qmc

    sequence = qmc.Sobol(d, rng=seed)
    if start:
        sequence.fast_forward(start)
    return np.asarray(sequence.random(count))
