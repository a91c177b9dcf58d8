"""Every sample, damaged in every way, against what is read of the whole file.

    python benchmarks/damage.py                                  all formats, all kinds (hours)
    python benchmarks/damage.py --format csv --kinds truncate growing
    python benchmarks/damage.py --every 64 --limit 50            a quick look

Each sample is copied to a temporary folder, and one file of it after the other damaged, recognised and read in this
process, as ingest would. Files up to 4 kB are damaged at every byte, larger ones at every 64th. What may happen:
the file is refused, or something of it is read and the rest is said. What may not:

    wrong       a value or parameter that the whole file does not hold under that name (of a cut, a hole, another
                encoding or a restart; a flipped or inserted digit makes a number that nobody can tell from another)
    moved       a value that it holds, at another step, or, where several runs are read, of another run
    silent      less than the whole file holds, and neither a problem nor an offset before the end says so
    traceback   anything but a ValueError or OSError of one line

``fuzz.py`` looks for inputs that crash a parser; this one knows what must come out.
"""

import argparse
import math
import os
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from damage_kinds import KINDS, damages

SAMPLES = Path(__file__).parent.parent / "sample_logs"
_LONG_AGO = 1_600_000_000  # when a file was last written to that grows no more
_OWN = {"attempt"}  # said by the reader, not by the file
_FAILURES = ("wrong", "moved", "silent", "traceback")


@dataclass(frozen=True)
class Facts:
    """What was read of one file.

    Attributes:
        form: name of the format, None where none recognises it.
        points: ``(root, key, metric, step, value)``, values as text so that NaN equals itself.
        values: ``(name, value)`` of points, parameters, and what else is kept of runs.
        refused: why it was refused, or empty.
        said: whether a problem or an offset before the end says that it is not all.
    """

    form: str | None = None
    points: frozenset = frozenset()
    values: frozenset = frozenset()
    refused: str = ""
    said: bool = False


@dataclass
class Tally:
    """Counts of one format and kind of damage."""

    tried: int = 0
    refused: int = 0
    unread: int = 0
    failed: Counter = field(default_factory=Counter)
    slowest: float = 0.0


class Reader:
    """Reads files as ingest does, of one copied sample.

    Args:
        recognise: tells formats.
    """

    def __init__(self, recognise):
        self._recognise = recognise

    def __call__(self, path, siblings, own_run):
        """What is read of a file.

        Raises:
            Exception: whatever a parser may not raise.
        """
        from logminer.core.parsed import Resume
        from logminer.formats import Match, Probe

        probe = Probe(str(path), siblings, path.stat().st_size, own_run)
        form, match, problems = self._recognise(probe)
        if form is None or match is Match.PARTS:
            return Facts(said=bool(problems))
        try:
            log = self._recognise.module(form).read(probe, Resume())
        except (ValueError, OSError) as error:
            said = str(error)
            if not said or "\n" in said:
                raise RuntimeError(f"a refusal that is not one line: {said!r}") from error
            return Facts(form, refused=said)
        return _facts(form, log, probe.size)


def _facts(form, log, size):
    points, names = log.points, log.points.names
    runs = [(run.root, run.key.partition("#")[0]) for run in log.runs]
    columns = (points.run, points.metric, points.step, points.value)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    values = {(names[m], _text(v)) for _, m, _, v in rows}
    for run in log.runs:
        values |= {
            (k, _text(v))
            for kept in (run.params, run.cells, run.meta)
            for k, v in kept.items()
            if k not in _OWN
        }
    return Facts(
        form,
        frozenset((*runs[r], names[m], s, _text(v)) for r, m, s, v in rows),
        frozenset(values),
        said=bool(log.problems) or log.offset < size,
    )


def _text(value):
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value)


@dataclass
class Trial:
    """One file of a sample about to be damaged.

    Attributes:
        path: the copy that is damaged.
        read: takes the path and reads it.
        whole: its bytes.
        facts: what is read of them.
    """

    path: Path
    read: object
    whole: bytes
    facts: Facts
    _at_line_ends: dict = field(default_factory=dict)

    def failure(self, damage):
        """What may not happen and did, or empty; and what is read."""
        facts = self._read(damage.data, growing=damage.kind == "growing")
        if facts.form is None or facts.refused:
            lost = damage.kind in {"encode", "hole"} and not facts.said and not facts.refused
            return ("silent" if lost and self.facts.form else ""), facts
        if damage.keeps_values and not self.facts.refused and self.facts.form == facts.form:
            if not facts.values <= self.facts.values:
                return "wrong", facts
            if damage.kind != "restart" and self._moved(facts):
                return "moved", facts
        return ("silent" if self._is_silent(damage, facts) else ""), facts

    def difference(self, facts):
        """Some of what the whole file does not hold."""
        extra = (facts.values - self.facts.values) or self._moved(facts)
        lost = self.facts.values - facts.values
        return sorted(map(str, extra))[:2] or [f"lost {sorted(map(str, lost))[:2]}"]

    def _moved(self, facts):
        """Points that the whole file does not hold; as long as it shows one run, that run need not have its name yet."""
        if len({point[:2] for point in facts.points}) > 1:
            return facts.points - self.facts.points
        placed = {point[2:] for point in self.facts.points}
        constant = {(name, value) for name, value in self.facts.values - self._point_values()}
        return {
            point for point in facts.points
            if point[2:] not in placed and (point[2], point[4]) not in constant
        }  # fmt: skip

    def _point_values(self):
        return {(point[2], point[4]) for point in self.facts.points}

    def _read(self, data, *, growing=False):
        self.path.write_bytes(data)
        if not growing:
            os.utime(self.path, (_LONG_AGO, _LONG_AGO))
        return self.read(self.path)

    def _is_silent(self, damage, facts):
        """Whether less is read than there is, and nothing says so."""
        if facts.said or not damage.keeps_values:
            return False
        if damage.kind in {"truncate", "growing"}:
            return self._hides_a_line(damage.place, facts)
        lost = self.facts.values - facts.values
        return self.facts.form == facts.form and not self.facts.refused and bool(lost)

    def _hides_a_line(self, place, facts):
        """Whether nothing is read of a line of text that was cut, though the line holds something."""
        start = self.whole.rfind(b"\n", 0, place) + 1
        end = self.whole.find(b"\n", place) + 1
        if (
            not end
            or not start
            or b"\0" in self.whole[:4096]
            or not self.whole[start:place].strip()
        ):
            return False
        before, after = self._up_to(start), self._up_to(end)
        return facts.values <= before.values and before.values < after.values

    def _up_to(self, place):
        if place not in self._at_line_ends:
            self._at_line_ends[place] = self._read(self.whole[:place])
        return self._at_line_ends[place]


