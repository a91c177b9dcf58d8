"""What past curves teach: a forest, how far to trust its intervals, and what the past looked like."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logminer.curves.calibration import LEVELS, MIDDLE, Calibration, calibrate
from logminer.curves.features import Described, describe
from logminer.curves.forest import Forest, grow
from logminer.curves.likeness import Likeness, likeness_of
from logminer.curves.peers import Peers
from logminer.curves.prefixes import Prefixes
from logminer.curves.sampling import past_questions
from logminer.curves.tidy import Curves

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST_POINTS = 5
"""Curves with fewer finite points teach nothing."""
FEWEST_CURVES = 20
"""Below this many past curves no trees are grown."""
ENOUGH_CURVES = 80
"""From this many on trees answer alone; in between the laws are heard too."""
_QUESTIONS = 24_000
_PER_CURVE = 24
_TREES, _FOLD_TREES = 60, 20
_LEAF = 5
_FOLDS = 5
_BEND = 0.1
_REACH = 2.0
_FINE = 0.03
"""Trees are grown on asinh(change / _FINE), so that they tell small changes apart as well as large ones."""


@dataclass(frozen=True)
class Expert:
    """A forest for one kind of question.

    Attributes:
        forest: predicts the change from the last smoothed value (see ``_FINE``).
        calibration: corrects its quantiles.
        likeness: remembers what was asked.
    """

    forest: Forest
    calibration: Calibration
    likeness: Likeness

    def quantiles(self, described: Described) -> tuple[Floats, NDArray[np.bool_]]:
        """Quantiles (n, levels) of the change in units, and which questions are unlike the past (n,)."""
        X = bend(described.X)
        distance = self.likeness.distance(X)
        raw = _change(self.forest, X)
        units = self.calibration.apply(raw, described.seen, described.company, distance)
        # Who repeats one value to the last digit is stuck, and will most likely be found there.
        units[described.still] -= units[described.still][:, [MIDDLE]]
        return units, distance > self.calibration.strange


@dataclass(frozen=True)
class Learnt:
    """What past curves taught.

    Attributes:
        alone: answers for runs without peers.
        beside: answers for runs beside others of their task.
        trust: weight of the forests against the parametric laws, in (0, 1].
    """

    alone: Expert
    beside: Expert
    trust: float

    def quantiles(self, described: Described) -> tuple[Floats, NDArray[np.bool_]]:
        """Quantiles (n, levels) of the change in units, and which questions are unlike the past (n,)."""
        units = np.empty((len(described.base), len(LEVELS)))
        unlike = np.zeros(len(units), dtype=bool)
        for expert, rows in (
            (self.alone, described.company == 0),
            (self.beside, described.company > 0),
        ):
            if rows.any():
                units[rows], unlike[rows] = expert.quantiles(described.take(rows))
        return units, unlike


def bend(X: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features with small differences told apart and large ones compressed: thresholds are drawn uniformly."""
    return np.asarray(np.arcsinh(X / _BEND), dtype=np.float32)


def _change(forest: Forest, X: NDArray[np.float32]) -> Floats:
    """Quantiles (n, levels) of the change in units, as the trees have it."""
    return np.asarray(_FINE * np.sinh(forest.quantiles(X, LEVELS)))


