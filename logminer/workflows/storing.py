"""Reading what a look found, and storing it batch by batch.

A batch's rows and the offsets reached are one transaction. What replaces stored rows was read whole before, also where
a file is so large that it is read in pieces.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from time import time

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import NotALogError, Problem
from logminer.store import Store
from logminer.store.rows import FAILED, Reading, SourceRow
from logminer.workflows._clocks import clock_problems
from logminer.workflows._remote import RemoteLogs, is_address
from logminer.workflows._served import ServedLook
from logminer.workflows.changes import Found, Look
from logminer.workflows.identity import fingerprint
from logminer.workflows.ingest_result import IngestResult
from logminer.workflows.kept import keep, was_read
from logminer.workflows.replacing import refused, replaces

_BATCH_FILES = 1_024
_BATCH_BYTES = 48 << 20

Log = ParsedLog | Exception


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


@dataclass
class Pass:
    """One pass over the logs: what reads and stores, and what came of it so far.

    Attributes:
        store: open for writing.
        read: reads batches, in order.
        remote: where files of other machines were brought to.
        result: counts.
        on_the_way: makes the runs of a batch visible, within its transaction.
        as_it_is: whether a file's new content replaces what was read before whatever it is.
        batches: divides what was found into what is read and stored together.
        noun: what is read, empty for files.
    """

    store: Store
    read: Callable[[Sequence[Sequence[Found]]], Iterator[list[Log]]]
    remote: RemoteLogs
    result: IngestResult
    on_the_way: Callable[[], None]
    as_it_is: bool = False
    batches: Callable[[Sequence[Found]], Iterator[list[Found]]] = _batches
    noun: str = ""
    _paths: set[str] = field(default_factory=set)
    _done: int = 0

    def of(self, there: ServedLook) -> "Pass":
        """The pass over what a server holds, which is never cut off or damaged as a file is."""
        server = there.server
        return replace(
            self, read=there.read, as_it_is=True, batches=there.batches, noun=server.noun, _paths=set(), _done=0
        )  # fmt: skip

    def store_all(self, seen: Look, progress: Callable[[int, int], None] | None) -> None:
        """Read and store batch by batch; the rests of long files come after everything else."""
        if seen.unread or seen.kept:
            with self.store.transaction():
                self.store.write.unread(seen.unread)
                if seen.kept:
                    self.store.write.readings(seen.kept)
        self.store_found(seen.found, progress)

    def store_found(
        self, found: Sequence[Found], progress: Callable[[int, int], None] | None
    ) -> None:
        """Read and store batch by batch; progress is told in bytes, or in parts of what is no file."""
        total = sum(item.remaining for item in found)
        waiting = list(found)
        while waiting:
            batches, waiting = list(self.batches(waiting)), []
            for batch, logs in zip(batches, self.read(batches), strict=True):
                waiting += self._put(batch, logs)
                if progress:
                    progress(self._done, total)

    def _put(self, batch: Sequence[Found], logs: Sequence[Log]) -> list[Found]:
        """Store what was read of a batch and count it; the rests of files that are read in pieces."""
        pieces = []
        for item, log in zip(batch, logs, strict=True):
            piece = self._piece(item, log)
            if not replaces(item, piece.reading):
                pieces.append(piece)
            elif piece.has_rest:
                self._replace(piece)
            else:
                pieces.append(self._refused(item, [piece]) or piece)
        with self.store.transaction():
            stored = self._write(pieces)
            self.on_the_way()
        for piece in pieces:
            self._count(piece, self.result)
        return [
            replace(_rest(piece.item, source), before=source)
            for piece, source in zip(pieces, stored, strict=True)
            if piece.has_rest
        ]

    def _replace(self, first: "_Piece") -> None:
        """Replace what is stored of a file that is read in pieces: by all of them, or not at all."""
        instead = self._refused(first.item, self._pieces(first))
        if not instead:
            counts = IngestResult()
            try:
                with self.store.transaction():
                    for piece in self._pieces(first):
                        piece.check()
                        self._write([piece])
                        self._count(piece, counts)
                    self.on_the_way()
                self.result.add(counts)
            except _NotWholeError as error:
                instead = error.piece
        if instead:
            with self.store.transaction():
                self._write([instead])
            self._count(instead, self.result)

    def _pieces(self, piece: "_Piece") -> Iterator["_Piece"]:
        """The pieces of a file from its first one on."""
        yield piece
        while piece.has_rest:
            item = _rest(piece.item, piece.reading.source)
            [[log]] = self.read([[item]])
            piece = self._piece(item, log)
            yield piece

    def _refused(self, item: Found, pieces: Iterable["_Piece"]) -> "_Piece | None":
        """What to store in place of a file's new content where it may not replace what was read before."""
        if self.as_it_is:
            return None
        instead = refused(self.store, item, (piece.reading for piece in pieces))
        return _Piece(item, instead.log, instead) if instead else None

    def _write(self, pieces: Sequence["_Piece"]) -> list[SourceRow]:
        """Store what was read, with what its clocks show and without what may pass."""
        now = time()
        for piece in pieces:
            log, path = piece.reading.log, piece.reading.source.path
            if not piece.reading.failed:
                log.problems += clock_problems(path, log, now)
            passing = Counter(problem.what for problem in log.problems if problem.passing)
            log.left_out = {**log.left_out, **passing}
            log.problems = [problem for problem in log.problems if not problem.passing]
        return self.store.write.readings([piece.reading for piece in pieces])

    def _count(self, piece: "_Piece", into: IngestResult) -> None:
        form, source = piece.item.format, piece.reading.source
        if not source.is_kept:
            if isinstance(piece.log, NotALogError):
                into.skipped[f"format {form}: {str(piece.log).partition(':')[0]}"] += 1
            else:
                counts, kind = (into.served, self.noun) if self.noun else (into.files, form)
                counts[kind] += source.path not in self._paths
            self._paths.add(source.path)
        size = max(source.offset - piece.item.resume.offset, 0)
        into.count(piece.reading.log, 0 if self.noun else size)
        self._done += size

    def _piece(self, item: Found, log: Log) -> "_Piece":
        """What was read of a file, or of a piece of it, with the file as it now stands."""
        path, size = item.source.path, item.source.size
        if isinstance(log, Exception):
            return _Piece(item, log, _failure(item, log))
        if is_address(path):
            log = self.remote.under_address(log)
        # A format that does not go on from an offset has read all there is.
        offset = log.offset if item.resumes else log.offset or size
        has_more = item.resumes and item.resume.offset < offset < size
        waits = any(problem.passing for problem in log.problems)
        source = replace(
            item.source,
            head_hash=fingerprint(item.probe.path, offset, item.head),
            # Until a long file is read to its end it counts as changed, should ingest be killed in between; so does
            # one of which a line waits.
            mtime_ns=0 if has_more or waits else item.source.mtime_ns,
            offset=offset,
            state=json.dumps(dict(log.state)),
            points=(0 if log.anew else item.source.points) + len(log.points),
        )
        reading = Reading(source, log, item.anew or log.anew)
        return _Piece(item, log, reading, has_rest=has_more and not waits)


@dataclass(frozen=True)
class _Piece:
    """What was read of a file at once.

    Attributes:
        item: the file, and where reading began.
        log: what the format gave.
        reading: what is to be stored.
        has_rest: whether there is more of the file; it may also be a line half written.
    """

    item: Found
    log: Log
    reading: Reading
    has_rest: bool = False

    def check(self) -> None:
        """Make sure that it could be read.

        Raises:
            _NotWholeError: it could not.
        """
        if self.reading.failed:
            raise _NotWholeError(self)


class _NotWholeError(Exception):
    """A piece of a file could not be read after all."""

    def __init__(self, piece: _Piece) -> None:
        super().__init__(piece.reading.source.path)
        self.piece = piece


def _rest(item: Found, source: SourceRow) -> Found:
    """The rest of a file that was not read at once."""
    resume = Resume(source.offset, json.loads(source.state))
    known = replace(source, mtime_ns=item.source.mtime_ns)
    return replace(item, source=known, resume=resume, anew=False)


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
    source = replace(here, points=0, offset=0, state=FAILED)
    return Reading(source, ParsedLog(problems=problems), anew=False, failed=True)
