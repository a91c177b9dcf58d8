"""Every sample log yields what its golden file says, and no file is claimed by two formats."""

import json

import numpy as np
import pytest
from golden import claims, digest, expected_file, probes, samples, winner

from logminer.core.parsed import Resume
from logminer.formats import FORMATS, Match, Probe

ALL = samples()
READERS = {"parquet": "pyarrow", "feather": "pyarrow"}  # of optional extras
IDS = [f"{sample.parent.name}/{sample.name}" for sample in ALL]


@pytest.mark.parametrize("sample", ALL, ids=IDS)
def test_sample_yields_its_golden_file(sample):
    """Reading a sample gives exactly the runs, parameters and points written beside it."""
    if reader := READERS.get(sample.parent.name):
        pytest.importorskip(reader)
    expected = json.loads(expected_file(sample).read_text(encoding="utf-8"))
    assert json.loads(json.dumps(digest(sample))) == expected


@pytest.mark.parametrize("sample", ALL, ids=IDS)
def test_no_file_of_a_sample_is_claimed_twice(sample):
    """At most one format is EXACT about a file, and at most one generic format is left otherwise."""
    for probe in probes(sample):
        found = claims(probe)
        sure = max(found.values(), default=Match.NO)
        assert sum(match is sure for match in found.values()) <= 1, f"{probe.path}: {found}"


@pytest.mark.parametrize("sample", ALL, ids=IDS)
def test_sample_is_small(sample):
    """A sample stays under 50 KB a file, so that the repository does."""
    assert all(p.stat().st_size < 50_000 for p in sample.rglob("*") if p.is_file())


@pytest.mark.parametrize("name", FORMATS.names())
def test_format_has_names_and_a_summary(name):
    """Every format can be sieved by file name and says in one line what it is."""
    module = FORMATS.load(name)
    assert module.NAMES
    assert all(pattern == pattern.lower() for pattern in module.NAMES)
    assert FORMATS.summary(name)


@pytest.mark.parametrize("name", FORMATS.names())
@pytest.mark.parametrize("content", [b"", b"\0" * 600, b"\xff\xfe\x00" * 90, b"{" * 400, b"\n\n\n"])
def test_no_format_trips_over_rubbish(name, content, tmp_path):
    """Sniffing an empty, zero-filled or binary file under any plausible name raises nothing."""
    module = FORMATS.load(name)
    for pattern in module.NAMES:
        path = tmp_path / pattern.replace("*", "x").replace("?", "1").replace("[0-9]", "1")
        path.write_bytes(content)
        assert isinstance(module.sniff(Probe.of(path)), Match)


@pytest.mark.parametrize(
    "name", [n for n in FORMATS.names() if hasattr(FORMATS.load(n), "read_many")]
)
def test_samples_read_together_are_those_read_alone(name):
    """Reading all logs of a format in one batch gives what reading each alone gives."""
    jobs = [
        (probe, Resume())
        for sample in ALL
        for probe in probes(sample)
        if winner(claims(probe)) == name
    ]
    module = FORMATS.load(name)
    for job, together in zip(jobs, module.read_many(jobs), strict=True):
        if isinstance(together, Exception):
            with pytest.raises(type(together)):
                module.read(*job)
            continue
        alone = module.read(*job)
        assert together.runs == alone.runs
        assert together.points.names == alone.points.names
        for column in ("run", "metric", "step", "wall", "value"):
            mine, theirs = getattr(together.points, column), getattr(alone.points, column)
            assert np.array_equal(mine, theirs, equal_nan=column in {"wall", "value"})
