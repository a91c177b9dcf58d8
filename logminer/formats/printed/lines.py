"""Lines of a printed log, however large: bounded in length, without colours, each with its shape.

Two lines have one shape when they differ in the digits of their numbers only, so that what a line means has to be
worked out once a shape and not once a line.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from logminer.core.problem import Problem
from logminer.formats._encoding import encoding_of

MAX_LINE = 20_000  # bytes; progress bars without line ends and printed arrays are longer
_BLOCK = 1 << 20

_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_ESCAPE = re.compile(rb"\x1b(?:\[[0-?]{0,40}[ -/]{0,4}[@-~]|[@-Z\\^_])")
_DIGITS_OF_WORDS = re.compile(rb"(?<![0-9.])[A-Za-z_@#][0-9]+|\[ IoU=[^\]]{0,80}")
_THOUSANDS = re.compile(rb"(?<![0.,])(?<!0:)0{1,3},000(?!0)")


class Lines:
    """Lines of a text that comes in blocks, without their ends and colours; carriage returns of progress bars end lines too.

    A line of more than ``MAX_LINE`` bytes is left out, without being held in memory. So is one that zero bytes stand in,
    which file systems show where contents never arrived: nobody knows where it was cut.

    Args:
        blocks: of UTF-8.

    Attributes:
        too_long: how many lines were too long so far.
        torn: how many held zero bytes.
        rest: once all blocks are taken, what stands behind the last end of a line.
        unwritten: whether the text ends in zero bytes: its contents have not arrived.
    """

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self.too_long = self.torn = 0
        self.rest, self.unwritten = b"", False
        self._blocks = blocks

    def __iter__(self) -> Iterator[bytes]:
        for lines in self.many():
            yield from lines

    def many(self) -> Iterator[list[bytes]]:
        """The lines of one block after the other."""
        rest, within_long = b"", False
        for block in self._blocks:
            text = rest + block
            lines = (_ESCAPE.sub(b"", text) if b"\x1b" in text else text).splitlines(keepends=True)
            rest = lines.pop() if lines and lines[-1][-1:] not in b"\r\n" else b""
            if within_long and lines:
                del lines[0]
                within_long = False
            kept = [line.rstrip() for line in lines if len(line) <= MAX_LINE]
            self.too_long += len(lines) - len(kept)
            yield self._whole(kept) if b"\0" in text else kept
            if rest.endswith(b"\0"):  # however many there are, they are no text
                rest = rest.rstrip(b"\0") + b"\0"
            if len(rest) > MAX_LINE:
                self.too_long += not within_long
                rest, within_long = b"", True
        self.unwritten = rest.endswith(b"\0")
        self.rest = b"" if within_long else rest.rstrip(b"\0").rstrip(b"\r\n")

    def _whole(self, lines: list[bytes]) -> list[bytes]:
        kept = [line for line in lines if b"\0" not in line]
        self.torn += len(lines) - len(kept)
        return kept

    def all(self) -> Iterator[bytes]:
        """Every line, that without an end included."""
        yield from self
        if self.rest:
            yield self.rest.rstrip()

    def problems(self, path: str) -> list[Problem]:
        """What is said of lines that were left out."""
        said = {
            f"of more than {MAX_LINE:,} bytes": self.too_long,
            "with zero bytes in them": self.torn,
        }
        return [
            Problem(path, f"{'a line' if n == 1 else f'{n} lines'} {what} left out")
            for what, n in said.items()
            if n
        ]


def lines_of(path: str, limit: int | None = None) -> Lines:
    """Lines of a file.

    Args:
        path: the file.
        limit: bytes to read, or None for all.
    """
    return Lines(_blocks(path, limit))


def split_lines(text: str) -> Iterator[bytes]:
    """All lines of a text that is in memory."""
    data = text.encode("utf-8", "replace")
    return Lines(data[at : at + _BLOCK] for at in range(0, len(data), _BLOCK)).all()


def last_lines(path: str, size: int) -> Lines:
    """Lines among the last bytes of a file; the first of them may be a part of one."""
    with Path(path).open("rb") as file:
        encoding = encoding_of(file.read(4))
        start = max(file.seek(0, 2) - size, encoding.mark)
        file.seek(start - (start - encoding.mark) % encoding.width)
        return Lines([encoding.to_utf8(file.read())])


def _blocks(path: str, limit: int | None) -> Iterator[bytes]:
    """A file as UTF-8, without its mark."""
    with Path(path).open("rb") as file:
        encoding = encoding_of(file.read(4))
        file.seek(encoding.mark)
        left = limit
        while block := file.read(_BLOCK if left is None else min(left, _BLOCK)):
            left = None if left is None else left - len(block)
            yield encoding.to_utf8(block)


def shape_of(line: bytes) -> bytes:
    """The shape of a line: its digits masked, and how many there are left open.

    Where thousands may be set apart the number of digits is kept, since it tells ``1,234`` from ``1,2``.
    """
    masked = line.translate(_DIGITS)
    return _collapsed(masked, b"00000" if _has_thousands(masked) else b"00")


def shapes_of(lines: list[bytes]) -> list[bytes]:
    """The shapes of lines, as ``shape_of`` gives them."""
    text = b"\n".join(lines)
    masked = text.translate(_DIGITS)
    shapes = _collapsed(masked, b"00").split(b"\n")
    if len(shapes) != len(lines):  # a line holds a line feed, which those of a log do not
        return [shape_of(line) for line in lines]
    if b"0,000" in masked.replace(b":00,000", b""):  # milliseconds are the most frequent by far
        for i, line in enumerate(masked.split(b"\n")):
            if b"0,000" in line and _has_thousands(line):
                shapes[i] = _collapsed(line, b"00000")
    return shapes


def _has_thousands(masked: bytes) -> bool:
    return b"0,000" in masked and _THOUSANDS.search(masked) is not None


def _collapsed(masked: bytes, many: bytes) -> bytes:
    while many in masked:
        masked = masked.replace(many, many[1:])
    return masked


def word_digits(line: bytes) -> bytes:
    """Digits that belong to the words of a line, as in ``Acc@5``: lines of one shape may still differ in these."""
    return b" ".join(_DIGITS_OF_WORDS.findall(line))
