"""Reading what a look found, and storing it batch by batch.

A batch's rows and the offsets reached are one transaction. What replaces stored rows was read whole before, also where
a file is so large that it is read in pieces.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from time import time

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import NotALogError, Problem
from logminer.engine.reading import ReadTask
from logminer.store import Store
from logminer.store.rows import Reading, SourceRow
from logminer.workflows._clocks import clock_problems
from logminer.workflows._remote import RemoteLogs, is_address
from logminer.workflows.changes import Found, Look
from logminer.workflows.identity import fingerprint
from logminer.workflows.ingest_result import IngestResult
from logminer.workflows.kept import keep, was_read
from logminer.workflows.recognise import Recogniser
from logminer.workflows.replacing import refused, replaces

_BATCH_FILES = 256
_BATCH_BYTES = 48 << 20

Log = ParsedLog | Exception


@dataclass
class Pass:
    """One pass over the logs: what reads and stores, and what came of it so far.

    Attributes:
        store: open for writing.
        recognise: tells formats.
        read: parses batches, in order.
        remote: where files of other machines were brought to.
        result: counts.
        on_the_way: makes the runs of a batch visible, within its transaction.
        as_it_is: whether a file's new content replaces what was read before whatever it is.
    """

    store: Store
    recognise: Recogniser
    read: Callable[[Sequence[ReadTask]], Iterator[list[Log]]]
    remote: RemoteLogs
    result: IngestResult
    on_the_way: Callable[[], None]
    as_it_is: bool = False
    _paths: set[str] = field(default_factory=set)

    def store_all(self, seen: Look, progress: Callable[[int, int], None] | None) -> None:
        """Read and store batch by batch; the rests of long files come after everything else."""
        if seen.unread or seen.kept:
            with self.store.transaction():
                self.store.write.unread(seen.unread)
                if seen.kept:
                    self.store.write.readings(seen.kept)
        total = sum(item.remaining for item in seen.found)
        waiting = list(seen.found)
        while waiting:
            batches, waiting = list(_batches(waiting)), []
            for batch, logs in zip(batches, self.read(list(map(self._task, batches))), strict=True):
                waiting += self._put(batch, logs)
                if progress:
                    progress(self.result.bytes, total)

    def _task(self, batch: Sequence[Found]) -> ReadTask:
        return self.recognise.reader(batch[0].format), [(i.probe, i.resume) for i in batch]

    def _put(self, batch: Sequence[Found], logs: Sequence[Log]) -> list[Found]:
        """Store what was read of a batch and count it; the rests of files that are read in pieces."""
        whole: list[tuple[Found, Log, Reading]] = []
        for item, log in zip(batch, logs, strict=True):
            reading = self._reading(item, log)
            if replaces(item, reading) and _is_part(item, reading):
                self._replace(item, log)
            else:
                instead = self._weighed(item, [reading]) if replaces(item, reading) else None
                whole.append((item, log, instead or reading))
        with self.store.transaction():
            stored = self._write([reading for _, _, reading in whole])
            self.on_the_way()
        for item, log, reading in whole:
            self._count(item, log, reading, self.result)
        return [
            replace(_rest(item, source), before=source)
            for (item, _, reading), source in zip(whole, stored, strict=True)
            if _is_part(item, reading)
        ]

    def _replace(self, item: Found, first: Log) -> None:
        """Replace what is stored of a file that is read in pieces: by all of them, or not at all."""
        instead = self._weighed(item, (piece[2] for piece in self._pieces(item, first)))
        if not instead:
            counts = IngestResult()
            try:
                with self.store.transaction():
                    for part, log, reading in self._pieces(item, first):
                        _check_read(reading)
                        self._write([reading])
                        self._count(part, log, reading, counts)
                    self.on_the_way()
                self.result.add(counts)
            except _NotWholeError as error:
                instead = error.reading
        if instead:
            with self.store.transaction():
                self._write([instead])
            self._count(item, first, instead, self.result)

    def _pieces(self, item: Found, log: Log) -> Iterator[tuple[Found, Log, Reading]]:
        """The pieces of a file, of which the first was read."""
        while True:
            reading = self._reading(item, log)
            yield item, log, reading
            if not _is_part(item, reading):
                return
            item = _rest(item, reading.source)
            [[log]] = self.read([self._task([item])])

    def _weighed(self, item: Found, pieces: Iterable[Reading]) -> Reading | None:
        """What to store in place of a file's new content where it may not replace what was read before."""
        return None if self.as_it_is else refused(self.store, item, pieces)

    def _write(self, readings: Sequence[Reading]) -> list[SourceRow]:
        """Store readings, with what their clocks show."""
        now = time()
        for reading in readings:
            if not reading.failed:
                reading.log.problems += clock_problems(reading.source.path, reading.log, now)
        return self.store.write.readings(readings)

    def _count(self, item: Found, log: Log, reading: Reading, into: IngestResult) -> None:
        path = item.source.path
        if not reading.source.is_kept:
            if isinstance(log, NotALogError):
                into.skipped[f"format {item.format}: {str(log).partition(':')[0]}"] += 1
            else:
                into.files[item.format] += path not in self._paths
            self._paths.add(path)
        into.count(reading.log, max(reading.source.offset - item.resume.offset, 0))

    def _reading(self, item: Found, log: Log) -> Reading:
        """What was read of a file, or of a piece of it, with the file as it now stands."""
        path, size = item.source.path, item.source.size
        if isinstance(log, Exception):
            return _failure(item, log)
        if is_address(path):
            log = self.remote.under_address(log)
        # A format that does not go on from an offset has read all there is.
        offset = log.offset if item.resumes else log.offset or size
        source = replace(
            item.source,
            head_hash=fingerprint(item.probe.path, offset, item.head),
            # Until a long file is read to its end it counts as changed, should ingest be killed in between.
            mtime_ns=0 if item.resume.offset < offset < size else item.source.mtime_ns,
            offset=offset,
            state=json.dumps(dict(log.state)),
            points=(0 if log.anew else item.source.points) + len(log.points),
        )
        return Reading(source, log, item.anew or log.anew)


class _NotWholeError(Exception):
    """A piece of a file could not be read after all."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading.source.path)
        self.reading = reading


def _check_read(reading: Reading) -> None:
    if reading.failed:
        raise _NotWholeError(reading)


def _is_part(item: Found, reading: Reading) -> bool:
    """Whether there is more of a file behind what was read of it."""
    source = reading.source
    more = item.resume.offset < source.offset < source.size
    return item.resumes and more and not reading.failed


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


def _failure(item: Found, error: Exception) -> Reading:
    """A file of which nothing could be read: said, and what was stored of it before is kept."""
    here, before = item.source, item.before
    if isinstance(error, OSError):
        here = replace(here, mtime_ns=0)  # what the disk refused now it may give the next time
    if isinstance(error, NotALogError):
        what = str(error)
    else:
        what = f"cannot be read: {str(error) or type(error).__name__}".splitlines()[0]
    if not isinstance(error, OSError | ValueError):
        what = f"{what} ({type(error).__name__}; a fault of logminer, please report it)"
    if before and was_read(before):
        return keep(before, here, what)
    problems = [] if isinstance(error, NotALogError) else [Problem(here.path, what)]
    source = replace(here, points=0, offset=0, state="{}")
    return Reading(source, ParsedLog(problems=problems), anew=False, failed=True)
