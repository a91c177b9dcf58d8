"""The protocol of a format: three names in one module.

A format module defines ``NAMES``, ``sniff`` and ``read``; optionally ``RESUMES = True`` when ``read``
goes on from an offset (logs that are appended to), ``READS_ANY = True`` when it says ``GENERIC`` at most, so that it
need not be asked where another is certain, and ``read_many`` when many files are read faster at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from logminer.formats._probe import Match, Probe

if TYPE_CHECKING:  # its columns need numpy, which listing the formats must not load
    from logminer.core.parsed import ParsedLog, Resume


class LogFormat(Protocol):
    """What a module in this folder provides.

    Attributes:
        NAMES: file-name patterns (``fnmatch``, lower case) worth sniffing: a cheap first sieve, never the verdict.
    """

    @property
    def NAMES(self) -> tuple[str, ...]:  # noqa: N802 - a constant of the module
        """File-name patterns worth sniffing."""
        ...

    def sniff(self, probe: Probe) -> Match:
        """Whether the file is of this format, from its name, neighbours and first bytes; ``ValueError`` says no as well."""
        ...

    def read(self, probe: Probe, resume: Resume) -> ParsedLog:
        """Read a file, from ``resume.offset`` on where the format resumes.

        A format that resumes may stop before the end of a very large file, to bound memory: the caller
        reads on from the offset reached until it stands still.

        Damage is reported as problems beside what could be read; only a file of which nothing could be
        read may raise (``ValueError`` with one line, or ``OSError``).
        """
        ...


class BatchFormat(LogFormat, Protocol):
    """A format that reads many files faster together than one by one."""

    def read_many(self, jobs: Sequence[tuple[Probe, Resume]]) -> list[ParsedLog | Exception]:
        """Read several files; a file of which nothing could be read yields its exception."""
        ...
