"""Compressed event files give what the plain ones give."""

import gzip

import pytest
from event_files import NAME, event, read_events, scalars, string, tensor, write

from logminer.core.parsed import Resume
from logminer.formats import Match, Probe, tensorboard

pytestmark = pytest.mark.usefixtures("both_ways")


def test_gzipped_file_reads_the_same(tmp_path):
    """A compressed event file gives what the plain one gives, also when it grew."""
    plain = write(tmp_path / "a" / NAME, *scalars(50))
    packed = tmp_path / "a" / f"{NAME}.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert tensorboard.sniff(Probe.of(packed)) is Match.EXACT
    first, log = read_events(plain), read_events(packed)
    assert log.points.value.tolist() == first.points.value.tolist()
    assert log.runs == first.runs
    assert log.offset == packed.stat().st_size
    plain.write_bytes(plain.read_bytes() + b"".join(scalars(5, first=50)))
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    rest = tensorboard.read(Probe.of(packed), Resume(log.offset, log.state))
    assert rest.points.step.tolist() == [s for s in range(50, 55) for _ in range(2)]


@pytest.mark.parametrize("batch", [64, 300, 1000])
def test_gzipped_file_in_small_pieces_reads_the_same(batch, tmp_path, monkeypatch):
    """Pieces that grow for a long record and shrink again lose nothing of a compressed file."""
    long = [event(tensor("note", string("x" * n), "text")) for n in (5000, 50_000)]
    plain = write(tmp_path / NAME, *scalars(9), *long, *scalars(60, first=9))
    packed = tmp_path / "packed" / f"{NAME}.gz"
    packed.parent.mkdir()
    packed.write_bytes(
        gzip.compress(plain.read_bytes()[:4000]) + gzip.compress(plain.read_bytes()[4000:])
    )
    whole = read_events(plain)
    monkeypatch.setattr(tensorboard, "BATCH", batch)
    log = read_events(packed)
    assert log.points.step.tolist() == whole.points.step.tolist()
    assert log.state["unpacked"] == whole.offset
    assert log.problems == []


def test_cut_off_gzip_is_said(tmp_path):
    """What a truncated compressed file still gives is read, and the cut is said."""
    plain = write(tmp_path / NAME, *scalars(3000))
    packed = tmp_path / f"{NAME}.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes())[:-2000])
    log = read_events(packed)
    assert 0 < len(log.points) < 6000
    assert [p.what for p in log.problems] == ["the compressed file ends early"]


def test_compressed_bomb_stays_small(tmp_path):
    """Megabytes of zeros in a small file end as nothing."""
    packed = tmp_path / f"{NAME}.gz"
    packed.write_bytes(gzip.compress(bytes(64 << 20)))
    log = read_events(packed)
    assert len(log.points) == 0
