"""Ingest reads what is new, survives what folders hold, and says what it could not read."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from logminer.core.errors import NothingFoundError, UsageError
from logminer.store import open_store
from logminer.workflows.history import mine_history
from logminer.workflows.ingest import ingest

ROWS = "step,loss,accuracy\n0,1.0,0.5\n1,0.8,0.6\n2,0.7,0.65\n"


def write_run(folder, rows=ROWS, **params):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.csv").write_text(rows)
    (folder / "hparams.json").write_text(json.dumps(params or {"lr": 0.1}))
    return folder


def table(store):
    """Everything that was measured, without the store's numbers."""
    return store.read.sql(
        "SELECT r.name AS run, m.name AS metric, c.step, c.value FROM curve c "
        "JOIN run r ON r.run = c.run JOIN metric m ON m.id = c.metric ORDER BY ALL"
    )


def read_in(store, *paths, **options):
    return ingest(store, [str(path) for path in paths], **options)


def test_a_folder_of_runs_is_read_whole(store, tmp_path):
    """Each folder becomes a run with its points and parameters."""
    for i in range(3):
        write_run(tmp_path / f"runs/{i}", lr=10.0**-i)
    result = read_in(store, tmp_path / "runs")
    assert (result.runs, result.new_runs, result.points, result.problems) == (3, 3, 18, [])
    params = store.read.params(["param"])
    assert params["number"].tolist() == [1.0, 0.1, 0.01]


def test_ingesting_twice_changes_nothing(store, tmp_path):
    """The second time every file is known, and the tables are the same."""
    write_run(tmp_path / "runs/a")
    read_in(store, tmp_path / "runs")
    before = table(store)
    result = read_in(store, tmp_path / "runs")
    assert (sum(result.files.values()), result.unchanged, result.new_runs) == (0, 2, 0)
    assert table(store).equals(before)


def test_a_file_that_grew_is_read_from_where_it_ended(store, tmp_path):
    """Only the new lines are read, and the curve is as if it had been read at once."""
    many = 40_000
    run = write_run(
        tmp_path / "runs/a", "step,loss\n" + "".join(f"{i},{i}.5\n" for i in range(many))
    )
    read_in(store, tmp_path / "runs")
    with (run / "metrics.csv").open("a") as file:
        file.write(f"{many},0.25\n")
    result = read_in(store, tmp_path / "runs")
    assert result.points == 1
    assert store.read.curves(["loss"])["value"].tolist() == [*(i + 0.5 for i in range(many)), 0.25]


def test_a_line_half_written_waits(store, tmp_path):
    """The unfinished last line is no problem, and is read once it is whole."""
    run = write_run(tmp_path / "runs/a", rows=ROWS + "3,0.")
    result = read_in(store, tmp_path / "runs")
    assert result.problems == []
    assert store.read.curves(["loss"])["step"].tolist() == [0, 1, 2]
    with (run / "metrics.csv").open("a") as file:
        file.write("6,0.7\n")
    read_in(store, tmp_path / "runs")
    assert store.read.curves(["loss"])["value"].tolist() == [1.0, 0.8, 0.7, 0.6]


@pytest.mark.parametrize("rows", [ROWS.replace("0.8", "0.9"), "step,loss\n0,5.0\n"])
def test_a_file_that_was_rewritten_replaces_what_was_read(store, tmp_path, rows):
    """Other contents under the same name, of the same size or shorter, leave nothing of the old."""
    run = write_run(tmp_path / "runs/a")
    read_in(store, tmp_path / "runs")
    time.sleep(0.01)
    (run / "metrics.csv").write_text(rows)
    read_in(store, tmp_path / "runs")
    fresh = [float(line.split(",")[1]) for line in rows.splitlines()[1:]]
    assert store.read.curves(["loss"])["value"].tolist() == fresh


def test_a_file_that_was_replaced_is_read_anew(store, tmp_path):
    """Rotation: another file under the old name, though longer, is not taken for the old one grown."""
    run = write_run(tmp_path / "runs/a")
    read_in(store, tmp_path / "runs")
    (run / "metrics.csv").rename(tmp_path / "old")
    (run / "metrics.csv").write_text("step,loss\n" + "".join(f"{i},{i}.5\n" for i in range(50)))
    read_in(store, tmp_path / "runs")
    assert len(store.read.curves(["loss"])) == 50


