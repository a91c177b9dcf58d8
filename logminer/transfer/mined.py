"""Everything that depends on the past alone, computed once per prior and space."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import Prior
from logminer.core.space import Config, Space
from logminer.transfer.calibrate import Calibration, calibrate
from logminer.transfer.portfolio import greedy, regrets, risks
from logminer.transfer.scale import bounded, median_and_unit
from logminer.transfer.surrogates import PastModel, mine

Array = NDArray[np.float64]
_KEPT = 8
_PORTFOLIO = 10
_LEAST = 0.1  # share of the past tasks whose unit may be smaller than a new task's
_MEMORY: "OrderedDict[tuple[str, str], Mined]" = OrderedDict()


@dataclass(frozen=True, eq=False)
class Mined:
    """What the past gives to every strategy.

    Attributes:
        model: surrogates of the past tasks.
        configs: by trial of the model, what can be proposed of its config.
        filled: hyperparameters of the space that no past config gives a value, so that one was drawn.
    """

    model: PastModel
    configs: Mapping[int, Config]
    filled: tuple[str, ...] = ()

    @cached_property
    def proposable(self) -> NDArray[np.int64]:
        """Trials of the model whose configs can be proposed."""
        return np.array(list(self.configs), dtype=np.int64)

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
        rows = self.proposable
        if not len(rows):
            return []
        chosen = greedy(self.regrets[:, rows], _PORTFOLIO, risks(self.model, rows))
        return [int(rows[i]) for i in chosen]

    @cached_property
    def least_unit(self) -> float:
        """Unit that a task like the past ones hardly ever falls below, in the metric's own unit."""
        units = [median_and_unit(bounded(task.losses))[1] for task in self.model.prior.tasks]
        return float(np.quantile(units, _LEAST))

    @cached_property
    def winners(self) -> NDArray[np.int64]:
        """Proposable trials in the best eighth of their task, at least three a task."""
        found = []
        for k in range(self.model.count):
            rows = self.proposable[self.model.task[self.proposable] == k]
            found.append(rows[np.argsort(self.model.z[rows])][: max(3, len(rows) // 8)])
        return np.concatenate(found)

    @cached_property
    def tops(self) -> Array:
        """The winners as they can be proposed, on the cube, shape (winners, d)."""
        return self.model.cube.space.to_unit([self.configs[int(i)] for i in self.winners])


def mined(prior: Prior, space: Space) -> Mined | None:
    """The mined past, remembered by content; None without past tasks."""
    if not prior.tasks:
        return None
    key = (prior.digest, repr(space))
    if key not in _MEMORY:
        model = mine(prior, space)
        _MEMORY[key] = Mined(model, *_inside(model, space))
        while len(_MEMORY) > _KEPT:
            _MEMORY.popitem(last=False)
    _MEMORY.move_to_end(key)
    return _MEMORY[key]


def _inside(model: PastModel, space: Space) -> tuple[dict[int, Config], tuple[str, ...]]:
    """The past configs that lie in the space, without what it does not search; and what had to be filled in.

    What no past config has is drawn, or the past could not lead where one hyperparameter is new.
    """
    tasks = model.prior.tasks
    configs = [
        space.restrict(tasks[task].configs[row])
        for task, row in zip(model.task, model.row, strict=True)
    ]
    new = tuple(name for name in space.names if not any(name in config for config in configs))
    rng = np.random.default_rng(0)
    drawn = [{n: space.parameters[n].from_unit(rng.random()) for n in new} for _ in configs]
    configs = [space.restrict({**d, **c}) for d, c in zip(drawn, configs, strict=True)]
    return {i: config for i, config in enumerate(configs) if space.contains(config)}, new
