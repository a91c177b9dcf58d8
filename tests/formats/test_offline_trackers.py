"""What trackers without a server at hand leave on disk: trackio, SwanLab, ClearML, Comet, Neptune."""

import json
import sqlite3
import struct
import zipfile
import zlib
from contextlib import suppress

import pytest
from log_files import write
from tracker_files import SAMPLES, curve, match, points, read_growing, read_log

from logminer.core.parsed import Resume
from logminer.formats import FORMATS, Match, Probe
from logminer.formats._run_folder import run_folder

TRACKIO = SAMPLES / "trackio" / "project" / "twoclouds.db"
SWANLAB = sorted((SAMPLES / "swanlab" / "offline").glob("*/*.swanlab"))
CLEARML = next((SAMPLES / "clearml" / "session").glob("*/metrics.jsonl"))
COMET = next((SAMPLES / "comet" / "offline").glob("*.zip"))
NEPTUNE = next((SAMPLES / "neptune" / "offline").rglob("data-1.log"))
SCALE = next((SAMPLES / "neptune" / "scale").rglob("*.sqlite3"))


def database(path, *statements):
    with sqlite3.connect(path) as connection:
        for statement, *values in statements:
            connection.execute(statement, *values)
    connection.close()
    return path


# trackio


def test_trackio_before_run_ids(tmp_path):
    """Versions before 0.24 tell runs apart by name alone, and wrote JSON as text."""
    path = database(
        tmp_path / "mine.db",
        [
            "CREATE TABLE metrics (id INTEGER, timestamp TEXT, run_name TEXT, step INTEGER, metrics TEXT)"
        ],
        ["CREATE TABLE configs (id INTEGER, run_name TEXT, config TEXT, created_at TEXT)"],
        ["INSERT INTO metrics VALUES (1, '2025-09-01T10:00:00', 'a', 0, '{\"loss\": 0.5}')"],
        ["INSERT INTO metrics VALUES (2, '2025-09-01T10:00:01', 'b', 0, '{\"loss\": \"NaN\"}')"],
        ["INSERT INTO configs VALUES (1, 'b', '{\"lr\": 0.1, \"_Username\": \"ada\"}', '')"],
    )
    log = read_log("trackio", path)
    assert {r.key: dict(r.params) for r in log.runs} == {"a": {}, "b": {"lr": 0.1}}
    assert {r.key: points(log, i) for i, r in enumerate(log.runs)} == {
        "a": [("loss", 0, "0.5")],
        "b": [("loss", 0, "nan")],
    }
    assert log.runs[0].parent == "mine"


def test_trackio_without_configs_and_with_damaged_rows(tmp_path):
    """A row that holds no object is counted and said; pictures are no numbers."""
    rows = ["[1]", "{", '{"loss": 1, "seen": {"_type": "trackio.image", "size": 3}, "ok": true}']
    path = database(
        tmp_path / "p.db",
        [
            "CREATE TABLE metrics (run_id TEXT, timestamp TEXT, run_name TEXT, step INTEGER, metrics TEXT)"
        ],
        *(["INSERT INTO metrics VALUES ('r', '', 'n', 3, ?)", (row,)] for row in rows),
    )
    log = read_log("trackio", path)
    assert points(log) == [("loss", 3, "1.0")]
    assert [p.what for p in log.problems] == ["rows without a JSON object: 2"]


def test_trackio_inbox_belongs_to_the_database_it_goes_to(tmp_path):
    """Lines of two projects are runs of two databases, one line that is cut off is waited for."""
    line = {"v": 1, "kind": "metric", "run": "n", "run_id": "r", "step": 1, "log_id": "x"}
    lines = [
        json.dumps(line | {"project": name, "metrics": {"loss": value}})
        for name, value in (("my.model", 0.5), ("other", 0.25))
    ]
    path = write(tmp_path, "inbox/w1/00000000.jsonl", "\n".join([*lines, '{"v": 1, "ki']))
    log = read_log("trackio", path)
    roots = [str(tmp_path / "mymodel.db"), str(tmp_path / "other.db")]
    assert [run.root for run in log.runs] == roots
    assert points(log, 1) == [("loss", 1, "0.25")]
    assert not log.problems


