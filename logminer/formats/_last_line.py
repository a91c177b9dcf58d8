"""The last line of a text that has no line end: whether it may still be written, and which of its values are whole.

A program that is killed leaves its file cut anywhere, also inside a number: ``0.66`` becomes ``0``. So the last line waits
while the file may grow. Once nobody writes any more it is read, but for what touches the end of the file, unless its form
shows that nothing is missing. What is left out is said.
"""

import os
import re
import time
from collections import Counter
from collections.abc import Sequence

from logminer.core.problem import Problem

QUIET = 2.0  # seconds without a write after which a file that is read whole each time counts as finished
QUIET_READ_ON = (
    600.0  # the same for one that is read on: should it go on after all, all of it is read anew
)

_DECIMALS = re.compile(r"[+-]?\d*[.,](\d+)([eE][+-]?\d+)?")
_UNIT = re.compile(r"[\d.\s]([^\d\s.,;eE+-][^\d.,;+-]*)$")
_CHOSEN = range(
    3, 13
)  # decimals of numbers that were rounded; more are those of a double, as many as it takes
_OFTEN = 3  # rows that show how a column is written
_BRACKETS = {"[": "]", "(": ")", "{": "}"}


def is_growing(path: str, *, read_on: bool = False) -> bool:
    """Whether a file was written to so lately that the rest of its last line may come.

    Args:
        path: the file.
        read_on: whether reading goes on at an offset, so that a line taken too early is dear.
    """
    # A clock that is ahead of this one must not make a file grow for ever.
    age = abs(time.time() - os.stat(path).st_mtime)
    return age <= (QUIET_READ_ON if read_on else QUIET)


def held_back(path: str) -> Problem:
    """What is said of a last line that waits: nothing is wrong, but it is looked at again."""
    return Problem(path, "last line has no line end and may still be written", passing=True)


def left_out(path: str, what: str = "its last value", where: str = "") -> Problem:
    """What is said of a last line that is cut, or may be, in a file that nobody writes any more."""
    return Problem(
        path,
        f"last line has no line end: {what} was left out; add a line end if it is whole",
        where,
    )


def unfinished(path: str, what: str = "its last value") -> Problem:
    """What is said of a last line that is not read, or not all of it, in a file that is read whole each time."""
    return held_back(path) if is_growing(path) else left_out(path, what)


def is_whole(cell: str, others: Sequence[str]) -> bool:
    """Whether the form of a value at the end of a file shows that nothing is missing behind it.

    Args:
        cell: as written.
        others: the same column's values in lines that are whole, as written.
    """
    cell, others = cell.strip(), [other.strip() for other in others if other.strip()]
    if not cell:
        return False
    if cell[0] == '"':
        return len(cell) > 1 and cell.count('"') == 2 and cell[-1] == '"' and not any('""' in other[1:-1] for other in others)  # fmt: skip
    if cell[0] in _BRACKETS:
        return cell[-1] == _BRACKETS[cell[0]] and cell.count(cell[0]) == cell.count(cell[-1])
    if len(others) < 2:
        return False
    if unit := _UNIT.search(cell):
        return all((found := _UNIT.search(o)) and found[1] == unit[1] for o in others)
    if match := _DECIMALS.fullmatch(cell):
        return _is_full_length(match, [_DECIMALS.fullmatch(other) for other in others])
    return not any(map(str.isdigit, cell)) and _is_known_word(cell, others)


def _is_full_length(cell: re.Match[str], others: Sequence[re.Match[str] | None]) -> bool:
    """Whether a number has all the decimals that its column's numbers are written with."""
    found = [other for other in others if other is not None]
    exponents = {len(other[2] or "") for other in found}
    if len(found) < len(others) or exponents != {len(cell[2] or "")}:
        return False
    digits = [len(other[1]) for other in found]
    most = max(digits)
    if len(cell[1]) != most:
        return False
    if min(digits) == most > 1 and any(other[1][-1] == "0" for other in found):
        return True  # no shortest form of a number ends in a zero
    return most in _CHOSEN and digits.count(most) >= _OFTEN


def _is_known_word(cell: str, others: Sequence[str]) -> bool:
    """Whether it is one of a few words that a column repeats, and the beginning of no other."""
    often = Counter(others)
    return min(often.values()) > 1 and cell in often and not any(
        other != cell and other.startswith(cell) for other in often
    )  # fmt: skip
