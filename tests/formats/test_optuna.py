"""Optuna's storages, against Optuna itself."""

import json
import sqlite3
import warnings

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from tracker_files import SAMPLES, curve, match, points, read_log

from logminer.formats import Match

DATABASE = SAMPLES / "optuna" / "two_studies" / "study.db"
JOURNAL = SAMPLES / "optuna_journal" / "two_studies" / "journal.log"
STATUS = {"COMPLETE": "finished", "PRUNED": "pruned", "FAIL": "failed", "RUNNING": "running"}

optuna.logging.set_verbosity(optuna.logging.ERROR)


def studies_of(storage):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = optuna.get_all_study_names(storage)
        return [optuna.load_study(study_name=name, storage=storage) for name in names]


def assert_equal_to_optuna(log, storage):
    """Trials, params, states, values and reports are those Optuna loads."""
    place = {run.key: i for i, run in enumerate(log.runs)}
    trials = [(s, t) for s in studies_of(storage) for t in s.trials if t.state.name != "WAITING"]
    assert set(place) == {f"{s.study_name}/{t.number}" for s, t in trials}
    for study, trial in trials:
        i = place[f"{study.study_name}/{trial.number}"]
        assert log.runs[i].params == trial.params
        assert log.runs[i].status == STATUS[trial.state.name]
        reported = {k: repr(float(v)) for k, v in trial.intermediate_values.items()}
        assert {s: v for n, s, v in points(log, i) if n == "intermediate"} == reported
        finals = [v for n, _, v in points(log, i) if n != "intermediate"]
        assert sorted(finals) == sorted(repr(float(v)) for v in trial.values or [])


@pytest.fixture
def copied(tmp_path):
    """The sample database where it may be written to."""
    path = tmp_path / "study.db"
    path.write_bytes(DATABASE.read_bytes())
    return path


def test_storage_file_equals_what_optuna_loads(copied):
    """Every trial that ran is read as Optuna itself reads it; enqueued ones are left out."""
    assert_equal_to_optuna(read_log("optuna", DATABASE), f"sqlite:///{copied}")


def test_journal_equals_what_optuna_loads(tmp_path):
    """Replaying the journal gives what Optuna's own replay gives, the deleted study left out."""
    path = tmp_path / "journal.log"
    path.write_bytes(JOURNAL.read_bytes())
    assert_equal_to_optuna(
        read_log("optuna_journal", path), JournalStorage(JournalFileBackend(str(path)))
    )


def test_journal_of_added_trials_equals_what_optuna_loads(tmp_path):
    """Trials that were created whole keep their params, values and reports."""
    path = tmp_path / "journal.log"
    storage = JournalStorage(JournalFileBackend(str(path)))
    study = optuna.create_study(study_name="added", storage=storage)
    space = {
        "x": optuna.distributions.FloatDistribution(0, 1),
        "kind": optuna.distributions.CategoricalDistribution(["a", 2, None, True]),
        "n": optuna.distributions.IntDistribution(1, 9),
    }
    for kind in ("a", 2, None, True):
        params = {"x": 0.25, "kind": kind, "n": 3}
        study.add_trial(
            optuna.create_trial(
                params=params, distributions=space, value=1.5, intermediate_values={0: 3.0, 7: 2.0}
            )
        )
    running = study.ask()
    running.suggest_float("x", 0, 1)
    log = read_log("optuna_journal", path)
    assert_equal_to_optuna(log, storage)
    assert curve(log, "value", 0) == {7: 1.5}
    assert log.runs[4].status == "running"


def test_journal_line_in_the_making_waits(tmp_path):
    """A last line that is half written is no problem and not counted as read."""
    path, whole = tmp_path / "journal.log", JOURNAL.read_bytes()
    path.write_bytes(whole[:-30])
    log = read_log("optuna_journal", path)
    assert not log.problems
    assert log.offset < len(whole) - 30


def test_journal_damage_is_said_and_the_rest_kept(tmp_path):
    """Lines that are no operation become one problem each; the trials around them stay."""
    lines = JOURNAL.read_bytes().splitlines(keepends=True)
    report = {
        "op_code": 7,
        "worker_id": "w",
        "trial_id": 2,
        "step": 10**30,
        "intermediate_value": 1,
    }
    first = next(i for i, line in enumerate(lines) if b'"trial_id":2,' in line)
    bad = [
        b"not json\n",
        b'{"op_code": 99, "worker_id": "w"}\n',
        json.dumps(report).encode() + b"\n",
        b"[1]\n",
    ]
    path = tmp_path / "journal.log"
    path.write_bytes(b"".join(lines[:first] + bad + lines[first:]))
    log = read_log("optuna_journal", path)
    assert len(log.problems) == len(bad)
    assert len(log.runs) == len(read_log("optuna_journal", JOURNAL).runs)


def test_older_storage_without_value_types_is_read(copied):
    """Tables of Optuna 2, which had no column for special values, are understood."""
    with sqlite3.connect(copied) as database:
        database.execute("ALTER TABLE trial_values DROP COLUMN value_type")
        database.execute(
            "ALTER TABLE trial_intermediate_values DROP COLUMN intermediate_value_type"
        )
    database.close()
    log = read_log("optuna", copied)
    assert len(log.runs) == 10
    assert not log.problems


