"""What past curves teach: a forest, how far to trust its intervals, and what the past looked like."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.curves.calibration import LEVELS, MIDDLE, Calibration, calibrate
from logminer.curves.features import Described, Queries, describe
from logminer.curves.forest import Forest, grow, pooled
from logminer.curves.likeness import Likeness, likeness_of
from logminer.curves.mixing import Evidence, evidence
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
_QUESTIONS = 24_000
_PER_CURVE = 24
_TREES = 50
_LEAF = 5
_FOLDS = 5
_BEND = 0.1
_REACH = 2.0
_FINE = 0.03
"""Trees are grown on asinh(change / _FINE), so that they tell small changes apart as well as large ones."""
_WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
_COMPARED = 1500
"""Questions on which the own forest is compared with the experience it is added to."""
_PER_RUN = 8
"""Questions about each run whose end is known that tell how far to trust its peers."""


@dataclass(frozen=True)
class Expert:
    """A forest for one kind of question.

    Attributes:
        forest: predicts the change from the last smoothed value (see ``_FINE``).
        calibration: corrects the quantiles.
        likeness: remembers what was asked.
        weight: of the forest against the experience it was added to; 1 where there was none.
        base: that experience, or None.
    """

    forest: Forest
    calibration: Calibration
    likeness: Likeness
    weight: float = 1.0
    base: "Expert | None" = None

    def quantiles(self, described: Described) -> tuple[Floats, NDArray[np.bool_]]:
        """Quantiles (n, levels) of the change in units, and which questions are unlike the past (n,)."""
        X = bend(described.X)
        distance = self.likeness.distance(X)
        raw = _change(self.forest, X) if self.weight > 0 else np.zeros((len(X), len(LEVELS)))
        unlike = distance > self.calibration.strange
        if self.base is not None and self.weight < 1:
            common, odd = self.base.quantiles(described)
            raw = self.weight * raw + (1 - self.weight) * common
            unlike &= odd
        units = self.calibration.apply(raw, described.seen, described.company, distance)
        # Who repeats one value to the last digit is stuck, and will most likely be found there.
        units[described.still] -= units[described.still][:, [MIDDLE]]
        return units, unlike


@dataclass(frozen=True)
class Learnt:
    """What past curves taught.

    Attributes:
        alone: answers for runs without peers.
        beside: answers for runs beside others of their task.
    """

    alone: Expert
    beside: Expert

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


def learn(
    prefixes: Prefixes,
    horizon: Floats,
    peers: Peers,
    base: Learnt | None,
    seed: int,
    *,
    forest: bool = True,
) -> tuple[Learnt | None, Evidence | None]:
    """Learn from past curves.

    Args:
        prefixes: the curves.
        horizon: (n,), step at which each was to end.
        peers: the curves as peers of one another.
        base: experience to add to, or None.
        seed: seed of all randomness.
        forest: whether to grow trees.

    Returns:
        A forest added to the experience, None where there are too few curves for one; and what forest and peers are
        worth on each task, None without curves and where there is neither forest nor experience.
    """
    usable = np.flatnonzero(np.diff(prefixes.curves.start) >= FEWEST_POINTS)
    if not len(usable):
        return None, None
    repeats = int(np.clip(_QUESTIONS // len(usable), 1, _PER_CURVE))
    rng = np.random.default_rng(seed)
    asked, answer = past_questions(prefixes, horizon, usable, repeats, rng)
    some = np.sort(rng.permutation(len(asked))[:_QUESTIONS])
    asked, answer = asked.take(some), answer[some]
    if not forest or len(usable) < FEWEST_CURVES:
        return None, None if base is None else worth(prefixes, peers, (asked, answer), base, rng)
    fold = held_out_folds(prefixes.curves, asked.curve)
    alone, beside = (
        train(
            lessons(prefixes, (asked, answer), fold, company, rng), getattr(base, name, None), seed
        )
        for name, company in (("alone", None), ("beside", peers))
    )
    whole = _whole_view(asked)
    described, outcome = beside.lessons.described.take(whole), beside.lessons.y[whole]
    return (
        Learnt(alone.expert, beside.expert),
        evidence(described, beside.held_out[whole], outcome),
    )


def worth(
    prefixes: Prefixes, peers: Peers, questions: tuple[Queries, Floats], learnt: Learnt, rng: np.random.Generator
) -> Evidence | None:  # fmt: skip
    """What peers and a forest that has not seen the runs are worth on questions with answers (n,); None without any."""
    asked, answer = questions
    whole = _whole_view(asked)
    if not len(whole):
        return None
    described = describe(prefixes, asked.take(whole), peers, rng)
    return evidence(described, learnt.quantiles(described)[0], described.to_units(answer[whole]))


def _whole_view(asked: Queries) -> Ints:
    """Questions for the end that saw all there was to see, not too many of each run."""
    for_the_end = asked.target >= asked.horizon * (1 - 1e-9)
    whole = np.flatnonzero(for_the_end & (asked.until == 1) & (asked.among == 1))
    number = pd.Series(asked.curve[whole]).groupby(asked.curve[whole]).cumcount().to_numpy()
    return whole[number < _PER_RUN]


@dataclass(frozen=True)
class Lessons:
    """Questions with their answers, as a forest takes them.

    Attributes:
        described: the questions.
        X: float32 (n, features), bent.
        y: (n,), changes that came, in units.
        weight: (n,), how much each counts.
        fold: int (n,), what is held out together.
    """

    described: Described
    X: NDArray[np.float32]
    y: Floats
    weight: Floats
    fold: Ints


def lessons(
    prefixes: Prefixes, questions: tuple[Queries, Floats], fold: Ints, peers: Peers | None, rng: np.random.Generator
) -> Lessons:  # fmt: skip
    """Put questions and their answers (n,) in a forest's terms; ``fold`` (n,) says what is held out together."""
    asked, answer = questions
    described, task = (
        describe(prefixes, asked, peers, rng),
        _codes(prefixes.curves.task[asked.curve]),
    )
    y = np.clip(described.to_units(answer), -_REACH, _REACH)
    # A task counts by the root of its size, a question by how much of its task one of its units spans.
    size = np.bincount(task)[task]
    typical = np.array([np.median(described.scale[task == k]) for k in range(task.max() + 1)])
    weight = np.minimum(described.scale / typical[task], 1.0) / np.sqrt(size)
    return Lessons(described, bend(described.X), y, weight, fold)


