"""MLflow's file store and its database."""

import math
import shutil
import sqlite3
import time

import pytest
from tracker_files import SAMPLES, curve, match, points, read_growing, read_log

from logminer.core.parsed import Resume
from logminer.formats import FORMATS, Match, Probe

STORE = SAMPLES / "mlflow" / "mlruns"
DATABASE = SAMPLES / "mlflow_sqlite" / "database" / "mlflow.db"


@pytest.fixture
def run(tmp_path):
    """A copy of the run that finished."""
    copied = shutil.copytree(STORE, tmp_path / "mlruns")
    (meta,) = [m for m in copied.glob("*/*/meta.yaml") if "run_name: good" in m.read_text()]
    return meta.parent


def test_metric_read_as_it_grows_equals_one_read(run):
    """However a metric's file is cut, reading on yields each point once."""
    path = run / "metrics" / "loss"
    whole = b"".join(b"%d %d.5 %d\n" % (1_700_000_000_000 + i, i, i) for i in range(40))
    path.write_bytes(whole)
    expected = points(read_log("mlflow", path))
    assert len(expected) == 40
    for start in (0, 1, 17, 18):
        assert read_growing("mlflow", path, whole, range(start, len(whole), 37)) == expected


def test_repeated_lines_count_once(run):
    """Exact duplicates, NaN included, are one point; the same step with another value is another."""
    path = run / "metrics" / "loss"
    path.write_bytes(b"1000 0.5 1\n1000 0.5 1\n2000 nan 2\n2000 nan 2\n3000 0.25 2\n")
    assert [p[1:] for p in points(read_log("mlflow", path))] == [
        (1, "0.5"),
        (2, "0.25"),
        (2, "nan"),
    ]


def test_lines_without_a_step_are_counted(run):
    """Files of the first MLflow versions hold no step: the points are numbered as they come."""
    path = run / "metrics" / "loss"
    path.write_bytes(b"1700000000000 0.5\n1700000001000 0.25\n")
    first = read_log("mlflow", path)
    path.write_bytes(path.read_bytes() + b"1700000002000 0.125\n")
    later = read_log("mlflow", path, Resume(first.offset, first.state))
    assert curve(first, "loss") | curve(later, "loss") == {0: 0.5, 1: 0.25, 2: 0.125}
    assert later.points.wall[0] == 1_700_000_002.0


def test_lines_that_make_no_sense_are_said(run):
    """A damaged line is named; those around it, and lines that go on with a data set, are read."""
    path = run / "metrics" / "loss"
    path.write_bytes(b"1000 0.5 1\n\xff\xfe rubbish\n1000 inf 2 iris abc\n1e300 1 1\n")
    log = read_log("mlflow", path)
    assert curve(log, "loss") == {1: 0.5, 2: math.inf}
    assert len(log.problems) == 2


def test_key_with_slashes_is_the_metrics_name(run):
    """Folders below metrics/ are part of the key, also when they are called metrics themselves."""
    path = run / "metrics" / "metrics" / "deep" / "loss"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"1000 0.5 1\n")
    log = read_log("mlflow", path)
    assert curve(log, "metrics/deep/loss") == {1: 0.5}
    assert log.runs[0].root == str(run)


def test_deleted_run_is_said_once_and_left_out(run):
    """meta.yaml names the deletion; parameters and metrics of the run yield nothing."""
    meta = run / "meta.yaml"
    meta.write_text(meta.read_text().replace("lifecycle_stage: active", "lifecycle_stage: deleted"))
    logs = {
        p.name: read_log("mlflow", p)
        for p in (meta, run / "metrics" / "loss", run / "params" / "lr")
    }
    assert not any(log.runs or len(log.points) for log in logs.values())
    assert [name for name, log in logs.items() if log.left_out] == ["meta.yaml"]
    assert not any(log.problems for log in logs.values())


def test_run_in_the_trash_is_left_out(tmp_path, run):
    """Experiments that were deleted lie in ``.trash``, whatever their runs say."""
    trash = shutil.copytree(run, tmp_path / "mlruns" / ".trash" / "1" / run.name)
    log = read_log("mlflow", trash / "meta.yaml")
    assert not log.runs
    assert log.left_out == {"runs deleted in MLflow": 1}
    assert not len(read_log("mlflow", trash / "metrics" / "loss").points)


@pytest.mark.parametrize(
    ("written", "status", "reason"),
    [("1", "unknown", None), ("3", "finished", None), ("4", "failed", None), ("5", "preempted", "killed"),
     ("99", "unknown", None)],
)  # fmt: skip
def test_status_numbers_are_known(run, written, status, reason):
    """The numbers of MLflow's status enum are told apart; a run that is silent since long is not running."""
    meta = run / "meta.yaml"
    meta.write_text(meta.read_text().replace("\nstatus: 3", f"\nstatus: {written}"))
    facts = read_log("mlflow", meta).runs[0]
    assert (facts.status, facts.reason) == (status, reason)


def test_run_with_a_recent_value_is_running(run):
    """However long ago it began, a value of the last day shows that it runs."""
    meta = run / "meta.yaml"
    meta.write_text(meta.read_text().replace("\nstatus: 3", "\nstatus: RUNNING"))
    assert read_log("mlflow", meta).runs[0].status == "unknown"
    (run / "metrics" / "late").write_text(f"1000 0.5 0\n{int(time.time() * 1000)} 0.5 1\n")
    assert read_log("mlflow", meta).runs[0].status == "running"


