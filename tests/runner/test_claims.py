"""Trials of a study that are handed out by hand: to nobody else, and open until they are told."""

import json
import subprocess
import sys

import pytest

from logminer.core.errors import NothingFoundError, UsageError
from logminer.core.space_spec import space_from_spec
from logminer.runner._command import Command
from logminer.runner.claims import claim, tell
from logminer.runner.search import Limits, search_command
from logminer.store import open_store
from logminer.workflows.history import View

SPEC = {"lr": {"type": "float", "low": 0.1, "high": 1.0}}
VIEW = View(metric="loss", mode="min", space=space_from_spec(SPEC))


@pytest.fixture
def db(tmp_path):
    return str(tmp_path / "logminer.duckdb")


def handed(db, n=1, view=VIEW, **options):
    return claim(
        db, "s", view, n=n, strategy="random", runs=db.replace("logminer.duckdb", "logminer-runs"), **options
    ).trials  # fmt: skip


def rows(db):
    with open_store(db) as store:
        return store.studies.changes("s")[0]


def test_what_was_handed_out_is_told(db):
    """Values and failures become the study's trials; a value that is no number is a failure."""
    trials = handed(db, 3)
    assert [t.number for t in trials] == [0, 1, 2]
    assert tell(db, "s", 0, 0.5).value == 0.5
    assert tell(db, "s", 1, failed="the disk was full").reason == "the disk was full"
    assert tell(db, "s", 2, float("nan")).reason == "diverged: nan"
    assert [row.status for row in rows(db)] == ["complete", "failed", "failed"]


def test_values_are_read_from_the_logs_in_a_trials_folder(db, tmp_path):
    """The best value of the study's metric counts; without one the message says what is there."""
    handed(db, 2)
    folder = tmp_path / "logminer-runs/s/0"
    (folder / "log.csv").write_text("step,loss,acc\n1,3.0,0.1\n2,2.5,0.2\n3,2.75,0.3\n")
    assert tell(db, "s", 0).value == 2.5
    assert tell(db, "s", 1, failed="x").status == "failed"
    handed(db)
    (tmp_path / "logminer-runs/s/2/log.csv").write_text("step,acc\n1,0.5\n")
    with pytest.raises(NothingFoundError, match=r"no 'loss' in .*, but acc"):
        tell(db, "s", 2)
    assert rows(db)[2].status == "running"


def test_only_open_trials_of_ones_own_are_told(db):
    """What ended, what a search runs and what does not exist cannot be told, and the message says which it is."""
    handed(db)
    tell(db, "s", 0, 1.0)
    with pytest.raises(UsageError, match="trial 0 of study 's' is complete already"):
        tell(db, "s", 0, 2.0)
    with pytest.raises(NothingFoundError, match="study 's' has no trial 7"):
        tell(db, "s", 7, 2.0)
    with pytest.raises(NothingFoundError, match="no study 't'"):
        tell(db, "t", 0, 2.0)


def test_a_search_leaves_them_alone_and_learns_from_them(db, tmp_path):
    """It neither runs nor waits for what was handed out by hand, and both are trials of one study."""
    handed(db, 2)
    tell(db, "s", 0, 0.0)
    line = '{"metric": "loss", "value": {lr}}'
    result = search_command(
        db, Command(("echo", line)), VIEW, study="s", limits=Limits(trials=4), runs=tmp_path / "logminer-runs"
    )  # fmt: skip
    assert result.trials["status"].tolist() == ["complete", "running", "complete", "complete"]
    assert (result.best_trial, result.best_value) == (0, 0.0)
    assert handed(db)[0].number == 4


def test_a_new_study_must_know_its_space_and_direction(db):
    """The message says what to give."""
    with pytest.raises(UsageError, match="which way its values are better"):
        handed(db, view=View(space=space_from_spec(SPEC)))
    with pytest.raises(NothingFoundError, match="no study 's', and no space"):
        handed(db, view=View(mode="min"))


def test_a_finite_space_is_handed_out_once(db):
    """When everything is out or told, that is said instead of repeating it."""
    view = View(mode="min", space=space_from_spec({"lr": [0.1, 0.2]}))
    assert len(handed(db, 5, view=view)) == 2
    with pytest.raises(NothingFoundError, match="nothing left to propose"):
        handed(db, view=view)


def started(tmp_path, *words):
    return subprocess.Popen(
        [sys.executable, "-m", "logminer", words[0], "--wait", "100", *words[1:]],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip


def test_many_processes_never_get_the_same_trial(tmp_path, db):
    """Four that suggest and two that search, all at once on one study: every trial has one owner."""
    (tmp_path / "space.yaml").write_text(json.dumps(SPEC))
    options = [
        "--study",
        "s",
        "--space",
        "space.yaml",
        "--mode",
        "min",
        "--metric",
        "loss",
        "--strategy",
        "random",
    ]
    suggesting = [
        started(tmp_path, "suggest", *options, "-n", "4", "--format", "json") for _ in range(4)
    ]
    train = ["--", "echo", '{"metric": "loss", "value": {lr}}']
    searching = [started(tmp_path, "search", *options, "--trials", "24", *train) for _ in range(2)]
    told = [json.loads(process.communicate(timeout=100)[0])["trials"] for process in suggesting]
    for process in searching:
        process.communicate(timeout=100)
    assert [process.returncode for process in searching] == [0, 0]
    numbers = [trial["trial"] for trials in told for trial in trials]
    assert len(set(numbers)) == 16
    found = rows(db)
    assert len(found) >= 24
    assert len({row.config["lr"] for row in found}) == len(found)
    assert {row.number for row in found if row.owner == "by hand"} == set(numbers)


def test_many_suggestions_without_a_study_differ_too(tmp_path):
    """With --claim each call sees what the others were given, also before there are any logs."""
    (tmp_path / "space.yaml").write_text('{"layers": [1, 2, 3, 4, 5, 6]}')
    options = [
        "--space",
        "space.yaml",
        "--strategy",
        "random",
        "--claim",
        "-n",
        "2",
        "--format",
        "json",
    ]
    calls = [started(tmp_path, "suggest", *options) for _ in range(3)]
    told = [json.loads(call.communicate(timeout=100)[0])["suggestions"] for call in calls]
    assert sorted(s["config"]["layers"] for some in told for s in some) == [1, 2, 3, 4, 5, 6]
