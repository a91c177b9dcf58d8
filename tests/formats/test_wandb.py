"""W&B's record file: framing across blocks, growth, damage, and how a run ended."""

import json
import os
import struct
import time
import zlib

import pytest
from tracker_files import SAMPLES, curve, match, points, read_growing, read_log

from logminer.core.parsed import Resume
from logminer.formats import FORMATS, Match, Probe

BLOCK = 32_768


def field(number, value):
    """A field of a protocol-buffer message: a number as varint, everything else as bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value & (2**64 - 1))
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def history(step, **values):
    items = [field(1, field(2, key) + field(16, text)) for key, text in values.items()]
    return field(2, b"".join(items) + field(2, field(1, step)))


def run_file(*payloads):
    """A record file as W&B writes it: fragments in blocks of 32 KiB, each with checksum, length and kind."""
    out = bytearray(b":W&B\xe1\xbe\x00")
    for payload in payloads:
        first = True
        while True:
            room = BLOCK - len(out) % BLOCK
            if room < 7:
                out += bytes(room)
                continue
            part, payload = payload[: room - 7], payload[room - 7 :]  # noqa: PLW2901
            kind = (1 if first else 4) if not payload else (2 if first else 3)
            crc = zlib.crc32(part, zlib.crc32(bytes([kind])))
            out += struct.pack("<IHB", crc, len(part), kind) + part
            first = False
            if not payload:
                break
    return bytes(out)


def rows(n, size=0):
    return [history(i, loss=repr(1 / (i + 1)), note='"' + "x" * size + '"') for i in range(n)]


FINISHED = field(18, field(2, 60))


@pytest.fixture
def path(tmp_path):
    """Where a test may write a record file."""
    return tmp_path / "run-1.wandb"


@pytest.mark.parametrize("size", [0, 400, 5_000, 70_000])
def test_records_across_blocks_are_joined(path, size):
    """Records of any length, split over blocks or not, all give their points."""
    path.write_bytes(run_file(*rows(25, size), FINISHED))
    log = read_log("wandb", path)
    assert curve(log, "loss") == {i: 1 / (i + 1) for i in range(25)}
    assert not log.problems
    assert log.offset == path.stat().st_size


@pytest.mark.parametrize("pad", range(BLOCK - 40, BLOCK - 10, 2))
def test_records_at_the_end_of_a_block(path, pad):
    """The few bytes left at the end of a block are padding or an empty fragment, never a loss."""
    path.write_bytes(run_file(field(4, b"x" * pad), *rows(3), FINISHED))
    assert curve(read_log("wandb", path), "loss") == {0: 1.0, 1: 0.5, 2: 1 / 3}


def test_a_growing_file_gives_each_point_once(path):
    """Wherever a read ends, reading on from there loses and doubles nothing and is silent."""
    whole = run_file(*rows(40, 3_000), FINISHED)
    path.write_bytes(whole)
    expected = points(read_log("wandb", path))
    for start in (8, 9, 15, 4_000):
        assert read_growing("wandb", path, whole, range(start, len(whole), 9_973)) == expected


def test_a_tail_of_zeros_waits(path):
    """Room that a file system filled with zeros is read once the bytes are there."""
    whole = run_file(*rows(6))
    path.write_bytes(whole[:200] + bytes(len(whole) - 200))
    first = FORMATS.load("wandb").read(Probe.of(path), Resume())
    path.write_bytes(whole)
    later = FORMATS.load("wandb").read(Probe.of(path), Resume(first.offset, first.state))
    assert not first.problems
    assert len(points(first)) + len(points(later)) == 6


@pytest.mark.parametrize("at", [9, 13, 30, 2_000])
def test_a_damaged_record_is_said_and_the_others_kept(path, at):
    """A flipped bit in payload, checksum or length costs one record, with its byte range."""
    data = bytearray(run_file(*rows(500), FINISHED))
    data[at] ^= 0x10
    path.write_bytes(data)
    log = read_log("wandb", path)
    assert len(curve(log, "loss")) >= 499 - 1
    assert len(log.problems) == 1
    assert log.problems[0].where.startswith("byte ")


def test_damage_over_many_blocks_is_one_problem(path):
    """A stretch of rubbish is one range of bytes, however long, and what follows it is read."""
    whole = run_file(*rows(60, 5_000), FINISHED)
    rubbish = bytes((i * 37 + i // 7) % 251 + 1 for i in range(4 * BLOCK))
    path.write_bytes(whole[: 2 * BLOCK] + rubbish + whole[2 * BLOCK :])
    log = read_log("wandb", path)
    assert len(log.problems) == 1
    assert len(curve(log, "loss")) >= 58
    assert log.runs[0].status == "finished"


def test_an_exit_is_remembered_between_reads(path):
    """A file that is looked at again after its end is not taken for a crashed run; the end has its time."""
    start = field(17, field(1, "id") + field(17, field(1, 1_700_000_000)))
    path.write_bytes(run_file(start))
    first = read_log("wandb", path)
    path.write_bytes(run_file(start, FINISHED))
    second = read_log("wandb", path, Resume(first.offset, first.state))
    third = read_log("wandb", path, Resume(second.offset, second.state))
    assert (second.runs[0].status, second.runs[0].ended) == ("finished", 1_700_000_060.0)
    assert third.runs[0].status == "unknown"


def test_halves_of_different_records_are_not_joined(path):
    """Where the middle of a record is damaged, its start is not completed by the end of the next one."""
    data = bytearray(
        run_file(*[history(i, loss=f"{i}.5", note='"' + "x" * 100_000 + '"') for i in range(3)])
    )
    data[BLOCK + 10] ^= 1
    path.write_bytes(data + run_file(FINISHED)[7:])
    log = read_log("wandb", path)
    assert curve(log, "loss") == {1: 1.5, 2: 2.5}
    assert [p.what for p in log.problems] == ["damaged records are skipped"]


def test_numbers_of_every_kind(path):
    """NaN and infinities, nested and typed values, booleans and texts are told apart."""
    row = history(
        3, a="NaN", b="-Infinity", c='"NaN"', d="1e400", e="7", f="true", g='"x"', h="null",
        i='{"j": 2, "k": {"l": "Infinity"}}', m='{"_type": "histogram", "bins": 3}', _runtime="5", broken="{",
    )  # fmt: skip
    typed = field(1, field(1, "n") + varint(6 << 3 | 1) + struct.pack("<d", 2.5))
    typed += field(1, field(1, "o") + field(5, 5)) + field(2, field(1, 4))
    path.write_bytes(
        run_file(row.replace(b"broken", b"_broke").replace(b"\x01{", b"\x011"), field(2, typed))
    )
    found = {name: (step, value) for name, step, value in points(read_log("wandb", path))}
    assert found == {
        "a": (3, "nan"), "b": (3, "-inf"), "c": (3, "nan"), "d": (3, "inf"), "e": (3, "7.0"),
        "i.j": (3, "2.0"), "i.k.l": (3, "inf"), "n": (4, "2.5"), "o": (4, "-3.0"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("records", "status", "reason"),
    [
        ([FINISHED], "finished", None),
        ([field(18, field(1, 2))], "failed", "exit code 2"),
        ([field(18, field(1, -9))], "failed", "exit code -9"),
        ([field(23, b""), field(18, field(1, 255))], "preempted", "preempted, exit code 255"),
        ([field(23, b""), FINISHED], "finished", None),
    ],
)
def test_exit_record_says_how_it_ended(path, records, status, reason):
    """Exit code and preemption give status and reason."""
    path.write_bytes(run_file(*rows(1), *records))
    facts = read_log("wandb", path).runs[0]
    assert (facts.status, facts.reason) == (status, reason)


@pytest.mark.parametrize(("age", "status"), [(10, "running"), (3_600, "failed")])
def test_without_an_exit_the_last_write_decides(path, age, status):
    """A run that wrote lately is running; one that is silent for minutes has crashed, as W&B itself says."""
    path.write_bytes(run_file(*rows(1)))
    os.utime(path, (time.time() - age, time.time() - age))
    assert read_log("wandb", path).runs[0].status == status


def test_preemption_is_remembered_between_reads(path):
    """The notice of a preemption counts when the exit is read later."""
    whole = run_file(field(23, b""), field(18, field(1, 255)))
    path.write_bytes(whole[: len(run_file(field(23, b"")))])
    first = read_log("wandb", path)
    path.write_bytes(whole)
    later = read_log("wandb", path, Resume(first.offset, first.state))
    assert later.runs[0].status == "preempted"


def test_a_huge_record_does_not_fill_the_memory(path):
    """A first fragment whose last never comes is not collected without end."""
    part = b"x" * (BLOCK - 14)
    crc = zlib.crc32(part, zlib.crc32(b"\x03"))
    path.write_bytes(
        run_file(b"y" * 40_000)[:BLOCK]
        + (struct.pack("<IHB", crc, len(part), 3) + part + bytes(7)) * 40
    )
    log = read_log("wandb", path)
    assert not len(log.points)
    assert log.offset == 0


def test_summary_beside_records_is_not_read_twice():
    """The last values of a run are read from the summary only where the record file is missing."""
    (synced,) = (SAMPLES / "wandb" / "synced").rglob("wandb-summary.json")
    assert match("wandb", synced) is Match.EXACT


def test_a_sweeps_copies_of_configs_are_parts(tmp_path):
    """What an agent of a sweep was told to run stands in the run's own config as well."""
    path = tmp_path / "config-abc.yaml"
    path.write_text("wandb_version: 1\n\nlr:\n  value: 0.1\n")
    assert match("wandb", path) is Match.PARTS
    path.write_text("lr: 0.1\n")
    assert match("wandb", path) is Match.NO


