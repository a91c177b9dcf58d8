"""The kinds of hyperparameter: Float, Integer and Categorical, each with its own scale.

Each maps its values to the unit interval and back, on the scale on which it is searched.
A boolean is a Categorical of ``False`` and ``True``; a constant has one choice.
"""

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import numpy as np

from logminer.core.errors import SpaceError

Scalar = float | int | str | bool | None
Condition = Mapping[str, tuple[Scalar, ...]]
_STEEPEST = 700.0  # the exponential of more may be no double
_EXACT = 2**52  # whole numbers and halves below are exact as doubles


def is_finite(value: Any) -> bool:
    """Whether a number is one that a double can come near; a whole number may be far beyond."""
    plain = value.item() if isinstance(value, np.generic) else value
    return bool(-sys.float_info.max <= plain <= sys.float_info.max)


def _check_bounds(kind: str, low: float, high: float, log: bool) -> None:
    if not (is_finite(low) and is_finite(high)):
        raise SpaceError(f"{kind} bounds must be finite, got {low} and {high}")
    if low > high:
        raise SpaceError(f"{kind} low {low} is above high {high}")
    if log and low <= 0:
        raise SpaceError(f"a log scale needs low > 0, got {low}")


def _log_ratio(value: float, other: float) -> float:
    """Logarithm of a ratio, also where the ratio itself is no double."""
    ratio = value / other
    return math.log(ratio) if 0 < ratio < math.inf else math.log(value) - math.log(other)


