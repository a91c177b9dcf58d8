"""Running facts of curves, so that any prefix of any of them is described in constant time.

Nothing here loops over curves but the cumulative sums: all curves lie on one axis, and one binary search
answers any number of questions about them.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from logminer.curves.tidy import Curves

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


_FEW = 5
"""With fewer points after the first, a first value cannot be called an outlier."""


_SETTLED = 5
"""Points of which most must lie above the usual limit of a curve for it to rise there."""
_LOST = 30
"""How many times the scale a loss may rise to before it says no more than "lost"."""
_LATELY = 8
"""Steps between points that tell how far a curve usually moves from one to the next."""
_NOISY = 0.6
"""Share of the standard deviation of the last points that is noise from which on their level is looked for."""
_LEAP = 10.0
"""A last point that moved this many times as far is taken for a spike."""


class Prefixes:
    """Curves with the sums and minima of all their prefixes. Every curve asked about holds a point.

    Attributes:
        curves: the curves.
        first: float (n,), first loss of each curve.
        loss: float, losses cut off where they exceed the first by more than twice what the curve has to offer;
            a loss of 1e18 says no more than that.
        lowest: float, lowest loss up to each point.
        best: int, index of the point that holds it.
    """

    def __init__(self, curves: Curves) -> None:
        self.curves = curves
        self._bounds = [
            slice(a, b) for a, b in zip(curves.start[:-1], curves.start[1:], strict=True)
        ]
        owner = np.repeat(np.arange(len(curves)), np.diff(curves.start))
        self.first = np.array(
            [curves.loss[s][0] if s.stop > s.start else 0.0 for s in self._bounds]
        )
        self.loss = self._each(curves.loss, _capped)
        self.lowest = self._each(self.loss, np.minimum.accumulate)
        self.best = self._each(self.loss, _best_so_far).astype(np.int64) + curves.start[owner]
        self._span = divisor(curves.end)
        # The points of run i lie between 2i and 2i + 1.
        self._axis = 2.0 * owner + curves.step / self._span[owner]
        self._area = np.empty_like(self.loss)
        for part in self._bounds:
            self._area[part] = _integral(curves.step[part], self.loss[part])
        self._rough = self._each(self.loss, _roughness)
        self._changes = self._each(
            self.loss, lambda loss: np.cumsum(np.diff(loss, prepend=0.0) != 0) * 1.0
        )

    def _each(self, values: Floats, running: Callable[[Floats], Floats]) -> Floats:
        out = np.empty_like(values)
        for part in self._bounds:
            if part.stop > part.start:
                out[part] = running(values[part])
        return out

    def row(self, curve: Ints, step: Floats) -> Ints:
        """Index of the last point at or before each step; the curve's first point if there is none."""
        key = 2.0 * curve + np.minimum(step / self._span[curve], 1.0) + 1e-10
        found = np.searchsorted(self._axis, key, side="right") - 1
        return np.maximum(found, self.curves.start[curve])

    def at(self, curve: Ints, step: Floats) -> Floats:
        """Loss at a step: linear between points, constant before the first and after the last."""
        row = self.row(curve, step)
        after = np.minimum(row + 1, self.curves.start[curve + 1] - 1)
        steps = self.curves.step
        gap = steps[after] - steps[row]
        part = (step - steps[row]) / np.where(gap > 0, gap, 1.0)
        return self.loss[row] + np.clip(part, 0.0, 1.0) * (self.loss[after] - self.loss[row])

    def area(self, curve: Ints, step: Floats) -> Floats:
        """Integral of the curve from step 0; before its first point it is constant."""
        row = self.row(curve, step)
        gap = step - self.curves.step[row]
        mean = np.where(gap > 0, (self.loss[row] + self.at(curve, step)) / 2, self.loss[row])
        return self._area[row] + gap * mean

    def height(self, curve: Ints, row: Ints) -> Floats:
        """Loss that a prefix has come down from: the first one, unless that is an outlier.

        An untrained network can have any loss. Where the second point leaves little of the first, the height is
        the second plus four times what has been gained since.
        """
        start = self.curves.start[curve]
        second = self.loss[np.minimum(start + 1, row)]
        usual = second + 4 * (second - self.lowest[row])
        first = self.first[curve]
        return np.where(row - start < _FEW, first, np.minimum(first, usual))

    def anchored(self, curve: Ints, row: Ints, smooth: Floats) -> Floats:
        """Where each prefix is now: its smoothed last loss, but for noise and for a last point that leaps.

        A leap is a spike until a second point confirms it. Where the last points are noise around a level, that level
        counts: their median, the more the less of their variance is a trend.

        Args:
            curve: which curves.
            row: last point of each prefix.
            smooth: last smoothed loss of each.
        """
        places = row[:, None] - np.arange(_LATELY + 1)
        enough = places[:, -1] >= self.curves.start[curve]
        recent = self.loss[np.maximum(places, 0)]
        spread = recent.std(axis=1)
        away = recent[:, 1:-1] - (recent[:, 2:] + recent[:, :-2]) / 2
        noise = np.sqrt((away**2).mean(axis=1) * 2 / 3)
        part = np.clip((noise / divisor(spread) - _NOISY) / (1 - _NOISY), 0.0, 1.0)
        level = (1 - part) * smooth + part * np.median(recent, axis=1)
        leaps = np.abs(np.diff(recent, axis=1))
        usual = np.median(leaps[:, 1:], axis=1)
        spike = (usual > 0) & (leaps[:, 0] > _LEAP * usual)
        level = np.where(spike, np.median(recent[:, 1:4], axis=1), level)
        return np.where(enough, level, smooth)

    def still(self, curve: Ints, row: Ints) -> NDArray[np.bool_]:
        """Whether the later half of a prefix, three points or more, repeats one value exactly."""
        since = (self.curves.start[curve] + row) // 2
        return np.asarray((row - since >= 2) & (self._changes[row] == self._changes[since]))

    def roughness(self, curve: Ints, row: Ints) -> Floats:
        """Standard deviation of the noise over the later half of a prefix, from neighbouring points."""
        middle = (self.curves.start[curve] + row + 1) // 2
        total = self._rough[row] - self._rough[middle]
        # Of independent noise a point departs from its neighbours' mean by 3/2 of the variance.
        rough = np.sqrt(np.maximum(total, 0.0) / np.maximum(row - middle, 1) * 2 / 3)
        return np.asarray(np.maximum(rough, self.curves.noise[curve]))


