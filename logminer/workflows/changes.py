"""Looking at files: which are new or changed, what they are, and from where to read them."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from logminer import __version__
from logminer.core.parsed import Resume
from logminer.core.problem import Problem
from logminer.formats import Match, Probe
from logminer.store.rows import UNRECOGNISED, Reading, SourceRow
from logminer.workflows._copies import RunCopies
from logminer.workflows._grouping import own_runs
from logminer.workflows.identity import grew, resume_point, unchanged
from logminer.workflows.kept import keep, was_read
from logminer.workflows.recognise import Recogniser, has_log_name
from logminer.workflows.walk import FileStatus, Folder

_LFS = b"version https://git-lfs"
_POINTER = "a Git LFS pointer now, not the file itself: `git lfs pull` fetches it"
# Texts and settings may well be empty; a file of these holds something as soon as anything was logged.
_NEVER_EMPTY = re.compile(r"\.(csv|tsv|json|jsonl|ndjson|wandb)$|tfevents", re.IGNORECASE)
_COPIES = "copies of runs that stand elsewhere under the same id"
_NEVER_FETCHED = "checkpoint"  # a format that only says why a file is not read


@dataclass(frozen=True)
class Found:
    """A file to read.

    Attributes:
        source: its identity now.
        probe: the file as a format sees it.
        resume: where to read on.
        anew: whether what is read replaces what was read before.
        resumes: whether its format can go on from an offset.
        before: the file as it was looked at before, or None.
        grew: whether what was read before still stands at its start.
    """

    source: SourceRow
    probe: Probe
    resume: Resume
    anew: bool
    resumes: bool
    before: SourceRow | None = None
    grew: bool = False

    @property
    def format(self) -> str:
        """Name of the format that reads it."""
        return self.source.format or ""

    @property
    def head(self) -> bytes | None:
        """First bytes of the file, if they were looked at before it is read."""
        return vars(self.probe).get("head")

    @property
    def remaining(self) -> int:
        """Bytes still to read."""
        return self.source.size - self.resume.offset


@dataclass
class Look:
    """What a look at some folders found.

    Attributes:
        found: files to read.
        unread: files no format reads, not looked at before.
        kept: files that were read before and are of no format now: what is stored of them stays.
        skipped: how many of those that were not read before, by reason.
        unchanged: files known and not changed.
        problems: files that several formats claim, or that cannot be opened.
    """

    found: list[Found] = field(default_factory=list)
    unread: list[SourceRow] = field(default_factory=list)
    kept: list[Reading] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)


def look(
    folders: Iterable[Folder], known: dict[str, SourceRow], recognise: Recogniser, *, again: bool
) -> Look:
    """Look at every file of some folders.

    Args:
        folders: where to look.
        known: files looked at before, by path.
        recognise: tells formats.
        again: whether files that have not changed are read again.
    """
    seen, copies = Look(), RunCopies(known)
    for folder, status, own_run in _each(_originals(folders, copies, seen.skipped)):
        path = os.path.join(folder.path, status.name)
        before = known.get(storable(path))
        here = SourceRow(
            path, None, __version__, status.size, status.mtime_ns, status.identity,
            own_run=own_run, id=before.id if before else 0,
        )  # fmt: skip
        if before and unchanged(before, here) and not again:
            seen.unchanged += 1
            continue
        probe = _probe(folder, status, own_run, recognise)
        form, match, problems = _recognised(probe, recognise, before)
        if form is None and before and was_read(before):
            seen.kept.append(_kept(before, here, probe, problems))
            continue
        if probe is None or form is None or match is Match.PARTS:
            seen.skipped[_why_skipped(status.name, form, probe)] += 1
            seen.problems += [replace(problem, path=path) for problem in problems]
            seen.unread.append(_unread(here, form, problems))
            continue
        resumes = bool(getattr(recognise.module(form), "RESUMES", False))
        resume, anew = resume_point(before, here, form, probe.path, resumes=resumes)
        points = before.points if before and not anew else 0
        source = replace(here, format=form, points=points)
        grown = anew and grew(before, here, probe.path)
        seen.found.append(Found(source, probe, resume, anew, resumes, before, grown))
    return seen


def _kept(
    before: SourceRow, here: SourceRow, probe: Probe | None, problems: list[Problem]
) -> Reading:
    """A file of no format any more, of which what was read before stays stored."""
    if problems:
        why = problems[0].what
    elif probe and _is_empty(probe):
        why = "the file is empty now"
    elif probe and _is_pointer(probe):
        why = _POINTER
    else:
        why = "no format recognises it any more"
    # Whether a problem's cause is gone need not show in the file: no time stored has it looked at again.
    return keep(before, replace(here, mtime_ns=0) if problems else here, why)


def _unread(here: SourceRow, form: str | None, problems: list[Problem]) -> SourceRow:
    """A file that is not read, as it is remembered."""
    if problems:
        return replace(here, mtime_ns=0)
    named = form is None and here.size > 0 and has_log_name(os.path.basename(here.path))
    return replace(here, state=UNRECOGNISED) if named else here


def _originals(
    folders: Iterable[Folder], copies: RunCopies, skipped: Counter[str]
) -> Iterator[Folder]:
    """The folders that hold no copy of a run that stands elsewhere; the files of copies are counted."""
    for folder in folders:
        if copies.is_copy(folder.path):
            skipped[_COPIES] += len(folder.files)
        else:
            yield folder


def _each(folders: Iterable[Folder]) -> Iterator[tuple[Folder, FileStatus, bool]]:
    for folder in folders:
        alone = own_runs(folder.names)
        for status in folder.files:
            yield folder, status, status.name in alone


def _probe(
    folder: Folder, status: FileStatus, own_run: bool, recognise: Recogniser
) -> Probe | None:
    """A probe of the file, brought here first where a format may read it; None where none may."""
    if not set(recognise.candidates(status.name)) - {_NEVER_FETCHED}:
        return None
    return Probe(folder.fetch(status.name), folder.names, status.size, own_run)


def _recognised(
    probe: Probe | None, recognise: Recogniser, before: SourceRow | None
) -> tuple[str | None, Match, list[Problem]]:
    """The format of a file, how sure that is, and what is wrong with it."""
    if probe is None:
        return None, Match.NO, []
    if was_read(before):
        if _is_empty(probe) or _is_pointer(probe):
            return None, Match.NO, []
    elif _NEVER_EMPTY.search(probe.name) and _is_empty(probe):
        return None, Match.NO, [Problem(probe.path, "an empty file: nothing was logged")]
    return recognise(probe)


def _is_pointer(probe: Probe) -> bool:
    """Whether Git LFS keeps the file elsewhere."""
    with suppress(OSError):
        return probe.head.startswith(_LFS)
    return False


def _is_empty(probe: Probe) -> bool:
    """Whether a file holds no byte; of some addresses only the file brought here tells."""
    return not probe.size and os.path.isfile(probe.path) and not os.path.getsize(probe.path)


def storable(path: str) -> str:
    """A path as the store keeps it."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def _why_skipped(name: str, form: str | None, probe: Probe | None) -> str:
    if probe and "head" in vars(probe) and _is_pointer(probe):  # read by now, if ever
        return "Git LFS pointers, not the files themselves: git lfs pull fetches them"
    if probe and _is_empty(probe):
        return "empty files"
    if form:
        return f"format {form}: nothing to mine, or told by another file"
    suffix = os.path.splitext(name)[1]
    return f"{f'*{suffix}' if suffix else name}: no format recognises it"
