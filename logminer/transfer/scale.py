"""One scale for the losses of all tasks.

Tasks measure different things in different units. On the common scale the median of a task's trials
is 0 and its 5 % quantile -1; below the median the scale is linear, so that regrets keep their size,
and above it grows like a logarithm, so that diverged runs do not drown the rest.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_WORST = 50.0  # a loss this many units above the median is as bad as any


def to_common(losses: Array, median: Array | float, unit: Array | float) -> Array:
    """Losses on the common scale, given a task's median and its unit (median minus 5 % quantile)."""
    u = (losses - median) / unit
    return np.where(u > 0, np.log1p(np.clip(u, 0, _WORST)), u)


def from_common(z: Array, median: Array | float, unit: Array | float) -> Array:
    """Losses whose place on the common scale is ``z``: the inverse of ``to_common``."""
    return median + unit * np.where(z > 0, np.expm1(np.clip(z, 0, np.log1p(_WORST))), z)


def log_slope(losses: Array, median: Array | float, unit: Array | float) -> Array:
    """Logarithm of the derivative of ``to_common`` at each loss."""
    u = (losses - median) / unit
    return -np.log(unit) - np.log1p(np.clip(u, 0, _WORST))


def median_and_unit(losses: Array) -> tuple[float, float]:
    """A task's median and unit from its own trials, shape (n,); the unit is never 0."""
    median, low = np.quantile(losses, [0.5, 0.05])
    spread = max(median - low, 0.25 * (median - losses.min()), 0.05 * float(np.std(losses)))
    return float(median), float(spread) or 1.0