def test_deleted_logs_stay_known(store, tmp_path):
    """What was mined is kept when the logs are thrown away."""
    run = write_run(tmp_path / "runs/a")
    write_run(tmp_path / "runs/b")
    read_in(store, tmp_path / "runs")
    before = table(store)
    for file in run.iterdir():
        file.unlink()
    read_in(store, tmp_path / "runs")
    assert table(store).equals(before)


def test_files_side_by_side_are_runs_of_their_own(store, tmp_path):
    """``run_1.csv`` and ``run_2.csv`` are two runs; ``train.csv`` beside ``val.csv`` is one."""
    (tmp_path / "flat").mkdir()
    for i in (1, 2):
        (tmp_path / f"flat/run_{i}.csv").write_text(ROWS)
    parts = tmp_path / "flat/parts"
    parts.mkdir()
    (parts / "train.csv").write_text("step,train_loss\n0,1\n1,2\n")
    (parts / "val.csv").write_text("step,val_loss\n0,1\n1,2\n")
    read_in(store, tmp_path / "flat")
    assert sorted(store.read.runs()["name"]) == ["parts", "run_1", "run_2"]


def test_parameters_of_a_folder_above_hold_below(store, tmp_path):
    """A config beside the folders that log is inherited by their runs, and is no run itself."""
    (tmp_path / "exp").mkdir()
    (tmp_path / "exp/config.json").write_text('{"lr": 0.5, "depth": 3}')
    for name in ("first", "second"):
        write_run(tmp_path / f"exp/{name}", lr=0.1)
    read_in(store, tmp_path / "exp")
    runs = store.read.runs()
    assert sorted(runs["name"]) == ["first", "second"]
    params = store.read.params(["param"])
    values = params.groupby("name")["value"].agg(list).to_dict()
    assert values == {"lr": [0.1, 0.1], "depth": [3, 3]}


def test_parameters_are_read_from_paths(store, tmp_path):
    """Names and values in folder names become parameters; a pattern names the levels."""
    folder = tmp_path / "runs/mnist/lr=0.01,bs=32"
    folder.mkdir(parents=True)
    (folder / "metrics.csv").write_text(ROWS)
    read_in(store, tmp_path / "runs")
    params = store.read.params(["path"]).set_index("name")["value"].to_dict()
    assert params == {"lr": 0.01, "bs": 32}
    read_in(store, tmp_path / "runs", pattern="{dataset}/{config}")
    levels = store.read.params(["level"]).set_index("name")["value"].to_dict()
    assert levels == {"dataset": "mnist", "config": "lr=0.01,bs=32"}


def test_bad_files_are_said_and_never_stop_the_walk(store, tmp_path):
    """A damaged JSON, prose named CSV and an unreadable folder are counted; the rest is read."""
    write_run(tmp_path / "runs/good")
    bad = tmp_path / "runs/bad"
    bad.mkdir()
    (bad / "hparams.json").write_text('{"lr": 0.1, ')
    prose = tmp_path / "runs/prose"
    prose.mkdir()
    (prose / "notes.csv").write_text(
        "Dear diary,\ntoday the model did not train.\nTomorrow, maybe, it will.\n"
    )
    (tmp_path / "runs/empty.csv").write_text("")
    result = read_in(store, tmp_path / "runs")
    paths = [problem.path for problem in result.problems]
    assert result.runs == 1
    assert str(bad / "hparams.json") in paths
    assert len(paths) <= 3
    assert all("\n" not in problem.what for problem in result.problems)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("iris.csv", "sepal,petal,species\n5.1,1.4,setosa\n4.9,1.3,setosa\n7.0,4.7,versicolor\n"),
        ("cities.csv", "name,country\nOslo,Norway\nRome,Italy\n"),
        ("readme.csv", "These are notes, not a table.\nThey go on, and on.\nAnd end here\n"),
        (
            "rows.jsonl",
            '{"sepal": 5.1, "species": "setosa"}\n{"sepal": 4.9, "species": "setosa"}\n',
        ),
        ("arrays.jsonl", "[1, 2]\n[3, 4]\n"),
        ("words.json", '"hello"'),
    ],
)
def test_a_sound_file_that_is_no_log_is_no_problem(store, tmp_path, name, text):
    """A data set beside the logs is counted as such, once, and costs no exit code."""
    write_run(tmp_path / "runs/a")
    (tmp_path / "runs" / name).write_text(text)
    result = read_in(store, tmp_path / "runs")
    assert (result.problems, sum(result.files.values()), result.runs) == ([], 2, 1)
    assert sum(result.skipped.values()) == 1
    assert store.read.sql("FROM problem").empty
    assert read_in(store, tmp_path / "runs").unchanged == 3


