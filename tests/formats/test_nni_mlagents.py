"""NNI's database and ML-Agents' run folders."""

import json
import sqlite3

import pytest
from log_files import write
from tracker_files import SAMPLES, curve, match, points, read_log

from logminer.formats import Match

SAMPLE = SAMPLES / "nni" / "experiment" / "nni-experiments" / "a1b2c3d4" / "db" / "nni.sqlite"


@pytest.fixture
def database(tmp_path):
    """The sample where it may be written to; committed and closed by the caller."""
    path = tmp_path / "nni.sqlite"
    path.write_bytes(SAMPLE.read_bytes())
    return path


def change(path, *statements):
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_nni_trials_with_space_direction_and_state(database):
    """Parameters, both kinds of metric, the declared space and how each trial ended."""
    log = read_log("nni", database)
    assert [run.status for run in log.runs] == ["finished", "finished", "failed", "pruned"]
    assert log.runs[1].params == {"lr": 0.1, "hidden": 16}
    assert log.runs[1].space["lr"] == {"type": "float", "low": 0.001, "high": 1.0, "log": True}
    assert log.runs[0].meta == {"target_metric": "default", "direction": "maximize"}
    assert points(log, 1) == [
        ("default", 1, "0.875"),
        ("intermediate", 0, "0.125"),
        ("intermediate", 1, "0.25"),
        ("loss", 1, "0.125"),
    ]


@pytest.mark.parametrize("written", ['"0.5"', '"\\"0.5\\""', "0.5", '{"default": 0.5}'])
def test_nni_metric_however_it_is_quoted(database, written):
    """A number, a text of one, a text of a text, a mapping."""
    change(database, "DELETE FROM MetricData WHERE trialJobId = 'Tr000'")
    with sqlite3.connect(database) as connection:
        row = (1, "Tr000", "0", "FINAL", 0, written)
        connection.execute("INSERT INTO MetricData VALUES (?, ?, ?, ?, ?, ?)", row)
    connection.close()
    assert curve(read_log("nni", database), "default") == {0: 0.5}


def test_nni_without_profile_or_metrics(database):
    """A search space kept as text is read, a missing profile and missing metrics are no fault."""
    text = json.dumps({"searchSpace": json.dumps({"x": {"_type": "uniform", "_value": [0, 1]}})})
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE ExperimentProfile SET params = ?", (text,))
    connection.close()
    assert set(read_log("nni", database).runs[0].space) == {"x"}
    change(database, "DROP TABLE ExperimentProfile", "DROP TABLE MetricData")
    log = read_log("nni", database)
    assert (len(log.runs), len(log.points), log.problems) == (4, 0, [])


def test_nni_trial_that_nobody_ended_is_not_running(database):
    """The last event of a killed trial says it runs, years ago."""
    change(database, "DELETE FROM TrialJobEvent WHERE event NOT IN ('WAITING', 'RUNNING')")
    assert {run.status for run in read_log("nni", database).runs} == {"unknown"}


def agents(folder, gauges, steps=50_000, plan="max_steps: 50000"):
    write(folder, "configuration.yaml", f"behaviors:\n  Jump: {{trainer_type: ppo, {plan}}}\n")
    status = {"Jump": {"final_checkpoint": {"steps": steps}}, "metadata": {}}
    write(folder, "run_logs/training_status.json", status)
    return write(folder, "run_logs/timers.json", {"gauges": gauges, "count": 7, "children": {}})


def test_mlagents_gauges_are_results_of_the_run(tmp_path):
    """Names are TensorBoard's, the step is the last one, and the profile is nothing."""
    gauges = {"Jump.Environment.CumulativeReward.mean": {"value": 1.5, "count": 3}}
    log = read_log("mlagents", agents(tmp_path / "run0", gauges))
    assert points(log) == [("Environment/Cumulative Reward", 50_000, "1.5")]
    (run,) = log.runs
    assert (run.root, run.params, run.status) == (str(tmp_path / "run0"), {}, "finished")
    path = tmp_path / "run0" / "run_logs" / "training_status.json"
    assert match("mlagents", path) is Match.PARTS


@pytest.mark.parametrize(
    ("gauges", "names"),
    [
        ([{"name": "A.Policy.Entropy.mean", "value": 1.0}], {"Policy/Entropy"}),
        (
            {"A.Losses.ValueLoss.mean": {"value": 1}, "B.Losses.ValueLoss.mean": {"value": 2}},
            {"A/Losses/Value Loss", "B/Losses/Value Loss"},
        ),
        ({"A.Reward.sum": {"value": "x"}, "B": 3}, set()),
    ],
)
def test_mlagents_gauges_of_other_versions(tmp_path, gauges, names):
    """A list before 1.0, several behaviors, damaged entries."""
    log = read_log("mlagents", agents(tmp_path, gauges, steps=10))
    assert (set(log.points.names), log.runs[0].status) == (names, "unknown")


def test_mlagents_configuration(tmp_path):
    """What the engine and the environment's process are told is no hyperparameter."""
    text = "behaviors: {Jump: {max_steps: 5, memory: null}}\nengine_settings: {width: 84}\n"
    (run,) = read_log("mlagents", write(tmp_path, "configuration.yaml", text)).runs
    assert run.params == {"behaviors.Jump.max_steps": 5}
    assert run.meta == {"engine_settings.width": 84}
