"""Rows that pass between ingest and the store."""

from dataclasses import dataclass
from typing import Any

from logminer.core.parsed import ParsedLog

UNRECOGNISED = '{"unrecognised": true}'
"""State of a file that has a log's name, and that no format recognised."""
FAILED = '{"failed": true}'
"""State of a file of a known format of which nothing could ever be read."""
KEPT = '{"kept": true}'
"""State of a file that cannot be read any more: what is stored of it stems from an earlier content."""


@dataclass(frozen=True)
class SourceRow:
    """Identity of a file on disk and how far it was read.

    Attributes:
        path: absolute path.
        format: name of the format, or None where none recognised it.
        reader: version of logminer that looked at it.
        size: bytes when it was looked at.
        mtime_ns: modification time in nanoseconds.
        inode: file number.
        head_hash: hash of the first bytes and of the last ones before ``offset``, 0 for a file that was not read.
        own_run: whether the file and not its folder is the run.
        offset: bytes read, 0 where nothing could be read the last time.
        state: what the format needs to go on from there; or else ``FAILED``, ``KEPT`` or ``UNRECOGNISED``.
        points: points read from it so far.
        id: number in the store; 0 for a file not stored yet.
    """

    path: str
    format: str | None
    reader: str
    size: int
    mtime_ns: int
    inode: int
    head_hash: int = 0
    own_run: bool = False
    offset: int = 0
    state: str = "{}"
    points: int = 0
    id: int = 0

    @property
    def is_kept(self) -> bool:
        """Whether what is stored of the file stems from an earlier content than it has now."""
        return self.state == KEPT


@dataclass(frozen=True)
class Reading:
    """One file that was read: to be written together with the offset reached.

    Attributes:
        source: the file as it now stands; ``id`` tells a file that is known already.
        log: what was read of it.
        anew: whether what was stored of it before is replaced.
        failed: whether nothing that could be read is to be stored: then only the file's problems are replaced.
    """

    source: SourceRow
    log: ParsedLog
    anew: bool
    failed: bool = False


@dataclass(frozen=True)
class PathParam:
    """A parameter or folder level that a run's path tells."""

    run: int
    name: str
    value: Any
    kind: str


@dataclass(frozen=True)
class RunKey:
    """Identity of a run, or of a folder that only holds parameters.

    Attributes:
        id: number in the store.
        root: absolute folder or file.
        key: which of several runs under one root.
        name: short label.
        inherits: run of a folder above whose parameters hold here too, or None.
        measured: false while nothing tells that training began.
    """

    id: int
    root: str
    key: str
    name: str
    inherits: int | None
    measured: bool


def first_name(root: str, key: str) -> str:
    """What a run is called until it gets its short label."""
    return "#".join(part for part in (root, key) if part)
