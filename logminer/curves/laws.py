"""Parametric laws of learning: extrapolation that needs no past.

Each law is ``c + a · shape(t)`` with ``a >= 0``. For given inner parameters the best ``c`` and ``a`` are linear least
squares, so a fit starts from every point of a grid of inner parameters at once, for all curves at once, and then
walks on from the best, with halving steps.

    pow3   c + a t^-r                  pow4   c + a (t + d)^-r        exp3   c + a e^(-b t)
    MMF4   c + a / (1 + (t / b)^d)     ilog2  c + a / log(b t + 2)

Time is counted in units of the seen part. Sources: Viering and Loog, "The shape of learning curves" (2022);
Mohr et al., "LCDB 1.0" (2022); Domhan et al. (2015) for averaging laws.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ROUNDS = 6
_EPS = 1e-3


@dataclass(frozen=True)
class Law:
    """A law up to ``c`` and ``a``.

    Attributes:
        shape: times and inner parameters (broadcast against each other) to values.
        starts: for each inner parameter, lowest and highest value and how many of them to start from.
    """

    shape: Callable[..., Floats]
    starts: tuple[tuple[float, float, int], ...]

    def grid(self) -> Floats:
        """Logarithms of the inner parameters to start from, (g, k)."""
        axes = [np.linspace(np.log(low), np.log(high), n) for low, high, n in self.starts]
        return np.array(list(product(*axes)))

    def near(self) -> Floats:
        """Steps (3^k, k) to the neighbours of a point, half the grid's spacing away; the first is none."""
        widths = [np.log(high / low) / (n - 1) / 2 for low, high, n in self.starts]
        return np.array(list(product(*[(0.0, -w, w) for w in widths])))


LAWS: dict[str, Law] = {
    "pow3": Law(lambda t, a: (t + _EPS) ** -a, ((0.03, 3.0, 16),)),
    "pow4": Law(lambda t, a, d: (t + d) ** -a, ((0.1, 3.0, 10), (0.01, 3.0, 10))),
    "exp3": Law(lambda t, b: np.exp(-b * t), ((0.3, 60.0, 16),)),
    "mmf4": Law(lambda t, d, b: 1 / (1 + (t / b) ** d), ((0.2, 4.0, 10), (0.01, 10.0, 10))),
    "ilog2": Law(lambda t, b: 1 / np.log(b * t + 2), ((3.0, 1e6, 8),)),
}


@dataclass(frozen=True)
class LawFits:
    """Fits of every law to n curves.

    Attributes:
        level: (n, laws), predicted loss.
        error: (n, laws), root mean squared residual.
        weight: (n, laws), how much each law counts in the average; rows sum to 1.
    """

    level: Floats
    error: Floats
    weight: Floats

    @property
    def mean(self) -> Floats:
        """Level averaged over laws by fit, (n,)."""
        return np.asarray((self.weight * self.level).sum(axis=1))

    @property
    def spread(self) -> Floats:
        """Standard deviation between laws, (n,)."""
        away = (self.level - self.mean[:, None]) ** 2
        return np.asarray(np.sqrt((self.weight * away).sum(axis=1)))


def fit_laws(t: Floats, y: Floats, until: Floats) -> LawFits:
    """Fit all laws to curves on one time grid.

    Args:
        t: (m,) times in (0, 1], 1 being the last seen step.
        y: (n, m) losses.
        until: (n,) times to extrapolate to, 1 being the last seen step.
    """
    # The later part counts most: that is where extrapolation starts.
    w = (0.2 + t) / (0.2 + t).sum()
    fits = [_fit(law, t, y, w, until) for law in LAWS.values()]
    level, error = (np.column_stack(part) for part in zip(*fits, strict=True))
    # Likelihoods would leave one law a curve; averaging several errs less, on real curves by a tenth.
    span = np.ptp(y, axis=1)[:, None]
    weight = 1 / (error + 1e-3 * np.where(span > 0, span, 1.0))
    return LawFits(level, error, weight / weight.sum(axis=1, keepdims=True))


def _fit(law: Law, t: Floats, y: Floats, w: Floats, until: Floats) -> tuple[Floats, Floats]:
    """Level at ``until`` and residual of the best fit of one law, each (n,)."""
    grid = law.grid()
    starts = law.shape(t, *np.exp(grid).T[:, :, None])  # (g, m)
    best = _residuals(starts, y, w, "gm,nm->ng").argmin(axis=1)
    inner = grid[best]
    rows = np.arange(len(y))
    size = np.ones(len(y))
    for _ in range(_ROUNDS):
        tried = inner[:, None, :] + size[:, None, None] * law.near()
        shapes = law.shape(t, *np.moveaxis(np.exp(tried), -1, 0)[..., None])  # (n, 3^k, m)
        best = _residuals(shapes, y, w, "ngm,nm->ng").argmin(axis=1)
        inner = tried[rows, best]
        size = np.where(best == 0, size / 2, size)
    final = np.exp(inner).T
    shape = law.shape(t, *final[..., None])
    mean, away = shape @ w, y - (y @ w)[:, None]
    centred = shape - mean[:, None]
    a = np.maximum((centred * away) @ w / np.maximum(centred**2 @ w, 1e-12), 0.0)
    error = np.sqrt(((away - a[:, None] * centred) ** 2) @ w)
    return y @ w + a * (law.shape(until, *final) - mean), error


def _residuals(shapes: Floats, y: Floats, w: Floats, pairs: str) -> Floats:
    """Weighted squared residual of each curve under each shape, up to a constant of the curve, (n, g)."""
    centred = shapes - (shapes @ w)[..., None]
    away = (y - (y @ w)[:, None]) * w
    slope = np.einsum(pairs, centred, away)
    return -np.asarray(np.maximum(slope, 0.0) ** 2 / np.maximum(centred**2 @ w, 1e-12))