def test_another_table_of_metrics_is_not_trackios(tmp_path):
    """A table ``metrics`` with other columns belongs to somebody else."""
    path = database(
        tmp_path / "m.db", ["CREATE TABLE metrics (key TEXT, value REAL, step INTEGER)"]
    )
    assert match("trackio", path) is Match.NO


# SwanLab


def swanlab_file(*payloads):
    out = b":SWL\xd6\xe1\x02"
    for payload in payloads:
        crc = zlib.crc32(payload, zlib.crc32(b"\x01"))
        out += struct.pack("<IHB", crc, len(payload), 1) + payload
    return out


def message(number, data):
    return bytes([number << 3 | 2, len(data)]) + data


def scalar_record(key, step, value):
    body = message(1, key) + bytes([16, step]) + message(5, b"\x09" + struct.pack("<d", value))
    return message(13, body)


def test_swanlab_read_as_it_grows_equals_one_read(tmp_path):
    """However the file is cut, each value is read once."""
    path, whole = tmp_path / "run-1.swanlab", SWANLAB[0].read_bytes()
    path.write_bytes(whole)
    expected = points(read_log("swanlab", path))
    assert read_growing("swanlab", path, whole, range(7, len(whole), 211)) == expected


def test_swanlab_damage_costs_one_record(tmp_path):
    """A flipped bit is said with its place, the other records are read."""
    rows = [scalar_record(b"loss", step, step / 4) for step in range(20)]
    data = bytearray(swanlab_file(*rows))
    data[200] ^= 0x40
    path = tmp_path / "run-1.swanlab"
    path.write_bytes(data)
    log = read_log("swanlab", path)
    assert len(curve(log, "loss")) == 19
    assert len(log.problems) == 1


@pytest.mark.parametrize(
    ("state", "status", "reason"),
    [(b"\x08\x01", "finished", None), (b"\x08\x02", "failed", "KeyError: 'x'"), (b"\x08\x03", "preempted", None),
     (b"\x08\x07", "unknown", None)],
)  # fmt: skip
def test_swanlab_ends(tmp_path, state, status, reason):
    """States of the end; of a traceback the last line is the reason."""
    error = message(2, b"Traceback (most recent call last):\n  File 'x'\nKeyError: 'x'\n")
    path = tmp_path / "run-1.swanlab"
    path.write_bytes(swanlab_file(message(11, state + (error if reason else b""))))
    facts = read_log("swanlab", path).runs[0]
    assert (facts.status, facts.reason) == (status, reason)


def test_swanlab_measures_of_the_machine_are_left_out(tmp_path):
    """A column of the class SYSTEM holds no result of the training, also when it is read on later."""
    column = message(12, b"\x08\x02" + message(3, b"cpu.pct"))
    path, first = (
        tmp_path / "run-1.swanlab",
        swanlab_file(column, scalar_record(b"cpu.pct", 0, 9.0)),
    )
    path.write_bytes(first)
    log = read_log("swanlab", path)
    path.write_bytes(
        first + swanlab_file(scalar_record(b"cpu.pct", 1, 9.0), scalar_record(b"a", 1, 0.0))[7:]
    )
    later = read_log("swanlab", path, Resume(log.offset, log.state))
    assert points(log) + points(later) == [("a", 1, "0.0")]


# ClearML


def test_clearml_read_as_it_grows_equals_one_read(tmp_path):
    """A line of events is read once it is whole."""
    event = {"type": "training_stats_scalar", "metric": "loss", "timestamp": 1_700_000_000_000}
    lines = [[event | {"variant": "val", "iter": i, "value": i / 8}] for i in range(30)]
    whole = "".join(json.dumps(line) + "\n" for line in lines).encode()
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(whole)
    expected = points(read_log("clearml", path))
    assert len(expected) == 30
    assert read_growing("clearml", path, whole, range(200, len(whole), 311)) == expected


