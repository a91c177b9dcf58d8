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
STATUS = {"COMPLETE": "finished", "PRUNED": "finished", "FAIL": "failed", "RUNNING": "running"}

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