def test_a_metrics_folder_elsewhere_is_not_mlflows(tmp_path):
    """Without a run's meta.yaml above, a file below metrics/ is not claimed."""
    path = tmp_path / "metrics" / "loss"
    path.parent.mkdir()
    path.write_text("1000 0.5 1\n")
    (tmp_path / "meta.yaml").write_text("name: something\n")
    assert match("mlflow", path) is Match.NO


@pytest.mark.parametrize(
    "text",
    [
        "artifact_location: x\nexperiment_id: '0'\nname: Default\n",
        "creation_timestamp: 1\nmodel_id: m-1\nname: x\n",
        "digest: ab\nname: iris\nsource_type: local\n",
        "destination_id: ab\ndestination_type: RUN\nsource_type: DATASET\n",
    ],
)
def test_other_meta_files_are_parts(tmp_path, text):
    """Experiments, logged models, data sets and inputs are parts of a store, not configs of a run."""
    (tmp_path / "meta.yaml").write_text(text)
    assert match("mlflow", tmp_path / "meta.yaml") is Match.PARTS


@pytest.mark.parametrize(
    ("description", "part"),
    [
        ("models/m-0a/meta.yaml", "models/m-0a/metrics/val/loss"),
        ("models/m-0a/meta.yaml", "models/m-0a/params/depth"),
        ("traces/tr-0a/trace_info.yaml", "traces/tr-0a/artifacts/traces.json"),
    ],
)
def test_logged_models_and_traces_are_parts(tmp_path, description, part):
    """MLflow 3 keeps them beside the runs of an experiment; folders of those names elsewhere are others'."""
    path = tmp_path / part
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    assert match("mlflow", path) is Match.NO
    (tmp_path / description).write_text("model_id: m-0a\n")
    assert match("mlflow", path) is Match.PARTS


def test_a_short_metric_is_read_as_a_long_one_is(run):
    """Few lines and many, with a step or a data set behind it or not, give the same points."""
    lines = b"1000 0.5 1\n1000 nan 2\n1000 -inf 3\n1000 1_0 4\n1000 0.25 5 iris abc\n1000 0.125\n"
    path = run / "metrics" / "loss"
    path.write_bytes(lines)
    short = read_log("mlflow", path)
    assert [p[1:] for p in points(short)] == [
        (1, "0.5"),
        (2, "nan"),
        (3, "-inf"),
        (4, "0.125"),
        (5, "0.25"),
    ]
    assert len(short.problems) == 1
    path.write_bytes(b"1000 7 7\n" * 12_000 + lines)
    assert points(read_log("mlflow", path))[:3] == points(short)[:3]


def test_a_saved_model_is_no_config(tmp_path):
    """The environment that was saved with a model is a part, a conda.yaml elsewhere is not MLflow's."""
    (tmp_path / "python_env.yaml").write_text("python: 3.11.7\n")
    assert match("mlflow", tmp_path / "python_env.yaml") is Match.NO
    (tmp_path / "MLmodel").write_text("flavors: {}\n")
    assert match("mlflow", tmp_path / "python_env.yaml") is Match.PARTS


def test_database_holds_what_the_store_holds():
    """The two samples come from the same trainings: params, metrics and status agree."""
    module, runs = FORMATS.load("mlflow"), {}
    for path in sorted(p for p in STORE.rglob("*") if p.is_file()):
        probe = Probe.of(path)
        if module.sniff(probe) is Match.EXACT:
            log = module.read(probe, Resume())
            for facts in log.runs:
                known = runs.setdefault(
                    facts.root, {"params": {}, "points": [], "status": "unknown"}
                )
                known["params"] |= facts.params
                known["points"] += points(log)
                known["status"] = facts.status if facts.status != "unknown" else known["status"]
    database = read_log("mlflow_sqlite", DATABASE)
    other = [
        {"params": dict(facts.params), "points": points(database, i), "status": facts.status}
        for i, facts in enumerate(database.runs)
    ]
    mine = [{**run, "points": sorted(run["points"])} for run in runs.values()]
    assert sorted(mine, key=repr) == sorted(other, key=repr)


def test_nan_and_infinities_come_back_from_the_database(tmp_path):
    """A stored 0 with is_nan is NaN, the largest double of either sign an infinity."""
    path = tmp_path / "mlflow.db"
    path.write_bytes(DATABASE.read_bytes())
    with sqlite3.connect(path) as database:
        (run,) = database.execute("SELECT run_uuid FROM runs WHERE name = 'good'").fetchone()
        rows = [("x", 0.0, 1, 1), ("x", -1.7976931348623157e308, 2, 0), ("x", 0.0, 3, 0)]
        database.executemany(f"INSERT INTO metrics VALUES (?, ?, 1000, '{run}', ?, ?)", rows)
    database.close()
    log = read_log("mlflow_sqlite", path)
    place = [facts.key for facts in log.runs].index(run)
    assert str(curve(log, "x", place)) == "{1: nan, 2: -inf, 3: 0.0}"
