"""Everything that depends on the past alone, computed once per prior and space."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import Prior
from logminer.core.space import Config, Space
from logminer.transfer.calibrate import Calibration, calibrate
from logminer.transfer.portfolio import greedy, regrets
from logminer.transfer.surrogates import PastModel, mine

Array = NDArray[np.float64]
_KEPT = 8
_PORTFOLIO = 10
_MEMORY: "OrderedDict[tuple[str, str], Mined]" = OrderedDict()


@dataclass(frozen=True, eq=False)
class Mined:
    """What the past gives to every strategy.

    Attributes:
        model: surrogates of the past tasks.
        proposable: indices of the model's trials whose configs lie in the space.
    """

    model: PastModel
    proposable: NDArray[np.int64]

    @cached_property
    def calibration(self) -> Calibration:
        """How the processes over a new task are set, and what the past is worth."""
        return calibrate(self.model)

    @cached_property
    def regrets(self) -> Array:
        """Normalised regret that each trial's config has on each past task, shape (tasks, n)."""
        return regrets(self.model)

    @cached_property
    def portfolio(self) -> list[int]:
        """Trials of the model to try first, best first."""
        if not len(self.proposable):
            return []
        chosen = greedy(self.regrets[:, self.proposable], _PORTFOLIO)
        return [int(self.proposable[i]) for i in chosen]

    @cached_property
    def winners(self) -> NDArray[np.int64]:
        """Proposable trials in the best eighth of their task, at least three a task."""
        found = []
        for k in range(self.model.count):
            rows = self.proposable[self.model.task[self.proposable] == k]
            found.append(rows[np.argsort(self.model.z[rows])][: max(3, len(rows) // 8)])
        return np.concatenate(found)

    def config(self, trial: int) -> Config:
        """Config of a trial of the model."""
        task = self.model.prior.tasks[int(self.model.task[trial])]
        return task.configs[int(self.model.row[trial])]


def mined(prior: Prior, space: Space) -> Mined | None:
    """The mined past, remembered by content; None without past tasks."""
    if not prior.tasks:
        return None
    key = (prior.digest, repr(space))
    if key not in _MEMORY:
        model = mine(prior, space)
        rows = range(len(model.z))
        inside = [
            i for i in rows if space.contains(prior.tasks[model.task[i]].configs[model.row[i]])
        ]
        _MEMORY[key] = Mined(model, np.array(inside, dtype=np.int64))
        while len(_MEMORY) > _KEPT:
            _MEMORY.popitem(last=False)
    _MEMORY.move_to_end(key)
    return _MEMORY[key]
