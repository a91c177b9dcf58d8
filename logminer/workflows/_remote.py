"""Logs that lie elsewhere: ``s3://``, ``gs://``, ``hf://`` and whatever else fsspec reaches.

A remote folder is listed, and only files that are new or changed and that a format may read are brought
here, into a folder that is removed afterwards. Everything is stored under its address.
"""

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from zlib import crc32

from logminer.core.errors import NothingFoundError, UsageError, install_extra
from logminer.core.parsed import ParsedLog
from logminer.core.problem import Problem
from logminer.workflows.walk import FileStatus, Folder, is_skipped

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def is_address(path: str) -> bool:
    """Whether a path names a place elsewhere."""
    return bool(_ADDRESS.match(path))


class RemoteLogs(AbstractContextManager["RemoteLogs"]):
    """Files brought here for one ingest.

    Attributes:
        folder: where they lie until the ingest ends.
    """

    def __init__(self) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="logminer-")
        self.folder = self._temporary.name
        self._addresses: dict[str, str] = {}

    def __exit__(self, *_: object) -> None:
        self._temporary.cleanup()

    def walk(self, address: str, problems: list[Problem]) -> Iterator[Folder]:
        """Yield the folders below an address, in order.

        Raises:
            UsageError: fsspec, or its part for this kind of address, is not installed.
            NothingFoundError: there is no such place.
        """
        address = address.rstrip("/")
        files, root = _open(address)
        scheme = "" if is_address(root) else address[: address.index("://") + 3]
        try:
            found = files.find(root, detail=True)
        except OSError as error:
            raise NothingFoundError(
                f"{address} cannot be listed: {error}", "check the address"
            ) from error
        if not found:
            raise NothingFoundError(f"no such file or folder: {address}", "check the address")
        by_folder: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        for path, details in sorted(found.items()):
            parent, name = os.path.split(path)
            if not any(is_skipped(part) for part in PurePosixPath(parent).parts):
                by_folder.setdefault(parent, []).append((name, details))
        for parent, entries in sorted(by_folder.items()):
            above = scheme + (parent if scheme == "file://" else parent.lstrip("/"))
            fetch = self._fetcher(files, parent, above, problems)
            statuses = tuple(_status(name, details) for name, details in entries)
            yield Folder(above, statuses, frozenset(name for name, _ in entries), fetch)

    def _fetcher(
        self, files: Any, parent: str, address: str, problems: list[Problem]
    ) -> Callable[[str], str]:
        # The last folder names are kept: formats look at them.
        number = str(len(self._addresses))
        here = os.path.join(self.folder, number, *PurePosixPath(parent).parts[-2:])
        self._addresses[here] = address

        def fetch(name: str) -> str:
            os.makedirs(here, exist_ok=True)
            local = os.path.join(here, name)
            try:
                files.get_file(f"{parent}/{name}", local)
            except OSError as error:
                problems.append(Problem(f"{address}/{name}", f"cannot be brought here: {error}"))
            return local

        return fetch

    def under_address(self, log: ParsedLog) -> ParsedLog:
        """What was read of a file brought here, with its run and problems under its address."""
        for facts in log.runs:
            facts.root = self._address(facts.root)
        log.problems = [Problem(self._address(p.path), p.what, p.where) for p in log.problems]
        return log

    def _address(self, path: str) -> str:
        here = path
        while here not in self._addresses and here != os.path.dirname(here):
            here = os.path.dirname(here)
        if here in self._addresses:
            return self._addresses[here] + path.removeprefix(here)
        # A run's root may lie above its file's folder, as a checkpoint's does.
        for known, address in self._addresses.items():
            if known.startswith(path + os.sep):
                return address[: len(address) - len(known.removeprefix(path))]
        return path


def _open(address: str) -> tuple[Any, str]:
    """The file system of an address, and its path there; a web server's path is the address itself."""
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise UsageError(f"{address}: fsspec is not installed", install_extra("cloud")) from None
    try:
        files, root = url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise UsageError(
            f"{address}: {error}", f"check the address, or {install_extra('cloud')}"
        ) from error
    return files, str(root).rstrip("/")


def _status(name: str, details: dict[str, Any]) -> FileStatus:
    """Status of a remote file; stores call their times and versions differently."""
    changed = details.get(
        "mtime", details.get("LastModified", details.get("updated", details.get("created", 0)))
    )
    if isinstance(changed, datetime):
        changed = changed.timestamp()
    seconds = float(changed) if isinstance(changed, int | float) else 0.0
    version = (
        details.get("ETag") or details.get("etag") or details.get("generation") or str(changed)
    )
    return FileStatus(
        name, int(details.get("size") or 0), int(seconds * 1e9), crc32(str(version).encode())
    )
