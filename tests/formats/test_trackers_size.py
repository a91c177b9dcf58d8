"""Large files of trackers and tuners: read piece by piece, or refused with a reason."""

import json

import pytest
from test_wandb import FINISHED, field, history, rows, run_file
from tracker_files import curve, points, read_growing, read_log

from logminer.core.parsed import Resume
from logminer.formats import (
    FORMATS,
    Probe,
    mlflow,
    ray,
    wandb,
)
from logminer.formats.documents import json_text
from logminer.formats.tables import header_table
from logminer.formats.trackers import framed_records


def test_results_are_read_in_pieces(tmp_path, monkeypatch):
    """A result.json larger than a block is read over several calls, each result once."""
    monkeypatch.setattr(ray, "_BLOCK", 300)
    (tmp_path / "params.json").write_text("{}")
    (tmp_path / "params.pkl").write_text("")
    lines = [
        json.dumps({"training_iteration": i, "trial_id": "a", "loss": i}) + "\n" for i in range(50)
    ]
    whole, path = "".join(lines).encode(), tmp_path / "result.json"
    found = read_growing("ray", path, whole, [len(whole)] * 30)
    assert found == sorted(("loss", i, f"{i}.0") for i in range(50))


def test_metrics_are_read_in_pieces(tmp_path, monkeypatch):
    """So is a metric of MLflow."""
    monkeypatch.setattr(mlflow, "_BLOCK", 100)
    (tmp_path / "metrics").mkdir()
    (tmp_path / "meta.yaml").write_text("artifact_uri: x\nlifecycle_stage: active\n")
    whole = b"".join(b"%d %d %d\n" % (1_000 + i, i, i) for i in range(60))
    found = read_growing("mlflow", tmp_path / "metrics" / "loss", whole, [len(whole)] * 30)
    assert found == sorted(("loss", i, f"{i}.0") for i in range(60))


def test_histories_are_read_in_pieces(tmp_path, monkeypatch):
    """So is W&B's history; only the piece that reaches the end says how the run ended."""
    path = tmp_path / "run-1.wandb"
    whole = run_file(*rows(50), FINISHED)
    path.write_bytes(whole)
    expected = points(read_log("wandb", path))
    monkeypatch.setattr(wandb, "_BLOCK", 200)
    assert read_log("wandb", path).runs[0].status == "unknown"
    assert read_growing("wandb", path, whole, [len(whole)] * 40) == expected


@pytest.mark.parametrize("module", [mlflow, ray])
def test_a_line_larger_than_a_block_is_refused(tmp_path, monkeypatch, module):
    """A line that never ends is refused instead of read again and again."""
    monkeypatch.setattr(module, "_BLOCK", 100)
    (tmp_path / "metrics").mkdir()
    (tmp_path / "meta.yaml").write_text("artifact_uri: x\n")
    (tmp_path / "metrics" / "loss").write_bytes(b"1" * 200)
    (tmp_path / "progress.csv").write_text("training_iteration,time_total_s\n" + "1" * 200)
    form, name = ("mlflow", "metrics/loss") if module is mlflow else ("ray", "progress.csv")
    with pytest.raises(ValueError, match="a line of more than"):
        read_log(form, tmp_path / name)


def test_objects_and_lines_are_capped(tmp_path, monkeypatch):
    """JSON that does not fit in memory is refused by its size."""
    monkeypatch.setattr(json_text, "MAX_OBJECT", 100)
    monkeypatch.setattr(json_text, "MAX_LINE", 100)
    (tmp_path / "catboost_training.json").write_text('{"meta": {}, "iterations": []}' + " " * 100)
    with pytest.raises(ValueError, match="JSON object of more than"):
        read_log("catboost", tmp_path / "catboost_training.json")
    (tmp_path / "journal.log").write_text('{"op_code": 0, "worker_id": "w"' + " " * 100 + "}\n")
    with pytest.raises(ValueError, match="line of more than"):
        read_log("optuna_journal", tmp_path / "journal.log")


def test_tables_are_capped(tmp_path, monkeypatch):
    """So is a table that has to be read at once."""
    monkeypatch.setattr(header_table, "_LARGEST", 10)
    (tmp_path / "progress.csv").write_text("time/total_timesteps,loss\n1,2\n")
    with pytest.raises(ValueError, match="a table of more than"):
        read_log("sb3", tmp_path / "progress.csv")


