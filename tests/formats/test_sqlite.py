"""SQLite files of unknown origin: nothing is written, nothing runs for ever, damage is said."""

import random
import sqlite3
import stat

import pytest
from tracker_files import SAMPLES, match, read_log

from logminer.core.problem import Problem
from logminer.formats import FORMATS, Match, Probe
from logminer.formats.trackers.sqlite import damage_said, open_database

FILES = {
    "optuna": SAMPLES / "optuna" / "two_studies" / "study.db",
    "mlflow_sqlite": SAMPLES / "mlflow_sqlite" / "database" / "mlflow.db",
}


@pytest.fixture(params=FILES)
def form(request):
    """Each format of an SQLite file."""
    return request.param


def test_nothing_is_written_beside(form, tmp_path):
    """A database in a folder that cannot be written to is read, and no journal appears."""
    folder = tmp_path / "a #1%20?b"
    folder.mkdir()
    path = folder / "logs.db"
    path.write_bytes(FILES[form].read_bytes())
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert read_log(form, path).runs
        assert [p.name for p in folder.iterdir()] == ["logs.db"]
    finally:
        folder.chmod(stat.S_IRWXU)


def test_rows_in_a_journal_are_said(form, tmp_path):
    """Newer rows that wait in a write-ahead log are named, not silently missed."""
    path = tmp_path / "logs.db"
    path.write_bytes(FILES[form].read_bytes())
    (tmp_path / "logs.db-wal").write_bytes(b"rows")
    (problem,) = [p for p in read_log(form, path).problems if "logs.db-wal" in p.what]
    assert "not read" in problem.what


def test_damaged_pages_never_raise(form, tmp_path):
    """Whatever bytes are flipped or cut off, what can be read is kept and the rest is said."""
    whole, rng = FILES[form].read_bytes(), random.Random(7)
    path, module = tmp_path / "logs.db", FORMATS.load(form)
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(rng.choice([1, 20, 400])):
            data[rng.randrange(100, len(data))] = rng.randrange(256)
        path.write_bytes(data[: rng.choice([len(data), rng.randrange(len(data))])])
        if module.sniff(Probe.of(path)) is Match.EXACT:
            log = module.read(Probe.of(path), None)
            assert log.problems or log.runs


def test_half_a_database_is_one_problem(form, tmp_path):
    """A file that was cut off is still recognised, and said to be damaged in one line."""
    path, whole = tmp_path / "logs.db", FILES[form].read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert len(read_log(form, path).problems) == 1


def test_a_view_in_a_tables_place_is_not_queried(tmp_path):
    """A view that would never end is no table, so that its file is not claimed."""
    path = tmp_path / "logs.db"
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE VIEW trial_params AS WITH RECURSIVE n(trial_id) AS "
            "(SELECT 1 UNION ALL SELECT trial_id + 1 FROM n) SELECT trial_id, '' AS distribution_json FROM n"
        )
    database.close()
    assert match("optuna", path) is Match.NO


def test_work_is_bounded_by_the_files_size(tmp_path):
    """A query that goes on for ever in a small file is stopped and said."""
    path, problems = str(tmp_path / "small.db"), list[Problem]()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (x)")
    database.close()
    endless = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    )
    with damage_said(path, problems), open_database(path) as opened:
        list(opened.rows(endless))
    assert "interrupted" in problems[0].what


def test_text_in_number_columns_is_survived(tmp_path):
    """Columns without a fixed type may hold anything: what is no number counts as missing."""
    path = tmp_path / "logs.db"
    path.write_bytes(FILES["optuna"].read_bytes())
    with sqlite3.connect(path) as database:
        database.execute(
            "UPDATE trial_intermediate_values "
            "SET intermediate_value = 'x', step = 'y' || trial_intermediate_value_id"
        )
        database.execute("UPDATE trial_values SET objective = 'z' WHERE trial_value_id = 1")
        database.execute("UPDATE trial_params SET distribution_json = '{\"name\": []}'")
        database.execute("UPDATE trials SET datetime_start = x'ff00', number = 'seven'")
        database.execute("UPDATE studies SET study_name = CAST(x'ff41' AS TEXT) WHERE study_id = 1")
    database.close()
    log = read_log("optuna", path)
    assert len(log.runs) == 10
    assert not log.problems