def test_pointers_to_logs_elsewhere_are_said(store, tmp_path):
    """A text log that Git LFS has not fetched is named as what it is."""
    write_run(tmp_path / "a")
    (tmp_path / "a/train.log").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    )
    (reason,) = read_in(store, tmp_path / "a").skipped
    assert "git lfs pull" in reason


def test_runs_deleted_in_their_tracker_are_counted(store, tmp_path):
    """They are left out and said, and are no problem."""
    run = tmp_path / "mlruns/1/abc"
    run.mkdir(parents=True)
    (run / "meta.yaml").write_text("artifact_uri: x\nrun_id: abc\nlifecycle_stage: deleted\n")
    write_run(tmp_path / "a")
    result = read_in(store, tmp_path)
    assert (result.problems, result.left_out) == ([], {"runs deleted in MLflow": 1})
    assert result.runs == 1


def test_a_wrong_clock_is_said_and_costs_no_value(store, tmp_path):
    """Times from the future or going back are a problem each; the curve is in order of steps."""
    day = 86_400
    walls = [1_700_000_000, 1_700_000_060 - 2 * day, 1_700_000_120]
    rows = "".join(f"{i},0.{i},{wall}\n" for i, wall in enumerate(walls))
    write_run(tmp_path / "back", "step,loss,timestamp\n" + rows)
    ahead = int(time.time()) + 400 * day
    write_run(tmp_path / "ahead", f"step,loss,timestamp\n0,0.5,{ahead}\n1,0.4,{ahead + 1}\n")
    result = read_in(store, tmp_path)
    said = sorted(problem.what for problem in result.problems)
    assert len(said) == 2
    assert said[0].startswith("a time in the future: 20")
    assert said[1].startswith("times go back while steps go on, by up to 172740 s")
    assert table(store)["value"].tolist() == [0.5, 0.4, 0.0, 0.1, 0.2]
    assert read_in(store, tmp_path).problems == []  # said once


def test_a_run_that_ends_before_it_starts_took_an_unknown_time(store, tmp_path):
    """The end before the start is said, both are kept, and no duration is derived from them."""
    run = tmp_path / "mlruns/1/abc"
    (run / "metrics").mkdir(parents=True)
    (run / "meta.yaml").write_text(
        "artifact_uri: x\nrun_id: abc\nlifecycle_stage: active\nstatus: 3\n"
        "start_time: 1700000000000\nend_time: 1699999000000\n"
    )
    (run / "metrics/loss").write_text("1700000000000 0.5 0\n1700000001000 0.4 1\n")
    (problem,) = read_in(store, tmp_path).problems
    assert problem.what.startswith("the run ends 1000 s before it starts")
    trials = mine_history(store).history.trials
    assert trials["started"].tolist() == [1.7e9]
    assert trials["seconds"].isna().all()


def test_loops_and_special_files_are_passed_over(store, tmp_path):
    """A link to a folder above and a pipe neither hang nor double anything."""
    run = write_run(tmp_path / "runs/a")
    (run / "up").symlink_to(tmp_path / "runs")
    os.mkfifo(run / "pipe.csv")
    (run / "gone.csv").symlink_to(tmp_path / "nowhere.csv")
    result = read_in(store, tmp_path / "runs")
    assert (result.runs, result.points) == (1, 6)
    assert [problem.path for problem in result.problems] == [str(run / "gone.csv")]


def test_pickles_are_never_opened(store, tmp_path):
    """A pickle that would run code when loaded is skipped, and its code does not run."""
    run = write_run(tmp_path / "runs/a")
    canary = tmp_path / "canary"
    payload = f"cos\nsystem\n(S'touch {canary}'\ntR.".encode()
    for name in ("training_args.bin", "model.pt", "state.pkl"):
        (run / name).write_bytes(payload)
    (run / "config.yaml").write_text(f"lr: !!python/object/apply:os.system ['touch {canary}']\n")
    result = read_in(store, tmp_path / "runs")
    assert not canary.exists()
    assert sum(result.skipped.values()) == 3


def test_a_missing_path_and_an_empty_folder_are_errors(store, tmp_path):
    """Both say which path, and nothing stored is lost."""
    write_run(tmp_path / "runs/a")
    read_in(store, tmp_path / "runs")
    with pytest.raises(NothingFoundError, match="nowhere"):
        read_in(store, tmp_path / "nowhere")
    (tmp_path / "void").mkdir()
    with pytest.raises(NothingFoundError, match="void"):
        read_in(store, tmp_path / "void")
    with pytest.raises(UsageError, match="names no field"):
        read_in(store, tmp_path / "runs", pattern="no fields")
    assert store.read.counts()["runs"] == 1


