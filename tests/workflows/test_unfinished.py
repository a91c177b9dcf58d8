"""An ingest that ends before its time leaves what it has read to every command, and says that it did not end."""

import os
import signal
import subprocess
import time

import pytest
from cli_run import run
from csv_runs import read_in, write_run
from processes import logminer

from logminer.store import open_store
from logminer.workflows import ingest as ingesting
from logminer.workflows import storing
from logminer.workflows.doctor import examine
from logminer.workflows.ingest import ingest
from logminer.workflows.unfinished import unfinished

ROWS = "step,loss\n" + "".join(f"{i},{1 / (i + 1)}\n" for i in range(20))


@pytest.fixture
def logs(tmp_path):
    """Twelve runs, told apart by their paths and a config."""
    for lr in (0.1, 0.2, 0.3):
        for seed in range(4):
            write_run(tmp_path / f"logs/lr={lr}/seed={seed}", rows=ROWS, batch=8)
    return tmp_path / "logs"


@pytest.fixture
def small_batches(monkeypatch):
    """Three files a batch."""
    monkeypatch.setattr(storing, "_BATCH_FILES", 3)


def killed_in_batch(store, logs, count, monkeypatch, error=KeyboardInterrupt, tidy=True):
    """An ingest that ends in a batch; without tidying up, as after kill -9."""
    original, calls = store.write.readings, []

    def dies(batch):
        calls.append(batch)
        if len(calls) == count:
            raise error
        return original(batch)

    with monkeypatch.context() as patch:
        patch.setattr(store.write, "readings", dies)
        if not tidy:
            patch.setattr(ingesting._Settling, "interrupted", lambda _: None)
        with pytest.raises(error):
            read_in(store, logs)


@pytest.mark.parametrize("tidy", [True, False], ids=["ctrl-c", "kill -9"])
@pytest.mark.parametrize("count", [6, 7, 8])
def test_every_committed_batch_is_visible(store, logs, small_batches, monkeypatch, count, tidy):
    """Runs whose points are stored are there for every question."""
    killed_in_batch(store, logs, count, monkeypatch, tidy=tidy)
    with_points = store.read.sql("SELECT count(DISTINCT run) AS n FROM piece")["n"][0]
    assert len(store.read.runs()) == with_points > 0
    assert unfinished(store) == [str(logs)]
    assert [f.ok for f in examine(store) if f.what == "every ingest has ended"] == [False]


@pytest.mark.parametrize("tidy", [True, False], ids=["ctrl-c", "kill -9"])
@pytest.mark.parametrize("then", ["the same", "the folder above", "one file"])
def test_the_next_ingest_settles_what_was_left(
    store, logs, small_batches, monkeypatch, tmp_path, tidy, then
):
    """Names and what paths tell are those of an ingest that nobody disturbed; only one of all of it ends it."""
    killed_in_batch(store, logs, 5, monkeypatch, tidy=tidy)
    again = {
        "the same": logs,
        "the folder above": tmp_path,
        "one file": logs / "lr=0.1/seed=0/metrics.csv",
    }
    read_in(store, again[then])
    assert unfinished(store) == ([str(logs)] if then == "one file" else [])
    told = store.read.params(["path"])
    assert set(told["name"]) == {"lr", "seed"}
    names = set(store.read.runs()["name"])
    assert all(not name.startswith("/") for name in names)


def test_a_folder_of_parameters_that_became_a_run_meanwhile_is_settled(
    store, tmp_path, small_batches, monkeypatch
):
    """What only a killed ingest knew is worked out again."""
    for name in "abc":
        write_run(tmp_path / f"logs/{name}", rows=ROWS, lr=0.1)
    (tmp_path / "logs/hparams.json").write_text('{"optimizer": "adam"}')
    read_in(store, tmp_path / "logs")
    (tmp_path / "logs/metrics.csv").write_text(ROWS)
    (tmp_path / "logs/z").mkdir()
    (tmp_path / "logs/z/later.jsonl").write_text('{"step": 0, "loss": 1}\n{"step": 1, "loss": 2}\n')
    killed_in_batch(store, tmp_path / "logs", 2, monkeypatch, tidy=False)
    read_in(store, tmp_path / "logs")
    with open_store(tmp_path / "calm.duckdb", write=True) as calm:
        read_in(calm, tmp_path / "logs")
        expected = calm.read.runs()["name"].tolist(), calm.read.params()["name"].tolist()
    assert (store.read.runs()["name"].tolist(), store.read.params()["name"].tolist()) == expected


def test_problems_are_kept_once(store, tmp_path):
    """What was said of files that were looked at and of files that were read, each once, and gone when mended."""
    write_run(tmp_path / "logs/a", rows=ROWS)
    (tmp_path / "logs/hparams.json").write_text("{broken")
    (tmp_path / "logs/empty.csv").touch()
    for _ in range(2):
        ingest(store, [str(tmp_path / "logs")])
        paths = [os.path.basename(path) for path in store.read.problems()["path"]]
        assert paths == ["empty.csv", "hparams.json"]
    (tmp_path / "logs/hparams.json").write_text("{}")
    (tmp_path / "logs/empty.csv").unlink()
    ingest(store, [str(tmp_path / "logs")])
    assert store.read.problems().empty


def test_commands_that_look_say_it_in_one_line(tmp_path, logs, small_batches, monkeypatch):
    """With the command that goes on; after it, nothing is said."""
    db = tmp_path / "x.duckdb"
    with open_store(db, write=True) as store:
        killed_in_batch(store, logs, 4, monkeypatch, tidy=False)
    for command in ("runs", "metrics", "doctor", "problems"):
        done = run(command, db=db)
        (line,) = [line for line in done.stderr.splitlines() if line.startswith("note: the last")]
        assert line.endswith(f"did not end, what it had read is shown: logminer ingest {logs}")
    assert "the last ingest of it did not end" in run("problems", "--format", "csv", db=db).stdout
    assert run("ingest", str(logs), db=db).returncode == 0
    assert "note:" not in run("runs", db=db).stderr


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals as in POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_a_real_signal_at_any_moment(tmp_path, number):
    """As benchmarks/kills.py does it many times: no trace of Python, nothing hidden."""
    for i in range(300):
        write_run(tmp_path / f"logs/{i}", rows=ROWS, lr=i)
    db = tmp_path / "x.duckdb"
    command = logminer("ingest", tmp_path / "logs", "--db", db)
    for wait in (0.8, 1.3, 2.0):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        time.sleep(wait)
        process.send_signal(number)
        words = process.communicate(timeout=60)[1]
        assert "fault of logminer" not in words
        if process.returncode == 130:
            assert "interrupted" in words
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with open_store(db) as store:
        assert len(store.read.runs()) == 300
        assert not unfinished(store)
