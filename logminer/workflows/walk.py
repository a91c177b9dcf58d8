"""Walking folders: every regular file once, folder by folder, whatever links and loops there are."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from logminer.core.problem import Problem

_SKIPPED = {
    ".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".ipynb_checkpoints",
    ".pytest_cache", ".mypy_cache", ".ruff_cache", ".trash", "site-packages", "_sources",
}  # fmt: skip


@dataclass(frozen=True)
class FileStatus:
    """What tells whether a file changed.

    Attributes:
        name: within its folder.
        size: bytes.
        mtime_ns: modification time in nanoseconds, 0 where unknown.
        identity: number of the file on its disk, or a hash of what its store calls its version.
    """

    name: str
    size: int
    mtime_ns: int
    identity: int


@dataclass(frozen=True)
class Folder:
    """A folder's regular files, with the names of all its entries.

    Attributes:
        path: absolute path, or address.
        files: each regular file, in order of name.
        names: names of files and folders alike.
        fetch: brings a file here where the folder is elsewhere, and returns its path on this machine.
    """

    path: str
    files: tuple[FileStatus, ...]
    names: frozenset[str]
    fetch: Callable[[str], str]

    @classmethod
    def here(cls, path: str, files: Sequence[FileStatus], names: Sequence[str]) -> "Folder":
        """A folder on this machine, whose files need not be fetched."""
        return cls(path, tuple(files), frozenset(names), lambda name: os.path.join(path, name))


def is_skipped(name: str) -> bool:
    """Whether a folder of that name holds no logs: version control, environments, caches."""
    return name in _SKIPPED


def walk(path: str, problems: list[Problem]) -> Iterator[Folder]:
    """Yield ``path``'s folders in order of name, or the one folder of a single file.

    Symbolic links are followed; a folder or file reached twice is looked at once. What cannot be
    listed becomes a problem.
    """
    path = os.path.abspath(path)
    if os.path.isfile(path):
        folder, name = os.path.split(path)
        yield Folder.here(folder, [_status(name, os.stat(path))], os.listdir(folder))
        return
    seen = _identity_of(path)  # a link may lead back to the start
    waiting = [path]
    while waiting:
        here = waiting.pop()
        try:
            # What a link such as latest-run leads to goes by its own name where both stand here.
            entries = sorted(os.scandir(here), key=lambda entry: (entry.is_symlink(), entry.name))
        except OSError as error:
            problems.append(Problem(here, f"cannot be listed: {error.strerror}"))
            continue
        files, folders = _sort(entries, seen, problems)
        yield Folder.here(here, files, [entry.name for entry in entries])
        waiting += reversed(folders)


def _identity_of(path: str) -> set[tuple[int, int]]:
    try:
        status = os.stat(path)
    except OSError:
        return set()
    return {(status.st_dev, status.st_ino)}


def _sort(
    entries: Sequence["os.DirEntry[str]"], seen: set[tuple[int, int]], problems: list[Problem]
) -> tuple[list[FileStatus], list[str]]:
    files, folders = [], []
    for entry in entries:
        try:
            status = entry.stat()
        except OSError as error:
            problems.append(Problem(entry.path, f"cannot be looked at: {error.strerror}"))
            continue
        identity = (status.st_dev, status.st_ino)
        is_folder, is_file = stat.S_ISDIR(status.st_mode), stat.S_ISREG(status.st_mode)
        if (is_folder and is_skipped(entry.name)) or not (is_folder or is_file):
            continue
        if identity in seen:
            continue
        if is_folder or entry.is_symlink() or status.st_nlink > 1:
            seen.add(identity)
        if is_folder:
            folders.append(entry.path)
        else:
            files.append(_status(entry.name, status))
    return files, folders


def _status(name: str, status: os.stat_result) -> FileStatus:
    return FileStatus(name, status.st_size, status.st_mtime_ns, status.st_ino)
