"""Points of many files as pieces of curves, the form in which they are stored.

A piece is up to 256 points of one metric of one run, as lists. Metrics that are logged together have the same
steps and nearly the same wall times, so these stand only in one of their pieces, the *grid* of the others, which keep
their values and, where their times differ, by how much.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import Points
from logminer.store._arrow import Column, Lists

PIECE = 256  # points
_TICKS = float(1 << 22)  # a second
_LATEST = float(1 << 40)  # seconds; beyond the year 30,000 a number is no Unix time
_FURTHEST = 1 << 31  # ticks between a time and its grid's
_BLOCK = 1 << 16  # points worked on together, so that they stay in the processor's cache
_ROUNDS = 4

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """The points of one file, with the numbers of the file, its runs and its metrics."""

    source: int
    runs: Sequence[int]
    metrics: Sequence[int]
    points: Points


@dataclass
class _Curves:
    """Curves of some files; within a file those of equal length stand one behind the other.

    Attributes:
        run, source, metric, length: (m,) numbers of each curve, and its points.
        grid: (m,) which of these curves serves as its grid, perhaps itself.
        step, tick: of the curves that are grids.
        lag: ticks beyond their grid's, of the curves for which ``lagging`` is set.
        value: of all curves.
    """

    run: Ints
    source: Ints
    metric: Ints
    length: Ints
    grid: Ints
    step: Ints
    tick: Ints
    lag: NDArray[np.int32]
    lagging: NDArray[np.bool_]
    value: NDArray[np.floating[Any]]


def cut(parts: Sequence[Part], grid: int) -> dict[str, Column]:
    """Rows of the table of pieces for the points of several files, of which none is without points.

    Within a curve the order of the file is kept.

    Args:
        parts: what to store.
        grid: number of the first grid.
    """
    single = [part for part in parts if part.points.value.dtype == np.float32]
    double = [part for part in parts if part.points.value.dtype != np.float32]
    blocks = [_curves(block) for some in (single, double) for block in _blocks(some)]
    before = np.cumsum([0, *(len(block.length) for block in blocks)])
    own = _joined([block.grid + at for block, at in zip(blocks, before, strict=False)])
    length = _joined([block.length for block in blocks])
    size, curve, nth = _cut_up(length)
    is_grid = own == np.arange(len(own))
    pieces = np.where(is_grid, -(-length // PIECE), 0)
    number = (np.cumsum(pieces) - pieces)[own[curve]] + nth
    steps = Lists(_bounds(np.where(is_grid[curve], size, 0)), _joined([b.step for b in blocks]))
    lagging = _joined([block.lagging for block in blocks])[curve]
    singles = np.arange(len(length)) < sum(len(b.length) for b in blocks if b.value.dtype == "f4")
    low, high, rises = _spans(steps.items, _bounds(size[is_grid[curve]]))
    return {
        "run": _joined([block.run for block in blocks])[curve].astype(np.int32),
        "source": _joined([block.source for block in blocks])[curve].astype(np.int32),
        "metric": _joined([block.metric for block in blocks])[curve].astype(np.int32),
        "points": size.astype(np.int32),
        "low": low[number],
        "high": high[number],
        "rises": rises[number],
        "grid": number + grid,
        "steps": steps,
        "ticks": Lists(steps.bounds, _joined([block.tick for block in blocks])),
        "lags": Lists(_bounds(np.where(lagging, size, 0)), _joined([b.lag for b in blocks])),
        "singles": _values(blocks, np.where(singles[curve], size, 0), np.float32),
        "doubles": _values(blocks, np.where(singles[curve], 0, size), np.float64),
    }


def _values(blocks: Sequence[_Curves], size: Ints, dtype: type) -> Lists:
    """The values of one precision; lists of the other are empty."""
    return Lists(_bounds(size), _joined([b.value for b in blocks if b.value.dtype == dtype], dtype))


def _joined(columns: Sequence[NDArray[Any]], dtype: type = np.int64) -> NDArray[Any]:
    if len(columns) == 1:
        return np.ascontiguousarray(columns[0])
    return np.concatenate(columns) if columns else np.empty(0, dtype)


def _bounds(size: Ints) -> Ints:
    bounds = np.zeros(len(size) + 1, np.int64)
    np.cumsum(size, out=bounds[1:])
    return bounds


def _cut_up(length: Ints) -> tuple[Ints, Ints, Ints]:
    """Size of each piece, its curve, and which piece of the curve it is."""
    pieces = -(-length // PIECE)
    curve = np.repeat(np.arange(len(length)), pieces)
    last = np.cumsum(pieces) - 1
    nth = np.arange(len(curve)) - (last - pieces + 1)[curve]
    size = np.full(len(curve), PIECE)
    size[last] = length - PIECE * (pieces - 1)
    return size, curve, nth


def _spans(step: Ints, bounds: Ints) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Lowest and highest step of each list, and whether its steps rise all the way."""
    at = bounds[:-1]
    rises = np.ones(len(step), bool)
    np.greater(step[1:], step[:-1], out=rises[1:])
    rises[at] = True
    rising = np.logical_and.reduceat(rises, at)
    return np.minimum.reduceat(step, at), np.maximum.reduceat(step, at), rising


