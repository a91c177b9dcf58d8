"""Ingest: walk folders, recognise logs, read what is new, and store it.

Files are read in batches by format; a batch's rows and the offsets reached are committed together, with what makes its
runs visible, so ingest can be interrupted anywhere and run again. What was read and has not changed is not opened.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter, time

from logminer.core.errors import NothingFoundError
from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import NotALogError, Problem
from logminer.engine.reading import ReadTask, read_in_parallel
from logminer.formats import LogFormat
from logminer.store import Store
from logminer.store.rows import Reading, SourceRow
from logminer.workflows._clocks import clock_problems
from logminer.workflows._paths import compile_pattern
from logminer.workflows._remote import RemoteLogs, is_address
from logminer.workflows._runs import mark_measured, settle_runs
from logminer.workflows.changes import Found, Look, look
from logminer.workflows.identity import head_hash
from logminer.workflows.recognise import Recogniser
from logminer.workflows.unfinished import begun, unfinished
from logminer.workflows.walk import Folder, walk

_BATCH_FILES = 256
_BATCH_BYTES = 48 << 20
_SETTLING_SHARE = 0.05  # of the time so far that settling on the way may take
_SETTLING_SECONDS = 2e-5  # a run, about, before it is measured

Progress = Callable[[int, int], None]


@dataclass
class IngestResult:
    """What one ingest did.

    Attributes:
        files: files read, by format.
        points: points read.
        bytes: bytes read.
        unchanged: files known and not changed.
        skipped: files not read, by reason (a suffix that no format recognises, or a format's own word).
        left_out: what was left out of files that were read, such as runs deleted in their tracker.
        runs: runs in the store now.
        new_runs: how many of them are new.
        problems: what could not be read.
        seconds: wall time.
    """

    files: Counter[str] = field(default_factory=Counter)
    points: int = 0
    bytes: int = 0
    unchanged: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    new_runs: int = 0
    problems: list[Problem] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, log: ParsedLog, size: int) -> None:
        """Add what was read of a file, and the bytes that were read."""
        self.points += len(log.points)
        self.problems += log.problems
        self.left_out.update(log.left_out)
        self.bytes += size


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
        paths: files, folders and addresses (``s3://bucket/logs``).
        pattern: names of folder levels, e.g. ``"{study}/{workload}/trial_{trial}"``.
        only: name of the one format to read; files that have not changed are then read again.
        own: formats of the project itself, which go before all others.
        workers: processes that parse.
        engine: where they run: ``"local"``, ``"dask://host:port"``, ``"ray"`` or ``"ray://host:port"``.
        dry_run: recognise only, store nothing.
        progress: called with bytes done and bytes in all.

    Raises:
        NothingFoundError: a path does not exist, or no file is below the paths.
        UsageError: the pattern, the engine or the format's name makes no sense.
    """
    started, result = perf_counter(), IngestResult()
    check_there(paths)
    if pattern:
        compile_pattern(pattern)
    with RemoteLogs() as remote:
        folders = _folders(paths, remote, result.problems)
        recognise = Recogniser(only, own)
        seen = look(folders, store.read.sources(), recognise, again=only is not None)
        result.problems += seen.problems
        result.unchanged, result.skipped = seen.unchanged, seen.skipped
        settling = _Settling(store, dict.fromkeys(map(_given, paths), pattern))
        if not dry_run:
            settling.begin(result.problems, reads=bool(seen.found or seen.unread))
        if not (seen.found or seen.unread or seen.unchanged or seen.skipped):
            raise NothingFoundError(f"no file below {', '.join(paths)}", "check the path")
        if dry_run:
            result.files.update(item.format for item in seen.found)
            result.bytes = sum(item.remaining for item in seen.found)
        else:
            read = partial(read_in_parallel, workers=workers, engine=engine)
            going = _Pass(store, recognise, read, remote, result, settling)
            try:
                _store_all(going, seen, progress)
            except BaseException:
                with suppress(Exception):  # what ended it is said, not what came of tidying up
                    settling.interrupted()
                raise
            settling.end(result)
    result.seconds = perf_counter() - started
    return result


def check_there(paths: Sequence[str]) -> None:
    """Make sure that paths exist; addresses are asked when they are listed.

    Raises:
        NothingFoundError: one does not.
    """
    for path in paths:
        if not (is_address(path) or os.path.exists(path)):
            raise NothingFoundError(f"no such file or folder: {path}", "check the path")


def _folders(paths: Sequence[str], remote: RemoteLogs, problems: list[Problem]) -> Iterator[Folder]:
    for path in paths:
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


@dataclass
class _Pass:
    """One pass over the logs: what reads and stores, and what came of it so far."""

    store: Store
    recognise: Recogniser
    read: Callable[[Sequence[ReadTask]], Iterator[list[ParsedLog | Exception]]]
    remote: RemoteLogs
    result: IngestResult
    settling: _Settling
    paths: set[str] = field(default_factory=set)

    def task(self, batch: Sequence[Found]) -> ReadTask:
        """What parses a batch needs."""
        return self.recognise.reader(batch[0].format), [(i.probe, i.resume) for i in batch]

    def put(self, batch: Sequence[Found], logs: Sequence[ParsedLog | Exception]) -> list[Found]:
        """Store what was read of a batch and count it; the rests of files that are read in pieces."""
        readings = [_reading(i, log, self.remote) for i, log in zip(batch, logs, strict=True)]
        with self.store.transaction():
            stored = self.store.write.readings(readings)
            self.settling.on_the_way()
        rests = []
        for item, log, reading, source in zip(batch, logs, readings, stored, strict=True):
            self._count(item, log)
            self.result.count(reading.log, max(source.offset - item.resume.offset, 0))
            if item.resumes and item.resume.offset < source.offset < source.size:
                rests.append(_rest(item, source))
        return rests

    def _count(self, item: Found, log: ParsedLog | Exception) -> None:
        if isinstance(log, NotALogError):
            self.result.skipped[f"format {item.format}: {str(log).partition(':')[0]}"] += 1
        else:
            self.result.files[item.format] += item.source.path not in self.paths
        self.paths.add(item.source.path)


def _store_all(going: _Pass, seen: Look, progress: Progress | None) -> None:
    """Read and store batch by batch; the rests of long files come after everything else."""
    if seen.unread:
        with going.store.transaction():
            going.store.write.unread(seen.unread)
    total = sum(item.remaining for item in seen.found)
    waiting = list(seen.found)
    while waiting:
        batches, waiting = list(_batches(waiting)), []
        for batch, logs in zip(batches, going.read(list(map(going.task, batches))), strict=True):
            waiting += going.put(batch, logs)
            if progress:
                progress(going.result.bytes, total)


def _rest(item: Found, source: SourceRow) -> Found:
    """The rest of a file that is too large to be read at once; its end may also be a line half written."""
    resume = Resume(source.offset, json.loads(source.state))
    known = replace(source, mtime_ns=item.source.mtime_ns)
    return replace(item, source=known, resume=resume, anew=False)


def _batches(found: Sequence[Found]) -> Iterator[list[Found]]:
    """Files of one format at a time, in order of path, a few hundred or some tens of megabytes each."""
    by_format: dict[str, list[Found]] = {}
    for item in found:
        by_format.setdefault(item.format, []).append(item)
    for items in by_format.values():
        batch: list[Found] = []
        size = 0
        for item in items:
            if batch and (len(batch) >= _BATCH_FILES or size + item.remaining > _BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(item)
            size += item.remaining
        if batch:
            yield batch


def _reading(item: Found, log: ParsedLog | Exception, remote: RemoteLogs) -> Reading:
    """What was read, with the source as it now stands."""
    path, size = item.source.path, item.source.size
    if isinstance(log, Exception):
        return _failure(item, log)
    if is_address(path):
        log = remote.under_address(log)
    log.problems += clock_problems(path, log, time())
    more = item.resumes and item.resume.offset < log.offset < size
    source = replace(
        item.source,
        head_hash=head_hash(item.probe.path, size),
        # Until a long file is read to its end it counts as changed, should ingest be killed in between.
        mtime_ns=0 if more else item.source.mtime_ns,
        offset=log.offset,
        state=json.dumps(dict(log.state)),
        points=(0 if log.anew else item.source.points) + len(log.points),
    )
    return Reading(source, log, item.anew or log.anew)


def _failure(item: Found, error: Exception) -> Reading:
    """A file of which nothing could be read: said, and what was stored of it before is kept."""
    path, size = item.source.path, item.source.size
    if isinstance(error, NotALogError):
        source = replace(item.source, offset=size)
        return Reading(source, ParsedLog(offset=size), anew=False, failed=True)
    what = f"cannot be read: {str(error) or type(error).__name__}".splitlines()[0]
    if not isinstance(error, OSError | ValueError):
        what = f"{what} ({type(error).__name__}; a fault of logminer, please report it)"
    log = ParsedLog(problems=[Problem(path, what)], offset=size)
    # What the disk refused now it may give the next time; contents have to change first.
    mtime_ns = 0 if isinstance(error, OSError) else item.source.mtime_ns
    return Reading(
        replace(item.source, mtime_ns=mtime_ns, offset=size), log, anew=False, failed=True
    )
