"""Columns of mixed values in codes: which runs share a value, and which numbers they are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

# Digits and spacing of a column are judged on so many of its values.
_SAMPLE = 64
_FLOAT_DIGITS = 15
# With fewer digits on average values were typed (0.1, 64), with more they were computed or drawn.
_ROUNDED_DIGITS = 2.5


@dataclass(frozen=True, eq=False)
class EncodedColumn:
    """One recorded name over the runs of a table.

    Attributes:
        name: the column's name.
        codes: the value of each run as a number in order of first appearance, -1 where unset.
        levels: the distinct values, by code.
        numbers: the distinct values as numbers; None where one of them is none (words, booleans).
    """

    name: str
    codes: np.ndarray
    levels: Sequence[object]
    numbers: np.ndarray | None

    @property
    def present(self) -> np.ndarray:
        """In which runs it is set."""
        return self.codes >= 0

    @property
    def values(self) -> np.ndarray:
        """The number of each run, NaN where unset; only of numbers."""
        assert self.numbers is not None
        return np.where(self.codes >= 0, self.numbers[self.codes], np.nan)

    @cached_property
    def is_pool(self) -> bool:
        """Whether its numbers look picked from a list or a grid, see `is_pool`."""
        return self.numbers is not None and is_pool(self.numbers)

    @cached_property
    def print_tolerance(self) -> np.ndarray:
        """How far each distinct number may be from what was printed, see `print_tolerance`."""
        assert self.numbers is not None
        return print_tolerance(self.numbers)

    @cached_property
    def is_whole(self) -> bool:
        """Whether all of its values are whole numbers."""
        return self.numbers is not None and bool((self.numbers == np.round(self.numbers)).all())

    def at(self, rows: np.ndarray) -> "EncodedColumn":
        """The same column in some of the runs, its values coded anew."""
        if len(rows) == len(self.codes):
            return self
        codes, used = pd.factorize(self.codes[rows], use_na_sentinel=False)
        if (used < 0).any():
            unset = int(np.flatnonzero(used < 0)[0])
            codes = np.where(codes == unset, -1, codes - (codes > unset))
            used = used[used >= 0]
        numbers = None if self.numbers is None else self.numbers[used]
        return EncodedColumn(self.name, codes, [self.levels[i] for i in used], numbers)


def encode(frame: pd.DataFrame) -> list[EncodedColumn]:
    """All columns of a frame; ``"1e-3"`` and ``0.001`` are one value, lists become text."""
    return [_encode(str(name), frame.iloc[:, i]) for i, name in enumerate(frame.columns)]


def _encode(name: str, column: pd.Series) -> EncodedColumn:
    try:
        codes, levels = pd.factorize(column)
    except TypeError:  # lists and dictionaries do not hash
        codes, levels = pd.factorize(column.map(str, na_action="ignore"))
    codes = codes.astype(np.int32)
    if column.dtype.kind in "iuf":
        numbers = np.asarray(levels, dtype=float)
        if np.isfinite(numbers).all():
            return EncodedColumn(name, codes, np.asarray(levels).tolist(), numbers)
    values = list(levels)
    parsed = parse_numbers(values)
    if parsed is not None:
        # Texts of one number in several spellings fall together.
        again, numbers = pd.factorize(parsed)
        first = [values[int(np.argmax(again == i))] for i in range(len(numbers))] if len(
            numbers
        ) < len(values) else values  # fmt: skip
        return EncodedColumn(name, _recode(codes, again), first, np.asarray(numbers, dtype=float))
    texts = [str(value).strip() for value in values]
    again, distinct = pd.factorize(np.asarray(texts, dtype=object))
    return EncodedColumn(name, _recode(codes, again), list(distinct), None)


def _recode(codes: np.ndarray, again: np.ndarray) -> np.ndarray:
    if not len(again):
        return codes
    return np.where(codes >= 0, again[codes], -1).astype(np.int32)


def parse_numbers(values: Sequence[object]) -> np.ndarray | None:
    """Values as finite numbers, or None where one is not a number."""
    numbers = []
    for value in values:
        number = as_number(value)
        if number is None:
            return None
        numbers.append(number)
    return np.asarray(numbers, dtype=float)


def as_number(value: object) -> float | None:
    """A finite number, also from text (``"1e-3"``); None for booleans and anything else."""
    if isinstance(value, bool | np.bool_) or (isinstance(value, str) and "_" in value):
        return None
    if not isinstance(value, int | float | str | np.number):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def significant_digits(number: float) -> int:
    """Digits of a number as written shortest: 3 for 0.00125, 1 for 64 and other powers of two."""
    number = abs(number)
    if number == int(number) and 0 < number < 2**53:
        whole = int(number)
        odd = whole // (whole & -whole)
        if odd in {1, 3}:
            return 1
    mantissa = repr(float(number)).partition("e")[0].replace(".", "").strip("0")
    return max(len(mantissa), 1)


def sample(numbers: np.ndarray) -> np.ndarray:
    """Some of the distinct values, spread over their order of appearance."""
    spread = np.unique(np.linspace(0, len(numbers) - 1, _SAMPLE).astype(int))
    return np.asarray(numbers[spread])


def print_tolerance(numbers: np.ndarray) -> np.ndarray:
    """How far each number may be from what was printed: half a unit of the column's last digit.

    Zero for whole numbers, for short ones (0.1, 0.25: chosen, not rounded) and for full floats.
    """
    some = sample(np.unique(numbers))
    digits = max(significant_digits(v) for v in some)
    usual = np.mean([significant_digits(v) for v in some])
    if (
        not 3 <= digits < _FLOAT_DIGITS
        or usual < _ROUNDED_DIGITS
        or (numbers == np.round(numbers)).all()
    ):
        return np.zeros(len(numbers))
    decimals = max(_decimals(v) for v in some)
    with np.errstate(divide="ignore"):
        exponents = np.floor(np.log10(np.abs(numbers)))
    relative = np.where(numbers == 0, 0.0, 0.5 * 10.0 ** (exponents - digits + 1))
    return np.asarray(np.maximum(relative, 0.5 * 10.0**-decimals))


def unit_tolerance(numbers: np.ndarray) -> np.ndarray:
    """How far large whole numbers may be from what was meant: half a unit of the last digit.

    14200000000 stands for 14.2 billion tokens, and was 14224121856. Zero where numbers are not of
    that form.
    """
    some = sample(np.unique(numbers[numbers != 0]))
    if not len(some) or (numbers != np.round(numbers)).any() or np.abs(some).min() < 1e6:
        return np.zeros(len(numbers))
    zeros = min(len(t) - len(t.rstrip("0")) for t in (f"{abs(v):.0f}" for v in some))
    return np.full(len(numbers), 0.5 * 10.0**zeros if zeros >= 4 else 0.0)


def _decimals(number: float) -> int:
    mantissa, _, exponent = repr(abs(float(number))).partition("e")
    return max(len(mantissa.partition(".")[2].rstrip("0")) - int(exponent or 0), 0)


def is_pool(numbers: np.ndarray) -> bool:
    """Whether values look picked from a list or a grid, which other names may share.

    True where they are few, short (0.1, 64), or evenly spaced in plain values or in logarithms.
    Agreement of such values proves no more than agreement of words does; that of long digits proves
    much by itself.
    """
    distinct = np.unique(numbers)
    if len(distinct) <= 2:
        return True
    some = sample(distinct)
    digits = [significant_digits(v) for v in some]
    if sum(digits) / len(digits) < _ROUNDED_DIGITS:
        return True
    return _evenly_spaced(distinct) or bool(
        (distinct > 0).all() and _evenly_spaced(np.log(distinct))
    )


def _evenly_spaced(ordered: np.ndarray) -> bool:
    """Whether steps between sorted values are small multiples of the smallest one."""
    steps = np.diff(ordered)
    multiples = steps / steps.min()
    close = np.abs(multiples - np.round(multiples)) < 1e-5 * multiples
    return bool(close.all() and multiples.max() <= 4 * len(ordered))