def divisor(values: Floats) -> Floats:
    """What to divide by: the values where they are above 0, else 1."""
    return np.where(values > 0, values, 1.0)


def _capped(loss: Floats) -> Floats:
    """Cut losses off at the first one plus twice the scale known so far, or what a run that fell apart is at."""
    first = loss[0]
    size = abs(first) or np.abs(loss[np.argmax(loss != 0)])
    scale = np.maximum(first - np.minimum.accumulate(loss), size)
    limit = first + 2 * scale
    if (loss > limit).sum() > _SETTLED // 2:
        # One spike says nothing; most of the last few say where the run is now.
        padded = np.concatenate([np.full(_SETTLED - 1, -np.inf), loss])
        level = np.median(np.lib.stride_tricks.sliding_window_view(padded, _SETTLED), axis=1)
        limit = np.maximum(limit, np.minimum(first + 2 * (level - first), first + _LOST * scale))
    return np.asarray(np.minimum(loss, limit))


def _best_so_far(loss: Floats) -> Floats:
    lowest = np.minimum.accumulate(loss)
    fresh = np.concatenate([[True], lowest[1:] < lowest[:-1]])
    rows = np.where(fresh, np.arange(len(loss)), 0)
    return np.asarray(np.maximum.accumulate(rows), dtype=np.float64)


def _integral(step: Floats, loss: Floats) -> Floats:
    if not len(step):
        return step
    strips = np.diff(step) * (loss[1:] + loss[:-1]) / 2
    return np.asarray(step[0] * loss[0] + np.concatenate([[0.0], np.cumsum(strips)]))


def _roughness(loss: Floats) -> Floats:
    """Running sum of squared departures from the neighbours' mean; known one point late."""
    away = loss[1:-1] - (loss[2:] + loss[:-2]) / 2
    return np.concatenate([np.zeros(min(2, len(loss))), np.cumsum(away**2)])
