"""One scale for the losses of all tasks.

Tasks measure different things in different units. On the common scale the median of a task's trials
is 0 and its 5 % quantile about -1; above the median it grows like a logarithm, so that diverged runs do not
drown the rest. Below the median it is linear, so that regrets keep their size, unless the past speaks for a bend:
where few configs are far better than all others, a scale that grows like a logarithm is easier to predict on.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_LARGEST = 1e150  # the square of a larger loss would overflow
_WORST = 50.0  # a loss this many units above the median is as bad as any


def bounded(losses: Array) -> Array:
    """Losses a model can square: a stand-in for "as bad as can be", such as 1e300, is brought nearer."""
    return np.clip(losses, -_LARGEST, _LARGEST)


def to_common(
    losses: Array, median: Array | float, unit: Array | float, bend: float = 0.0
) -> Array:
    """Losses on the common scale, given a task's median and its unit (median minus 5 % quantile).

    Below the median, a loss ``u`` units better lies at ``-log(1 + bend * u) / bend``: at ``-u`` for no bend.
    """
    u = (losses - median) / unit
    below = -np.log1p(bend * np.clip(-u, 0, None)) / bend if bend else u
    return np.where(u > 0, np.log1p(np.clip(u, 0, _WORST)), below)


def from_common(z: Array, median: Array | float, unit: Array | float, bend: float = 0.0) -> Array:
    """Losses whose place on the common scale is ``z``: the inverse of ``to_common``."""
    below = -np.expm1(bend * np.clip(-z, 0, None)) / bend if bend else z
    return median + unit * np.where(z > 0, np.expm1(np.clip(z, 0, np.log1p(_WORST))), below)


def log_slope(
    losses: Array, median: Array | float, unit: Array | float, bend: float = 0.0
) -> Array:
    """Logarithm of the derivative of ``to_common`` at each loss."""
    u = (losses - median) / unit
    steep = np.where(u > 0, np.clip(u, 0, _WORST), -bend * u)
    return -np.log(unit) - np.log1p(steep)


def median_and_unit(losses: Array) -> tuple[float, float]:
    """A task's median and unit from its own trials, shape (n,); the unit is never 0.

    Many bad trials widen the unit, but a diverged one has no more say than any other that is as bad as can be.
    """
    median, low = np.quantile(losses, [0.5, 0.05])
    unit = float(max(median - low, 0.25 * (median - losses.min())))
    unit = max(unit, 0.05 * float(np.std(np.minimum(losses, median + _WORST * unit))))
    return float(median), unit or 0.05 * float(np.std(losses)) or 1.0
