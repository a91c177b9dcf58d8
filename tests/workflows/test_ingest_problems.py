"""What cannot be read, what is no log and what is left out is said, and costs nothing else."""

import time

import pytest
from csv_runs import read_in, table, write_run

from logminer.workflows.history import mine_history


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


def test_what_a_look_said_is_found_later_until_its_cause_is_gone(store, tmp_path):
    """A link that leads nowhere and a file of two formats stay listed, each once, until the folder is looked at without them."""
    run = write_run(tmp_path / "runs/a")
    write_run(tmp_path / "other/b")
    for folder in (run, tmp_path / "other/b"):
        (folder / "gone.csv").symlink_to(tmp_path / "nowhere")
    for _ in range(2):
        said = read_in(store, tmp_path / "runs", tmp_path / "other").problems
        assert sorted(p.path for p in said) == store.read.problems()["path"].tolist()
        assert len(said) == 2
    (run / "gone.csv").unlink()
    assert read_in(store, tmp_path / "runs").problems == []
    (left,) = store.read.problems()["path"]
    assert left == str(tmp_path / "other/b/gone.csv")


def test_a_file_that_could_not_be_opened_is_looked_at_again(store, tmp_path, monkeypatch):
    """What refused the file need not show in it: its problem stays while it is refused, and it is read once it is not."""
    from logminer.workflows.recognise import Recogniser

    run = write_run(tmp_path / "runs/a")
    asked = Recogniser.claims

    def refused(self, probe, **options):
        if probe.name == "metrics.csv":
            raise PermissionError(13, "Permission denied")
        return asked(self, probe, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Recogniser, "claims", refused)
        for _ in range(2):
            (problem,) = read_in(store, tmp_path / "runs").problems
            assert store.read.problems()["path"].tolist() == [problem.path]
    assert problem.path == str(run / "metrics.csv")
    assert read_in(store, tmp_path / "runs").points == 6
    assert store.read.problems().empty


def test_a_log_without_a_row_is_said_until_it_has_one(store, tmp_path):
    """An empty file and a header alone beside a config are named with the reason; an empty text is only counted."""
    empty = write_run(tmp_path / "runs/a", "") / "metrics.csv"
    header = write_run(tmp_path / "runs/b", "epoch,val_acc\n") / "metrics.csv"
    (tmp_path / "runs/b/stderr.txt").touch()
    result = read_in(store, tmp_path / "runs")
    reasons = {
        str(empty): "an empty file: nothing was logged",
        str(header): "a header and no whole row: nothing was logged",
    }
    assert {p.path: p.what for p in result.problems} == reasons
    assert result.skipped == {"empty files": 2}
    listed = store.read.problems()
    assert dict(zip(listed["path"], listed["what"], strict=True)) == reasons
    for file in (empty, header):
        file.write_text("epoch,val_acc\n0,0.5\n")
    again = read_in(store, tmp_path / "runs")
    assert (again.problems, again.runs, store.read.problems().empty) == ([], 2, True)


def test_a_data_set_without_a_row_is_no_problem(store, tmp_path):
    """Columns of no log, and no row below them, are nothing that a run lacks."""
    write_run(tmp_path / "runs/a")
    (tmp_path / "runs/a/people.csv").write_text("name,country\n")
    assert read_in(store, tmp_path / "runs").problems == []


def test_kinds_of_unread_files_say_whether_a_format_knows_them(store, tmp_path):
    """A suffix is written as a pattern, a format by name, so that the two are told apart."""
    run = write_run(tmp_path / "runs/a")
    (run / "blob.csv").write_bytes(b"PK\x03\x04\0\0\n" * 9)
    (run / "words.csv").write_text("name,country\nOslo,Norway\nRome,Italy\n")
    kinds = sorted(reason.partition(":")[0] for reason in read_in(store, tmp_path / "runs").skipped)
    assert kinds == ["*.csv", "format csv"]


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
