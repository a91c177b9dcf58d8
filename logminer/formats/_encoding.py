"""Encodings of text logs: UTF-8, or what a byte order mark says (``>`` of Windows PowerShell 5 writes UTF-16).

Zero bytes are no text: file systems show them where a file was made longer before its contents arrived. Beside other
control characters they say that a file is binary.
"""

import codecs
import re
from dataclasses import dataclass

_CONTROL = re.compile(rb"[\x01-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le", 4),
    (codecs.BOM_UTF32_BE, "utf-32-be", 4),
    (codecs.BOM_UTF16_LE, "utf-16-le", 2),
    (codecs.BOM_UTF16_BE, "utf-16-be", 2),
    (codecs.BOM_UTF8, "utf-8", 1),
)


@dataclass(frozen=True)
class Encoding:
    """How the characters of a file are written.

    Attributes:
        name: as Python calls it.
        width: bytes of the smallest character.
        mark: bytes of the mark that the file begins with.
    """

    name: str = "utf-8"
    width: int = 1
    mark: int = 0

    def to_utf8(self, data: bytes) -> bytes:
        """Whole characters of a file, its mark left out, as UTF-8; what cannot be decoded is replaced."""
        if self.width == 1:
            return data
        data = data[: len(data) - len(data) % self.width]
        return data.decode(self.name, "replace").encode("utf-8", "replace")

    def end_of_lines(self, data: bytes, end: bytes = b"\n") -> int:
        """Where the last whole line among bytes ends that begin with a whole character; 0 if none does."""
        mark = end.decode().encode(self.name)
        cut = len(data)
        while (cut := data.rfind(mark, 0, cut)) >= 0:
            if cut % self.width == 0:
                return cut + self.width
            cut += self.width - 1  # the bytes of two characters looked like one
        return 0

    def first_line_end(self, data: bytes) -> int:
        """Where the first line among bytes ends that begin with a whole character; 0 if none does."""
        mark, at = "\n".encode(self.name), -1
        while (at := data.find(mark, at + 1)) >= 0:
            if at % self.width == 0:
                return at + self.width
        return 0


UTF8 = Encoding()


def encoding_of(head: bytes) -> Encoding:
    """The encoding of a file that begins with ``head``."""
    for mark, name, width in _MARKS:
        if head.startswith(mark):
            return Encoding(name, width, len(mark))
    return UTF8


def text_of(data: bytes) -> bytes:
    """The text of a whole file as UTF-8, without its mark."""
    encoding = encoding_of(data)
    return encoding.to_utf8(data[encoding.mark :])


def is_binary(head: bytes) -> bool:
    """Whether the first bytes of a file are no text in any encoding."""
    encoding = encoding_of(head)
    text = encoding.to_utf8(head[encoding.mark :])
    return b"\0" in text and (not text.strip(b"\0") or _CONTROL.search(text) is not None)
