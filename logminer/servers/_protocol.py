"""The protocol of a server: what it holds, entry by entry, and how one is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from logminer.core.parsed import ParsedLog, Resume


@dataclass(frozen=True)
class Entry:
    """What is read as a whole, as a file is: an MLflow run, a block of Optuna's trials.

    Attributes:
        path: its address, below that of the server; it holds no name and no password.
        parts: how many parts it is read in, at least 1.
        version: hash of all that tells that it changed, below 2^63.
        changed: when it last changed as a Unix time in nanoseconds, at least 1.
    """

    path: str
    parts: int
    version: int
    changed: int = 1


class Server(Protocol):
    """What ``connect(address)`` of a module in this folder returns.

    Attributes:
        address: what was asked for, in one spelling, as it is stored: without names, passwords and options.
        format: what is stored as the format of what was read.
        noun: what one entry is called, in the singular.
        batch: how many entries are read and stored together: what an interruption may cost.
    """

    address: str
    format: str
    noun: str
    batch: int

    def entries(self) -> Iterator[Entry]:
        """What the server holds, in a steady order.

        Raises:
            ServerError: it cannot be reached, refuses access, or is no such server.
        """
        ...

    def read_many(self, jobs: Sequence[tuple[str, Resume]]) -> list[ParsedLog | Exception]:
        """Read entries by their paths, each from ``resume.offset``, the number of parts already read.

        To bound memory an entry may be read in part: the offset reached then is less than its parts.
        An entry of which nothing could be read yields its exception, an ``OSError`` where asking again may help.

        Raises:
            ServerError: the server is lost, so that there is no point in asking for more.
        """
        ...

    def close(self) -> None:
        """Let go of all connections."""
        ...


def version_of(written: bytes) -> int:
    """A hash of what changes when an entry does, below 2^63."""
    return int.from_bytes(blake2b(written, digest_size=8).digest()) >> 1