def test_summary_with_records_is_a_part(tmp_path):
    """The summary of an offline run is no log of its own."""
    (tmp_path / "run-1.wandb").write_bytes(run_file(*rows(1)))
    files = tmp_path / "files"
    files.mkdir()
    for name in ("wandb-summary.json", "requirements.txt"):
        (files / name).write_text("{}")
        assert match("wandb", files / name) is Match.PARTS


def test_what_an_offline_run_printed_is_no_second_run(tmp_path):
    """output.log repeats what the record file tells; without that file it is a text like any other."""
    files = tmp_path / "offline-run-1-abc/files"
    files.mkdir(parents=True)
    (files / "output.log").write_text("epoch 1 val_loss=0.5\nepoch 2 val_loss=0.4\n")
    assert match("wandb", files / "output.log") is Match.NO
    (files.parent / "run-abc.wandb").write_bytes(run_file(*rows(2)))
    assert match("wandb", files / "output.log") is Match.PARTS


def files_of(folder, **texts):
    """A run's ``files`` folder as W&B leaves it where the record file was not kept."""
    files = folder / "wandb" / "run-20250301_120000-aaaa1111" / "files"
    files.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (files / name.replace("__", ".").replace("_summary", "-summary")).write_bytes(text)
    return files


@pytest.mark.parametrize(
    "text",
    [
        b"_wandb:\n    value:\n        cli_version: 0.19.8\nlr:\n    value: 0.1\n",
        b"\xef\xbb\xbf_wandb:\r\n    value: {t: {'1': [1]}}\r\nlr:\r\n    value: 0.1\r\n",
        b"# kept\n\n_wandb:\n  desc: null\n  value: {}\nlr:\n  desc: null\n  value: 0.1\n",
        b"wandb_version: 1\n\nlr:\n  desc: rate\n  value: 0.1\n",
        b"lr:\n  value: 0.1\n_wandb:\n  value: {}\n",
    ],
)
def test_config_of_every_version_holds_plain_values(tmp_path, text):
    """Wherever W&B's own entry stands, the parameters are the values, and those of the run."""
    files = files_of(tmp_path, config__yaml=text)
    (run,) = read_log("wandb", files / "config.yaml").runs
    assert (run.params, run.root) == ({"lr": 0.1}, str(files.parent))