@dataclass(frozen=True)
class Float:
    """A real number between ``low`` and ``high``, searched on a linear or log scale.

    Attributes:
        low: smallest value, included.
        high: largest value, included.
        log: whether to search on the logarithm.
        when: parents and the values of theirs for which this parameter exists.
        one_minus: whether to search on the logarithm of the distance to 1, as suits a momentum or a decay,
            where 0.99 and 0.999 are as far apart as 0.9 and 0.99.
    """

    low: float
    high: float
    log: bool = False
    when: Condition = field(default_factory=dict)
    one_minus: bool = False

    def __post_init__(self) -> None:
        _check_bounds("float", self.low, self.high, self.log)
        if self.one_minus and (self.log or self.high >= 1):
            raise SpaceError(
                f"a scale of the distance to 1 needs high < 1 and no log, got {self.high}"
            )

    def to_unit(self, value: float) -> float:
        """Position of ``value`` on the searched scale, below 0 or above 1 outside the bounds.

        NaN for what is not a number, and 0.5 whatever the value where the bounds are equal.
        """
        if not is_number(value) or not (is_finite(value) or isinstance(value, float | np.floating)):
            return math.nan
        if self.high == self.low:
            return 0.5
        if self.log:
            tiny = max(float(value), 1e-300)
            return _log_ratio(tiny, self.low) / _log_ratio(self.high, self.low)
        if self.one_minus:
            distance = max(1 - float(value), 1e-16)
            return math.log((1 - self.low) / distance) / math.log((1 - self.low) / (1 - self.high))
        if math.isinf(self.high - self.low):  # halves are never that far apart
            return (float(value) / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return (float(value) - self.low) / (self.high - self.low)

    def from_unit(self, u: float) -> float:
        """Value at position ``u`` in [0, 1]."""
        u = min(max(float(u), 0.0), 1.0)
        if self.log:
            growth = u * _log_ratio(self.high, self.low)
            # In two steps where one would overflow on the way.
            first = growth if growth < _STEEPEST else growth / 2
            value = self.low * math.exp(first) * math.exp(growth - first)
        elif self.one_minus:
            value = 1 - (1 - self.low) * math.exp(-u * math.log((1 - self.low) / (1 - self.high)))
        elif math.isinf(self.high - self.low):
            value = (1 - u) * self.low + u * self.high
        else:
            value = self.low + u * (self.high - self.low)
        return float(min(max(value, self.low), self.high))

    def contains(self, value: Any) -> bool:
        """Whether ``value`` is allowed, with room for rounding at the bounds."""
        if not is_number(value) or not is_finite(value):
            return False
        if self.log:  # the ends may be many orders of magnitude apart
            return bool(self.low * (1 - 1e-9) <= value <= self.high * (1 + 1e-9))
        slack = 1e-9 * max(abs(self.low), abs(self.high))
        return bool(self.low - slack <= value <= self.high + slack)


@dataclass(frozen=True)
class Integer:
    """A whole number between ``low`` and ``high``, searched on a linear or log scale."""

    low: int
    high: int
    log: bool = False
    when: Condition = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_bounds("integer", self.low, self.high, self.log)
        if int(self.low) != self.low or int(self.high) != self.high:
            raise SpaceError(f"integer bounds must be whole, got {self.low} and {self.high}")

    @property
    def _relaxed(self) -> Float:
        # Half a step beyond each end, so that the end values get their full share.
        low = max(self.low - 0.5, self.low / 2) if self.log else self.low - 0.5
        return Float(low, self.high + 0.5, self.log)

    def to_unit(self, value: float) -> float:
        """Position of ``value`` on the searched scale, below 0 or above 1 outside the bounds.

        NaN for what is not a number.
        """
        if self._is_large and isinstance(value, int | np.integer):
            return (2 * (int(value) - self.low) + 1) / (2 * (self.high - self.low + 1))
        return self._relaxed.to_unit(value)

    @property
    def _is_large(self) -> bool:
        # Doubles do not tell such neighbours apart; on a log scale they need not.
        return not self.log and max(abs(self.low), abs(self.high)) >= _EXACT

    def from_unit(self, u: float) -> int:
        """Nearest whole value at position ``u`` in [0, 1]."""
        if self._is_large:
            count = self.high - self.low + 1
            return self.low + min(int(min(max(float(u), 0.0), 1.0) * count), count - 1)
        return int(min(max(math.floor(self._relaxed.from_unit(u) + 0.5), self.low), self.high))

    def contains(self, value: Any) -> bool:
        """Whether ``value`` is a whole number within the bounds."""
        if not is_number(value) or not is_finite(value):
            return False
        return bool(value == int(value) and self.low <= value <= self.high)


@dataclass(frozen=True)
class Categorical:
    """One of a few choices; ``ordered`` ones (small < medium < large) lie on a line.

    Attributes:
        choices: the allowed values, without repeats.
        ordered: whether neighbours in ``choices`` are alike.
        when: parents and the values of theirs for which this parameter exists.
    """

    choices: tuple[Scalar, ...]
    ordered: bool = False
    when: Condition = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.choices:
            raise SpaceError("a categorical parameter needs at least one choice")
        if len({_key(c) for c in self.choices}) < len(self.choices):
            raise SpaceError(f"choices repeat: {list(self.choices)}")

    def index(self, value: Any) -> int:
        """Place of ``value`` among the choices, or -1; ``True`` is not ``1``."""
        key = _key(value)
        return next((i for i, choice in enumerate(self.choices) if _key(choice) == key), -1)

    def to_unit(self, value: Any) -> float:
        """Middle of the choice's share of the unit interval; NaN for an unknown choice."""
        i = self.index(value)
        return (i + 0.5) / len(self.choices) if i >= 0 else math.nan

    def from_unit(self, u: float) -> Scalar:
        """Choice whose share of the unit interval holds ``u``."""
        return self.choices[min(max(int(u * len(self.choices)), 0), len(self.choices) - 1)]

    def contains(self, value: Any) -> bool:
        """Whether ``value`` is one of the choices."""
        return self.index(value) >= 0


Parameter = Float | Integer | Categorical


def same(value: Any, other: Any) -> bool:
    """Whether two values are the same choice; ``True`` is not ``1``, but ``1`` is ``1.0``."""
    return _key(value) == _key(other)


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value is a number, Python's or NumPy's; ``True`` is none."""
    if isinstance(value, bool | np.bool_):
        return False
    return isinstance(value, int | float | np.integer | np.floating)


def _key(value: Any) -> tuple[str, Any]:
    """Equality that keeps ``True``, ``1`` and ``"1"`` apart but joins ``1`` and ``1.0``."""
    if value is None or isinstance(value, bool | np.bool_):
        return ("bool", value if value is None else bool(value))
    if isinstance(value, int | np.integer):
        return ("number", int(value))  # equal to the float, and exact beyond 2**53
    if is_number(value):
        return ("number", float(value))
    return ("text", str(value))
