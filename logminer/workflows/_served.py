"""Trackers' servers in an ingest: what they hold is listed, and what is new or changed is read like files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from logminer import __version__
from logminer.core.errors import NothingFoundError
from logminer.core.parsed import ParsedLog, Resume
from logminer.formats import Probe
from logminer.servers import SERVERS, Entry, Server, server_kind
from logminer.store.rows import SourceRow
from logminer.workflows.changes import Found


@dataclass
class ServedLook:
    """What a look at a server found.

    Attributes:
        server: which one.
        found: entries to read.
        unchanged: entries known and not changed.
    """

    server: Server
    found: list[Found] = field(default_factory=list)
    unchanged: int = 0

    def batches(self, found: Sequence[Found]) -> Iterator[list[Found]]:
        """Entries that are read and stored together."""
        size = self.server.batch
        yield from (list(found[start : start + size]) for start in range(0, len(found), size))

    def read(self, batches: Sequence[Sequence[Found]]) -> Iterator[list[ParsedLog | Exception]]:
        """Read batches in this process, which alone has the connection and knows who asks."""
        for batch in batches:
            yield self.server.read_many([(item.source.path, item.resume) for item in batch])


class Servers(ExitStack):
    """The servers of one ingest.

    Args:
        paths: what was given to it; those that name no server are left alone.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__()
        self._given: dict[str, Server] = {}
        try:
            for path in paths:
                if kind := server_kind(path):
                    self._given[path] = SERVERS.load(kind).connect(path)
                    self.callback(self._given[path].close)
        except BaseException:
            self.close()
            raise

    def address(self, path: str) -> str | None:
        """The address that is stored of a path, or None where it names no server."""
        return self._given[path].address if path in self._given else None

    def look(self, known: Mapping[str, SourceRow], *, again: bool) -> Iterator[ServedLook]:
        """What each server holds.

        Args:
            known: sources read before, by path.
            again: whether what has not changed is read again.

        Raises:
            ServerError: a server cannot be listed.
            NothingFoundError: one holds nothing.
        """
        for server in self._given.values():
            seen = ServedLook(server)
            for entry in server.entries():
                found = _found(server, entry, known.get(entry.path), again=again)
                if found:
                    seen.found.append(found)
                else:
                    seen.unchanged += 1
            if not (seen.found or seen.unchanged):
                raise NothingFoundError(
                    f"no {server.noun} in {server.address}", "check the address"
                )
            yield seen


def _found(server: Server, entry: Entry, before: SourceRow | None, *, again: bool) -> Found | None:
    """An entry to read, or None where it was read as it is; one whose reading was cut off is gone on with."""
    here = SourceRow(
        entry.path, server.format, __version__, entry.parts, entry.changed, entry.version,
        id=before.id if before else 0,
    )  # fmt: skip
    resume = Resume()
    if (
        before
        and not again
        and not before.is_kept
        and (before.size, before.inode) == (here.size, here.inode)
    ):
        if before.mtime_ns == here.mtime_ns:
            return None
        if 0 < before.offset < before.size:
            resume = Resume(before.offset, json.loads(before.state))
    anew = not resume.offset
    points = before.points if before and not anew else 0
    probe = Probe(entry.path, size=entry.parts)
    return Found(replace(here, points=points), probe, resume, anew, resumes=True, before=before)