def _blocks(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Small files together, since numpy's passes pay by the call."""
    block: list[Part] = []
    room = _BLOCK
    for part in parts:
        if block and len(part.points) > room:
            yield block
            block, room = [], _BLOCK
        block.append(part)
        room -= len(part.points)
    if block:
        yield block


def _curves(parts: Sequence[Part]) -> _Curves:
    """Sort the points of some files by curve."""
    which = [len(part.runs) * len(part.metrics) for part in parts]
    first = np.cumsum([0, *which])
    kind, curve, length = _kinds(
        _joined(
            [_numbered(part.points, at) for part, at in zip(parts, first.tolist(), strict=False)]
        )
    )
    file = np.searchsorted(first, kind, "right") - 1
    sort = np.lexsort((length, file))
    rank = np.empty(len(kind), np.uint16 if len(kind) <= 1 << 16 else np.int64)
    rank[sort] = np.arange(len(kind))
    order = np.argsort(rank[curve], kind="stable")  # 16 bits: numpy counts, in linear time
    kind, length, file = kind[sort], length[sort], file[sort]
    step = _joined([part.points.step for part in parts])[order]
    tick = _ticks(_joined([part.points.wall for part in parts])[order])
    grid, lag = _shared(step, tick, length, file)
    is_grid = grid == np.arange(len(grid))
    lagging = ~is_grid
    lagging &= np.logical_or.reduceat(lag != 0, np.cumsum(length) - length)
    of_grid = np.repeat(is_grid, length)
    run, metric, source = zip(*(_numbers(part) for part in parts), strict=True)
    return _Curves(
        _joined(run)[kind], _joined(source)[kind], _joined(metric)[kind], length, grid,
        step[of_grid], tick[of_grid], lag[np.repeat(lagging, length)], lagging,
        _joined([part.points.value for part in parts])[order],
    )  # fmt: skip


def _numbered(points: Points, first: int) -> NDArray[Any]:
    """The curve of each point, run by run, counted from ``first``."""
    if not points.run.any():
        return points.metric + np.int32(first)
    return points.run.astype(np.int64) * len(points.names) + points.metric + first


def _numbers(part: Part) -> tuple[Ints, Ints, Ints]:
    """Run, metric and source of each curve there may be in a file, as ``_numbered`` counts them."""
    runs, metrics = np.asarray(part.runs, np.int64), np.asarray(part.metrics, np.int64)
    run, metric = np.repeat(runs, len(metrics)), np.tile(metrics, len(runs))
    return run, metric, np.full(len(run), part.source)


def _kinds(curve: NDArray[Any]) -> tuple[Ints, Ints, Ints]:
    """The curves there are, which of them each point is of, and how many points each has."""
    if int(curve.max()) >= 1 << 20:
        kinds, places, counts = np.unique(curve, return_inverse=True, return_counts=True)
        return kinds, places, counts
    counts = np.bincount(curve)
    kinds = np.flatnonzero(counts)
    if len(kinds) == len(counts):
        return kinds, curve, counts
    place = np.zeros(len(counts), np.int64)
    place[kinds] = np.arange(len(kinds))
    return kinds, place[curve], counts[kinds]


def _ticks(wall: NDArray[np.float64]) -> Ints:
    """Wall times in ticks of 2^-22 s; 0 for what is unknown, or no time at all."""
    if not (wall.min() > -_LATEST and wall.max() < _LATEST):  # holds for NaN too
        wall = np.where(np.abs(wall) < _LATEST, wall, 0.0)
    ticks = wall * _TICKS
    return np.rint(ticks, out=ticks).astype(np.int64)


def _shared(step: Ints, tick: Ints, length: Ints, file: Ints) -> tuple[Ints, NDArray[np.int32]]:
    """For each curve the one whose grid it shares, itself or one before it, and ticks beyond that grid's."""
    grid = np.arange(len(length))
    lag = np.zeros(len(step), np.int32)
    ends = np.flatnonzero((length[1:] != length[:-1]) | (file[1:] != file[:-1])) + 1
    first = at = 0
    for end in [*ends.tolist(), len(length)]:
        n, count = int(length[first]), end - first
        shape = slice(at, at + n * count)
        if count > 1:
            _share(
                step[shape].reshape(count, n),
                tick[shape].reshape(count, n),
                grid[first:end],
                lag[shape].reshape(count, n),
            )
        first, at = end, at + n * count
    return grid, lag


def _share(step: Ints, tick: Ints, grid: Ints, lag: NDArray[np.int32]) -> None:
    """The same for curves of one length, each a row; ``grid`` and ``lag`` are filled in."""
    rows = np.arange(len(step))
    for turn in range(_ROUNDS):
        if len(rows) < 2:
            return
        steps, ticks = (step[rows], tick[rows]) if turn else (step, tick)
        beyond = ticks - ticks[0]
        like = (steps == steps[0]).all(axis=1)
        like &= (beyond.min(axis=1) > -_FURTHEST) & (beyond.max(axis=1) < _FURTHEST)
        if like.all() and not turn:
            lag[:], grid[:] = beyond, grid[0]
            return
        lag[rows[like]] = beyond[like]
        grid[rows[like]] = grid[rows[0]]
        rows = rows[~like]
