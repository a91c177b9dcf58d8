"""Lines that measure a little further on than the one before, many at once: nearly all lines of a large log.

Reading one line costs some ten microseconds, of which most is Python's. Here the numbers of all lines of one shape are
found by one call, and where each line stands is compared as columns. What is read is what ``Reader.take`` reads of them
one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from logminer.formats.printed.clocks import wall_times
from logminer.formats.printed.course import Course
from logminer.formats.printed.lines import shape_of
from logminer.formats.printed.numbers import numbers_of
from logminer.formats.printed.plan import Plan
from logminer.formats.printed.tokens import NUMBER

Floats = NDArray[np.float64]
FEWEST = 32  # lines below which columns cost more than they save


@dataclass
class Steady:
    """The n lines of a stretch of which each measures at a step, as columns.

    Attributes:
        epoch, step, length: (n,), NaN where a line does not tell.
        batch: (n,), whether steps count within the epoch.
        counts: (n,), number of what is counted among ``counters``; -1 where an epoch is told besides.
        wall: (n,), NaN where unknown.
        names: (n,), number of the set of names among the log's rows.
        value: of all lines, one behind the other.
        ends: (n,), where the values of each line end.
        counters: what is counted, by number.
    """

    epoch: Floats
    step: Floats
    length: Floats
    batch: NDArray[np.bool_]
    counts: NDArray[np.int32]
    wall: Floats
    names: NDArray[np.int32]
    value: Floats
    ends: NDArray[np.int64]
    counters: list[str]

    def goes_on(self) -> NDArray[np.bool_]:
        """For each line but the first, whether it stands where the one before it stood or a little further on."""
        told = self.epoch[1:]
        carried = np.isnan(told) | (told == _carried(self.epoch)[:-1])
        same = (self.batch[1:] == self.batch[:-1]) & carried
        onward: NDArray[np.bool_] = same & (self.step[1:] >= self.step[:-1])
        return onward

    def run(self, course: Course, start: int) -> int:
        """Take the lines from ``start`` on as long as each goes on from where training stands; where that ends."""
        stop = int(self._breaks[np.searchsorted(self._breaks, start + 1)])
        epoch, before, _, batch = course.here
        if bool(self.batch[start]) != batch or not self.step[start] >= before:
            return start
        lines = slice(start, stop)
        other = self._counts_otherwise(course.now.counter, lines)
        told = self.epoch[lines]
        other |= ~np.isnan(told) & (told != epoch)
        if other.any():
            lines = slice(start, start + int(np.argmax(other)))
        if lines.stop > start:
            self._take(course, lines, before)
        return lines.stop

    def _counts_otherwise(self, counter: str, lines: slice) -> NDArray[np.bool_]:
        """Which lines count something else than the training's steps, and tell no epoch either."""
        strange = [i for i, name in enumerate(self.counters) if name != counter]
        return np.isin(self.counts[lines], strange)

    def __post_init__(self) -> None:
        n = len(self.step)
        self._breaks = np.append(np.flatnonzero(~self.goes_on()) + 1, n)

    def _take(self, course: Course, lines: slice, before: float) -> None:
        epoch, step, length = self.epoch[lines], self.step[lines], self.length[lines]
        _, _, _, batch = course.here
        last = float(step[-1])
        if not batch:
            course.now.last["step"] = last
        elif len(known := np.flatnonzero(length != 0)):
            course.now.way = float(step[known[-1]] / length[known[-1]])
        course.here = (course.here[0], last, float(length[-1]), batch)
        course.positions += int(np.sum(np.diff(step, prepend=before) > 0))
        first = int(self.ends[lines.start - 1]) if lines.start else 0
        told = ~np.isnan(epoch)
        # A line without an epoch stands at its step alone.
        where = np.column_stack(
            (epoch, step, np.where(told, length, nan), told & self.batch[lines], self.wall[lines])
        )
        course.rows.extend(
            self.names[lines], len(course.trainings) - 1, where,
            self.value[first : int(self.ends[lines.stop - 1])],
        )  # fmt: skip


def _carried(values: Floats) -> Floats:
    """Each NaN as the last number before it."""
    last = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(len(values))))
    carried: Floats = values[last]
    return carried


def steady_lines(lines: Sequence[bytes], plans: Sequence[Plan], course: Course) -> Steady | None:
    """Lines whose plans all tell their places, as columns; None where numbers do not fall where plans say.

    Args:
        lines: n of them.
        plans: of each.
        course: whose rows number the sets of names.
    """
    n = len(lines)
    members: dict[int, list[int]] = {}
    for i, plan in enumerate(plans):
        members.setdefault(id(plan), []).append(i)
    position = np.full((3, n), nan)
    wall, batch = np.full(n, nan), np.zeros(n, bool)
    counts, names, width = (np.zeros(n, np.int32) for _ in range(3))
    counters: dict[str, int] = {}
    values: list[tuple[NDArray[np.int64], list[Floats]]] = []
    for rows in members.values():
        plan, mine = plans[rows[0]], np.array(rows)
        texts = [lines[i] for i in rows]
        read = _read(plan, texts)
        if read is None or plan.places is None:
            return None
        places, columns = read
        for column, numbers in enumerate(places):
            if numbers is not None:
                position[column, mine] = numbers
        values.append((mine, columns))
        if plan.timed:
            wall[mine] = wall_times(texts)
        if plan.set_of_names < 0:
            plan.set_of_names = course.rows.names_of(plan.names)
        names[mine], width[mine] = plan.set_of_names, len(plan.names)
        batch[mine] = plan.is_batch
        by_epoch = plan.places[0] >= 0
        counts[mine] = -1 if by_epoch else counters.setdefault(plan.counts, len(counters))
    ends = np.cumsum(width, dtype=np.int64)
    value = np.empty(int(ends[-1]))
    for mine, columns in values:
        for k, numbers in enumerate(columns):
            value[ends[mine] - len(columns) + k] = numbers
    epoch, step, length = position
    return Steady(epoch, step, length, batch, counts, wall, names, value, ends, list(counters))


def _read(plan: Plan, lines: Sequence[bytes]) -> tuple[list[Floats | None], list[Floats]] | None:
    """Epoch, step and length, None where lines do not tell them, and the values of lines of one shape, as columns."""
    matrix = numbers_of(lines, shape_of(lines[0])) if plan.signed is not None else None
    if matrix is not None and plan.signed is not None and plan.places is not None:
        places = [matrix[:, place] if place >= 0 else None for place in plan.places]
        return places, [matrix[:, place] * sign for place, sign in plan.signed]
    found = NUMBER.findall(b"\n".join(lines))
    many = len(found) // len(lines)
    if not many or many * len(lines) != len(found) or plan.places is None:
        return None
    told = [np.array(list(map(float, found[p::many]))) if p >= 0 else None for p in plan.places]
    return told, [np.array(column) for column in plan.columns(found, many)]
