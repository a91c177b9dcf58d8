"""JSON documents that hold several runs, or curves in other forms than lists."""

import json

import pytest
from log_files import curve, curves, read_document

from logminer.core.problem import NotALogError
from logminer.formats import Match, Probe, jsonl, yaml


def cells(log):
    return [dict(run.cells) for run in log.runs]


def test_curves_keyed_by_step(tmp_path):
    """What pandas writes of a Keras history is curves by epoch, not a metric for each of them."""
    data = {"loss": {"0": 3.0, "1": 2.0, "2": 1.0}, "val_acc": {"0": 0.1, "1": None, "2": 0.3}}
    log = read_document(tmp_path, "h.json", data)
    assert curves(log) == {
        "loss": [(0, 3.0), (1, 2.0), (2, 1.0)],
        "val_acc": [(0, 0.1), (2, 0.3)],
    }
    log = read_document(
        tmp_path, "run.json", {"lr": 0.1, "history": {"loss": {"10": 2.0, "20": 1.0}}}
    )
    assert curves(log) == {"history/loss": [(10, 2.0), (20, 1.0)]}
    assert cells(log) == [{"lr": 0.1}]


def test_a_frame_of_runs_keyed_by_row(tmp_path):
    """The same form holds a table of runs when its columns are settings."""
    data = {
        "lr": {"0": 0.1, "1": 0.2},
        "opt": {"0": "sgd", "1": "adam"},
        "acc": {"0": 0.8, "1": 0.9},
    }
    assert cells(read_document(tmp_path, "frame.json", data)) == [
        {"lr": 0.1, "opt": "sgd", "acc": 0.8},
        {"lr": 0.2, "opt": "adam", "acc": 0.9},
    ]
    split = {
        "columns": ["lr", "opt", "acc"],
        "index": [0, 1],
        "data": [[0.1, "sgd", 0.8], [0.2, "adam", 0.9]],
    }
    assert cells(read_document(tmp_path, "split.json", split))[1] == {
        "lr": 0.2,
        "opt": "adam",
        "acc": 0.9,
    }


def test_runs_by_name_with_curves(tmp_path):
    """Arrays within named runs are curves of those runs."""
    data = {
        f"w{w}_s{s}": {"width": w, "seed": s, "step": [10, 20, 30], "test_acc": [0.1, 0.2, w / 100], "done": True}
        for w in (8, 16) for s in (1, 2)
    }  # fmt: skip
    log = read_document(tmp_path, "sweep.json", data)
    assert [run.key for run in log.runs] == list(data)
    assert cells(log)[3] == {"width": 16, "seed": 2, "done": True}
    assert curves(log, run=3) == {"test_acc": [(10, 0.1), (20, 0.2), (30, 0.16)]}


def test_list_of_runs_with_curves(tmp_path):
    """Records in a list, each with nested settings, results and curves, are a run each."""
    data = [
        {"params": {"lr": lr}, "metrics": {"acc": lr}, "history": [{"epoch": e, "loss": 1 / e} for e in (1, 2)]}
        for lr in (0.1, 0.2)
    ]  # fmt: skip
    log = read_document(tmp_path, "all.json", data)
    assert len(log.runs) == 2
    assert log.runs[1].params == {"params.lr": 0.2}
    assert curves(log, run=1) == {"loss": [(1, 1.0), (2, 0.5)], "acc": [(0, 0.2)]}


@pytest.mark.parametrize("key", ["lr={},bs={}", "lr={}_bs={}", "lr{}_bs{}", "lr_{}_bs_{}"])
def test_results_keyed_by_what_was_chosen(tmp_path, key):
    """Keys that spell settings give cells by their names."""
    data = {key.format(lr, bs): lr * bs for lr in (0.1, 0.2) for bs in (8, 16)}
    log = read_document(tmp_path, "val_accuracy.json", data)
    assert cells(log)[1] == {"lr": 0.1, "bs": 16, "val_accuracy": 1.6}
    assert len({run.key for run in log.runs}) == 4


def test_grid_in_nested_mappings(tmp_path):
    """Levels without names are cells named by their depth; leaves may be numbers, metrics or curves."""
    grid = {"sgd": {"0.1": 0.91, "0.01": 0.9}, "adam": {"0.1": 0.7, "0.01": 0.95}}
    assert cells(read_document(tmp_path, "out.json", grid))[3] == {
        "level.1": "adam", "level.2": 0.01, "value": 0.95,
    }  # fmt: skip
    grid = {"0.1": {"32": {"acc": 0.9, "loss": 0.3}, "64": {"acc": 0.8, "loss": 0.4}},
            "0.2": {"32": {"acc": 0.7, "loss": 0.5}, "64": {"acc": 0.6, "loss": 0.6}}}  # fmt: skip
    assert cells(read_document(tmp_path, "grid.json", grid))[2] == {
        "level.1": 0.2, "level.2": 32, "acc": 0.7, "loss": 0.5,
    }  # fmt: skip
    grid = {"0.1": [3, 2, 1], "0.01": [3, 2.5, 2]}
    log = read_document(tmp_path, "train_losses.json", grid)
    assert cells(log) == [{"level.1": 0.1}, {"level.1": 0.01}]
    assert curve(log, "train_losses", run=1) == [(0, 3.0), (1, 2.5), (2, 2.0)]


