"""A store whose only run has no metric yet: every command says so, none fails."""

import json
import sqlite3

import pytest
from cli_run import run

META = (
    "artifact_uri: x\nlifecycle_stage: active\nrun_id: {id}\nstatus: 1\nstart_time: 1700000000000\n"
)


def mlflow(folder):
    for name, value in (("lr", "0.01"), ("batch_size", "32")):
        path = folder / "0" / ("a" * 32) / "params" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value)
    (path.parents[1] / "meta.yaml").write_text(META.format(id="a" * 32))


def keras_tuner(folder):
    trial = {
        "trial_id": "0",
        "hyperparameters": {"space": [], "values": {"lr": 0.1}},
        "status": "RUNNING",
    }
    (folder / "trial_0").mkdir(parents=True)
    (folder / "trial_0" / "trial.json").write_text(json.dumps(trial))


def nni(folder):
    folder.mkdir(parents=True)
    with sqlite3.connect(folder / "nni.sqlite") as database:
        database.execute("create table TrialJobEvent (timestamp, trialJobId, event, data)")
        data = json.dumps({"parameters": {"lr": 0.1}})
        database.execute(
            "insert into TrialJobEvent values (1700000000000, 'a', 'RUNNING', ?)", (data,)
        )
    database.close()


@pytest.mark.parametrize("write", [mlflow, keras_tuner, nni])
@pytest.mark.parametrize("command", ["tasks", "runs", "top", "params", "metrics", "space", "roles"])
def test_lists_of_a_lone_run_without_a_metric(tmp_path, write, command):
    """Whatever tracker wrote it, a run without a value leaves lists short and no command fails."""
    write(tmp_path / "logs")
    database = ("--db", str(tmp_path / "x.duckdb"))
    assert run("ingest", str(tmp_path / "logs"), *database).returncode == 0
    assert run(command, *database).returncode == 0


def test_suggestion_says_that_nothing_was_measured(tmp_path):
    """Without a single value there is nothing to go by, and that is said."""
    mlflow(tmp_path / "logs")
    database = ("--db", str(tmp_path / "x.duckdb"))
    run("ingest", str(tmp_path / "logs"), *database)
    assert "nothing was measured yet" in run("suggest", *database).stderr
