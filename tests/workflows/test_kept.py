"""A file that goes bad after it was read costs nothing that is stored, and a new attempt is never mixed with the old."""

import json
import os
import time

import pytest
from csv_runs import ROWS, read_in, table, write_run

from logminer.workflows.doctor import examine


def losses(store):
    return store.read.curves(["loss"])["value"].tolist()


def lines(values, **first):
    head = json.dumps({"config": first}) + "\n" if first else ""
    return head + "".join(json.dumps({"step": i, "loss": v}) + "\n" for i, v in enumerate(values))


@pytest.mark.parametrize(
    "between", [b"", bytes(4096), b"version https://git-lfs.github.com/spec/v1\noid x\n", b"\x89PNG\0\1"]
)  # fmt: skip
def test_an_attempt_that_follows_a_bad_look_replaces_the_old_one(store, tmp_path, between):
    """Seen empty or overwritten between two attempts, the table ends with the second one alone, and adds up."""
    run = write_run(tmp_path / "runs/a", "step,loss\n" + "".join(f"{i},1.{i}\n" for i in range(9)))
    read_in(store, tmp_path / "runs")
    before = table(store)
    (run / "metrics.csv").write_bytes(between)
    (problem,) = read_in(store, tmp_path / "runs").problems
    assert problem.what.endswith("what was read of it before is kept")
    assert table(store).equals(before)
    assert read_in(store, tmp_path / "runs").shortfall.problems == 1
    (run / "metrics.csv").write_text("step,loss\n0,9.5\n1,8.5\n")
    assert read_in(store, tmp_path / "runs").problems == []
    assert losses(store) == [9.5, 8.5]
    assert all(finding.ok for finding in examine(store))


def test_an_attempt_that_outgrew_the_old_one_behind_the_same_head_is_not_read_on(
    store, tmp_path, monkeypatch
):
    """Both begin with the same kilobytes of config, and the second is longer when it is seen: nothing is mixed."""
    monkeypatch.setattr("logminer.formats.tables.row_log.SETTLED", 2_000)
    monkeypatch.setattr("logminer.formats.jsonl.SETTLED", 2_000)
    path = tmp_path / "runs/a/metrics.jsonl"
    path.parent.mkdir(parents=True)
    config = {f"option_{i}": 0.5 for i in range(200)}
    path.write_text(lines([0.5] * 40, **config))
    read_in(store, tmp_path / "runs")
    with path.open("r+") as file:  # in place, so that the file keeps its number
        file.truncate(0)
        file.write(lines([0.25] * 60, **config))
    read_in(store, tmp_path / "runs")
    assert losses(store) == [0.25] * 60


def test_an_attempt_that_repeats_the_old_one_is_kept_out_until_it_differs(store, tmp_path):
    """The same seed writes the same rows: nothing is lost meanwhile, and nothing of the old is left once it goes its own way."""
    path = tmp_path / "runs/a/train.log"
    path.parent.mkdir(parents=True)
    rows = [f"epoch {i} loss={2 - i / 8:.4f}\n" for i in range(8)]
    path.write_text("".join(rows))
    read_in(store, tmp_path / "runs")
    path.write_text("".join(rows[:3]))
    (problem,) = read_in(store, tmp_path / "runs").problems
    assert problem.what.startswith("cut off: 3 of 8 values (--only text takes it as it is)")
    assert len(losses(store)) == 8
    path.write_text("".join(rows[:3]) + "epoch 3 loss=7.5000\n")
    assert read_in(store, tmp_path / "runs").problems == []
    assert losses(store) == [2.0, 1.875, 1.75, 7.5]


def test_what_is_cut_off_on_purpose_is_taken_when_its_format_is_named(store, tmp_path):
    """Rows and parameters that somebody removed stay until --only says that the file is meant."""
    run = write_run(tmp_path / "runs/a", lr=0.5, momentum=0.9)
    read_in(store, tmp_path / "runs")
    (run / "metrics.csv").write_text("".join(ROWS.splitlines(keepends=True)[:2]))
    (run / "hparams.json").write_text(json.dumps({"lr": 0.5}))
    said = sorted(problem.what for problem in read_in(store, tmp_path / "runs").problems)
    assert [what.partition(" (")[0] for what in said] == [
        "cut off: 1 of 2 parameters",
        "cut off: 2 of 6 values",
    ]
    read_in(store, run / "metrics.csv", only="csv")
    read_in(store, run / "hparams.json", only="json")
    assert losses(store) == [1.0]
    assert store.read.params(["param"])["name"].tolist() == ["lr"]
    assert store.read.problems().empty


