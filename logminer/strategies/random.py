"""Random search: independent draws from the space, on its searched scale."""

from collections.abc import Sequence

import numpy as np

from logminer.core.prior import Prior
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.transfer.cube import Cube


def suggest(
    space: Space, history: Sequence[Trial], prior: Prior, n: int, rng: np.random.Generator
) -> list[Suggestion]:
    """Propose ``n`` random configs."""
    cube = Cube(space)
    return [Suggestion(cube.config(point), strategy="random") for point in cube.sample(n, rng)]