@pytest.mark.parametrize(
    ("printed", "own", "status", "reason"),
    [
        (b"epoch 1\ndone\n", b'{"runtime": 5}', "finished", None),
        (b"epoch 1\n", b"{}", "unknown", None),
        (
            b"Traceback (most recent call last):\n  File x\nRuntimeError: CUDA out of memory\n",
            b'{"runtime": 5}',
            "failed",
            "RuntimeError: CUDA out of memory",
        ),
        (
            b"Traceback (most recent call last):\n  File x\nKeyboardInterrupt\n",
            b'{"runtime": 5}',
            "preempted",
            "KeyboardInterrupt",
        ),
        (
            b"Traceback (most recent call last):\n  File x\nOSError: retry\n" + b"epoch\n" * 99,
            b'{"runtime": 5}',
            "finished",
            None,
        ),
    ],
)
def test_summary_with_a_runtime_has_exited(tmp_path, printed, own, status, reason):
    """The runtime is written at the exit; an error that ends what was printed says how."""
    files = files_of(tmp_path, wandb_summary__json=b'{"acc": 1, "_wandb": ' + own + b"}")
    (files / "output.log").write_bytes(printed)
    log = read_log("wandb", files / "wandb-summary.json")
    assert (log.runs[0].status, log.runs[0].reason) == (status, reason)
    assert curve(log, "acc") == {0: 1.0}


