"""The kinds of hyperparameter: Float, Integer and Categorical, each with its own scale.

Each maps its values to the unit interval and back, on the scale on which it is searched. Numbers may come in
steps or by factors: see the lattice.
A boolean is a Categorical of ``False`` and ``True``; a constant has one choice.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeGuard

import numpy as np

from logminer.core.errors import SpaceError
from logminer.core.lattice import Lattice
from logminer.core.scales import Scale

Scalar = float | int | str | bool | None
Condition = Mapping[str, tuple[Scalar, ...]]


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


class _Number:
    """What real and whole numbers share: a scale, and perhaps a lattice of values on it."""

    low: float
    high: float
    log: bool
    one_minus: bool
    step: float | None
    factor: float | None

    @property
    def lattice(self) -> Lattice | None:
        """The values, where they come in steps or by factors; whole numbers always do."""
        if self.step is None and self.factor is None:
            return None
        step = None if self.factor is not None else self.step
        return _lattice(self.low, self.high, step, self.factor, self.one_minus)

    @property
    def is_stepped(self) -> bool:
        """Whether neighbours are further apart than numbers of the kind need be."""
        return self.step is not None or self.factor is not None

    @property
    def count(self) -> float:
        """Number of values; infinite for a real number without steps."""
        if self.lattice:
            return self.lattice.count
        return 1 if self.low == self.high else math.inf

    def values(self) -> Sequence[float]:
        """All values, in order.

        Raises:
            SpaceError: they are without end.
        """
        if self.lattice:
            return self.lattice.values()
        if self.low < self.high:
            raise SpaceError(f"the numbers from {self.low} to {self.high} cannot be listed")
        return (self.low,)

    def to_unit(self, value: float) -> float:
        """Position of ``value`` on the searched scale, below 0 or above 1 outside the bounds.

        Each value of a lattice is in the middle of a share of its own, so that end values get theirs. NaN for
        what is not a number, and 0.5 whatever the value where a real number has equal bounds.
        """
        if not is_number(value) or not (is_finite(value) or isinstance(value, float | np.floating)):
            return math.nan
        if isinstance(value, np.generic):
            value = value.item()
        if (lattice := self.lattice) and self._is_even:
            return (lattice.index(value) + 0.5) / lattice.count
        return 0.5 if self.high == self.low and not lattice else self._scale.to_unit(value)

    def _from_unit(self, u: float) -> float:
        if not (lattice := self.lattice):
            return self._scale.from_unit(u)
        if self._is_even:
            inside = min(max(float(u), 0.0), 1.0)
            return lattice.value(min(int(inside * lattice.count), lattice.count - 1))
        return lattice.value(lattice.nearest(self._scale.from_unit(u)))

    def cell(self, value: float) -> tuple[float, float]:
        """Ends of the share of the unit interval that stands for a value; both its position without steps."""
        place = self.to_unit(value)
        if not (lattice := self.lattice):
            return place, place
        if self._is_even:
            return place - 0.5 / lattice.count, place + 0.5 / lattice.count
        half = (lattice.step or 0) / 2
        return self._scale.to_unit(value - half), self._scale.to_unit(value + half)

    def nearest(self, value: float) -> float:
        """The allowed value closest to a number."""
        if lattice := self.lattice:
            return lattice.value(lattice.nearest(value))
        return min(max(float(value), self.low), self.high)

    @property
    def _is_even(self) -> bool:
        """Whether neighbours on the lattice are equally far apart on the searched scale."""
        return self.factor is not None or not (self.log or self.one_minus)

    @property
    def _scale(self) -> Scale:
        """The scale; half a step beyond each end where there are steps, so that the end values get their share."""
        if not self.lattice:
            return Scale(self.low, self.high, self.log, self.one_minus)
        half = (self.step or 0) / 2
        low = max(self.low - half, self.low / 2) if self.log else self.low - half
        high = min(self.high + half, (1 + self.high) / 2) if self.one_minus else self.high + half
        return Scale(low, high, self.log, self.one_minus)

    def _settle(self, *, spaced_twice: bool) -> None:
        """Check the spacing, and let the upper bound be the last value."""
        if spaced_twice:
            raise SpaceError("values are spaced by a step or by a factor, not by both")
        if self.factor is not None and not (self.log or self.one_minus):
            raise SpaceError("values spaced by a factor need a log scale")
        if lattice := self.lattice:
            object.__setattr__(self, "high", lattice.value(lattice.count - 1))


@lru_cache(maxsize=4096, typed=True)
def _lattice(
    low: float, high: float, step: float | None, factor: float | None, one_minus: bool
) -> Lattice:
    return Lattice(low, high, step, factor, one_minus and factor is not None)


@dataclass(frozen=True)
class Float(_Number):
    """A real number between ``low`` and ``high``, searched on a linear or log scale.

    Attributes:
        low: smallest value, included.
        high: largest value, included; with a step or a factor the last value at or below what was given.
        log: whether to search on the logarithm.
        when: parents and the values of theirs for which this parameter exists.
        one_minus: whether to search on the logarithm of the distance to 1, as suits a momentum or a decay,
            where 0.99 and 0.999 are as far apart as 0.9 and 0.99.
        step: distance of neighbouring values, counted from ``low``; None where any number will do.
        factor: ratio of neighbouring values on a log scale, or of their distances to 1.
    """

    low: float
    high: float
    log: bool = False
    when: Condition = field(default_factory=dict)
    one_minus: bool = False
    step: float | None = None
    factor: float | None = None

    def __post_init__(self) -> None:
        _check_bounds("float", self.low, self.high, self.log)
        if self.one_minus and (self.log or self.high >= 1):
            raise SpaceError(
                f"a scale of the distance to 1 needs high < 1 and no log, got {self.high}"
            )
        self._settle(spaced_twice=self.factor is not None and self.step is not None)

    def from_unit(self, u: float) -> float:
        """Value at position ``u`` in [0, 1]."""
        return float(self._from_unit(u))

    def contains(self, value: Any) -> bool:
        """Whether ``value`` is allowed, with room for rounding."""
        if not is_number(value) or not is_finite(value):
            return False
        if self.lattice:
            return self.lattice.contains(float(value))
        if self.log:  # the ends may be many orders of magnitude apart
            return bool(self.low * (1 - 1e-9) <= value <= self.high * (1 + 1e-9))
        slack = 1e-9 * max(abs(self.low), abs(self.high))
        return bool(self.low - slack <= value <= self.high + slack)


@dataclass(frozen=True)
class Integer(_Number):
    """A whole number between ``low`` and ``high``, searched on a linear or log scale.

    Attributes:
        low: smallest value, included.
        high: largest value, included; with a step or a factor the last value at or below what was given.
        log: whether to search on the logarithm.
        when: parents and the values of theirs for which this parameter exists.
        step: distance of neighbouring values, counted from ``low``.
        factor: ratio of neighbouring values on a log scale, a whole number: 2 for powers of two.
    """

    low: int
    high: int
    log: bool = False
    when: Condition = field(default_factory=dict)
    step: int = 1
    factor: int | None = None
    one_minus = False

    def __post_init__(self) -> None:
        _check_bounds("integer", self.low, self.high, self.log)
        if int(self.low) != self.low or int(self.high) != self.high:
            raise SpaceError(f"integer bounds must be whole, got {self.low} and {self.high}")
        for word, spacing in (("step", self.step), ("factor", self.factor)):
            if spacing is not None and int(spacing) != spacing:
                raise SpaceError(f"the {word} of whole numbers is whole, got {spacing}")
        self._settle(spaced_twice=self.factor is not None and self.step != 1)

    @property
    def is_stepped(self) -> bool:
        """Whether neighbours are further apart than 1."""
        return self.step != 1 or self.factor is not None

    def from_unit(self, u: float) -> int:
        """Nearest allowed value at position ``u`` in [0, 1]."""
        return int(self._from_unit(u))

    def contains(self, value: Any) -> bool:
        """Whether ``value`` is a whole number that is allowed."""
        if not is_number(value) or not is_finite(value) or value != int(value):
            return False
        assert self.lattice
        return self.lattice.contains(int(value))


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

    @property
    def count(self) -> int:
        """Number of choices."""
        return len(self.choices)

    def values(self) -> Sequence[Scalar]:
        """All choices, in order."""
        return self.choices

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
