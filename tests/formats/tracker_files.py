"""Reading one log in a test, whole or as it grows, and looking at what came out."""

from pathlib import Path

from logminer.core.parsed import Resume
from logminer.formats import FORMATS, Match, Probe

SAMPLES = Path(__file__).parents[2] / "sample_logs"


def read_log(form, path, resume=None):
    """What a format reads of a file that it is sure about."""
    module, probe = FORMATS.load(form), Probe.of(path)
    assert module.sniff(probe) is Match.EXACT
    return module.read(probe, resume or Resume())


def match(form, path):
    """How sure a format is of a file."""
    return FORMATS.load(form).sniff(Probe.of(path))


def points(log, run=0):
    """All points of one run as ``[(metric, step, value as text)]``, sorted."""
    p = log.points
    rows = [i for i in range(len(p)) if p.run[i] == run]
    return sorted((p.names[p.metric[i]], int(p.step[i]), repr(float(p.value[i]))) for i in rows)


def curve(log, metric, run=0):
    """Values of one metric of one run by step."""
    return {step: float(value) for name, step, value in points(log, run) if name == metric}


def read_growing(form, path, whole, cuts):
    """Read a file as it grows, at each of some lengths and at last; the points of all reads, sorted."""
    resume, found = Resume(), []
    for length in [*cuts, len(whole)]:
        path.write_bytes(whole[:length])
        log = FORMATS.load(form).read(Probe.of(path), resume)
        assert not log.problems, (length, log.problems)
        assert resume.offset <= log.offset <= length
        resume = Resume(log.offset, log.state)
        found += points(log)
    return sorted(found)
