"""Ingest: walk folders, recognise logs, read what is new, and store it.

Files are read in batches by format; a batch's rows and the offsets reached are committed together, so
ingest can be interrupted anywhere and run again. What was read and has not changed is not opened.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from time import perf_counter

from logminer import __version__
from logminer.core.errors import NothingFoundError
from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import Problem
from logminer.engine.local import read_in_parallel
from logminer.formats import Match, Probe
from logminer.store import Store
from logminer.store.rows import Reading, SourceRow
from logminer.workflows._grouping import own_runs
from logminer.workflows._identity import head_hash, resume_point, unchanged
from logminer.workflows._paths import compile_pattern
from logminer.workflows._recognise import Recogniser
from logminer.workflows._runs import settle_runs
from logminer.workflows._walk import walk

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
        runs: runs with measurements in the store now.
        new_runs: how many of them are new.
        problems: what could not be read.
        seconds: wall time.
        paths: files read.
    """

    files: Counter[str] = field(default_factory=Counter)
    points: int = 0
    bytes: int = 0
    unchanged: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    new_runs: int = 0
    problems: list[Problem] = field(default_factory=list)
    seconds: float = 0.0
    paths: set[str] = field(default_factory=set, repr=False)


@dataclass(frozen=True)
class _Found:
    """A file to read: its identity now, what was known of it, and how to read it."""

    source: SourceRow
    probe: Probe
    resume: Resume
    anew: bool
    resumes: bool


def ingest(
    store: Store,
    paths: Sequence[str],
    *,
    pattern: str = "",
    only: str | None = None,
    workers: int = 1,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> IngestResult:
    """Read all logs below ``paths`` into the store.

    Args:
        store: open for writing.
        paths: files and folders.
        pattern: names of folder levels, e.g. ``"{study}/{workload}/trial_{trial}"``.
        only: name of the one format to read.
        workers: processes that parse.
        dry_run: recognise only, store nothing.
        progress: called with bytes done and bytes in all.

    Raises:
        NothingFoundError: a path does not exist, or no file is below the paths.
        UsageError: the pattern or the format's name makes no sense.
    """
    started, result = perf_counter(), IngestResult()
    missing = [path for path in paths if not os.path.exists(path)]
    if missing:
        raise NothingFoundError(f"no such file or folder: {missing[0]}", "check the path")
    if pattern:
        compile_pattern(pattern)
    found, unread = _look(store, paths, only, result)
    if not found and not unread and not result.unchanged:
        raise NothingFoundError(f"no file below {', '.join(paths)}", "check the path")
    if dry_run:
        result.files.update(item.source.format for item in found if item.source.format)
        result.bytes = sum(item.source.size - item.resume.offset for item in found)
        result.seconds = perf_counter() - started
        return result
    before = store.read.counts()["runs"]
    if unread:
        with store.transaction():
            store.write.unread(unread)
    _read_all(store, found, workers, progress, result)
    with store.transaction():
        for path in paths:
            store.write.base(os.path.abspath(path), pattern)
        settle_runs(store)
    result.runs = store.read.counts()["runs"]
    result.new_runs = result.runs - before
    result.seconds = perf_counter() - started
    return result


def _look(
    store: Store, paths: Sequence[str], only: str | None, result: IngestResult
) -> tuple[list[_Found], list[SourceRow]]:
    """Files to read, and files no format recognised that were not looked at before."""
    known, recognise = store.read.sources(), Recogniser(only)
    found, unread = [], []
    for path in paths:
        for folder in walk(path, result.problems):
            alone = own_runs(folder.names)
            for name, status in folder.files:
                here = SourceRow(
                    os.path.join(folder.path, name), None, __version__, status.st_size,
                    status.st_mtime_ns, status.st_ino, own_run=name in alone,
                )  # fmt: skip
                before = known.get(_storable(here.path))
                if before and unchanged(before, here) and not only:
                    result.unchanged += 1
                    continue
                probe = Probe(here.path, folder.names, status.st_size, here.own_run)
                form, match, problems = recognise(probe)
                result.problems += problems
                if form is None or match is Match.PARTS:
                    result.skipped[_why_skipped(probe, form)] += 1
                    unread.append(replace(here, id=before.id if before else 0))
                    continue
                module = recognise.module(form)
                resumes = getattr(module, "RESUMES", False)
                resume, anew = resume_point(before, here, form, resumes=resumes)
                source = replace(here, format=form, id=before.id if before else 0)
                source = replace(source, points=before.points if before and not anew else 0)
                found.append(_Found(source, probe, resume, anew, resumes))
    return found, unread


def _why_skipped(probe: Probe, form: str | None) -> str:
    if form:
        return f"{form}: holds nothing to mine"
    return f"{PurePath(probe.name).suffix or probe.name}: no format recognises it"


def _storable(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def _read_all(
    store: Store,
    found: Sequence[_Found],
    workers: int,
    progress: Progress | None,
    result: IngestResult,
) -> None:
    total = sum(item.source.size - item.resume.offset for item in found)
    waiting = list(found)
    while waiting:
        batches = list(_batches(waiting))
        tasks = [(b[0].source.format or "", [(i.probe, i.resume) for i in b]) for b in batches]
        waiting = []
        for batch, logs in zip(batches, read_in_parallel(tasks, workers), strict=True):
            readings = [_reading(item, log) for item, log in zip(batch, logs, strict=True)]
            with store.transaction():
                stored = store.write.readings(readings)
            for item, reading, source in zip(batch, readings, stored, strict=True):
                _count(result, item, reading)
                if item.resume.offset < source.offset < source.size and item.resumes:
                    waiting.append(_read_on(item, source))
            if progress:
                progress(result.bytes, total)


def _count(result: IngestResult, item: _Found, reading: Reading) -> None:
    if item.source.path not in result.paths:
        result.paths.add(item.source.path)
        result.files[item.source.format or ""] += 1
    result.points += len(reading.log.points)
    result.problems += reading.log.problems
    result.bytes += max(reading.source.offset - item.resume.offset, 0)


def _read_on(item: _Found, source: SourceRow) -> _Found:
    """The rest of a file that is too large to be read at once; its end may also be a line half written."""
    return replace(
        item, source=source, resume=Resume(source.offset, json.loads(source.state)), anew=False
    )


def _batches(found: Sequence[_Found]) -> Iterator[list[_Found]]:
    """Files of one format at a time, in order of path, a few hundred or some tens of megabytes each."""
    by_format: dict[str, list[_Found]] = {}
    for item in found:
        by_format.setdefault(item.source.format or "", []).append(item)
    for items in by_format.values():
        batch: list[_Found] = []
        size = 0
        for item in items:
            if batch and (len(batch) >= _BATCH_FILES or size + item.source.size > _BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(item)
            size += item.source.size - item.resume.offset
        if batch:
            yield batch


def _reading(item: _Found, log: ParsedLog | Exception) -> Reading:
    """What was read, with the source as it now stands; nothing readable becomes a problem."""
    path = item.source.path
    if isinstance(log, Exception):
        what = f"cannot be read: {str(log) or type(log).__name__}".splitlines()[0]
        log = ParsedLog(problems=[Problem(path, what)], offset=item.source.size)
    source = replace(
        item.source,
        head_hash=head_hash(path, item.source.size),
        offset=log.offset,
        state=json.dumps(dict(log.state)),
        points=(0 if log.anew else item.source.points) + len(log.points),
    )
    return Reading(source, log, item.anew or log.anew)
