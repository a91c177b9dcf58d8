"""Zooming in: the part of the space where past tasks had their winners, and how often that misses.

The box around each task's best trials on the searched scale (Perrone et al. 2019, Learning search spaces
for Bayesian optimization), trimmed of outliers and padded. Its miss rate is measured: each past task is
held out in turn, and it counts as missed when its own best config lies outside the others' box.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logminer.core.errors import NothingFoundError
from logminer.core.parameters import Categorical, Integer, Parameter, Scalar
from logminer.core.prior import PastTask, Prior
from logminer.core.space import Config, Space

Array = NDArray[np.float64]
_BEST = 0.1  # share of a task's trials that count as winners, at least three
_TRIM = 0.05  # share of winners left out at each end
_PADDING = 0.15  # of the full width, added at each end
_EDGE = 0.05  # an incumbent this close to an edge of the box makes it grow


@dataclass(frozen=True)
class Zoom:
    """A narrowed space and what it costs.

    Attributes:
        space: the narrowed space.
        share: its share of the whole volume, as a draw from the whole space sees it.
        miss_rate: share of past tasks whose best config lies outside the box built from the others;
            None with fewer than three.
        missed: names of those tasks.
        tasks: number of past tasks it was built from.
    """

    space: Space
    share: float
    miss_rate: float | None
    missed: tuple[str, ...]
    tasks: int


def zoom(space: Space, prior: Prior, incumbent: Config | None = None) -> Zoom:
    """Narrow ``space`` to where the past tasks had their winners.

    Args:
        space: the space to narrow.
        prior: the past tasks.
        incumbent: best config of the current search; the box grows where it lies at an edge.

    Raises:
        NothingFoundError: there is no past task.
    """
    if not prior.tasks:
        raise NothingFoundError(
            "no past task to zoom by", hint="logminer tasks lists what was ingested"
        )
    narrowed = _narrow(space, prior.tasks)
    if incumbent is not None:
        narrowed = _grown(space, narrowed, incumbent)
    missed = _missed(space, prior.tasks) if len(prior.tasks) >= 3 else ()
    rate = len(missed) / len(prior.tasks) if len(prior.tasks) >= 3 else None
    return Zoom(narrowed, _share(space, narrowed), rate, missed, len(prior.tasks))


def _winners(task: PastTask) -> list[Config]:
    count = max(3, round(_BEST * len(task)))
    return [task.configs[i] for i in np.argsort(task.losses, kind="stable")[:count]]


def _narrow(space: Space, tasks: Sequence[PastTask]) -> Space:
    winners = [config for task in tasks for config in _winners(task)]
    changed: dict[str, Parameter] = {}
    for name, parameter in space.parameters.items():
        values = [config[name] for config in winners if name in config]
        if values:
            changed[name] = _narrowed(parameter, values)
    return space.with_parameters(changed)


def _narrowed(parameter: Parameter, values: Sequence[Scalar]) -> Parameter:
    if isinstance(parameter, Categorical):
        indices = {parameter.index(value) for value in values}
        won = tuple(choice for i, choice in enumerate(parameter.choices) if i in indices)
        return replace(parameter, choices=won) if won else parameter
    places = np.asarray([parameter.to_unit(v) for v in values], dtype=np.float64)  # type: ignore[arg-type]
    low, high = np.clip(
        np.quantile(places, [_TRIM, 1 - _TRIM]) + np.array([-_PADDING, _PADDING]), 0, 1
    )
    return _between(parameter, float(low), float(high))


def _between(parameter: Parameter, low: float, high: float) -> Parameter:
    if isinstance(parameter, Categorical):
        return parameter
    bottom, top = parameter.from_unit(low), parameter.from_unit(high)
    if isinstance(parameter, Integer):
        return replace(parameter, low=int(bottom), high=int(top))
    if parameter.is_stepped:
        return replace(parameter, low=bottom, high=top)
    return replace(parameter, low=float(f"{bottom:.6g}"), high=float(f"{top:.6g}"))


def _grown(space: Space, narrowed: Space, incumbent: Config) -> Space:
    """The box with a padding more at every edge the incumbent leans on."""
    changed: dict[str, Parameter] = {}
    for name, parameter in space.parameters.items():
        box = narrowed.parameters[name]
        if (
            name not in incumbent
            or isinstance(parameter, Categorical)
            or isinstance(box, Categorical)
        ):
            continue
        low, high = parameter.to_unit(box.low), parameter.to_unit(box.high)
        place = parameter.to_unit(incumbent[name])  # type: ignore[arg-type]
        if place < low + _EDGE * (high - low):
            low = max(0.0, min(low, place) - _PADDING)
        if place > high - _EDGE * (high - low):
            high = min(1.0, max(high, place) + _PADDING)
        changed[name] = _between(parameter, low, high)
    return narrowed.with_parameters(changed)


def _missed(space: Space, tasks: Sequence[PastTask]) -> tuple[str, ...]:
    missed = []
    for held in tasks:
        box = _narrow(space, [task for task in tasks if task is not held])
        best = held.configs[int(np.argmin(held.losses))]
        if any(name in best and not p.contains(best[name]) for name, p in box.parameters.items()):
            missed.append(held.name)
    return tuple(missed)


def _share(space: Space, narrowed: Space) -> float:
    """Product of the shares of each parameter's range, conditions ignored."""
    share = 1.0
    for name, parameter in space.parameters.items():
        box = narrowed.parameters[name]
        if isinstance(parameter, Categorical) or isinstance(box, Categorical):
            share *= len(getattr(box, "choices", ())) / len(getattr(parameter, "choices", ()))
        elif parameter.high > parameter.low:
            ends = [parameter.cell(box.low)[0], parameter.cell(box.high)[1]]
            share *= float(np.diff(np.clip(ends, 0.0, 1.0))[0])
    return share
