"""Files that change as files do: every kind of change, and what may be stored after each.

A sample file of every format is taken through sequences of changes and ingested after each. ``Course`` is the oracle; of a
content it knows what a reading of it alone gives. With S what was stored before, and F what the file's content now gives:

* S stays when the file is gone, when F is of no format, when F was not read whole (anything was said of it) and holds
  fewer points than S, and when F says nothing that S does not say and less than it. Then a problem says so, unless
  the file is gone. A content that begins with that of S stays out only when it was not read whole;
* else F is stored: nothing of S is left, and no point of F is there twice.

So what is stored is always what one content alone gives. Where S holds no points, parameters are counted in their
place, and only a file that is shorter, damaged, bad before or without any is taken for one that says less.
"""

import os
import random
import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from golden import probes, samples

from logminer.core.parsed import Resume
from logminer.engine.reading import read_batch
from logminer.formats import FORMATS, Match, Probe
from logminer.workflows._grouping import own_runs
from logminer.workflows.recognise import Recogniser

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"
HTML = b"<!DOCTYPE html>\n<html><head><title>502</title></head>\n<body>Bad Gateway</body></html>\n"
CHANGES = (
    "grows", "intact", "emptied", "zeros appended", "zero hole", "cut", "lfs pointer", "junk", "html page", "rotated",
    "replaced", "restarted", "gone", "back", "all zeros", "bytes inserted",
)  # fmt: skip
_DECIMAL = re.compile(rb"(?<=\.)\d")


@dataclass(frozen=True)
class Said:
    """What a reading of one content alone gives.

    Attributes:
        points: each with how often it occurs.
        params: of all runs.
        form: the format, or empty where none reads it.
        whole: whether nothing was said against it.
        parts: whether a format claims the file without reading it.
    """

    points: Counter = field(default_factory=Counter)
    params: frozenset = frozenset()
    form: str = ""
    whole: bool = True
    parts: bool = False

    @property
    def says(self):
        return bool(self.points or self.params)


def read_alone(path):
    """What the file at a path says, read without any store."""
    siblings = frozenset(os.listdir(path.parent))
    size = path.stat().st_size
    probe = Probe(str(path), siblings, size, path.name in own_runs(siblings))
    form, match, _ = _recogniser()(probe) if size else (None, Match.NO, [])
    if form is None or match is Match.PARTS:
        return Said(whole=False, parts=match is Match.PARTS)
    (log,) = read_batch(form, [(probe, Resume())])
    if isinstance(log, Exception):
        return Said(whole=False)
    runs = [(run.root, run.key) for run in log.runs]
    points = Counter(
        (*runs[r], log.points.names[m], int(s), repr(float(v)))
        for r, m, s, v in zip(
            log.points.run, log.points.metric, log.points.step, log.points.value, strict=True
        )
    )
    params = {
        (*identity, name, repr(value))
        for identity, run in zip(runs, log.runs, strict=True)
        for name, value in {**run.params, **run.cells}.items()
    }
    whole = not [problem for problem in log.problems if not problem.passing]
    return Said(points, frozenset(params), form, whole)


@cache
def _recogniser():
    return Recogniser()


def stored_points(store, path):
    """What is stored of a file, as ``Said.points``."""
    rows = store.read.sql(
        "SELECT r.root, r.key, m.name, p.step, p.value FROM point p JOIN run_key r ON r.id = p.run "
        f"JOIN metric m ON m.id = p.metric JOIN source s ON s.id = p.source WHERE s.path = '{path}'"
    )
    return Counter(
        (root, key, name, int(step), repr(float(value)))
        for root, key, name, step, value in rows.itertuples(index=False)
    )