def learn(prefixes: Prefixes, horizon: Floats, peers: Peers, seed: int) -> Learnt | None:
    """Learn from past curves; None where there are too few."""
    usable = np.flatnonzero(np.diff(prefixes.curves.start) >= FEWEST_POINTS)
    if len(usable) < FEWEST_CURVES:
        return None
    repeats = int(np.clip(_QUESTIONS // len(usable), 1, _PER_CURVE))
    rng = np.random.default_rng(seed)
    asked, answer = past_questions(prefixes, horizon, usable, repeats, rng)
    some = np.sort(rng.permutation(len(asked))[:_QUESTIONS])
    asked, answer = asked.take(some), answer[some]
    fold, task = (
        held_out_folds(prefixes.curves, asked.curve),
        _codes(prefixes.curves.task[asked.curve]),
    )
    alone, beside = (
        _lessons(describe(prefixes, asked, company, rng), answer, fold, task)
        for company in (None, peers)
    )
    return Learnt(_train(alone, seed), _train(beside, seed), min(1.0, len(usable) / ENOUGH_CURVES))


@dataclass(frozen=True)
class _Lessons:
    """Questions with their answers, as a forest takes them."""

    described: Described
    X: NDArray[np.float32]
    y: Floats
    weight: Floats
    fold: Ints


def _lessons(described: Described, answer: Floats, fold: Ints, task: Ints) -> _Lessons:
    y = np.clip(described.to_units(answer), -_REACH, _REACH)
    # A task counts by the root of its size, a question by how much of its task one of its units spans.
    size = np.bincount(task)[task]
    typical = np.array([np.median(described.scale[task == k]) for k in range(task.max() + 1)])
    weight = np.minimum(described.scale / typical[task], 1.0) / np.sqrt(size)
    return _Lessons(described, bend(described.X), y, weight, fold)


def _train(lessons: _Lessons, seed: int) -> Expert:
    fine = np.arcsinh(lessons.y / _FINE)
    forest = grow(lessons.X, fine, lessons.weight, trees=_TREES, leaf=_LEAF, seed=seed)
    return Expert(forest, _calibrate(lessons, seed), likeness_of(lessons.X, seed))


def _calibrate(lessons: _Lessons, seed: int) -> Calibration:
    """Predict every group of tasks from the others, and compare with what came."""
    X, y, weight = lessons.X, lessons.y, lessons.weight
    fine = np.arcsinh(y / _FINE)
    quantiles, distance = np.zeros((len(y), len(LEVELS))), np.zeros(len(y))
    for k in np.unique(lessons.fold):
        out, kept = lessons.fold == k, lessons.fold != k
        forest = grow(X[kept], fine[kept], weight[kept], trees=_FOLD_TREES, leaf=_LEAF, seed=seed)
        quantiles[out] = _change(forest, X[out])
        distance[out] = likeness_of(X[kept], seed).distance(X[out])
    return calibrate(quantiles, y, lessons.described.seen, lessons.described.company, distance)


def held_out_folds(curves: Curves, curve: Ints, folds: int = _FOLDS) -> Ints:
    """Fold of each question about ``curve``: tasks are held out whole, with tasks that share runs with them.

    Where there are fewer than three such groups tasks are held out singly, and configs where there are fewer
    than three tasks.
    """
    choices = (
        _joined(_codes(curves.task), _codes(curves.run)),
        _codes(curves.task),
        _codes(curves.config),
    )
    group = next((c for c in choices if c.max() >= 2), choices[-1])
    sizes = np.bincount(group[curve], minlength=group.max() + 1)
    fold, load = np.zeros(len(sizes), dtype=np.int64), np.zeros(folds)
    for k in np.argsort(-sizes, kind="stable"):
        fold[k] = int(load.argmin())
        load[fold[k]] += sizes[k]
    return np.asarray(fold[group[curve]])


def _codes(labels: NDArray[np.object_]) -> Ints:
    return np.asarray(np.unique(labels.astype(str), return_inverse=True)[1], dtype=np.int64)


def _joined(tasks: Ints, runs: Ints) -> Ints:
    """Number of each run's group of tasks: tasks that share a run are one group."""
    while True:
        lowest = np.full(runs.max() + 1, len(tasks))
        np.minimum.at(lowest, runs, tasks)
        new = np.full(tasks.max() + 1, len(tasks))
        np.minimum.at(new, tasks, lowest[runs])
        if (new[tasks] == tasks).all():
            return _codes(tasks.astype(object))
        tasks = new[tasks]