@pytest.mark.parametrize(
    "header", ["time/total_timesteps,a\rb", "time/total_timesteps," + "a" * 200_000]
)
def test_a_header_that_is_none_is_refused(tmp_path, header):
    """Line ends within a header, or a name of hundreds of kilobytes, are no table's."""
    (tmp_path / "progress.csv").write_bytes(f"{header}\n1,2\n".encode())
    with pytest.raises(ValueError, match="no header of a table"):
        FORMATS.load("sb3").read(Probe.of(tmp_path / "progress.csv"), Resume())


def test_records_are_capped(tmp_path, monkeypatch):
    """A record larger than anything W&B logs is skipped and said; the next ones are read."""
    monkeypatch.setattr(framed_records, "_LARGEST", 50_000)
    path = tmp_path / "run-1.wandb"
    path.write_bytes(
        run_file(history(0, loss="1.5"), field(4, b"x" * 200_000), history(1, loss="2.5"), FINISHED)
    )
    log = read_log("wandb", path)
    assert curve(log, "loss") == {0: 1.5, 1: 2.5}
    assert len(log.problems) == 1


def summary(**values):
    return field(
        3, b"".join(field(1, field(1, key) + field(16, text)) for key, text in values.items())
    )


def test_what_stands_in_the_summary_alone_is_read(tmp_path):
    """A test score that was put into the summary is a point at the last step; what was logged is not repeated."""
    path = tmp_path / "run-1.wandb"
    nested = history(2, val='{"loss": 0.5}')
    again = field(3, field(1, field(2, "val") + field(2, "loss") + field(16, "0.5")))
    repeated = summary(
        loss="0.1", best="0.3", _step="2", table='{"_type": "table-file", "nrows": 3}'
    )
    whole = run_file(
        *rows(3), nested, again, repeated, summary(best="0.2", test='{"acc": 0.9}'), FINISHED
    )
    path.write_bytes(whole)
    log = read_log("wandb", path)
    assert curve(log, "loss") == {0: 1.0, 1: 0.5, 2: 1 / 3}
    assert curve(log, "best") == {2: 0.2}
    assert curve(log, "test.acc") == {2: 0.9}
    assert set(log.points.names) == {"loss", "best", "test.acc", "val.loss"}
    assert curve(log, "val.loss") == {2: 0.5}


def test_the_summary_is_told_from_the_history_read_before(tmp_path):
    """What was logged before the file was read on is still not repeated from the summary."""
    path = tmp_path / "run-1.wandb"
    start = run_file(*rows(3))
    path.write_bytes(start)
    first = read_log("wandb", path)
    path.write_bytes(run_file(*rows(3), summary(loss="0.1", best="0.2"), FINISHED))
    later = read_log("wandb", path, Resume(first.offset, first.state))
    assert points(later) == [("best", 2, "0.2")]


def test_environment_and_commit_are_noted(tmp_path):
    """The environment record gives host, command line and commit; the run record commit, tags and sweep."""
    path = tmp_path / "run-1.wandb"
    git = field(9, field(1, "https://example.org/x.git") + field(2, "abc"))
    environment = (
        field(6, "train.py")
        + field(5, "--lr")
        + field(5, "0.1")
        + field(12, "node7")
        + git
        + field(1, "Linux")
    )
    config = field(
        4,
        field(1, field(1, "lr") + field(16, "0.1"))
        + field(1, field(1, "_wandb") + field(16, "{}")),
    )
    times = field(17, field(1, 1_700_000_000) + field(2, 500_000_000))
    run = (
        field(1, "id7")
        + field(10, "a")
        + field(10, "b")
        + field(12, "sweep9")
        + field(3, "proj")
        + config
        + times
    )
    path.write_bytes(run_file(field(17, run), field(26, environment), field(18, field(2, 90))))
    (facts,) = read_log("wandb", path).runs
    assert (facts.host, facts.command, facts.commit) == ("node7", "train.py --lr 0.1", "abc")
    assert (facts.parent, facts.tags, facts.params) == ("proj", ("a", "b"), {"lr": 0.1})
    assert (facts.started, facts.ended) == (1_700_000_000.5, 1_700_000_090.5)
