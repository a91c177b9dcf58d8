"""Bytes of a file from an offset on, gzip'd files included, without ever holding the whole of it."""

import gzip
import os
import zlib
from typing import Protocol

GZIP_MAGIC = b"\x1f\x8b"


class Source(Protocol):
    """A file that is read piece by piece, at offsets that never go back beyond the last piece."""

    def read(self, offset: int, room: memoryview) -> tuple[int, bool]:
        """Fill ``room`` from ``offset`` on; return the bytes read and whether the file ends there."""
        ...

    def remaining(self, offset: int) -> int:
        """Bytes from ``offset`` to the end, as far as known before reading."""
        ...


class PlainSource:
    """A file as it is. It is open only while it is read."""

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
    """The content of a gzip'd file; offsets count unpacked bytes."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.size = os.path.getsize(path)
        self.cut_off = False
        self._file = gzip.open(path)  # noqa: SIM115 - closed at its end
        self._at = 0
        self._last = b""

    def read(self, offset: int, room: memoryview) -> tuple[int, bool]:
        """See ``Source``."""
        kept = (
            self._last[max(len(self._last) - (self._at - offset), 0) :]
            if offset < self._at
            else b""
        )
        while self._at < offset and (skipped := self._unpack(min(offset - self._at, 1 << 20))):
            self._at += len(skipped)
        fresh = self._unpack(len(room) - len(kept))
        self._at += len(fresh)
        self._last = kept + fresh
        room[: len(self._last)] = self._last
        return len(self._last), len(self._last) < len(room)

    def remaining(self, offset: int) -> int:
        """See ``Source``."""
        return 4 * self.size

    def _unpack(self, n: int) -> bytes:
        parts = []
        try:
            while n and not self._file.closed:
                part = self._file.read(n)
                parts.append(part)
                n -= len(part)
                if not part:
                    self._file.close()
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self.cut_off = True
            self._file.close()
        return b"".join(parts)


def open_source(path: str, head: bytes) -> Source:
    """The source for a file whose first bytes are ``head``."""
    return GzipSource(path) if head.startswith(GZIP_MAGIC) else PlainSource(path)
