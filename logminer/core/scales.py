"""The scale on which a number is searched: linear, logarithmic, or by the logarithm of its distance to 1."""

import math
from dataclasses import dataclass

_STEEPEST = 700.0  # the exponential of more may be no double
_TINY, _CLOSEST = (
    1e-300,
    1e-16,
)  # stand for 0 below a log scale, and for 1 above one of the distance to it


def log_ratio(value: float, other: float) -> float:
    """Logarithm of a ratio, also where the ratio itself is no double."""
    ratio = value / other
    return math.log(ratio) if 0 < ratio < math.inf else math.log(value) - math.log(other)


def log_distance(value: float, low: float) -> float:
    """Logarithm of how many times ``low`` is as far from 1 as ``value``."""
    return math.log((1 - low) / max(1 - float(value), _CLOSEST))


def log_growth(value: float, low: float) -> float:
    """Logarithm of how many times ``value`` is as large as ``low``; far below 0 for what has no logarithm."""
    return log_ratio(max(float(value), _TINY), low)


@dataclass(frozen=True)
class Scale:
    """An interval of real numbers mapped to the unit interval.

    Attributes:
        low: lower end.
        high: upper end, above ``low``.
        log: whether equal ratios are equally far apart.
        one_minus: whether equal ratios of the distance to 1 are.
    """

    low: float
    high: float
    log: bool = False
    one_minus: bool = False

    def to_unit(self, value: float) -> float:
        """Position of ``value``, below 0 or above 1 outside the interval."""
        if self.log:
            return log_growth(value, self.low) / log_ratio(self.high, self.low)
        if self.one_minus:
            return log_distance(value, self.low) / log_distance(self.high, self.low)
        if math.isinf(self.high - self.low):  # halves are never that far apart
            return (float(value) / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return (float(value) - self.low) / (self.high - self.low)

    def from_unit(self, u: float) -> float:
        """Value at position ``u``, which counts as the nearer end outside [0, 1]."""
        u = min(max(float(u), 0.0), 1.0)
        if self.log:
            growth = u * log_ratio(self.high, self.low)
            # In two steps where one would overflow on the way.
            first = growth if growth < _STEEPEST else growth / 2
            value = self.low * math.exp(first) * math.exp(growth - first)
        elif self.one_minus:
            value = 1 - (1 - self.low) * math.exp(-u * log_distance(self.high, self.low))
        elif math.isinf(self.high - self.low):
            value = (1 - u) * self.low + u * self.high
        else:
            value = self.low + u * (self.high - self.low)
        return float(min(max(value, self.low), self.high))
