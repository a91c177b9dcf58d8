"""Records are found the same by the compiled part, by its tables, by numpy and by the careful walk."""

import struct

import numpy as np
from event_files import record
from hypothesis import given
from hypothesis import strategies as st

from logminer.formats.events import compiled, records
from logminer.formats.events.scalars import PADDING, ScalarReader, _Batch

SIZES = st.lists(st.integers(0, 700), max_size=12)


def written(sizes, seed):
    rng = np.random.default_rng(seed)
    return b"".join(record(rng.integers(0, 4, n, dtype=np.uint8).tobytes()) for n in sizes)


def walked(data):
    places, _ = records.find_headers(data)
    return records.walk(data.data, places.tolist(), final=True)


@given(SIZES, st.integers(0, 99), st.integers(0, 40))
def test_whole_files_give_the_same_records(library, sizes, seed, cut):
    """Payloads of few different bytes, zeros above all, and a last record cut off anywhere."""
    data = written(sizes, seed)
    data = np.frombuffer(data[: max(len(data) - cut, 0)], np.uint8)
    want = walked(data)
    found = library.follow(data)
    if found is None:
        assert not len(want.starts)
    else:
        np.testing.assert_array_equal(found, (want.starts, want.stops))
    (framed,) = records.frame(data, [(0, len(data))], [True])
    np.testing.assert_array_equal(framed.starts, want.starts)
    assert framed.end == want.end


@given(SIZES.filter(any), st.integers(0, 99), st.data())
def test_damage_is_left_to_the_careful_walk(library, sizes, seed, data):
    """A flipped bit is never followed over: nothing comes back, or the records before a cut-off end."""
    whole = bytearray(written(sizes, seed))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    found = library.follow(np.frombuffer(bytes(whole), np.uint8))
    want = walked(np.frombuffer(bytes(whole), np.uint8))
    assert found is None or not want.skipped


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(library, data):
    """No input reads beyond its end, or claims a record that is not there."""
    found = library.follow(np.frombuffer(data, np.uint8))
    assert found is None or (found[1] + 4 <= len(data)).all()


@given(st.lists(st.binary(min_size=0, max_size=30), min_size=1, max_size=9))
def test_heads_of_events_are_read_the_same(library, payloads):
    """Wall times, steps of any length and places, of events and of bytes that are none."""
    payloads = [b"\x09" + p[:8].ljust(8, b"\0") + b"\x10" + p[8:] for p in payloads] + payloads
    data = np.frombuffer(b"".join(payloads) + bytes(PADDING + 4), np.uint8)
    starts = np.cumsum([0, *map(len, payloads[:-1])])
    batch = _Batch(ScalarReader(), data, starts, starts)
    wall, step, rest = library.heads(data, starts)
    want_step, want_rest = batch._steps()
    np.testing.assert_array_equal(wall.view(np.int64), np.array([
        int.from_bytes(data[s + 1 : s + 9].tobytes(), "little", signed=True) for s in starts
    ]))  # fmt: skip
    known = want_rest - starts < 1 << 20
    np.testing.assert_array_equal(step[known], want_step[known])
    np.testing.assert_array_equal(rest - starts >= 1 << 20, ~known)
    np.testing.assert_array_equal(rest[known], want_rest[known])


def test_lengths_beyond_any_message_are_refused(library):
    """A length of 2^63 whose checksum is right is no record."""
    head = struct.pack("<Q", 1 << 63)
    data = head + struct.pack("<I", records.masked_crc(head)) + bytes(64)
    assert library.follow(np.frombuffer(data, np.uint8)) is None


def test_without_the_library_there_is_no_compiled_part(tmp_path):
    """A missing or foreign file is passed over."""
    assert compiled.load(tmp_path / "none.so") is None
    (tmp_path / "odd.so").write_text("no library")
    assert compiled.load(tmp_path / "odd.so") is None
