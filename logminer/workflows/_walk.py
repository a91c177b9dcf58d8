"""Walking folders: every regular file once, folder by folder, whatever links and loops there are."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from logminer.core.problem import Problem

_SKIPPED = {
    ".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".ipynb_checkpoints",
    ".pytest_cache", ".mypy_cache", ".ruff_cache", ".trash", "site-packages",
}  # fmt: skip


@dataclass(frozen=True)
class Folder:
    """A folder's regular files, with the names of all its entries.

    Attributes:
        path: absolute path.
        files: name and status of each regular file, in order of name.
        names: names of files and folders alike.
    """

    path: str
    files: tuple[tuple[str, os.stat_result], ...]
    names: frozenset[str]


def walk(path: str, problems: list[Problem]) -> Iterator[Folder]:
    """Yield ``path``'s folders in order of name, or the one folder of a single file.

    Symbolic links are followed; a folder or file reached twice is looked at once. What cannot be
    listed becomes a problem.
    """
    path = os.path.abspath(path)
    if os.path.isfile(path):
        folder, name = os.path.split(path)
        yield Folder(folder, ((name, os.stat(path)),), frozenset(os.listdir(folder)))
        return
    seen: set[tuple[int, int]] = set()
    waiting = [path]
    while waiting:
        here = waiting.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            problems.append(Problem(here, f"cannot be listed: {error.strerror}"))
            continue
        files, folders = _sort(entries, seen, problems)
        yield Folder(here, tuple(files), frozenset(entry.name for entry in entries))
        waiting += reversed(folders)


def _sort(
    entries: Sequence["os.DirEntry[str]"], seen: set[tuple[int, int]], problems: list[Problem]
) -> tuple[list[tuple[str, os.stat_result]], list[str]]:
    files, folders = [], []
    for entry in entries:
        try:
            status = entry.stat()
        except OSError as error:
            problems.append(Problem(entry.path, f"cannot be looked at: {error.strerror}"))
            continue
        identity = (status.st_dev, status.st_ino)
        is_folder, is_file = stat.S_ISDIR(status.st_mode), stat.S_ISREG(status.st_mode)
        if (is_folder and entry.name in _SKIPPED) or not (is_folder or is_file):
            continue
        if identity in seen:
            continue
        if is_folder or entry.is_symlink() or status.st_nlink > 1:
            seen.add(identity)
        if is_folder:
            folders.append(entry.path)
        else:
            files.append((entry.name, status))
    return files, folders