def test_a_dry_run_stores_nothing(store, tmp_path):
    """Files are recognised and counted, the database stays empty."""
    write_run(tmp_path / "runs/a")
    result = read_in(store, tmp_path / "runs", dry_run=True)
    assert sum(result.files.values()) == 2
    assert store.read.counts()["files"] == 0


def test_several_processes_read_the_same(tmp_path):
    """Parsing in two processes gives the same tables as in one."""
    for i in range(20):
        write_run(tmp_path / f"runs/{i}", lr=i / 10)
    tables = []
    for workers in (1, 2):
        with open_store(tmp_path / f"{workers}.duckdb", write=True) as opened:
            read_in(opened, tmp_path / "runs", workers=workers)
            tables.append(table(opened))
    assert tables[0].equals(tables[1])


def test_a_file_that_cannot_be_read_any_more_keeps_what_was_read(store, tmp_path):
    """A config broken by an editor, or a disk that refuses, costs nothing that is stored; the problem is said once."""
    run = write_run(tmp_path / "runs/a", lr=0.5)
    read_in(store, tmp_path / "runs")
    time.sleep(0.01)
    (run / "hparams.json").write_text('{"lr": 0.')
    for _ in range(2):
        read_in(store, tmp_path / "runs")
    assert store.read.params(["param"])["value"].tolist() == [0.5]
    assert len(store.read.problems()) == 1
    time.sleep(0.01)
    (run / "hparams.json").write_text('{"lr": 0.25}')
    read_in(store, tmp_path / "runs")
    assert store.read.params(["param"])["value"].tolist() == [0.25]
    assert store.read.problems().empty


def test_a_parser_that_fails_costs_one_file_only(store, tmp_path, monkeypatch):
    """A fault in a parser, alone or in a batch, is a problem of its file and says to report it."""
    from logminer.formats import csv

    for name in ("a", "b", "c"):
        write_run(tmp_path / f"runs/{name}")
    original = csv.read

    def read(probe, resume):
        if "/b/" in probe.path:
            raise KeyError("surprise")
        return original(probe, resume)

    def read_many(_):
        raise RuntimeError

    monkeypatch.setattr(csv, "read", read)
    monkeypatch.setattr(csv, "read_many", read_many)
    result = read_in(store, tmp_path / "runs")
    assert len(store.read.curves(["loss"])["run"].unique()) == 2
    assert ["/b/" in p.path and "report it" in p.what for p in result.problems] == [True]


def test_a_reading_that_was_cut_off_goes_on(store, tmp_path, monkeypatch):
    """A long file is read in pieces; when ingest dies between two, the next one reads the rest."""
    from logminer.formats import csv

    rows = 60_000
    text = "step,loss\n" + "".join(f"{i},{i}.5\n" for i in range(rows))
    write_run(tmp_path / "runs/a", rows=text)
    monkeypatch.setattr(csv, "BLOCK", 300_000)
    original = store.write.readings
    calls = []

    def dies_after_the_first_piece(batch):
        calls.append(batch)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(batch)

    monkeypatch.setattr(store.write, "readings", dies_after_the_first_piece)
    with pytest.raises(KeyboardInterrupt):
        read_in(store, tmp_path / "runs")
    assert 0 < len(store.read.curves(["loss"])) < rows
    monkeypatch.setattr(store.write, "readings", original)
    read_in(store, tmp_path / "runs")
    assert store.read.curves(["loss"])["value"].tolist() == [i + 0.5 for i in range(rows)]


@pytest.mark.slow
def test_killed_at_any_moment_nothing_is_lost_or_doubled(tmp_path):
    """After kill -9 at random moments, one more ingest ends with the same tables as an undisturbed one."""
    for i in range(60):
        write_run(
            tmp_path / f"runs/{i}",
            rows=ROWS + "".join(f"{s},0.5,0.5\n" for s in range(3, 300)),
            lr=i,
        )
    with open_store(tmp_path / "calm.duckdb", write=True) as opened:
        read_in(opened, tmp_path / "runs")
        calm = table(opened)
    db = tmp_path / "killed.duckdb"
    command = [sys.executable, "-m", "logminer", "ingest", str(tmp_path / "runs"), "--db", str(db)]
    moments = random.Random(0)
    for _ in range(6):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.3, 1.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with open_store(db) as opened:
        assert table(opened).equals(calm)
