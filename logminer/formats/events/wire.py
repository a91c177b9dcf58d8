"""The protocol-buffer wire format, as far as event files need it.

A message is a row of fields, each a key (number and wire type) and a value; see
https://protobuf.dev/programming-guides/encoding/. Values are given as spans, so that what is not
wanted costs nothing.
"""

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """The whole number that starts at ``at``, and where the next byte after it is.

    Raises:
        ValueError: it does not end before ``end`` or is longer than ten bytes.
    """
    value = shift = 0
    while at < end and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("a number in a message does not end")


def signed(value: int) -> int:
    """A varint as the signed 64-bit number it stands for."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


def fields(data: bytes, at: int = 0, end: int | None = None) -> Iterator[tuple[int, int, int, int]]:
    """Fields of the message ``data[at:end]`` as ``(number, wire type, start, stop)`` of their values.

    Raises:
        ValueError: the bytes are no message.
    """
    end = len(data) if end is None else end
    while at < end:
        key = data[at]
        at += 1
        if key > 0x7F:  # most keys and lengths are one byte: calls for the others alone
            key, at = varint(data, at - 1, end)
        wire = key & 7
        if wire == BYTES:
            if at < end and data[at] < 0x80:
                stop = at + 1 + data[at]
                at += 1
            else:
                size, at = varint(data, at, end)
                stop = at + size
        elif wire == FIXED64:
            stop = at + 8
        elif wire == FIXED32:
            stop = at + 4
        elif wire == VARINT:
            stop = varint(data, at, end)[1]
        else:
            raise ValueError(f"a message holds wire type {wire}")
        if stop > end:
            raise ValueError("a field runs past the end of its message")
        yield key >> 3, wire, at, stop
        at = stop


def text(data: bytes, at: int, stop: int) -> str:
    r"""A string field; bytes that are not UTF-8 are written out (``\xff``), so that no two names merge."""
    return data[at:stop].decode("utf-8", errors="backslashreplace")