@dataclass(frozen=True)
class Trained:
    """An expert, the lessons it was trained on, and what it said of each, (n, levels), when that was held out."""

    expert: Expert
    lessons: Lessons
    held_out: Floats


def train(
    taught: Lessons, base: Expert | None = None, seed: int = 0, *, trees: int = _TREES, leaf: int = _LEAF
) -> Trained:  # fmt: skip
    """Grow a forest for each fold from the others; together they are the expert, and each is judged by its fold.

    Args:
        taught: the lessons.
        base: experience to add to.
        seed: seed of all randomness.
        trees: trees of all folds together.
        leaf: fewest lessons in a leaf.
    """
    X, y, folds = taught.X, np.arcsinh(taught.y / _FINE), np.unique(taught.fold)
    raw, distance, forests = np.zeros((len(y), len(LEVELS))), np.zeros(len(y)), []
    for k in folds:
        out, kept = taught.fold == k, taught.fold != k
        if not kept.any():
            kept = out
        forest = grow(
            X[kept],
            y[kept],
            taught.weight[kept],
            trees=-(-trees // len(folds)),
            leaf=leaf,
            seed=seed,
        )
        raw[out] = _change(forest, X[out])
        distance[out] = likeness_of(X[kept], seed).distance(X[out])
        forests.append(forest)
    weight = 1.0
    if base is not None:
        weight, raw = _added(taught, raw, base, seed)
    described = taught.described
    calibration = calibrate(raw, taught.y, described.seen, described.company, distance)
    expert = Expert(pooled(forests), calibration, likeness_of(X, seed), weight, base)
    calibrated = calibration.apply(raw, described.seen, described.company, distance)
    return Trained(expert, taught, calibrated)


def _added(taught: Lessons, raw: Floats, base: Expert, seed: int) -> tuple[float, Floats]:
    """Weight of a forest against the experience, as held-out lessons have it, and the quantiles of both together."""
    common = base.quantiles(taught.described)[0]
    some = np.random.default_rng(seed).permutation(len(raw))[:_COMPARED]
    miss = [
        np.average(_pinball(w * raw[some] + (1 - w) * common[some], taught.y[some]), weights=taught.weight[some])
        for w in _WEIGHTS
    ]  # fmt: skip
    weight = _WEIGHTS[int(np.argmin(miss))]
    return weight, weight * raw + (1 - weight) * common


def _pinball(quantiles: Floats, outcome: Floats) -> Floats:
    """Mean loss (n,) of quantiles at all levels."""
    miss = outcome[:, None] - quantiles
    return np.asarray(np.maximum(LEVELS * miss, (LEVELS - 1) * miss).mean(axis=1))


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
