"""Times at the start of many lines at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from logminer.formats.printed.prefixes import find_time, wall_time

_POINT = 19  # where a fraction follows a date and a time of day
_MOST = 26  # characters with a fraction of six digits
_DAYS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def wall_times(lines: Sequence[bytes]) -> NDArray[np.float64]:
    """Unix times of lines of one shape, as ``wall_time`` gives them; NaN where there is none."""
    span = find_time(lines[0])
    # Behind other digits the time may stand further on in one line than in another.
    if span is None or any(map(_is_digit, lines[0][: span[0]])):
        return _one_by_one(lines)
    start, width = span[0], span[1] - span[0]
    texts = np.array([line[start : start + width + 1] for line in lines], dtype=f"S{width + 1}")
    digits = texts.view(np.uint8).reshape(len(lines), width + 1).astype(np.int64) - ord("0")
    parts = [i for i in range(width) if i not in {4, 7, 10, 13, 16, _POINT}]
    behind = _digits(digits[:, [width]]) if width < _MOST else False
    if np.any(behind) or not np.all(_digits(digits[:, parts])):
        return _one_by_one(lines)
    times, valid = _unix(digits[:, :width])
    if not valid.all():
        times[~valid] = [wall_time(lines[i]) for i in np.flatnonzero(~valid).tolist()]
    return times


def _unix(digits: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Unix times of rows of digits ``YYYY-MM-DD hh:mm:ss.ffffff``, and which of them there are."""
    year, month, day, hour, minute, second = (
        _number(digits[:, a:b]) for a, b in ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))
    )
    fraction = digits[:, _POINT + 1 :]
    micros = _number(fraction) * 10 ** (6 - fraction.shape[1])
    inside = np.clip(month, 1, 12)
    months = (year - 1970).astype("M8[Y]").astype("M8[M]") + (inside - 1)
    days = months.astype("M8[D]").astype(np.int64) + day - 1
    february = (inside == 2) & ((year % 4 != 0) | ((year % 100 == 0) & (year % 400 != 0)))
    valid = (year > 0) & (month == inside) & (day > 0) & (day <= _DAYS[inside - 1] - february)
    valid &= (hour < 24) & (minute < 60) & (second < 60)
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    return (seconds * 1_000_000 + micros) / 1e6, valid


def _number(digits: NDArray[np.int64]) -> NDArray[np.int64]:
    powers = 10 ** np.arange(digits.shape[1], dtype=np.int64)[::-1]
    number: NDArray[np.int64] = digits @ powers
    return number


def _digits(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    return (values >= 0) & (values <= 9)


def _is_digit(byte: int) -> bool:
    return ord("0") <= byte <= ord("9")


def _one_by_one(lines: Sequence[bytes]) -> NDArray[np.float64]:
    return np.array([wall_time(line) for line in lines])
