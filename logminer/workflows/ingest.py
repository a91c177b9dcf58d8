"""Ingest: walk folders, recognise logs, read what is new, and store it.

Files are read in batches by format; a batch's rows and the offsets reached are committed together, so
ingest can be interrupted anywhere and run again. What was read and has not changed is not opened.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from logminer.workflows._runs import settle_runs
from logminer.workflows.changes import Found, Look, look
from logminer.workflows.identity import head_hash
from logminer.workflows.recognise import Recogniser
from logminer.workflows.walk import Folder, walk

_BATCH_FILES = 256
_BATCH_BYTES = 48 << 20

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
        if not dry_run:
            _keep_said(store, paths, result.problems)
        result.unchanged, result.skipped = seen.unchanged, seen.skipped
        if not (seen.found or seen.unread or seen.unchanged or seen.skipped):
            raise NothingFoundError(f"no file below {', '.join(paths)}", "check the path")
        if dry_run:
            result.files.update(item.format for item in seen.found)
            result.bytes = sum(item.remaining for item in seen.found)
        else:
            read = partial(read_in_parallel, workers=workers, engine=engine)
            _store_all(_Pass(store, recognise, read, remote, result), seen, progress)
            _settle(store, paths, pattern, result)
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


def _keep_said(store: Store, paths: Sequence[str], problems: Sequence[Problem]) -> None:
    """Keep what the look at the paths said; what an earlier look said of them counts no more."""
    folders = [_given(path) for path in paths]
    if set(problems) != {said for folder in folders for said in store.read.said_below(folder)}:
        with store.transaction():
            store.write.said_below(folders, problems)


def _settle(store: Store, paths: Sequence[str], pattern: str, result: IngestResult) -> None:
    """Label runs and derive what their paths tell, where something changed."""
    bases = store.read.bases()
    given = dict.fromkeys(map(_given, paths), pattern)
    before = store.read.counts()["runs"]
    anew = any(bases.get(path) != named for path, named in given.items())
    if anew or result.files:
        with store.transaction():
            for path, named in given.items():
                store.write.base(path, named)
            settle_runs(store, anew=anew)
    result.runs = store.read.counts()["runs"]
    result.new_runs = result.runs - before


@dataclass
class _Pass:
    """One pass over the logs: what reads and stores, and what came of it so far."""

    store: Store
    recognise: Recogniser
    read: Callable[[Sequence[ReadTask]], Iterator[list[ParsedLog | Exception]]]
    remote: RemoteLogs
    result: IngestResult
    paths: set[str] = field(default_factory=set)

    def task(self, batch: Sequence[Found]) -> ReadTask:
        """What parses a batch needs."""
        return self.recognise.reader(batch[0].format), [(i.probe, i.resume) for i in batch]

    def put(self, batch: Sequence[Found], logs: Sequence[ParsedLog | Exception]) -> list[Found]:
        """Store what was read of a batch and count it; the rests of files that are read in pieces."""
        readings = [_reading(i, log, self.remote) for i, log in zip(batch, logs, strict=True)]
        with self.store.transaction():
            stored = self.store.write.readings(readings)
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