def test_clearml_archive_holds_what_the_folder_holds(tmp_path):
    """The archive is the run of the folder that it was made of; without events it has its parameters."""
    archive = next((SAMPLES / "clearml" / "archive").glob("*.zip"))
    packed, loose = read_log("clearml", archive), read_log("clearml", CLEARML)
    assert points(packed) == points(loose)
    path = tmp_path / "offline-1.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("task.json", CLEARML.with_name("task.json").read_text())
    log = read_log("clearml", path)
    assert log.runs[0].params["lr"] == 0.3
    assert log.runs[0].root == str(tmp_path / "offline-1")


def test_clearml_values_of_the_machine_and_odd_events(tmp_path):
    """Monitors, events that are no scalars and values that are no numbers give no points; damage is said."""
    kept = {"type": "training_stats_scalar", "metric": "a", "variant": "a", "iter": 2, "value": 1}
    odd = [kept | {"metric": ":monitor:gpu"}, kept | {"type": "plot"}, kept | {"value": "x"}, 7]
    text = f"{json.dumps([kept, *odd])}\n{{\n{json.dumps([kept | {'iter': 3}])}\n"
    log = read_log("clearml", write(tmp_path, "metrics.jsonl", text))
    assert curve(log, "a") == {2: 1.0, 3: 1.0}
    assert len(log.problems) == 1


# Comet


def comet(folder, messages, **experiment):
    path = folder / "e.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("experiment.json", json.dumps({"project_name": "p", **experiment}))
        archive.writestr("messages.json", "\n".join(messages))
    return path


def test_comet_of_older_versions(tmp_path):
    """``ws_msg`` messages hold one thing each; a metric without step is put at its epoch."""
    payloads = [
        {"param": {"paramName": "lr", "paramValue": 0.1}},
        {"params": {"paramName": "sizes", "paramValue": [1, 2]}},
        {"metric": {"metricName": "loss", "metricValue": 0.5, "epoch": 3}, "context": "train"},
        {"metric": {"metricName": "sys.cpu", "metricValue": 5, "step": 1}},
    ]
    messages = [json.dumps({"type": "ws_msg", "payload": payload}) for payload in payloads]
    log = read_log("comet", comet(tmp_path, [*messages, "{", ""]))
    assert log.runs[0].params == {"lr": 0.1, "sizes": "[1, 2]"}
    assert points(log) == [("train_loss", 3, "0.5")]
    assert [p.where for p in log.problems] == ["line 5"]


def test_comet_failure_that_was_reported(tmp_path):
    """An error that the user reported makes a failed run with its words."""
    failed = {"customer_error_reported": True, "customer_error_message": "out of memory"}
    facts = read_log("comet", comet(tmp_path, [], stop_time=1_700_000_000_000, **failed)).runs[0]
    assert (facts.status, facts.reason, facts.ended) == ("failed", "out of memory", 1_700_000_000.0)


@pytest.mark.parametrize("form", ["comet", "clearml"])
def test_damaged_archives_are_said(form, tmp_path):
    """Whatever byte of an archive is flipped or missing, reading ends in a value error or a log."""
    archive = COMET if form == "comet" else next((SAMPLES / "clearml" / "archive").glob("*.zip"))
    whole, path, module = archive.read_bytes(), tmp_path / "e.zip", FORMATS.load(form)
    for at in range(0, len(whole), max(len(whole) // 60, 1)):
        for data in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]):
            path.write_bytes(data)
            if module.sniff(Probe.of(path)) is Match.EXACT:
                with suppress(ValueError):
                    assert module.read(Probe.of(path), Resume()).runs


