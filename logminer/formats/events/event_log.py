"""One event file while it is read: what its pieces gave so far, and the log they add up to."""

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._probe import Probe
from logminer.formats._sources import GzipSource, open_source
from logminer.formats.documents.values import scalar
from logminer.formats.events.event import TEXT, Event
from logminer.formats.events.hparams import Session
from logminer.formats.events.subruns import Folders, place_of
from logminer.formats.events.texts import params_in_text, tag_name

MAX_TEXTS = 100

# events.out.tfevents.<time>.<host>[.<process>[.<number>]][.v2][.gz]; CatBoost writes no time.
_NAME = re.compile(r".*tfevents\.(\d+)\.(.+?)(?:\.\d+){0,2}(?:\.v2)?(?:\.gz)?", re.IGNORECASE)

Part = tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64], NDArray[np.floating[Any]]]


class EventLog:
    """Collects the pieces of one event file.

    Attributes:
        source: where its bytes come from.
        begin: where the reading began, in bytes of its content.
        offset: how far it was read.
        piece: bytes to read next; grows while a record does not fit.
    """

    def __init__(self, probe: Probe, resume: Resume, piece: int) -> None:
        self.path, self.folder, self.name = probe.path, probe.folder, probe.name
        self.source = open_source(probe.path, probe.head)
        packed = isinstance(self.source, GzipSource)
        self.offset = int(resume.state.get("unpacked", 0)) if packed else resume.offset
        self.piece = piece
        self.begin = self.offset
        self.plugins: dict[str, str] = dict(resume.state.get("plugins", {}))
        self.said: str = resume.state.get("said", "")
        self.session = Session()
        self.started: float | None = None
        self.meta: dict[str, Any] = {}
        self.texts_left_out = 0
        self.parts: list[Part] = []
        self.problems: list[Problem] = []

    @property
    def is_start(self) -> bool:
        """Whether the file is read from its start."""
        return self.begin == 0

    def problem(self, what: str, start: int, stop: int, *, waits: bool = False) -> None:
        """Note bytes that were not read, given relative to the current piece.

        Damage at the end of a file that may yet be mended ``waits``: it is said once while nothing changes.
        """
        where = f"byte {self.offset + start}-{self.offset + stop}"
        if waits and where == self.said:
            return
        self.said = where if waits else ""
        self.problems.append(Problem(self.path, what, where))

    def add_event(self, event: Event) -> None:
        """Take in what one event says beside scalars.

        Raises:
            ValueError: its HParams summary cannot be read.
        """
        self.plugins.update(event.plugins)
        for tag, text in event.strings:
            if self.plugins.get(tag) == TEXT:
                self._add_text(tag, text)
        for content in event.hparams:
            self.session.add(content)

    def _add_text(self, tag: str, text: str) -> None:
        params = params_in_text(tag, text)
        self.session.params.update(params)
        name = f"text.{tag_name(tag)}"
        if params:
            return
        if name in self.meta or len(self.meta) < MAX_TEXTS:
            self.meta[name] = scalar(text)
        else:
            self.texts_left_out += 1

    def finish(self, tags: list[str], folders: Folders) -> ParsedLog:
        """The log, with tags by their number."""
        if self.texts_left_out:
            what = f"{self.texts_left_out} texts beyond the first {MAX_TEXTS} tags are left out"
            self.problems.append(Problem(self.path, what))
        points = self._points(tags)
        place = place_of(
            self.folder,
            points.names,
            folders,
            has_params=bool(self.session.params),
            has_curves=bool(np.bincount(points.metric).max(initial=0) > 1),
        )
        points.names = [place.metric(name) for name in points.names]
        says_nothing = not (len(points) or self.session.params or self.meta)
        holds_trials = says_nothing and not folders.states_one_config(self.folder)
        runs = [] if holds_trials else [self._facts(place.root)]
        offset = self.offset
        kept = {"plugins": self.plugins, "said": self.said}
        state: dict[str, Any] = {key: value for key, value in kept.items() if value}
        if isinstance(self.source, GzipSource):
            state["unpacked"], offset = self.offset, self.source.taken
            if self.source.cut_off:
                self.problems.append(Problem(self.path, "the compressed file ends early"))
        return ParsedLog(runs, points, self.problems, offset, state)

    def _points(self, tags: list[str]) -> Points:
        if not self.parts:
            return Points.empty()
        tag, step, wall, value = (
            column[0] if len(column) == 1 else np.concatenate(column)
            for column in zip(*self.parts, strict=True)
        )
        foreign = (
            [i for i in np.flatnonzero(np.bincount(tag)).tolist() if tags[i] in self.plugins]
            if self.plugins
            else []
        )
        if foreign:
            keep = ~np.isin(tag, foreign)
            tag, step, wall, value = tag[keep], step[keep], wall[keep], value[keep]
        used = sorted(np.flatnonzero(np.bincount(tag)).tolist(), key=tags.__getitem__)
        numbers = np.empty(max(used, default=-1) + 1, np.int32)
        numbers[used] = np.arange(len(used), dtype=np.int32)
        names = [tags[i] for i in used]
        return Points(names, np.zeros(len(tag), np.int32), numbers[tag], step, wall, value)

    def _facts(self, root: str) -> RunFacts:
        session = self.session
        named = _NAME.fullmatch(self.name) if self.is_start else None
        started = session.started or self.started
        if started is None and named:
            started = float(named[1])
        return RunFacts(
            root,
            params=session.params,
            meta={**session.meta, **self.meta},
            status=session.status,
            started=started,
            ended=session.ended,
            host=named[2] if named else None,
        )


def first_wall(buffer: NDArray[np.uint8], at: int) -> float | None:
    """Wall time of the event whose payload starts at ``at``, if it states a sound one."""
    if buffer[at] != 9:
        return None
    wall = float(buffer[at + 1 : at + 9].view("<f8")[0])
    return wall if math.isfinite(wall) and wall > 0 else None
