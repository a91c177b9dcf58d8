"""Golden files: what each sample log yields, written beside it and compared by the test.

python tests/formats/golden.py FORMAT...    renew sample_logs/FORMAT/*.expected.json, then read the diff
"""

import json
import math
import sys
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import NotALogError, Problem
from logminer.formats import FORMATS, Match, Probe
from logminer.workflows._grouping import own_runs

SAMPLES = Path(__file__).parents[2] / "sample_logs"


def samples(format_name=None):
    """Folders ``sample_logs/<format>/<sample>``, of one format or of all."""
    folders = [SAMPLES / format_name] if format_name else sorted(SAMPLES.iterdir())
    known = FORMATS.names()
    return [
        sample
        for folder in folders
        if folder.is_dir() and folder.name in known
        for sample in sorted(folder.iterdir())
        if sample.is_dir() and sample.name[0] not in "._"
    ]


def probes(sample):
    """A probe of every file of a sample, as ingest sees it."""
    for path in sorted(p for p in sample.rglob("*") if p.is_file()):
        siblings = frozenset(other.name for other in path.parent.iterdir())
        yield Probe(str(path), siblings, path.stat().st_size, path.name in own_runs(siblings))


def claims(probe):
    """What every format says of a file, those that say NO left out."""
    found = {}
    for name, module in FORMATS.load_all().items():
        if any(fnmatch(probe.name.lower(), pattern) for pattern in module.NAMES):
            match = module.sniff(probe)
            if match is not Match.NO:
                found[name] = match
    return found


def winner(found):
    """The format a file goes to: the surest claim."""
    return max(found, key=lambda name: (found[name], name)) if found else None


def digest(sample):
    """What ingest would read of a sample, as plain data that stays readable in a diff."""
    files = {}
    for probe in probes(sample):
        found = claims(probe)
        name = winner(found)
        entry = {"format": name, "match": found[name].name if name else "NO"}
        if name and found[name] is not Match.PARTS:
            entry |= _digest_log(_read(name, probe), sample)
        files[_relative(probe.path, sample)] = entry
    return files


def _read(name, probe):
    try:
        return FORMATS.load(name).read(probe, Resume())
    except NotALogError as error:
        return ParsedLog(left_out={str(error): 1})
    except ValueError as error:
        return ParsedLog(problems=[Problem(probe.path, str(error))])


def _digest_log(log: ParsedLog, sample):
    facts = []
    for i, run in enumerate(log.runs):
        mine = log.points.run == i
        fields = {k: _plain(v) for k, v in vars(run).items() if v not in (None, "", {}, ())}
        fields["root"] = _relative(run.root, sample)
        fields["metrics"] = {
            name: _curve(log.points, mine & (log.points.metric == m))
            for m, name in enumerate(log.points.names)
            if np.any(mine & (log.points.metric == m))
        }
        facts.append(fields)
    problems = [str(replace(p, path=_relative(p.path, sample))) for p in log.problems]
    left_out = {"left_out": dict(log.left_out)} if log.left_out else {}
    return {"runs": facts, **left_out, **({"problems": problems} if problems else {})}


def _curve(points, rows):
    steps, values, walls = points.step[rows], points.value[rows], points.wall[rows]
    total = float(np.sum(values[np.isfinite(values)], dtype=np.float64))
    ends = [f"[{steps[i]}] {_plain(values[i])!r}" for i in (0, -1)]
    wall = "" if np.isnan(walls[-1]) else f", at {_plain(walls[-1])!r}"
    return f"{len(values)} points, {ends[0]} to {ends[1]}{wall}, sum {total:.9g}"


def _relative(path, sample):
    try:
        return Path(path).relative_to(sample).as_posix()
    except ValueError:
        return str(path)


def _plain(value):
    if isinstance(value, float | np.floating):
        number = float(value)
        return number if math.isfinite(number) else str(number)
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value


def expected_file(sample):
    """Where the golden file of a sample stands."""
    return sample.with_name(f"{sample.name}.expected.json")


def renew(format_name):
    """Write the golden files of a format anew."""
    for sample in samples(format_name):
        text = json.dumps(digest(sample), indent=1, ensure_ascii=False)
        expected_file(sample).write_text(text + "\n", encoding="utf-8")
        sys.stdout.write(f"{expected_file(sample)}\n")


if __name__ == "__main__":
    for wanted in sys.argv[1:] or FORMATS.names():
        renew(wanted)
