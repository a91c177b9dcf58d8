"""Lines of a printed log, however large: bounded in length, without colours, each with its shape.

Two lines have one shape when they differ in the digits of their numbers only, so that what a line means has to be
worked out once a shape and not once a line.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

MAX_LINE = 20_000
_BLOCK = 1 << 20

_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_ESCAPE = re.compile(rb"\x1b(?:\[[0-?]{0,40}[ -/]{0,4}[@-~]|[@-Z\\^_])")
_DIGITS_OF_WORDS = re.compile(rb"(?<![0-9.])[A-Za-z_@#][0-9]+|\[ IoU=[^\]]{0,80}")
_THOUSANDS = re.compile(rb"(?<![0.,])(?<!0:)0{1,3},000(?!0)")
_TWO_BYTES = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def lines_of(path: str, limit: int | None = None) -> Iterator[bytes]:
    """Lines of a file without their ends and colours; carriage returns of progress bars end lines too.

    A line of more than ``MAX_LINE`` bytes is left out, without being held in memory.

    Args:
        path: the file.
        limit: bytes to read, or None for all.
    """
    return split_lines(_blocks(path, limit))


def split_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines of a text that comes in blocks, as ``lines_of`` gives them."""
    rest, too_long = b"", False
    for block in blocks:
        lines = (rest + block).splitlines(keepends=True)
        rest = lines.pop() if lines and lines[-1][-1:] not in b"\r\n" else b""
        for line in lines:
            if not too_long and len(line) <= MAX_LINE:
                yield _plain(line)
            too_long = False
        if len(rest) > MAX_LINE:
            rest, too_long = b"", True
    if rest and not too_long:
        yield _plain(rest)


def _blocks(path: str, limit: int | None) -> Iterator[bytes]:
    with Path(path).open("rb") as file:
        start = file.read(4)
        file.seek(0)
        wide = start[:2] in _TWO_BYTES and start[2:] != b"\0\0"
        decoder = codecs.getincrementaldecoder("utf-16")("replace") if wide else None
        left = limit
        while block := file.read(_BLOCK if left is None else min(left, _BLOCK)):
            left = None if left is None else left - len(block)
            yield decoder.decode(block).encode("utf-8", "replace") if decoder else block


def _plain(line: bytes) -> bytes:
    line = line.rstrip()
    return _ESCAPE.sub(b"", line) if b"\x1b" in line else line


def shape_of(line: bytes) -> bytes:
    """The shape of a line: its digits masked, and how many there are left open.

    Where thousands may be set apart the number of digits is kept, since it tells ``1,234`` from ``1,2``.
    """
    shape = line.translate(_DIGITS)
    many = b"00"
    if b"0,0" in shape and _THOUSANDS.search(shape):
        many = b"00000"
    while many in shape:
        shape = shape.replace(many, many[1:])
    return shape


def word_digits(line: bytes) -> bytes:
    """Digits that belong to the words of a line, as in ``Acc@5``: lines of one shape may still differ in these."""
    return b" ".join(_DIGITS_OF_WORDS.findall(line))