def test_parts_of_one_run_are_no_runs(tmp_path):
    """Splits, and a config beside its metrics, are of one run; so are parts that share no keys."""
    log = read_document(
        tmp_path,
        "final.json",
        {"train": {"loss": 0.1, "acc": 0.9}, "val": {"loss": 0.2, "acc": 0.8}},
    )
    assert len(log.runs) == 1
    log = read_document(tmp_path, "x.json", {"config": {"lr": 0.1}, "metrics": {"acc": 0.9}})
    assert (log.runs[0].params, curves(log)) == ({"config.lr": 0.1}, {"acc": [(0, 0.9)]})
    log = read_document(
        tmp_path, "y.json", {"optimizer": {"lr": 0.1}, "model": {"width": 3}, "acc": 0.5}
    )
    assert cells(log) == [{"optimizer.lr": 0.1, "model.width": 3, "acc": 0.5}]


def test_report_by_class_is_no_search(tmp_path):
    """classification_report(output_dict=True) tells of one model."""
    row = {"precision": 0.9, "recall": 0.8, "f1-score": 0.85, "support": 10}
    with pytest.raises(NotALogError, match="by class"):
        read_document(
            tmp_path, "report.json", {"cat": row, "dog": row, "accuracy": 0.8, "macro avg": row}
        )


def test_pairs_of_step_and_value(tmp_path):
    """A list of pairs is a curve with its own steps, alone or within a record."""
    assert curves(read_document(tmp_path, "val_loss.json", [[10, 3.0], [20, 2.0], [40, 1.0]])) == {
        "val_loss": [(10, 3.0), (20, 2.0), (40, 1.0)]
    }
    log = read_document(tmp_path, "run.json", {"lr": 0.1, "loss": [[1, 3.0], [5, 2.0]]})
    assert curves(log) == {"loss": [(1, 3.0), (5, 2.0)]}


def test_tensorboards_download_as_json(tmp_path):
    """Wall time, step and value in triples; run and metric from the file's name."""
    log = read_document(
        tmp_path, "run-a_lr0.1-tag-loss.json", [[1700000000.5, 0, 3.0], [1700000001.5, 5, 2.0]]
    )
    assert log.runs[0].root == str(tmp_path / "a_lr0.1")
    assert curves(log) == {"loss": [(0, 3.0), (5, 2.0)]}
    assert log.points.wall.tolist() == [1700000000.5, 1700000001.5]


@pytest.mark.parametrize("name", ["log.txt", "train.log", "events.jsonl", "run.out"])
def test_lines_of_a_curve_under_any_name(tmp_path, name):
    """JSON lines with a step of any name and a plan are one run, finished when the plan is reached."""
    rows = [
        {"processed_samples": s, "num_samples": 400, "loss": 1 / s, "lr": 1 / s, "elapsed": f"0:00:{i:02}"}
        for i, s in enumerate((100, 200, 300, 400))
    ]  # fmt: skip
    log = read_document(tmp_path, name, "".join(json.dumps(row) + "\n" for row in rows), jsonl)
    assert len(log.runs) == 1
    assert [step for step, _ in curve(log, "loss")] == [100, 200, 300, 400]
    assert log.runs[0].status == "finished"


def test_lines_of_runs(tmp_path):
    """JSON lines of runs, with nested settings and a state."""
    rows = [
        {"model": {"width": 8 * i}, "lr": 0.1 / i, "status": "done", "best_val_loss": 1 / i, "note": f"try {i}"}
        for i in (1, 3, 2)
    ]  # fmt: skip
    log = read_document(
        tmp_path, "experiments.jsonl", "".join(json.dumps(row) + "\n" for row in rows), jsonl
    )
    assert [(run.status, run.cells["model.width"]) for run in log.runs] == [
        ("finished", 8), ("finished", 24), ("finished", 16),
    ]  # fmt: skip


def test_a_config_language_holds_parameters_until_it_measures(tmp_path):
    """YAML is parameters; with a measure in it, what nothing declares is cells."""
    assert read_document(tmp_path, "a.yaml", "lr: 0.1\nwidth: 8\n", yaml).runs[0].params == {
        "lr": 0.1,
        "width": 8,
    }
    log = read_document(tmp_path, "run.yaml", "lr: 0.1\nval_acc: 0.9\n", yaml)
    assert (log.runs[0].params, log.runs[0].cells) == ({}, {"lr": 0.1, "val_acc": 0.9})


def test_documents_are_claimed_by_their_contents(tmp_path):
    """JSON lines under a suffix of texts go to their format and to no table."""
    from logminer.formats import csv

    path = tmp_path / "train.log"
    path.write_text('{"step": 1, "loss": 2}\n{"step": 2, "loss": 1}\n{"step": 3, "loss": 1}\n')
    assert jsonl.sniff(Probe.of(path)) is Match.GENERIC
    assert csv.sniff(Probe.of(path)) is Match.NO


def test_folds_by_name(tmp_path):
    """Keys that number folds or seeds tell which repeat a run is."""
    data = {f"fold_{i}": {"train_loss": [3, 2, i], "val_loss": [3, 2.5, 2]} for i in (1, 2)}
    log = read_document(tmp_path, "cv.json", data)
    assert cells(log) == [{"fold": 1}, {"fold": 2}]
    assert curve(log, "train_loss", run=1) == [(0, 3.0), (1, 2.0), (2, 2.0)]
