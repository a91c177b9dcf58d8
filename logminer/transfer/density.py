"""A density to sample from: uniform, and around past winners on tasks like this one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logminer.transfer.cube import Cube
from logminer.transfer.mined import Mined
from logminer.transfer.weights import task_weights

Array = NDArray[np.float64]
_LEAST_UNIFORM = 0.2  # share of draws that stays free of the past whatever it says
_HALF_LIFE = 20.0  # own trials after which the past has half its share
_WIDTH = 0.1  # standard deviation of the kernels, on the unit scale


@dataclass(frozen=True, eq=False)
class Density:
    """A mixture of the uniform density and kernels on winners.

    Attributes:
        cube: the space.
        centres: the winners, shape (m, d).
        weights: of the kernels, shape (m,), summing to 1.
        uniform: share of the uniform density.
    """

    cube: Cube
    centres: Array
    weights: Array
    uniform: float

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """``n`` points, shape (about n, d): forbidden combinations are left out."""
        wide = self.cube.sample(n, rng)
        if not len(self.centres):
            return wide
        chosen = self.centres[rng.choice(len(self.centres), size=n, p=self.weights)]
        near = self.cube.allowed(self.cube.perturb(chosen, _WIDTH, rng))
        count = int((rng.random(n) < self.uniform).sum())
        return rng.permutation(np.vstack([wide[:count], near[: n - count]]))


def density(
    cube: Cube, past: Mined | None, points: Array, losses: Array, rng: np.random.Generator
) -> Density:
    """The density after some trials of this task.

    Args:
        cube: the space.
        past: the mined past, or None.
        points: this task's trials, shape (n, d).
        losses: their losses, shape (n,).
        rng: source of the bootstrap over the trials.
    """
    if past is None or not len(past.winners):
        return Density(cube, np.zeros((0, len(cube))), np.zeros(0), 1.0)
    model, rows = past.model, past.winners
    tasks, chance = task_weights(model, points, losses, rng)
    own = tasks[model.task[rows]]
    count = np.bincount(model.task[rows], minlength=model.count)[model.task[rows]]
    weights = own / count
    if weights.sum() <= 0:
        return Density(cube, np.zeros((0, len(cube))), np.zeros(0), 1.0)
    decayed = (1 - chance) * _HALF_LIFE / (_HALF_LIFE + len(losses))
    return Density(cube, past.tops, weights / weights.sum(), max(_LEAST_UNIFORM, 1 - decayed))
