"""A Probe: one file as a format first sees it, by its name, neighbours and first bytes."""

import os
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from pathlib import PurePath

from logminer.formats._encoding import text_of
from logminer.formats._run_folder import run_folder

HEAD_BYTES = 8192


class Match(IntEnum):
    """How sure a format is that a file is its own.

    ``GENERIC`` formats (any CSV, any JSON) step back when one format says ``EXACT``;
    two ``EXACT`` matches are an error that names both. ``PARTS`` claims a file without reading it: it
    belongs to the format but holds nothing of use (a checkpoint, a pickle, an index), so it is skipped quietly.
    """

    NO = 0
    GENERIC = 1
    PARTS = 2
    EXACT = 3


@dataclass(frozen=True)
class Probe:
    """A file to recognise or read. All attributes are cheap; bytes are read when first asked for.

    Attributes:
        path: absolute path.
        siblings: names of all files and folders in the same folder, itself included.
        size: bytes.
        own_run: whether files of this kind stand side by side, one a run
            (``run_1.csv``, ``run_2.csv``), so that the file and not its folder is the run.
    """

    path: str
    siblings: frozenset[str] = frozenset()
    size: int = 0
    own_run: bool = False

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> "Probe":
        """Probe of a path on disk, looking at its folder."""
        full = os.path.abspath(path)
        siblings = frozenset(os.listdir(os.path.dirname(full)))
        return cls(full, siblings, os.path.getsize(full))

    @cached_property
    def name(self) -> str:
        """File name."""
        return os.path.basename(self.path)

    @cached_property
    def suffix(self) -> str:
        """Last suffix in lower case, with its dot."""
        return PurePath(self.name).suffix.lower()

    @cached_property
    def folder(self) -> str:
        """Folder that holds the file."""
        return os.path.dirname(self.path)

    @property
    def root(self) -> str:
        """Where the run of a generic log lives: its folder, or for a run of its own its path without suffix.

        A folder that a tracker keeps inside of a run's is not the run.
        """
        return os.path.splitext(self.path)[0] if self.own_run else run_folder(self.folder)

    @cached_property
    def head(self) -> bytes:
        """The first bytes, at most ``HEAD_BYTES``."""
        with open(self.path, "rb") as file:
            return file.read(HEAD_BYTES)

    @cached_property
    def text(self) -> str:
        """The first bytes as text, in the encoding that a byte order mark tells; undecodable ones are replaced."""
        return text_of(self.head).decode("utf-8", errors="replace")

    @cached_property
    def first_line(self) -> str:
        """First line of the text that is not blank, without its end."""
        return next((line for line in self.text.splitlines() if line.strip()), "")

    def read_bytes(self, offset: int = 0) -> bytes:
        """The file's bytes from ``offset`` on."""
        with open(self.path, "rb") as file:
            file.seek(offset)
            return file.read()
