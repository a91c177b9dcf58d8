"""The numbers of many lines of one shape, read by one call.

What surrounds the numbers is made blank, and numpy reads the rest. That gives what ``NUMBER`` finds only where the shape
has no point outside of a number, no letter that could pass for an exponent, and the like; elsewhere the caller reads line
by line.
"""

import re
import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from logminer.formats.printed.tokens import NUMBER

_KEPT = b"0123456789.\1\2\3"
_BLANK = bytes(byte if byte in _KEPT else ord(" ") for byte in range(256))
_SIGNS = (
    (b"e-", b"\1"),
    (b"e+", b"\2"),
    (b"%", b"\3"),
)  # kept as one byte each while letters are made blank
_EXPONENT = re.compile(rb"0\.?e[-+]0")
_ODD = re.compile(
    rb"""(?<!0)\.              # a point before the digits, or of a sentence
       | 0\.0*\.               # a version
       | 0\.?[eE]0 | 0\.?E[-+]0  # exponents without a sign, or in capitals
       | e[-+]0+[.e%]          # something glued to an exponent
       | (?<!0)%               # a percent sign without a number
       | %[0.]                 # or glued to the next one
       | [\1\2\3]""",
    re.VERBOSE,
)


def numbers_of(lines: Sequence[bytes], shape: bytes) -> NDArray[np.float64] | None:
    """Unsigned numbers of n lines as they stand there, those before a percent sign divided by 100.

    Args:
        lines: all of ``shape``.
        shape: with its digits masked.

    Returns:
        (n, k), or None where the shape does not allow it.
    """
    if _ODD.search(shape) or shape.count(b"e-") + shape.count(b"e+") != len(
        _EXPONENT.findall(shape)
    ):
        return None
    text = b"\n".join(lines)
    for sign, mark in _SIGNS:
        text = text.replace(sign, mark)
    text = text.translate(_BLANK)
    for sign, mark in _SIGNS:
        text = text.replace(mark, b"e-2" if sign == b"%" else sign)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # text that is no number; it is counted
        found = np.fromstring(text.decode("ascii"), dtype=np.float64, sep=" ")
    width = len(NUMBER.findall(lines[0]))
    return found.reshape(-1, width) if width and len(found) == width * len(lines) else None
