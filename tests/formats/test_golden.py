"""Every sample log yields what its golden file says, and no file is claimed by two formats."""

import json

import pytest
from golden import claims, digest, expected_file, probes, samples

from logminer.formats import FORMATS, Match, Probe

ALL = samples()
IDS = [f"{sample.parent.name}/{sample.name}" for sample in ALL]


@pytest.mark.parametrize("sample", ALL, ids=IDS)
def test_sample_yields_its_golden_file(sample):
    """Reading a sample gives exactly the runs, parameters and points written beside it."""
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