@dataclass
class Course:
    """One file, how it changes, and what has to be stored of it.

    Attributes:
        path: the file.
        whole: all that its program writes in the end.
        other: what another attempt of the program writes, or the same where none can be made up.
    """

    path: Path
    whole: bytes
    other: bytes
    grows: bool
    holds: Said = field(default_factory=Said)
    held: bytes = b""
    _written: int = 0
    _is_kept: bool = False

    def begin(self):
        """Write what the program has written at first."""
        self._written = 1
        self.path.write_bytes(self._grown())

    def change(self, kind, number):
        """Let one thing happen to the file, and say what must be stored of it then; the number varies it."""
        {
            "grows": self._grow,
            "intact": lambda: self._write(self.whole),
            "emptied": lambda: self.path.write_bytes(b""),
            "zeros appended": lambda: self._edit(lambda d: d + bytes(700)),
            "zero hole": lambda: self._edit(lambda d: d[: len(d) // 2] + bytes(len(d) // 4) + d[len(d) * 3 // 4 :]),
            "all zeros": lambda: self._edit(lambda d: bytes(len(d))),
            "bytes inserted": lambda: self._edit(lambda d: d[: len(d) // 2] + b"<<<<<<< HEAD\n" + d[len(d) // 2 :]),
            "cut": lambda: self._edit(lambda d: d[: self._end(d, len(d) * (1 + number % 3) // 4)]),
            "lfs pointer": lambda: self.path.write_bytes(LFS),
            "junk": lambda: self._edit(lambda d: random.Random(number).randbytes(max(len(d), 40))),
            "html page": lambda: self.path.write_bytes(HTML),
            "rotated": self._rotate,
            "replaced": self._rename_over,
            "restarted": self._restart,
            "gone": lambda: self.path.unlink(missing_ok=True),
            "back": lambda: self._write(self.held or self.whole),
        }[kind]()  # fmt: skip

    def expect(self):
        """What must be stored now, and whether it is not what the file holds, and must be said."""
        if not self.path.exists():
            return self.holds, False
        now, content = read_alone(self.path), self.path.read_bytes()
        if not now.parts and self._stays(now, content):
            self._is_kept = True
            return self.holds, True
        self.holds, self.held, self._is_kept = now, content, False
        return self.holds, False

    def _stays(self, now, content):
        before = self.holds
        if not before.says or not now.form:
            return before.says
        if len(self.held) < len(content) and content.startswith(self.held) and now.whole:
            return False
        adds = not (set(now.points) <= set(before.points) and now.params <= before.params)
        if before.points:
            return now.points.total() < before.points.total() and not (adds and now.whole)
        less = len(now.params) < len(before.params) and not (adds and now.whole)
        shrank = not now.params or self._is_kept or len(content) < len(self.held)
        return less and (not now.whole or shrank)

    def _grown(self):
        share = len(self.whole) * min(self._written, 4) // 4
        return self.whole[: self._end(self.whole, share)] if self.grows else self.whole

    def _grow(self):
        if not self.grows:
            self.path.write_bytes(self.whole)
            return
        self._written = self._written % 4 + 1
        self._write(self._grown())

    def _restart(self):
        """Truncated, then written by another attempt from its start."""
        cut = self._end(self.other, len(self.other) // 2) if self.grows else len(self.other)
        self._write(self.other[:cut])

    def _rotate(self):
        if self.path.exists():
            self.path.rename(self.path.with_name("rotated.away"))
        self._restart()

    def _rename_over(self):
        beside = self.path.with_name("beside.tmp")
        beside.write_bytes(self.other)
        beside.rename(self.path)

    def _edit(self, change):
        self._write(change(self.path.read_bytes() if self.path.exists() else self.whole))

    def _write(self, data):
        """The same bytes in the same place, so that the file keeps its number."""
        with self.path.open("r+b" if self.path.exists() else "wb") as file:
            file.truncate(0)
            file.write(data)

    def _end(self, data, share):
        """A byte near ``share`` behind which a line or a record begins."""
        return data.rfind(b"\n", 0, share) + 1 or share


def courses(folder, forms=None):
    """One file of every format that stores anything, or of some of them, copied to a folder each with its neighbours."""
    for form, (sample, path) in chosen().items():
        if forms and form not in forms:
            continue
        home = folder / form
        shutil.copytree(sample, home)
        copy = home / path.relative_to(sample)
        whole = copy.read_bytes()
        yield Course(copy, whole, _other(whole), _grows(form, whole))


@cache
def chosen():
    """Of each format the smallest file that shows most, and the folder of its sample.

    One that measures something and grows goes before one that measures, and that before one that says anything at all.
    """
    found = {}
    for form in FORMATS.names():
        told = {}
        for sample, probe in _candidates(form):
            path = Path(probe.path)
            grows = _grows(form, path.read_bytes())
            if (grows, True) in told or FORMATS.load(form).sniff(probe) <= Match.NO:
                continue
            said = read_alone(path)
            if said.form == form and said.says:
                told.setdefault((grows, bool(said.points)), (sample, path))
            if told and max(told) == (True, True):
                break
        if told:
            found[form] = told[max(told, key=lambda shows: shows[::-1])]
    return found


def _candidates(form):
    names = FORMATS.load(form).NAMES
    mine = [
        (sample, probe)
        for sample in samples(form)
        for probe in probes(sample)
        if any(fnmatch(probe.name.lower(), pattern) for pattern in names) and probe.size < 100_000
    ]
    return sorted(mine, key=lambda one: (one[1].size, one[1].path))


def _grows(form, whole):
    """Whether a program appends to it: line by line, or record by record."""
    if form in {"tensorboard", "wandb"}:
        return b"\0" in whole and not whole.startswith(b"\x1f\x8b")
    appended = bool(getattr(FORMATS.load(form), "RESUMES", False)) or form == "text"
    return appended and whole.count(b"\n") > 8


def _other(whole):
    """What another attempt writes: other decimals, where it is text."""
    if b"\0" in whole:
        return whole
    return _DECIMAL.sub(lambda digit: b"%d" % ((int(digit[0]) + 3) % 10), whole)