def test_other_database_is_not_optunas(tmp_path):
    """A database with a table of trials alone is not claimed."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE trials (trial_id, number)")
    database.close()
    assert match("optuna", path) is Match.NO


def written_both_ways(folder, fill):
    """The log of a study that ``fill`` adds trials to, from a database and from a journal."""
    database, journal = folder / "study.db", folder / "journal.log"
    for path, storage in (
        (database, f"sqlite:///{database}"),
        (journal, JournalStorage(JournalFileBackend(str(journal)))),
    ):
        study = optuna.create_study(study_name="s", storage=storage)
        fill(study)
        yield read_log("optuna" if path == database else "optuna_journal", path)


def test_distributions_are_the_declared_space(tmp_path):
    """Bounds, scale, step and choices of every trial's hyperparameters are read from both storages."""

    def fill(study):
        trial = study.ask()
        trial.suggest_float("lr", 1e-5, 1e-1, log=True)
        trial.suggest_float("dropout", 0.0, 0.5, step=0.05)
        trial.suggest_int("width", 16, 256, step=16)
        trial.suggest_int("heads", 1, 8)
        trial.suggest_int("batch", 8, 512, log=True)
        trial.suggest_categorical("act", ["relu", None, 2])
        trial.suggest_categorical("bias", [True, False])
        trial.suggest_float("fixed", 0.9, 0.9)
        study.tell(trial, 1.0)

    for log in written_both_ways(tmp_path, fill):
        assert log.runs[0].space == {
            "lr": {"type": "float", "low": 1e-5, "high": 1e-1, "log": True},
            "dropout": {"type": "float", "low": 0.0, "high": 0.5, "step": 0.05},
            "width": {"type": "integer", "low": 16, "high": 256, "step": 16},
            "heads": {"type": "integer", "low": 1, "high": 8},
            "batch": {"type": "integer", "low": 8, "high": 512, "log": True},
            "act": {"type": "categorical", "choices": ["relu", None, 2]},
            "bias": {"type": "boolean"},
            "fixed": {"type": "categorical", "choices": [0.9]},
        }


@pytest.mark.parametrize(
    ("name", "attributes", "spec"),
    [
        ("UniformDistribution", {"low": 0, "high": 2}, {"type": "float", "low": 0, "high": 2}),
        (
            "LogUniformDistribution",
            {"low": 1e-3, "high": 1.0},
            {"type": "float", "low": 1e-3, "high": 1.0, "log": True},
        ),
        (
            "DiscreteUniformDistribution",
            {"low": 0.0, "high": 1.0, "q": 0.25},
            {"type": "float", "low": 0.0, "high": 1.0, "step": 0.25},
        ),
        (
            "IntLogUniformDistribution",
            {"low": 1, "high": 64, "step": 1},
            {"type": "integer", "low": 1, "high": 64, "log": True},
        ),
        ("FloatDistribution", {"low": 0.0, "high": "Infinity"}, None),
        ("CategoricalDistribution", {"choices": "abc"}, None),
    ],
)
def test_distributions_of_older_versions_and_damaged_ones(copied, name, attributes, spec):
    """The five distributions of Optuna before 3 are understood; what makes no sense declares nothing."""
    written = json.dumps({"name": name, "attributes": attributes})
    with sqlite3.connect(copied) as database:
        database.execute("UPDATE trial_params SET distribution_json = ?", (written,))
        (param,) = database.execute("SELECT param_name FROM trial_params LIMIT 1").fetchone()
    database.close()
    assert read_log("optuna", copied).runs[0].space.get(param) == spec


def test_violated_constraints_make_a_trial_infeasible(tmp_path):
    """Listed as samplers do or set one by one, a constraint above 0 counts, and only then."""
    one_by_one = [{"constraints:size": 2.0, "constraints:time": -1.0}, {"constraints:size": -2.0}]
    listed = [{"constraints": [0.5, -1.0]}, {"constraints": [0.0, -1.0]}]

    def fill(study):
        for attributes in (*listed, *one_by_one):
            study.add_trial(optuna.create_trial(value=1.0, system_attrs=attributes))

    for log in written_both_ways(tmp_path, fill):
        outcomes = [(run.status, run.reason) for run in log.runs]
        assert (
            outcomes
            == [
                ("infeasible", "violates 1 of 2 constraints"),
                ("finished", None),
            ]
            * 2
        )


def test_trial_left_running_long_ago_is_not_running(copied):
    """A storage calls a killed trial running for ever; after a day without a word it is not."""
    with sqlite3.connect(copied) as database:
        database.execute(
            "UPDATE trials SET state = 'RUNNING', datetime_complete = NULL WHERE state != 'WAITING'"
        )
    database.close()
    assert {run.status for run in read_log("optuna", copied).runs} == {"unknown"}
    with sqlite3.connect(copied) as database:
        database.execute("CREATE TABLE IF NOT EXISTS trial_heartbeats (trial_id, heartbeat)")
        database.execute(
            "INSERT INTO trial_heartbeats (trial_id, heartbeat) "
            "SELECT trial_id, datetime('now') FROM trials WHERE number = 0"
        )
    database.close()
    statuses = {run.key: run.status for run in read_log("optuna", copied).runs}
    assert {key for key, status in statuses.items() if status == "running"} == {
        key for key in statuses if key.endswith("/0")
    }
