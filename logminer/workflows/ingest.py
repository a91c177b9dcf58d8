"""Ingest: walk folders, recognise logs, read what is new, and store it.

Files are read in batches by format; a batch's rows and the offsets reached are committed together, with what makes its
runs visible, so ingest can be interrupted anywhere and run again. What was read and has not changed is not opened.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter

from logminer.core.errors import NothingFoundError
from logminer.core.parsed import ParsedLog
from logminer.core.problem import Problem
from logminer.engine.reading import ReadTask, read_in_parallel
from logminer.formats import LogFormat
from logminer.servers import refuse_secrets, server_kind
from logminer.store import Store
from logminer.workflows._paths import compile_pattern
from logminer.workflows._remote import RemoteLogs, is_address
from logminer.workflows._runs import mark_measured, settle_runs
from logminer.workflows._served import Servers
from logminer.workflows.changes import Found, look
from logminer.workflows.ingest_result import IngestResult
from logminer.workflows.recognise import Recogniser
from logminer.workflows.shortfall import shortfall
from logminer.workflows.storing import Pass
from logminer.workflows.unfinished import begun, unfinished
from logminer.workflows.walk import Folder, walk

_SETTLING_SHARE = 0.05  # of the time so far that settling on the way may take
_SETTLING_SECONDS = 2e-5  # a run, about, before it is measured

Progress = Callable[[int, int], None]


def ingest(
    store: Store,
    paths: Sequence[str],
    *,
    pattern: str = "",
    only: str | None = None,
    own: Mapping[str, LogFormat] | None = None,
    workers: int = 1,
    engine: str = "local",
    dry_run: bool = False,
    progress: Progress | None = None,
) -> IngestResult:
    """Read all logs below ``paths`` into the store.

    Args:
        store: open for writing.
        paths: files, folders and addresses, of stores (``s3://bucket/logs``) and of trackers' servers
            (``mlflow+http://host:5000``).
        pattern: names of folder levels, e.g. ``"{study}/{workload}/trial_{trial}"``.
        only: name of the one format to read; files that have not changed are then read again.
        own: formats of the project itself, which go before all others.
        workers: processes that parse.
        engine: where they run: ``"local"``, ``"dask://host:port"``, ``"ray"`` or ``"ray://host:port"``.
        dry_run: recognise only, store nothing.
        progress: called with bytes done and bytes in all.

    Raises:
        NothingFoundError: a path does not exist, or no file is below the paths.
        UsageError: the pattern, the engine, an address or the format's name makes no sense.
        ServerError: a tracker's server cannot be reached or read; what was read before that is stored.
    """
    started, result = perf_counter(), IngestResult()
    check_there(paths)
    if pattern:
        compile_pattern(pattern)
    with RemoteLogs() as remote, Servers(paths) as servers:
        folders = _folders(paths, remote, result.problems)
        recognise = Recogniser(only, own)
        known = store.read.sources()
        seen = look(folders, known, recognise, again=only is not None)
        served = list(servers.look(known, again=only is not None))
        result.problems += seen.problems
        looked = tuple(result.problems)
        result.problems += [problem for kept in seen.kept for problem in kept.log.problems]
        result.unchanged, result.skipped = seen.unchanged, seen.skipped
        for there in served:
            result.served_unchanged[there.server.noun] += there.unchanged
        bases = [servers.address(path) or _given(path) for path in paths]
        settling = _Settling(store, dict.fromkeys(bases, pattern))
        if not dry_run:
            reads = seen.found or seen.unread or seen.kept or any(there.found for there in served)
            settling.begin(looked, reads=bool(reads))
        if not (seen.found or seen.unread or seen.kept or seen.unchanged or seen.skipped or served):
            raise NothingFoundError(f"no file below {', '.join(paths)}", "check the path")
        if dry_run:
            result.files.update(item.format for item in seen.found)
            result.bytes = sum(item.remaining for item in seen.found)
            result.served.update({there.server.noun: len(there.found) for there in served})
        else:
            read = partial(read_in_parallel, workers=workers, engine=engine)
            going = Pass(
                store,
                partial(_read_files, recognise, read),
                remote,
                result,
                settling.on_the_way,
                as_it_is=only is not None,
            )
            try:
                going.store_all(seen, progress)
                for there in served:
                    going.of(there).store_found(there.found, progress)
            except BaseException:
                with suppress(Exception):  # what ended it is said, not what came of tidying up
                    settling.interrupted()
                raise
            settling.end(result)
            result.shortfall = shortfall(store, list(settling.bases))
    result.seconds = perf_counter() - started
    return result


def _read_files(
    recognise: Recogniser,
    read: Callable[[Sequence[ReadTask]], Iterator[list[ParsedLog | Exception]]],
    batches: Sequence[Sequence[Found]],
) -> Iterator[list[ParsedLog | Exception]]:
    """Read batches of files, each with its format."""
    return read(
        [
            (recognise.reader(batch[0].format), [(item.probe, item.resume) for item in batch])
            for batch in batches
        ]
    )


def check_there(paths: Sequence[str]) -> None:
    """Make sure that paths exist; addresses are asked when they are listed.

    Raises:
        NothingFoundError: one does not.
        UsageError: an address holds a password.
    """
    for path in paths:
        refuse_secrets(path)
        if not (is_address(path) or os.path.exists(path)):
            raise NothingFoundError(f"no such file or folder: {path}", "check the path")


def _folders(paths: Sequence[str], remote: RemoteLogs, problems: list[Problem]) -> Iterator[Folder]:
    for path in paths:
        if server_kind(path):
            continue
        yield from remote.walk(path, problems) if is_address(path) else walk(path, problems)


def _given(path: str) -> str:
    """A path given to ingest, as the paths below it begin."""
    return path.rstrip("/") if is_address(path) else os.path.abspath(path)


@dataclass
class _Settling:
    """What depends on more than one file: names of runs, what their paths tell, whether the ingest has ended.

    Settling goes over all runs, so it is done now and then on the way, at a small share of the time, and at the end.

    Attributes:
        store: open for writing.
        bases: the pattern of each path given.
    """

    store: Store
    bases: Mapping[str, str]
    _anew: bool = False
    _reads: bool = False
    _problems: Sequence[Problem] = ()
    _runs: int = 0
    _started: float = field(default_factory=perf_counter)
    _spent: float = 0.0
    _last: float = 0.0

    def begin(self, problems: Sequence[Problem], *, reads: bool) -> None:
        """Keep what the look at the paths said; what an earlier look said of them counts no more.

        Args:
            problems: what it said.
            reads: whether files are to be read: until the end it is stored that they may not all have been.
        """
        store, self._problems, self._reads = self.store, tuple(problems), reads
        self._runs = store.read.counts()["runs"]
        self._last = _SETTLING_SECONDS * (500 + self._runs)
        known = store.read.bases()
        moved = any(known.get(path) != pattern for path, pattern in self.bases.items())
        self._anew = moved or bool(unfinished(store))
        kept = {said for path in self.bases for said in store.read.said_below(path)}
        marks = [begun(path) for path in self.bases] if reads else []
        if not (moved or marks or kept != set(problems)):
            return
        with store.transaction():
            for path, pattern in self.bases.items():
                store.write.base(path, pattern)
            store.write.said_below(self.bases, [*problems, *marks])

    def on_the_way(self) -> None:
        """Make the runs of a batch visible, within its transaction."""
        began = perf_counter()
        if self._spent + self._last <= _SETTLING_SHARE * (began - self._started):
            settle_runs(self.store, anew=self._anew)
            self._anew = False
            self._last = perf_counter() - began
        elif mark_measured(self.store):
            self._anew = True
        self._spent += perf_counter() - began

    def interrupted(self) -> None:
        """Settle what was read; that the ingest has not ended stays stored."""
        with self.store.transaction():
            settle_runs(self.store, anew=self._anew)

    def end(self, result: IngestResult) -> None:
        """Settle what is not settled yet, and count the runs."""
        if self._anew or self._reads:
            with self.store.transaction():
                settle_runs(self.store, anew=self._anew)
                self.store.write.said_below(self.bases, self._problems)
        result.runs = self.store.read.counts()["runs"]
        result.new_runs = result.runs - self._runs
