"""Ray Tune's trial folders."""

import json

import pytest
from tracker_files import SAMPLES, curve, match, points, read_growing, read_log

from logminer.formats import Match

TUNE = SAMPLES / "ray" / "tune" / "clouds"


@pytest.fixture
def trial(tmp_path):
    """An empty trial folder with parameters."""
    folder = tmp_path / "experiment" / "trial_1"
    folder.mkdir(parents=True)
    (folder / "params.json").write_text('{"lr": 0.1}')
    (folder / "params.pkl").write_bytes(b"")
    (folder / "result.json").write_text("")
    return folder


def result(i, **more):
    row = {"training_iteration": i, "trial_id": "a", "timestamp": 1_700_000_000 + i, "done": False}
    return (
        json.dumps(
            row | {"loss": 1 / i, "env": {"reward": {"mean": i}}, "config": {"lr": 0.1}} | more
        )
        + "\n"
    )


def test_results_equal_progress(tmp_path):
    """result.json and progress.csv of a trial give the same points, and only one of them is read."""
    for result_file in TUNE.glob("*/result.json"):
        alone = tmp_path / result_file.parent.name
        alone.mkdir()
        (alone / "progress.csv").write_bytes(result_file.with_name("progress.csv").read_bytes())
        assert match("ray", result_file.with_name("progress.csv")) is Match.PARTS
        whole, table = read_log("ray", result_file), read_log("ray", alone / "progress.csv")
        assert points(table) == points(whole)
        assert table.runs[0].host == whole.runs[0].host


def test_results_read_as_they_grow_equal_one_read(trial):
    """However result.json is cut, reading on yields each result once."""
    whole = "".join(result(i) for i in range(1, 12)).encode()
    path = trial / "result.json"
    path.write_bytes(whole)
    expected = points(read_log("ray", path))
    assert read_growing("ray", path, whole, range(1, len(whole), 61)) == expected


def test_progress_read_as_it_grows_equals_one_read(tmp_path):
    """However progress.csv is cut after its header, reading on yields each row once."""
    path = tmp_path / "progress.csv"
    lines = ["loss,training_iteration,time_total_s,timestamp,done"]
    whole = "\n".join(
        [*lines, *(f"0.5,{i},1.5,{1_700_000_000 + i},False" for i in range(1, 30)), ""]
    ).encode()
    path.write_bytes(whole)
    expected = points(read_log("ray", path))
    assert curve(read_log("ray", path), "loss") == dict.fromkeys(range(1, 30), 0.5)
    assert read_growing("ray", path, whole, range(60, len(whole), 41)) == expected


def test_nested_metrics_are_joined_as_in_progress(trial):
    """RLlib's nested results get the names of progress.csv; config and lists are no metrics."""
    (trial / "result.json").write_text(result(1, hist=[1, 2], episodes_total=7))
    names = {name for name, _, _ in points(read_log("ray", trial / "result.json"))}
    assert names == {"loss", "env/reward/mean", "episodes_total"}


def test_done_and_error_give_the_status(trial):
    """A last result that is done finished the trial; error.txt failed it, with its last line as reason."""
    (trial / "result.json").write_text(result(1) + result(2, done=True))
    (trial / "error.txt").write_text("Failure # 1\nTraceback …\nValueError: loss is nan\n\n")
    assert read_log("ray", trial / "result.json").runs[0].status == "finished"
    failed = read_log("ray", trial / "error.txt").runs[0]
    assert (failed.status, failed.reason) == ("failed", "ValueError: loss is nan")
    assert failed.root == str(trial)


def test_a_damaged_result_is_said(trial):
    """A line that is no JSON costs itself alone."""
    (trial / "result.json").write_text(result(1) + "{nonsense\n" + result(3))
    log = read_log("ray", trial / "result.json")
    assert curve(log, "loss") == {1: 1.0, 3: 1 / 3}
    assert len(log.problems) == 1


def test_state_names_no_folder_outside(tmp_path):
    """Folders that an experiment's state names lie in it, whatever the state says."""
    trials = [
        [
            json.dumps({"status": status, "relative_logdir": folder}),
            json.dumps({"start_time": 1.7e9}),
        ]
        for status, folder in (
            ("TERMINATED", "good"),
            ("ERROR", "../../etc"),
            ("RUNNING", ".."),
            ("ERROR", ""),
        )
    ]
    path = tmp_path / "experiment_state-2024.json"
    path.write_text(json.dumps({"trial_data": trials}))
    found = {run.root: run.status for run in read_log("ray", path).runs}
    assert found == {str(tmp_path / "good"): "finished", str(tmp_path / "etc"): "failed"}


def test_older_state_is_read(tmp_path):
    """Before Ray 2.4 a trial was one JSON text in ``checkpoints``."""
    path = tmp_path / "experiment_state-2022.json"
    trial = json.dumps({"status": "ERROR", "logdir": "/home/ada/ray_results/x/trial_7"})
    path.write_text(json.dumps({"checkpoints": [trial]}))
    (run,) = read_log("ray", path).runs
    assert (run.root, run.status) == (str(tmp_path / "trial_7"), "failed")


def test_results_of_others_are_not_rays(tmp_path):
    """A params.json beside a result.json that is no list of Ray's results belongs to anyone."""
    (tmp_path / "params.json").write_text('{"lr": 0.1}')
    (tmp_path / "result.json").write_text('{\n  "accuracy": 0.9\n}')
    assert match("ray", tmp_path / "params.json") is Match.NO
    assert match("ray", tmp_path / "result.json") is Match.NO


def test_long_results_are_rays(tmp_path):
    """RLlib's results are recognised however far their bookkeeping stands."""
    row = {f"metric_{i}": i for i in range(3_000)} | {"training_iteration": 1, "trial_id": "a"}
    (tmp_path / "result.json").write_text(json.dumps(row) + "\n")
    assert len(read_log("ray", tmp_path / "result.json").points) == 3_000


def test_params_json_alone_is_not_rays(tmp_path):
    """A params.json without a trial's other files belongs to anyone."""
    (tmp_path / "params.json").write_text("{}")
    (tmp_path / "progress.csv").write_text("step,loss\n1,2\n")
    assert match("ray", tmp_path / "params.json") is Match.NO
    assert match("ray", tmp_path / "progress.csv") is Match.NO


def test_trial_that_a_scheduler_stopped_was_pruned(tmp_path):
    """Ray calls it TERMINATED like any other; its last result was not the trial's own end."""
    trials = [
        [json.dumps({"relative_logdir": name, "status": status}), json.dumps({"last_result": last})]
        for name, status, last in (
            ("whole", "TERMINATED", {"done": True}),
            ("cut", "TERMINATED", {"done": False}),
            ("older", "TERMINATED", None),
            ("left", "RUNNING", {"timestamp": 1_700_000_000}),
        )
    ]
    path = tmp_path / "experiment_state-2024.json"
    path.write_text(json.dumps({"trial_data": trials}))
    found = [(run.status, run.reason) for run in read_log("ray", path).runs]
    assert found == [
        ("finished", None),
        ("pruned", "stopped by the scheduler"),
        ("finished", None),
        ("unknown", None),
    ]
