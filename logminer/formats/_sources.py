"""Bytes of a file from an offset on, gzip'd files included, without ever holding the whole of it."""

import os
import zlib
from typing import Protocol

GZIP_MAGIC = b"\x1f\x8b"
_GZIP = 31  # zlib's window bits that ask for a gzip header
_CHUNK = 1 << 16
_UNKNOWN = 1 << 62


class Source(Protocol):
    """A file that is read piece by piece, at offsets that never go back beyond the last piece.

    Attributes:
        at_once: bytes of content after which what was read should be handed over, to save memory.
    """

    at_once: int

    def read(self, offset: int, room: memoryview) -> tuple[int, bool]:
        """Fill ``room`` from ``offset`` on; return the bytes read and whether the file ends there."""
        ...

    def remaining(self, offset: int) -> int:
        """Bytes from ``offset`` to the end, or more where that is not known before reading."""
        ...


class PlainSource:
    """A file as it is. It is open only while it is read."""

    at_once = 32 << 20

    def __init__(self, path: str) -> None:
        self.path = path
        self.size = os.path.getsize(path)

    def read(self, offset: int, room: memoryview) -> tuple[int, bool]:
        """See ``Source``."""
        with open(self.path, "rb", buffering=0) as file:
            file.seek(offset)
            got = 0
            while got < len(room) and (n := file.readinto(room[got:])):
                got += n
        return got, got < len(room) or offset + got >= self.size

    def remaining(self, offset: int) -> int:
        """See ``Source``."""
        return max(self.size - offset, 0)


class GzipSource:
    """The content of a gzip'd file; offsets count unpacked bytes.

    Attributes:
        cut_off: whether it turned out to end early or to be damaged.
    """

    at_once = 256 << 20  # more, because going on means to unpack from the start

    def __init__(self, path: str) -> None:
        self._packed_at = 0
        self.cut_off = False
        self._path = path
        self._pending = b""
        self._unpacker = zlib.decompressobj(wbits=_GZIP)
        self._ended = False
        self._at = 0
        self._last = b""

    def read(self, offset: int, room: memoryview) -> tuple[int, bool]:
        """See ``Source``."""
        while self._at < offset and (skipped := self._unpack(min(offset - self._at, _CHUNK))):
            self._at += len(skipped)
        known = self._last[len(self._last) - (self._at - offset) :] if offset < self._at else b""
        fresh = self._unpack(max(len(room) - len(known), 0))
        self._at += len(fresh)
        self._last = known + fresh
        got = min(len(self._last), len(room))
        room[:got] = self._last[:got]
        return got, self._ended and got == len(self._last)

    def remaining(self, offset: int) -> int:
        """See ``Source``."""
        return max(self._at - offset, 0) if self._ended else _UNKNOWN

    @property
    def taken(self) -> int:
        """Bytes of the file as it is that were taken in; all of them only at the end."""
        return self._packed_at if self._ended else self._packed_at - 1

    def _unpack(self, n: int) -> bytes:
        """The next ``n`` bytes, fewer at the end."""
        parts = []
        while n and not self._ended:
            part = self._unpack_some(n)
            parts.append(part)
            n -= len(part)
        return b"".join(parts)

    def _unpack_some(self, n: int) -> bytes:
        data = self._pending or self._read_packed()
        if self._unpacker.eof and data.strip(b"\0"):  # another member follows
            self._unpacker = zlib.decompressobj(wbits=_GZIP)
        try:
            part = b"" if self._unpacker.eof else self._unpacker.decompress(data, n)
        except zlib.error:
            self.cut_off = self._ended = True
            return b""
        self._pending = self._unpacker.unconsumed_tail or self._unpacker.unused_data
        if not part and not data:
            self._ended = True
            self.cut_off = not self._unpacker.eof
        return part

    def _read_packed(self) -> bytes:
        with open(self._path, "rb") as file:
            file.seek(self._packed_at)
            data = file.read(_CHUNK)
        self._packed_at += len(data)
        return data


def open_source(path: str, head: bytes) -> Source:
    """The source for a file whose first bytes are ``head``."""
    return GzipSource(path) if head.startswith(GZIP_MAGIC) else PlainSource(path)
