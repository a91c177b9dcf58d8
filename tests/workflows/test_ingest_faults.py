"""Ingest among others and on a bad day: many at once, a full disk, a database nobody may write."""

import os
import subprocess
import sys

import pytest
from csv_runs import write_run
from processes import logminer

from logminer.formats import Match, Probe
from logminer.store import open_store
from logminer.workflows.ingest import ingest
from logminer.workflows.recognise import Recogniser
from logminer.workflows.walk import walk

PREFIX = [sys.executable, "-m", "logminer", "ingest"]


def write_runs(folder, count, rows=50):
    """Runs of some length."""
    curve = "step,loss\n" + "".join(f"{s},{s}.5\n" for s in range(rows))
    for i in range(count):
        write_run(folder / str(i), curve, lr=i)


def test_many_ingesters_at_once_store_each_run_once(tmp_path):
    """Sixteen processes read the same logs into one database: they take turns, and nothing doubles."""
    write_runs(tmp_path / "runs", 10)
    db = tmp_path / "logs.duckdb"
    command = [*PREFIX, str(tmp_path / "runs"), "--db", str(db), "--wait", "90"]
    processes = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(16)
    ]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 16, errors
    with open_store(db) as store:
        assert store.read.counts()["runs"] == 10
        assert store.read.counts()["points"] == 500


def test_a_full_disk_is_said_and_the_database_stays_whole(tmp_path):
    """When the file cannot grow, the exit code is not 0, and what was stored before can be read."""
    write_runs(tmp_path / "small", 2)
    write_runs(tmp_path / "large", 300, rows=3000)
    db = tmp_path / "logs.duckdb"
    assert (
        subprocess.run([*PREFIX, str(tmp_path / "small"), "--db", str(db)], check=False).returncode
        == 0
    )
    limit = db.stat().st_size + 100_000
    done = subprocess.run(
        logminer("ingest", tmp_path / "large", "--db", db, most_bytes=limit),
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "logs.duckdb" in done.stderr
    assert "Traceback" not in done.stderr
    with open_store(db) as store:
        assert store.read.counts()["runs"] >= 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_database_that_may_not_be_written_is_said(tmp_path):
    """No permission is one line that names the file."""
    write_runs(tmp_path / "runs", 1)
    db = tmp_path / "logs.duckdb"
    subprocess.run([*PREFIX, str(tmp_path / "runs"), "--db", str(db)], check=True)
    db.chmod(0o400)
    done = subprocess.run(
        [*PREFIX, str(tmp_path / "runs"), "--db", str(db)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "logs.duckdb" in done.stderr


def test_one_file_can_be_ingested(store, tmp_path):
    """Its neighbours are left alone."""
    write_runs(tmp_path, 2)
    result = ingest(store, [str(tmp_path / "1/metrics.csv")])
    assert (result.runs, result.points) == (1, 50)


def test_a_folder_that_cannot_be_listed_is_a_problem_and_the_rest_is_read(tmp_path, monkeypatch):
    """It is named with the reason."""
    write_runs(tmp_path, 3)
    scandir = os.scandir

    def guarded(path):
        if os.path.basename(path) == "1":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    problems = []
    folders = [folder.path for folder in walk(str(tmp_path), problems)]
    assert [os.path.basename(path) for path in folders[1:]] == ["0", "2"]
    assert [(p.path, p.what) for p in problems] == [
        (str(tmp_path / "1"), "cannot be listed: Permission denied")
    ]


def test_two_formats_that_are_both_sure_are_named_with_the_way_out(tmp_path, monkeypatch):
    """Nothing is guessed: the file is a problem that says which option decides."""
    (tmp_path / "log.csv").write_text("step,loss\n0,1\n")
    recognise = Recogniser()
    both = {"csv": Match.EXACT, "keras": Match.EXACT}
    monkeypatch.setattr(recognise, "claims", lambda _, **options: both)
    form, _, problems = recognise(Probe(str(tmp_path / "log.csv")))
    assert form is None
    assert problems[0].what == "'csv' and 'keras' both claim it; choose with --only"


@pytest.mark.parametrize("data", [b"a,b\r\rc\r,\x00\x1f\n", b"\x9dN\x1f\r\x11,\n" * 40, b'"\r'])
def test_bytes_that_no_header_can_be_made_of_are_nobodys(store, tmp_path, data):
    """A format that cannot read them as its header does not end the ingest of the files beside them."""
    write_runs(tmp_path, 1)
    (tmp_path / "0/trials.csv").write_bytes(data)
    assert ingest(store, [str(tmp_path)]).runs >= 1
