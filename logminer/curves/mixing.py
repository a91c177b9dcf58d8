"""Forest and peers in one answer, each heard as far as it was right on the task's own runs.

The runs of a task whose end is known are asked about as if they were still going: by the forest, that has not seen
their task, and by their peers. How a query is answered is the mixture that would have erred least on the questions
that were asked at a similar share of a run, about other configs (leave-one-out stacking). Sources: Wolpert, "Stacked
generalization" (1992); Romano et al. (2019) for the width.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from logminer.curves.calibration import LEVELS, MIDDLE
from logminer.curves.features import ALIKE, Described

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_PARTS = 4
_MIXTURES = (
    np.array([m for m in product(range(_PARTS + 1), repeat=1 + len(ALIKE)) if sum(m) == _PARTS])
    / _PARTS
)
"""Weights of forest and peers that are tried, (m, 1 + peers)."""
_USUAL = np.array([0.5, *np.full(len(ALIKE), 0.5 / len(ALIKE))])
"""What is thought of them before there is evidence."""
_OTHERS = 3
"""Other tasks from which on their evidence says what mixture is usual."""
_SHRINK = 5.0
"""Runs' worth of evidence that it takes to leave the usual mixture."""
_LEAST_ERROR = 1e-4
_FAR = 2.0
"""Errors are clipped to this many units."""
_PRIOR_RUNS = 10
"""So many runs, with errors as wide as the forest says, are added to those at hand where a width is chosen."""
_LOW, _HIGH = int(np.searchsorted(LEVELS, 0.1)), int(np.searchsorted(LEVELS, 0.9))
_FLOOR = 2e-3


def _half_normal(n: int) -> Floats:
    """Errors of n runs in units of the half-width of an 80 % interval that is as wide as it should be."""
    from scipy.special import ndtri

    return np.asarray(ndtri(0.5 + 0.5 * (np.arange(n) + 0.5) / n) / ndtri(0.9))


@dataclass(frozen=True)
class Evidence:
    """m questions about runs whose outcome is known.

    Attributes:
        task: str (m,), task of each.
        run: str (m,), run of each.
        config: str (m,), its config.
        seen: float (m,), share of the way to the target that had been seen.
        said: float (m, 1 + peers), change in units by the forest, that had not seen the task, and by each way to ask
            peers.
        half: float (m,), half-width of the forest's 80 % interval.
        outcome: float (m,), the change that came.
    """

    task: NDArray[np.str_]
    run: NDArray[np.str_]
    config: NDArray[np.str_]
    seen: Floats
    said: Floats
    half: Floats
    outcome: Floats

    def __len__(self) -> int:
        return len(self.task)

    def take(self, rows: NDArray[np.generic]) -> "Evidence":
        """Some of the questions."""
        return Evidence(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(*(
            np.concatenate([getattr(self, name), getattr(other, name)])
            for name in self.__dataclass_fields__
        ))  # fmt: skip


def evidence(described: Described, units: Floats, outcome: Floats) -> Evidence:
    """What is learnt from questions whose outcome is known.

    Args:
        described: the questions; those without peers at the target are left out.
        units: (q, levels), what a forest that has not seen their tasks says.
        outcome: (q,), the change in units that came.
    """
    heard = np.asarray(~np.isnan(described.alike).any(axis=1))
    said = np.column_stack([units[:, MIDDLE], described.alike])
    half = np.maximum((units[:, _HIGH] - units[:, _LOW]) / 2, _FLOOR)
    return Evidence(
        described.task, described.run, described.config, described.seen, said, half,
        np.clip(outcome, -_FAR, _FAR),
    ).take(heard)  # fmt: skip


def mix(described: Described, units: Floats, known: Evidence) -> tuple[Floats, Floats]:
    """Quantiles (q, levels) of the change in units by forest and peers, and the share of the peers in each, (q,).

    Args:
        described: the questions.
        units: (q, levels), what the forest says.
        known: what came of other runs of the same tasks.
    """
    mixed, share = units.copy(), np.zeros(len(units))
    heard = ~np.isnan(described.alike).any(axis=1)
    for task in np.unique(described.task[heard]):
        rows, own = np.flatnonzero(heard & (described.task == task)), known.task == task
        if own.any():
            usual = _usual(known.take(~own))
            mixed[rows], share[rows] = _mix(
                described.take(rows), units[rows], known.take(own), usual
            )
    return mixed, share


def _usual(known: Evidence) -> Floats:
    """The mixture that errs least on other tasks, each of which counts once; by default where there are too few."""
    tasks, place = np.unique(known.task, return_inverse=True)
    if len(tasks) < _OTHERS:
        return _USUAL
    size = np.bincount(place)[place]
    said = np.clip(known.said @ _MIXTURES.T, -_FAR, _FAR)
    loss = (np.abs(said - known.outcome[:, None]) / size[:, None]).sum(axis=0)
    return np.asarray(_MIXTURES[int(loss.argmin())])


def _mix(asked: Described, units: Floats, known: Evidence, usual: Floats) -> tuple[Floats, Floats]:
    """The mixture for the queries of one task."""
    near = _nearness(asked, known)
    said = np.clip(known.said @ _MIXTURES.T, -_FAR, _FAR)
    loss = np.abs(said - known.outcome[:, None])
    total, count = near @ loss, near.sum(axis=1)[:, None]
    least = total.min(axis=1, keepdims=True) / np.maximum(count, 1e-9)
    away = ((_MIXTURES - usual) ** 2).sum(axis=1)
    cost = total + _SHRINK * np.maximum(least, _LEAST_ERROR) * away
    best = np.where(count[:, 0] > 0, cost.argmin(axis=1), 0)
    weight = np.where(count > 0, _MIXTURES[best], np.eye(_MIXTURES.shape[1])[:1])
    middle = (weight * np.column_stack([units[:, MIDDLE], asked.alike])).sum(axis=1)
    reach = units - units[:, [MIDDLE]]
    error = np.abs(said[:, best].T - known.outcome) / known.half
    factor = _factor(error, near)
    return middle[:, None] + factor[:, None] * reach, 1 - weight[:, 0]


def _nearness(asked: Described, known: Evidence) -> Floats:
    """How much each question that was answered says about each query, (q, m): all of a run no more than 1."""
    apart = np.abs(np.log2(np.maximum(asked.seen, 1e-3)[:, None] / np.maximum(known.seen, 1e-3)))
    near = np.exp(-apart)
    near *= (asked.config[:, None] != known.config) & (asked.run[:, None] != known.run)
    runs, place = np.unique(known.run, return_inverse=True)
    each = np.zeros((len(runs), len(known)))
    each[place, np.arange(len(known))] = 1.0
    total = near @ each.T
    most = np.stack([near[:, place == k].max(axis=1) for k in range(len(runs))], axis=1)
    return np.asarray(near * (most / np.maximum(total, 1e-12))[:, place])


def _factor(error: Floats, near: Floats) -> Floats:
    """What widths are multiplied by so that 80 % of the errors, those of the prior runs among them, are inside."""
    prior = _half_normal(_PRIOR_RUNS)
    everyone = np.column_stack([error, np.broadcast_to(prior, (len(error), len(prior)))])
    weight = np.column_stack([near, np.ones((len(error), len(prior)))])
    order = np.argsort(everyone, axis=1, kind="stable")
    ranked, mass = (np.take_along_axis(v, order, axis=1) for v in (everyone, weight))
    through = np.cumsum(mass, axis=1) / mass.sum(axis=1, keepdims=True)
    place = (through >= 0.8).argmax(axis=1)
    return np.asarray(ranked[np.arange(len(ranked)), place])