def sample_files(wanted):
    """Folders of samples and the files in them, of one format's folder or of all."""
    for form in sorted(path for path in SAMPLES.iterdir() if path.is_dir()):
        if wanted in {"", form.name}:
            for sample in sorted(path for path in form.iterdir() if path.is_dir()):
                yield sample, sorted(p for p in sample.rglob("*") if p.is_file())


def trials(sample, files, recognise, folder):
    """Each file of a sample that a format reads, in a copy of the sample."""
    from logminer.workflows._grouping import own_runs

    copy = Path(folder, sample.parent.name, sample.name)
    shutil.copytree(sample, copy)
    reader = Reader(recognise)
    for file in files:
        path = copy / file.relative_to(sample)
        siblings = frozenset(os.listdir(path.parent))
        own = path.name in own_runs(siblings)

        def read(where, siblings=siblings, own=own):
            return reader(where, siblings, own)

        whole = path.read_bytes()
        os.utime(path, (_LONG_AGO, _LONG_AGO))
        facts = read(path)
        if facts.form is not None:
            yield Trial(path, read, whole, facts)
        path.write_bytes(whole)
    shutil.rmtree(copy)


def attempt(trial, damage, tally, show):
    """Try one damaged copy, and count what comes of it."""
    began, difference = time.process_time(), []
    try:
        failure, facts = trial.failure(damage)
        tally.refused += bool(facts.refused)
        tally.unread += facts.form is None
        if failure:
            difference = trial.difference(facts)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        failure, difference = "traceback", [f"{type(error).__name__}: {error}"[:200]]
    tally.tried += 1
    tally.slowest = max(tally.slowest, time.process_time() - began)
    if failure:
        tally.failed[failure] += 1
        show(failure, trial.path, damage, difference)


def run(given):
    """Damage what is asked for, and print the counts; the number of failures."""
    from logminer.workflows.recognise import Recogniser

    recognise, tallies, shown = Recogniser(), {}, Counter()

    def show(failure, path, damage, difference):
        key = (tally_key, failure)
        shown[key] += 1
        if shown[key] <= given.show:
            where = "/".join(path.parts[-3:])
            print(f"  {failure}: {where} {damage.kind} {damage.place} {difference}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        for sample, files in sample_files(given.format):
            for trial in trials(sample, files, recognise, folder):
                for kind in given.kinds:
                    tally_key = (trial.facts.form, kind)
                    tally = tallies.setdefault(tally_key, Tally())
                    for damage in damages(trial.whole, kind, given.every, given.limit):
                        attempt(trial, damage, tally, show)
    return report(tallies)


def report(tallies):
    """Print a row a format and kind; the number of failures."""
    print(f"{'format':<15} {'kind':<9} {'tried':>8} {'refused':>8} {'unread':>7}", end="")
    print("".join(f" {name:>9}" for name in _FAILURES), f"{'slowest s':>10}")
    for (form, kind), tally in sorted(tallies.items()):
        counts = "".join(f" {tally.failed[name]:>9}" for name in _FAILURES)
        line = f"{form:<15} {kind:<9} {tally.tried:>8} {tally.refused:>8} {tally.unread:>7}"
        print(f"{line}{counts} {tally.slowest:>10.2f}")
    total = sum((tally.failed for tally in tallies.values()), Counter())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tried = sum(tally.tried for tally in tallies.values())
    counts = ", ".join(f"{total[name]} {name}" for name in _FAILURES)
    print(f"{tried} tried: {counts}; peak {peak:.0f} MB")
    return total.total()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--format", default="", help="folder of sample_logs; all by default")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--every", type=int, default=0, help="bytes between two places")
    parser.add_argument("--limit", type=int, default=0, help="most places a file and kind")
    parser.add_argument("--show", type=int, default=3, help="failures shown of each kind")
    sys.exit(bool(run(parser.parse_args())))


if __name__ == "__main__":
    main()