def test_record_file_without_records_leaves_the_summary(tmp_path):
    """A record file that was only begun says nothing, so what stands in files/ is read."""
    files = files_of(tmp_path, wandb_summary__json=b"{}", output__log=b"")
    (files.parent / "run-aaaa1111.wandb").write_bytes(run_file())
    assert match("wandb", files / "wandb-summary.json") is Match.EXACT
    assert match("wandb", files / "output.log") is Match.NO


def test_copied_record_file_is_not_running(path):
    """A copy is as young as its copying; rows from long ago show that nothing runs."""
    path.write_bytes(run_file(history(1, loss="1.0", _timestamp="1.6e9")))
    assert read_log("wandb", path).runs[0].status == "failed"


@pytest.mark.parametrize("name", ["debug.log", "debug-internal.log", "debug-core.log"])
def test_diaries_of_wandb_are_parts(tmp_path, name):
    """W&B's own logs are no runs, in the run's folder or above it."""
    for folder in (tmp_path / "wandb", files_of(tmp_path).parent / "logs"):
        folder.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text("2025-03-01 loss=1.0 step=1\n")
        assert match("wandb", folder / name) is Match.PARTS


def item(value, *name, typed=None):
    """An item of history: a name of one or several parts, then JSON or a typed value."""
    parts = b"".join(field(2, part) for part in name)
    return field(1, parts + (field(16, value) if typed is None else typed))


def test_items_in_any_order_and_form(path):
    """Rows hold the same names in another order, nested names, long values and typed ones; none is lost."""
    long = json.dumps({"_type": "histogram", "values": list(range(90))})
    rows_of_items = [
        [item("0.5", "loss"), item("1", "val", "acc"), item("7", "_step"), item("1.7e9", "_timestamp")],
        [item("1.7000000001e+09", "_timestamp"), item(long, "grad"), item("0.25", "loss"), item("NaN", "x")],
        [item('"Infinity"', "x"), item('{"acc": 2, "note": "a"}', "val"), item("null", "loss")],
        [item("", "n", typed=varint(5 << 3) + varint(6)), item("true", "loss"), item("3", "schön/ü")],
    ]  # fmt: skip
    payloads = [
        field(2, b"".join(items) + field(2, field(1, i))) for i, items in enumerate(rows_of_items)
    ]
    path.write_bytes(run_file(*payloads, FINISHED))
    log = read_log("wandb", path)
    assert points(log) == [
        ("loss", 0, "0.5"), ("loss", 1, "0.25"), ("n", 3, "3.0"), ("schön/ü", 3, "3.0"), ("val.acc", 0, "1.0"),
        ("val.acc", 2, "2.0"), ("x", 1, "nan"), ("x", 2, "inf"),
    ]  # fmt: skip
    by_step = dict(zip(log.points.step.tolist(), log.points.wall.tolist(), strict=True))
    assert (by_step[0], by_step[1]) == (1.7e9, 1_700_000_000.1)
    assert not log.problems


@pytest.mark.parametrize("step", [0, 130, 16_514, 2**40, -1])
def test_steps_of_any_length(path, step):
    """The step behind the items is found whatever bytes it has, and where the items' own step is all there is."""
    alone = field(2, item("0.5", "loss") + item(str(step), "_step"))
    path.write_bytes(run_file(history(step, loss="0.25"), alone, FINISHED))
    assert points(read_log("wandb", path)) == [("loss", step, "0.25"), ("loss", step, "0.5")]


def test_a_row_of_damaged_json_costs_itself_alone(path):
    """Rows are parsed together; one that is no JSON is said with its place, the others are kept."""
    odd = [history(7, loss="0.5,0.25"), history(8, loss="nonsense"), field(2, b"\x0a\x7f")]
    path.write_bytes(run_file(*rows(6), *odd, *[history(9, loss="1")], FINISHED))
    log = read_log("wandb", path)
    assert list(curve(log, "loss")) == [0, 1, 2, 3, 4, 5, 9]
    assert len(log.problems) == 3


def test_summaries_that_repeat_rows_do_not_hide_what_they_add(path):
    """Thousands of summaries hold what the rows hold; an entry in one of them alone is a point all the same."""
    summaries = [
        field(3, item("0.5", "loss") + item("3", "_wandb", "runtime")) for _ in range(5_000)
    ]
    summaries[4_200] = field(3, item("0.5", "loss") + item("0.9", "best", "acc"))
    path.write_bytes(run_file(*rows(3), *summaries, FINISHED))
    log = read_log("wandb", path)
    assert curve(log, "best.acc") == {2: 0.9}
    assert set(log.points.names) == {"loss", "best.acc"}
