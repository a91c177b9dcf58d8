"""Evenly spaced values of a number: multiples of 8, steps of 0.05, powers of two.

A lattice starts at its lowest value and goes on by a step that is added (``low + k * step``, as Optuna has
it) or by a factor that is multiplied (16, 32, 64, …). Its last value is the last one at or below the upper bound.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from logminer.core.errors import SpaceError
from logminer.core.scales import log_distance, log_growth

_MOST = 2**53  # more values than doubles can count
_ROUNDING = 1e-9  # a bound that arithmetic put this share of a spacing below a value still has it
_OFF = 1e-6  # share of a spacing by which a recorded value may lie beside the lattice


@dataclass(frozen=True)
class Lattice:
    """The values of a number that comes in steps or by factors; whole where both are whole.

    Attributes:
        low: lowest value.
        high: upper bound.
        step: distance of neighbours, or None where there is a factor.
        factor: ratio of neighbours, or None where there is a step; with ``one_minus`` the ratio of their distances to 1.
        one_minus: whether the factor is one of the distance to 1 (0.9, 0.99, 0.999).
    """

    low: float
    high: float
    step: float | None = None
    factor: float | None = None
    one_minus: bool = False

    def __post_init__(self) -> None:
        if self.step is not None and not 0 < self.step < math.inf:
            raise SpaceError(f"a step is above 0, got {self.step}")
        if self.factor is not None and not 1 < self.factor < math.inf:
            raise SpaceError(f"a factor is above 1, got {self.factor}")
        if not self._is_whole and self.index(self.high) >= _MOST:
            spacing = f"step of {self.step}" if self.step else f"factor of {self.factor}"
            raise SpaceError(f"a {spacing} is too small for {self.low} to {self.high}")

    @property
    def _is_whole(self) -> bool:
        return isinstance(self.low, int) and isinstance(self.step or self.factor, int)

    @cached_property
    def count(self) -> int:
        """Number of values."""
        if self._is_whole and isinstance(self.high, int) and isinstance(self.step, int):
            return (self.high - int(self.low)) // self.step + 1
        return math.floor(self.index(self.high) + _ROUNDING) + 1

    def index(self, value: float) -> float:
        """Place of ``value``: 0 for the lowest, 1 for the next, a fraction between two of them."""
        if self.step is not None:
            if isinstance(value, int) and self._is_whole:
                return (value - self.low) / self.step
            whole = float(value) - self.low
            if math.isinf(whole):
                return float(value) / self.step - self.low / self.step
            return whole / self.step
        assert self.factor is not None
        growth = log_distance if self.one_minus else log_growth
        return growth(value, self.low) / math.log(self.factor)

    def value(self, index: int) -> float:
        """The value at a place, in the fewest digits: 0.15 and not 0.15000000000000002."""
        spacing = self.step if self.step is not None else self.factor
        assert spacing is not None
        if self._is_whole:
            return (
                self.low + index * spacing if self.step is not None else self.low * spacing**index
            )
        low, exact = _decimal(self.low), _decimal(spacing)
        if self.step is not None:
            return float(low + index * exact)
        if self.one_minus:
            return float(1 - (1 - low) / exact**index)
        return float(low * exact**index)

    def nearest(self, value: float) -> int:
        """Place of the value closest to ``value``."""
        place = self.index(value)
        return 0 if place < 0 else int(min(math.floor(min(place, _MOST) + 0.5), self.count - 1))

    def contains(self, value: float) -> bool:
        """Whether ``value`` is one of the values, with room for rounding."""
        if isinstance(value, int) and self._is_whole and self.step is not None:
            return self.low <= value <= self.high and (value - self.low) % self.step == 0
        place = self.index(value)
        return 0 <= round(place) < self.count and abs(place - round(place)) <= _OFF

    def values(self) -> Sequence[float]:
        """All values, in order."""
        if self._is_whole and self.step is not None:
            step = int(self.step)
            return range(int(self.low), int(self.low) + step * self.count, step)
        return [self.value(i) for i in range(self.count)]


def _decimal(value: float) -> Decimal:
    """A number as it is written, not as binary digits come near it."""
    return Decimal(value) if isinstance(value, int) else Decimal(repr(float(value)))