@pytest.mark.parametrize("fails", [False, True])
def test_a_file_read_in_pieces_is_replaced_by_all_of_them_or_not_at_all(
    store, tmp_path, monkeypatch, fails
):
    """When a later piece of the new content cannot be read, every row of the old content is still there."""
    from logminer.formats import jsonl

    monkeypatch.setattr("logminer.formats.tables.row_log.SETTLED", 2_000)
    monkeypatch.setattr(jsonl, "SETTLED", 2_000)
    monkeypatch.setattr(jsonl, "BLOCK", 4_000)
    path = tmp_path / "runs/a/metrics.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(lines([0.5] * 900))
    read_in(store, tmp_path / "runs")
    original = jsonl.read

    def read(probe, resume):
        if fails and resume.offset > 15_000:
            raise OSError(5, "Input/output error")
        return original(probe, resume)

    monkeypatch.setattr(jsonl, "read", read)
    path.write_text(lines([0.25] * 1000))
    result = read_in(store, tmp_path / "runs")
    assert losses(store) == ([0.5] * 900 if fails else [0.25] * 1000)
    assert [("Input/output" in p.what) for p in result.problems] == [True] * fails
    assert all(f.ok for f in examine(store) if "add up" in f.what)
    monkeypatch.setattr(jsonl, "read", original)
    read_in(store, tmp_path / "runs")
    assert losses(store) == [0.25] * 1000
    assert store.read.problems().empty


def test_damage_replaces_only_by_as_many_values(store, tmp_path):
    """A line that is spoilt keeps the old rows until the file has grown past them."""
    path = tmp_path / "runs/a/log.ndjson"
    path.parent.mkdir(parents=True)
    path.write_text(lines(range(6)))
    read_in(store, tmp_path / "runs")
    spoilt = lines(range(6)).replace('{"step": 2', '{"st\x07ep: 2')
    path.write_text(spoilt)
    what = [problem.what for problem in read_in(store, tmp_path / "runs").problems]
    assert what[0].startswith("damaged: 5 of 6 values")
    assert len(losses(store)) == 6
    path.write_text(spoilt + '{"step": 6, "loss": 6}\n')
    read_in(store, tmp_path / "runs")
    assert losses(store) == [0, 1, 3, 4, 5, 6]


def test_values_that_are_no_numbers_are_known_again(store, tmp_path):
    """A run that diverged and is cut off keeps its rows, NaN and infinities among them."""
    rows = ["0,0.5\n", "1,inf\n", "2,nan\n", "3,nan\n"]
    run = write_run(tmp_path / "runs/a", "step,loss\n" + "".join(rows))
    stored = read_in(store, tmp_path / "runs").points
    (run / "metrics.csv").write_text("step,loss\n" + "".join(rows[:3]))
    read_in(store, tmp_path / "runs")
    assert store.read.counts()["points"] == stored > 1
    assert "cut off" in store.read.problems()["what"].tolist()[0]


def test_a_file_that_is_gone_comes_back_once(store, tmp_path):
    """Under another file number and time, the same bytes are no second reading."""
    run = write_run(tmp_path / "runs/a")
    read_in(store, tmp_path / "runs")
    before = table(store)
    data = (run / "metrics.csv").read_bytes()
    (run / "metrics.csv").unlink()
    read_in(store, tmp_path / "runs")
    (tmp_path / "taken").touch()
    (run / "metrics.csv").write_bytes(data)
    os.utime(run / "metrics.csv", (time.time() + 5,) * 2)
    assert read_in(store, tmp_path / "runs").problems == []
    assert table(store).equals(before)
    assert store.read.counts()["points"] == 6