def test_other_archives_are_nobodys(tmp_path):
    """An archive with other members, and a file that only looks like one."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("weights.bin", b"x")
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 nothing")
    for name in ("a.zip", "b.zip"):
        assert match("comet", tmp_path / name) is Match.NO
        assert match("clearml", tmp_path / name) is Match.NO


# Neptune


def test_neptune_scale_holds_what_neptune_holds():
    """The same training, logged by both clients, at whole and at half steps."""
    old, new = read_log("neptune", NEPTUNE), read_log("neptune", SCALE)
    assert list(curve(old, "val/accuracy").values()) == list(curve(new, "val/accuracy").values())
    assert list(curve(old, "val/accuracy")) == [10, 20, 30, 40, 50]
    assert list(curve(new, "val/accuracy")) == [0, 1, 2, 3, 4]


def test_neptune_fields_by_their_namespace(tmp_path):
    """What a namespace declares is a parameter, what none does is a cell, a failed run is one."""
    fields = [
        ("AssignFloat", ["Config", "lr"], 0.1), ("AssignInt", ["note"], 3), ("AssignBool", ["sys", "failed"], True),
        ("AssignString", ["monitoring", "x", "pid"], "1"), ("Assign", [], 1), ("LogFloats", ["a"], None),
    ]  # fmt: skip
    lines = [
        json.dumps({"obj": {"type": kind, "path": path, "value": value}, "version": i})
        for i, (kind, path, value) in enumerate(fields)
    ]
    log = read_log("neptune", write(tmp_path, "data-1.log", "\n".join([*lines, "{", ""])))
    (facts,) = log.runs
    assert (facts.params, facts.cells, facts.status) == ({"lr": 0.1}, {"note": 3}, "failed")
    assert len(log.problems) == 1


def test_neptune_scale_damage_is_said(tmp_path):
    """An operation that is no message costs itself alone."""
    path = tmp_path / "run_operations.sqlite3"
    path.write_bytes(SCALE.read_bytes())
    database(path, ["UPDATE run_operations SET operation = x'FFFF' WHERE sequence_id = 4"])
    log = read_log("neptune", path)
    assert [p.where for p in log.problems] == ["operation 4"]
    assert len(log.points) >= 8


# Guild AI


def guild_run(folder, **attributes):
    for name, value in attributes.items():
        write(folder, f".guild/attrs/{name}", value)
    return folder / ".guild" / "attrs"


@pytest.mark.parametrize(
    ("written", "status", "reason"),
    [("0\n", "finished", None), ("1\n", "failed", "exit status 1"), ("-15\n", "failed", "exit status -15"),
     ("''\n", "unknown", None)],
)  # fmt: skip
def test_guild_exit_status(tmp_path, written, status, reason):
    """0 is a run that finished, every other number one that failed; all files tell of the run's folder."""
    facts = read_log("guild", guild_run(tmp_path, exit_status=written) / "exit_status").runs[0]
    assert (facts.status, facts.reason, facts.root) == (status, reason, str(tmp_path))


def test_guild_flags_and_operation(tmp_path):
    """Flags are parameters, nested or not, and none are none; the operation is what runs compare within."""
    attributes = guild_run(
        tmp_path, flags="lr: 1e-3\nnet: {depth: 3}\n", stopped="1700000000000000\n"
    )
    assert read_log("guild", attributes / "flags").runs[0].params == {"lr": 0.001, "net.depth": 3}
    assert read_log("guild", attributes / "stopped").runs[0].ended == 1_700_000_000.0
    (attributes / "flags").write_text("[1, 2]")
    assert read_log("guild", attributes / "flags").runs[0].params == {}
    opref = write(tmp_path, ".guild/opref", "guildfile:/home/ada/p ab12 'my model' train")
    assert read_log("guild", opref).runs[0].parent == "train"
    assert match("guild", write(tmp_path, ".guild/output", "loss: 1")) is Match.PARTS


def test_guild_scalars_belong_to_the_run(tmp_path):
    """Event files in ``.guild`` tell of the folder above, if that is a run of Guild's."""
    attributes = guild_run(tmp_path, flags="lr: 1")
    assert run_folder(str(attributes.parent)) == str(tmp_path)
    other = tmp_path / "other" / ".guild"
    other.mkdir(parents=True)
    assert run_folder(str(other)) == str(other)
    assert match("guild", write(other, "opref", "x")) is Match.NO
