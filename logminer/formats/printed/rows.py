"""Measurements of a printed log as columns, a few numbers a line."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import Points
from logminer.formats.printed.axis import Axis, axis_of

Position = tuple[float, float, float, bool]
"""Epoch, step and length of an epoch, NaN where unknown, and whether the step counts within the epoch."""
NOWHERE: Position = (float("nan"), float("nan"), float("nan"), False)

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Mask = NDArray[np.bool_]


@dataclass
class Rows:
    """Lines that measured, in the order of the log: where each stands and what it measured.

    The names of a line's values are kept once for all lines that have them, as a set of names.
    """

    names: dict[str, int] = field(default_factory=dict)
    sets: list[NDArray[np.int32]] = field(default_factory=list)
    known_sets: dict[tuple[str, ...], int] = field(default_factory=dict)
    of: "array[int]" = field(
        default_factory=lambda: array("i")
    )  # set of names and run of each line
    where: "array[float]" = field(
        default_factory=lambda: array("d")
    )  # epoch, step, length, batch, time
    value: "array[float]" = field(default_factory=lambda: array("d"))

    def __len__(self) -> int:
        return len(self.of) // 2

    def names_of(self, names: tuple[str, ...]) -> int:
        """The number of a set of names."""
        if names not in self.known_sets:
            ids = [self.names.setdefault(name, len(self.names)) for name in names]
            self.known_sets[names] = len(self.sets)
            self.sets.append(np.array(ids, dtype=np.int32))
        return self.known_sets[names]

    def append(
        self, names: int, run: int, position: Position, wall: float,
        values: Sequence[float],
    ) -> None:  # fmt: skip
        """Append one line.

        Args:
            names: number of its set of names.
            run: which run of the log it belongs to.
            position: epoch, step and length of an epoch, NaN where unknown, and whether it is a way through an epoch.
            wall: Unix time, NaN where unknown.
            values: one a name.
        """
        self.of.extend((names, run))
        self.where.extend((*position, wall))
        self.value.extend(values)

    def extend(self, names: Ints, run: int, where: Floats, values: Floats) -> None:
        """Append n lines of one run.

        Args:
            names: (n,), numbers of their sets of names.
            run: which run of the log they belong to.
            where: (n, 5), epoch, step, length of an epoch, whether the step is a way through one, and Unix time.
            values: of all lines, one behind the other.
        """
        own = np.column_stack((names, np.full(len(names), run))).astype(np.int32)
        self.of.frombytes(own.tobytes())
        self.where.frombytes(np.ascontiguousarray(where, np.float64).tobytes())
        self.value.frombytes(np.ascontiguousarray(values, np.float64).tobytes())

    def points(self, *, unplaced: bool) -> tuple[Points, list[Axis]]:
        """All rows as points, and the axis of each run.

        Args:
            unplaced: whether values that stand nowhere on a curve count, in a run that has no others.
        """
        sets, run = np.array(self.of, np.int32).reshape(-1, 2).T
        epochs, steps, lengths, batch, wall = np.array(self.where).reshape(-1, 5).T
        step = np.zeros(len(run))
        nowhere = np.zeros(len(run), dtype=bool)
        kept = np.ones(len(run), dtype=bool)
        axes = []
        for number in range(int(run.max(initial=-1)) + 1):
            mine = run == number
            told = mine & ~(np.isnan(epochs) & np.isnan(steps))
            axes.append(axis_of(epochs[told], steps[told], lengths[told], batch[told] > 0))
            step[told] = axes[-1].step
            nowhere |= mine & ~told
            kept[mine & ~told] = unplaced and not told.any()
        points = self._columns(sets, run, step, wall)
        lines = np.repeat(np.arange(len(run)), self._widths[sets])
        if nowhere.any():
            counted = nowhere[lines]
            points.step[counted] = _counts(points.run[counted], points.metric[counted])
        return (points if kept.all() else points.take(kept[lines])), axes

    @property
    def _widths(self) -> Ints:
        """How many names each set has."""
        return np.array([len(ids) for ids in self.sets], dtype=np.int32)

    def _columns(self, sets: Ints, run: Ints, step: Floats, wall: Floats) -> Points:
        """One point a value of each line."""
        if not len(run):
            return Points.empty()
        widths = self._widths
        starts = np.cumsum(widths) - widths
        width = widths[sets].astype(np.int64)
        within = np.arange(int(width.sum())) - np.repeat(np.cumsum(width) - width, width)
        metric = np.concatenate(self.sets)[np.repeat(starts[sets], width) + within]
        steps = np.clip(np.nan_to_num(step), -(2.0**62), 2.0**62).astype(np.int64)
        return Points(
            list(self.names), np.repeat(run, width), metric, np.repeat(steps, width),
            np.repeat(wall, width), np.array(self.value),
        )  # fmt: skip


def _counts(run: Ints, metric: Ints) -> NDArray[np.int64]:
    """How many points of the same curve stand before each."""
    key = run.astype(np.int64) * (int(metric.max()) + 1) + metric
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    places = np.arange(len(key))
    counts = np.empty(len(key), dtype=np.int64)
    counts[order] = places - np.maximum.accumulate(np.where(first, places, 0))
    return counts
