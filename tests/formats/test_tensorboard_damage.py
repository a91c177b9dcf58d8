"""Damaged, growing and hostile event files."""

import struct

import numpy as np
import pytest
from event_files import NAME, curves, event, header, oracle, record, scalars, simple
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

from logminer.core.parsed import Points, Resume
from logminer.formats import Match, Probe, tensorboard
from logminer.formats._sources import PlainSource
from logminer.formats.events.records import find_headers, walk

pytestmark = pytest.mark.usefixtures("both_ways")

N = 400
RECORDS = [header(), *scalars(N, ("loss",))]
STARTS = np.cumsum([0, *(len(r) for r in RECORDS)])
WHOLE = b"".join(RECORDS)
AT = int(STARTS[201])  # the record of step 200
SIZE = len(RECORDS[201])


def flip(data, place):
    return data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]


FRESH = Resume()


def read(path, data, resume=FRESH):
    path.write_bytes(data)
    return tensorboard.read(Probe.of(path), resume)


@pytest.fixture
def path(tmp_path):
    return tmp_path / NAME


# Damage, the steps it costs, and the bytes that are said to be skipped.
DAMAGE = {
    "payload byte flipped": (flip(WHOLE, AT + 20), {200}, (AT, AT + SIZE)),
    "payload checksum flipped": (flip(WHOLE, AT + SIZE - 1), {200}, (AT, AT + SIZE)),
    "length byte flipped": (flip(WHOLE, AT), set(), (AT, AT + SIZE)),
    "length's high byte flipped": (flip(WHOLE, AT + 7), set(), (AT, AT + SIZE)),
    "length checksum flipped": (flip(WHOLE, AT + 9), set(), (AT, AT + SIZE)),
    "text injected between records": (
        WHOLE[:AT] + b"a line of text\n" + WHOLE[AT:],
        set(),
        (AT, AT + 15),
    ),
    "text injected into a record": (
        WHOLE[: AT + 30] + b"a line of text\n" + WHOLE[AT + 30 :],
        {200},
        (AT, AT + SIZE + 15),
    ),
    "half a record lost": (WHOLE[: AT + 20] + WHOLE[AT + SIZE :], {200}, (AT, AT + 20)),
    "another file's start inside": (
        WHOLE[: AT + 20] + header() + WHOLE[AT + SIZE :],
        {200},
        (AT, AT + 20),
    ),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_costs_only_what_it_touched(case, path):
    """After damage the reader finds the next record, and says which bytes it left out."""
    data, lost, (start, stop) = DAMAGE[case]
    log = read(path, data)
    assert set(log.points.step.tolist()) == set(range(N)) - lost
    assert [p.where for p in log.problems] == [f"byte {start}-{stop}"]
    assert log.offset == len(data)


def test_zeros_over_some_records_cost_only_those(path):
    """512 zero bytes in the middle cost the records they cover."""
    data = WHOLE[:AT] + bytes(512) + WHOLE[AT + 512 :]
    log = read(path, data)
    covered = {i - 1 for i in range(1, N + 1) if STARTS[i + 1] > AT and STARTS[i] < AT + 512}
    assert set(log.points.step.tolist()) == set(range(N)) - covered
    assert len(log.problems) == 1


@given(
    flips=st.lists(st.integers(0, len(WHOLE) - 1), min_size=1, max_size=6, unique=True),
)
@settings(max_examples=60, deadline=None)
def test_bit_flips_cost_at_most_the_records_they_hit(tmp_path_factory, flips):
    """Whatever bits flip, every record that was not hit is read, and nothing is invented."""
    data = WHOLE
    for place in flips:
        data = flip(data, place)
    hit = {int(np.searchsorted(STARTS, place, "right")) - 2 for place in flips}
    log = read(tmp_path_factory.mktemp("flips") / NAME, data)
    steps = set(log.points.step.tolist())
    intact = set(range(N)) - hit
    assert intact <= steps <= set(range(N))
    assert len(log.points) == len(steps)
    assert len(log.problems) >= 1


def test_undamaged_neighbours_keep_their_values(path):
    """What is read around damage equals what TensorBoard reads of the undamaged file."""
    path.write_bytes(WHOLE)
    expected = oracle(path)["loss"]
    del expected[200]
    assert curves(read(path, flip(WHOLE, AT + 25)).points)["loss"] == expected


SMALL = header() + b"".join(scalars(2, ("loss", "a/b")))
SMALL_DAMAGED = flip(SMALL, len(header()) + 80) + b"rubbish in between" + SMALL[len(header()) :]


@pytest.mark.parametrize("data", [SMALL, SMALL_DAMAGED], ids=["sound", "damaged"])
def test_every_prefix_and_the_rest_make_the_whole(data, path):
    """A file cut off at any byte and read on later yields what one read of the whole yields."""
    whole = read(path, data)
    for cut in range(len(data) + 1):
        first = read(path, data[:cut])
        rest = read(path, data, Resume(first.offset, first.state))
        joined = Points.concat([first.points, rest.points])
        assert curves(joined) == curves(whole.points), cut
        assert first.offset <= cut
        assert rest.offset == whole.offset


@pytest.mark.parametrize("cut", range(1, 60))
def test_half_written_last_record_is_no_problem(cut, path):
    """A record that is still being written is waited for in silence."""
    data = WHOLE[: STARTS[5] + cut % len(RECORDS[5])]
    log = read(path, data)
    assert log.problems == []
    assert log.offset == STARTS[5]


@given(cuts=st.lists(st.integers(0, len(WHOLE)), max_size=8))
@settings(max_examples=40, deadline=None)
def test_random_chunks_make_the_whole(tmp_path_factory, cuts):
    """A growing file read at random moments yields what one read at the end yields."""
    path = tmp_path_factory.mktemp("chunks") / NAME
    data = flip(WHOLE, AT + 20)
    resume, parts, said = Resume(), [], set()
    for cut in [*sorted(cuts), len(data)]:
        log = read(path, data[:cut], resume)
        resume = Resume(log.offset, log.state)
        parts.append(log.points)
        said |= {p.where for p in log.problems}
    whole = read(path, data)
    assert curves(Points.concat(parts)) == curves(whole.points)
    assert {p.where for p in whole.problems} <= said


@pytest.mark.parametrize("zeros", [1, 11, 12, 16, 17, 500])
@pytest.mark.parametrize("kept", [0, 3, 12, 20, 40])
def test_zero_filled_tail_waits_for_the_real_bytes(zeros, kept, path):
    """Zeros at the end are what some file systems show before the data: nothing is said or lost."""
    cut = int(STARTS[5]) + kept
    log = read(path, WHOLE[:cut] + bytes(zeros + SIZE))
    assert log.offset == STARTS[5]
    assert log.problems == []
    rest = read(path, WHOLE, Resume(log.offset, log.state))
    assert len(log.points) + len(rest.points) == N


def test_damaged_last_record_is_said_and_waited_for(path):
    """A last record with a wrong checksum is said, though more bytes may still mend it."""
    log = read(path, flip(WHOLE, len(WHOLE) - 10))
    assert len(log.points) == N - 1
    assert [p.where for p in log.problems] == [f"byte {STARTS[-2]}-{len(WHOLE)}"]
    assert log.offset == STARTS[-2]


@pytest.mark.parametrize("length", [2**63, 2**64 - 1, 2**40, 2**31])
def test_giant_length_never_allocates(length, path):
    """A length no message can have is damage, even when its checksum is right."""
    stated = struct.pack("<Q", length)
    bomb = stated + struct.pack("<I", masked_crc32c(stated))
    log = read(path, WHOLE[:AT] + bomb + WHOLE[AT:])
    assert len(log.points) == N
    assert [p.where for p in log.problems] == [f"byte {AT}-{AT + 12}"]


def test_records_inside_a_record_are_not_read(path):
    """A text that holds a whole event file is one record."""
    log = read(path, header() + record(b"\x22\x90\x03" + WHOLE[:400]) + RECORDS[1])
    assert log.points.step.tolist() == [0]
    assert log.problems == []


def test_payload_that_is_no_event_is_said(path):
    """A record with a right checksum whose content is no message costs itself only."""
    bad = record(b"\x0f\xff\xff")
    log = read(path, header() + bad + RECORDS[1])
    assert len(log.points) == 1
    (problem,) = log.problems
    assert problem.where == f"byte {len(header()) + 12}-{len(header()) + len(bad) - 4}"


def test_large_records_between_scalars(path):
    """Records beyond what the vectorised search looks for are stepped over."""
    big = record(b"\x22" + b"\x80\x80\x80\x08" + bytes(1 << 24))
    log = read(path, header() + RECORDS[1] + big + RECORDS[2])
    assert log.points.step.tolist() == [0, 1]
    assert log.problems == []


def test_small_pieces_read_the_same(path, monkeypatch):
    """A file larger than the buffer is read in pieces with the same result, damage included."""
    data = flip(flip(WHOLE, AT + 20), AT + 5 * SIZE) + b"rubbish" * 300 + WHOLE
    whole = read(path, data)
    monkeypatch.setattr(tensorboard, "BATCH", 700)
    pieces = read(path, data)
    assert curves(pieces.points) == curves(whole.points)
    assert pieces.problems == whole.problems
    assert pieces.offset == whole.offset == len(data)


def test_garbage_without_end_is_given_up(path, monkeypatch):
    """Rubbish longer than any piece is skipped with its place instead of filling the memory."""
    monkeypatch.setattr(tensorboard, "BATCH", 512)
    monkeypatch.setattr(tensorboard, "_LARGEST_PIECE", 2048)
    data = WHOLE[:AT] + b"\xff" * 10_000 + WHOLE[AT:]
    log = read(path, data)
    assert set(log.points.step.tolist()) == set(range(N))
    assert log.offset == len(data)
    assert log.problems


def test_very_large_file_is_handed_over_in_parts(path, monkeypatch):
    """The points of a file too large for one call come in several, each going on where the last ended."""
    monkeypatch.setattr(tensorboard, "BATCH", 1000)
    monkeypatch.setattr(PlainSource, "at_once", 5000)
    whole, resume, parts = read(path, WHOLE), Resume(), []
    while resume.offset < len(WHOLE):
        parts.append(tensorboard.read(Probe.of(path), resume))
        resume = Resume(parts[-1].offset, parts[-1].state)
    assert whole.offset < 8000
    assert len(parts) == -(-len(WHOLE) // whole.offset)
    assert Points.concat([log.points for log in parts]).step.tolist() == list(range(N))


def test_damage_at_the_end_is_said_once(path):
    """Reading an unchanged damaged end again says nothing new; when it grows the damage is settled."""
    data = flip(WHOLE, len(WHOLE) - 10)
    log = read(path, data)
    again = read(path, data, Resume(log.offset, log.state))
    assert again.problems == []
    grown = read(path, data + RECORDS[1], Resume(again.offset, again.state))
    assert [p.where for p in grown.problems] == [f"byte {STARTS[-2]}-{len(WHOLE)}"]


def test_walk_agrees_with_the_vectorised_way():
    """The careful walk and the vectorised path find the same records of a sound file."""
    data = np.frombuffer(WHOLE, np.uint8)
    places, lengths = find_headers(data)
    piece = walk(memoryview(WHOLE), places.tolist(), final=True)
    assert places.tolist() == STARTS[:-1].tolist()
    assert piece.starts.tolist() == (places + 12).tolist()
    assert piece.stops.tolist() == (places + 12 + lengths).tolist()


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        (NAME, WHOLE, Match.EXACT),
        (NAME, flip(WHOLE, 3), Match.EXACT),
        (NAME, b"", Match.EXACT),
        (NAME, bytes(100), Match.EXACT),
        (NAME, WHOLE[:9], Match.EXACT),
        ("events.out.tfevents", WHOLE, Match.EXACT),
        ("notes-on-tfevents.txt", b"how to read tfevents files\n" * 9, Match.NO),
        (NAME + ".profile-empty", b"", Match.PARTS),
        ("model.bin", WHOLE, Match.NO),
    ],
)
def test_sniff(name, data, expected, tmp_path):
    """Event files are recognised by name and content, also when empty, zero-filled or damaged."""
    path = tmp_path / name
    path.write_bytes(data)
    assert tensorboard.sniff(Probe.of(path)) is expected


@given(st.binary(max_size=200), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_any_payload_is_survived(tmp_path_factory, payload, step):
    """Arbitrary bytes as an event, a summary or a tensor raise nothing and spoil no neighbour."""
    wrapped = b"\x2a" + bytes([min(len(payload), 127)]) + payload[:127]
    path = tmp_path_factory.mktemp("any") / NAME
    data = record(payload) + record(wrapped) + event(simple("x", 1.0), step=step)
    log = read(path, data)
    assert log.points.step.tolist()[-1] == step
