"""JSON, YAML and TOML documents: parameters, results, curves and rows."""

import json
import math

import pytest
from log_files import curves, read_document

from logminer.core.parsed import ParsedLog, Points, Resume
from logminer.formats import Match, Probe, toml, yaml
from logminer.formats import json as json_format


def test_config_is_parameters(tmp_path):
    """A config's numbers are parameters whatever they are called, nested names joined by dots."""
    log = read_document(
        tmp_path, "config.json", {"lr": 0.1, "loss": 3, "model": {"layers": [4, 4]}, "seed": 1}
    )
    assert log.runs[0].params == {"lr": 0.1, "loss": 3, "model.layers": "[4, 4]", "seed": 1}
    assert not len(log.points)


def test_results_are_metrics_at_step_0(tmp_path):
    """Numbers of a results file are metrics; texts are not."""
    log = read_document(
        tmp_path, "results.json", {"test": {"accuracy": 0.9}, "val_loss": math.nan, "name": "x"}
    )
    assert str(curves(log)) == "{'test/accuracy': [(0, 0.9)], 'val_loss': [(0, nan)]}"


def test_metadata_file_is_metadata(tmp_path):
    """What is recorded about the machine is no hyperparameter."""
    log = read_document(tmp_path, "env.json", {"host": "a1", "gpus": 2})
    assert (log.runs[0].params, log.runs[0].meta) == ({}, {"host": "a1", "gpus": 2})


def test_mixed_record_is_taken_apart(tmp_path):
    """One file of everything: folders declare what lies in them, all else is a cell."""
    record = {
        "args": {"lr": 0.1, "hidden": 8, "out_dir": "/x"},
        "batch_size": 32, "optimizer": "sgd", "seed": 3,
        "best_val_acc": 0.9, "test_loss": 0.3, "loss_weight": 2.0,
        "hostname": "a1", "metrics": {"anything": 1.5},
    }  # fmt: skip
    log = read_document(tmp_path, "run.json", record)
    assert log.runs[0].params == {"args.lr": 0.1, "args.hidden": 8, "args.out_dir": "/x"}
    assert log.runs[0].cells == {
        "batch_size": 32, "optimizer": "sgd", "seed": 3, "best_val_acc": 0.9, "test_loss": 0.3, "loss_weight": 2.0,
        "hostname": "a1",
    }  # fmt: skip
    assert curves(log) == {"anything": [(0, 1.5)]}


def test_lists_of_a_history_are_curves(tmp_path):
    """Lists of numbers share the steps beside them; folders become slashes; betas stay a parameter."""
    data = {
        "epoch": [1, 2], "loss": [3.0, math.nan], "train": {"acc": [0.1, None, 0.3]},
        "betas": [0.9, 0.999], "lr": 0.1,
    }  # fmt: skip
    log = read_document(tmp_path, "run.json", data)
    assert str(curves(log)) == "{'loss': [(1, 3.0), (2, nan)], 'train/acc': [(0, 0.1), (2, 0.3)]}"
    assert log.runs[0].cells == {"betas": "[0.9, 0.999]", "lr": 0.1}


def test_rows_are_a_curve(tmp_path):
    """A list of objects is a table by step, alone or under a key of the run's record."""
    rows = [{"step": 5, "loss": 2.0}, {"step": 10, "loss": 1.0, "val": {"acc": 0.5}}]
    expected = {"loss": [(5, 2.0), (10, 1.0)], "val/acc": [(10, 0.5)]}
    assert curves(read_document(tmp_path, "a.json", rows)) == expected
    log = read_document(tmp_path, "b.json", {"config": {"lr": 0.1}, "history": rows})
    assert curves(log) == expected
    assert log.runs[0].params == {"config.lr": 0.1}


def test_rows_of_configs_are_runs(tmp_path):
    """Objects with hyperparameters and results and no step are a run each."""
    rows = [
        {"params": {"lr": 0.1, "units": 4}, "accuracy": 0.9},
        {"params": {"lr": 0.2, "units": 8}, "accuracy": 0.8},
    ]
    log = read_document(tmp_path, "results.json", rows)
    assert [run.params for run in log.runs] == [
        {"lr": 0.1, "units": 4},
        {"lr": 0.2, "units": 8},
    ]
    assert [run.cells for run in log.runs] == [{"accuracy": 0.9}, {"accuracy": 0.8}]


def test_mapping_of_runs_and_of_epochs(tmp_path):
    """Keys may be run names beside hyperparameters, or epoch numbers beside metrics."""
    log = read_document(
        tmp_path, "all.json", {"a": {"lr": 0.1, "val_loss": 1}, "b": {"lr": 0.2, "val_loss": 2}}
    )
    assert [(run.key, run.cells) for run in log.runs] == [
        ("a", {"lr": 0.1, "val_loss": 1}),
        ("b", {"lr": 0.2, "val_loss": 2}),
    ]
    log = read_document(tmp_path, "epochs.json", {"1": {"loss": 3}, "2": {"loss": 2}})
    assert curves(log) == {"loss": [(1, 3.0), (2, 2.0)]}


@pytest.mark.parametrize("data", ["3", '"text"', "[]", '["a", "b"]', "[[1, 2], [3, 4]]", "{", ""])
def test_document_without_a_run_is_refused(tmp_path, data):
    """Neither parameters nor measurements: one line says so."""
    path = tmp_path / "thing.json"
    path.write_text(data)
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        json_format.read(Probe.of(path), Resume())


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("package.json", '{"name": "x"}', Match.PARTS),
        ("book.json", '{"cells": [], "nbformat": 4}', Match.PARTS),
        ("index.json", '{"metadata": {}, "weight_map": {}}', Match.PARTS),
        ("log.json", '{"a": 1}\n{"a": 2}\n', Match.NO),
        ("x.json", "not json", Match.NO),
    ],
)
def test_other_documents_are_left_alone(tmp_path, name, text, match):
    """Package files, notebooks and weights hold nothing; JSON lines are another format's."""
    (tmp_path / name).write_text(text)
    assert json_format.sniff(Probe.of(tmp_path / name)) is match


def test_large_array_is_read_in_pieces(tmp_path, monkeypatch):
    """An array beyond the limit gives, piece by piece, what it gives at once; strings may hold brackets."""
    rows = [
        {"step": i, "loss": i / 7, "note": 'a ] } "quoted, \\ [{', "x": {"y": [i]}}
        for i in range(700)
    ]
    whole = read_document(tmp_path, "log.json", rows)
    monkeypatch.setattr(json_format, "LARGE", 1000)
    monkeypatch.setattr(json_format, "BLOCK", 1000)
    monkeypatch.setattr("logminer.formats.tables.row_log.SETTLED", 500)
    probe, log, parts, pieces = Probe.of(tmp_path / "log.json"), ParsedLog(), [], 0
    while log.offset < probe.size:
        log = json_format.read(probe, Resume(log.offset, log.state))
        parts.append(log.points)
        pieces += 1
    assert pieces > 20
    assert curves(ParsedLog(points=Points.concat(parts))) == curves(whole)


def test_broken_part_of_a_large_array_is_said(tmp_path, monkeypatch):
    """A piece that is no JSON is skipped and named by its place; the other pieces are kept."""
    monkeypatch.setattr(json_format, "LARGE", 100)
    monkeypatch.setattr(json_format, "BLOCK", 300)
    monkeypatch.setattr("logminer.formats.tables.row_log.SETTLED", 100)
    rows = [json.dumps({"step": i, "loss": 1.0}) for i in range(60)]
    rows[30] = '{"step": 30, "loss": oops}'
    (tmp_path / "log.json").write_text("[" + ",\n".join(rows) + "]")
    probe, log, steps, problems = Probe.of(tmp_path / "log.json"), ParsedLog(), [], []
    while log.offset < probe.size:
        log = json_format.read(probe, Resume(log.offset, log.state))
        steps += log.points.step.tolist()
        problems += log.problems
    assert len(problems) == 1
    assert problems[0].where.startswith("byte ")
    assert 30 not in steps
    assert {0, 15, 45, 59} <= set(steps)


def test_list_of_numbers_is_a_curve_named_by_its_file(tmp_path):
    """A bare list of numbers counts when the file's name says what they are."""
    assert curves(read_document(tmp_path, "train_loss.json", [3, 2.5, None, 1])) == {
        "train_loss": [(0, 3.0), (1, 2.5), (3, 1.0)]
    }
    (tmp_path / "ids.json").write_text("[1, 2, 3]")
    with pytest.raises(ValueError, match="measurements"):
        json_format.read(Probe.of(tmp_path / "ids.json"), Resume())


def test_history_within_a_record_shares_its_facts(tmp_path):
    """What is constant in the rows of a record belongs to its run; several runs in it stay several."""
    rows = [{"epoch": i, "loss": 1.0 / i, "model": "vit"} for i in (1, 2)]
    log = read_document(tmp_path, "a.json", {"lr": 0.1, "history": rows})
    assert log.runs[0].cells == {"model": "vit", "lr": 0.1}
    trials = [{"lr": lr, "width": 4, "accuracy": lr} for lr in (0.1, 0.2)]
    log = read_document(tmp_path, "b.json", {"study": "x", "trials": trials})
    assert [(run.cells["lr"], run.cells["study"]) for run in log.runs] == [(0.1, "x"), (0.2, "x")]


def test_empty_mapping_is_an_empty_run(tmp_path):
    """A config without entries, as Lightning writes, is no problem."""
    assert read_document(tmp_path, "config.json", {}).runs[0].params == {}


def test_large_object_is_refused(tmp_path, monkeypatch):
    """An object too large to load says so instead of filling the memory."""
    monkeypatch.setattr(json_format, "LARGE", 10)
    (tmp_path / "x.json").write_text('{"loss": [1, 2, 3, 4]}')
    with pytest.raises(ValueError, match="array"):
        json_format.read(Probe.of(tmp_path / "x.json"), Resume())


def test_yaml_and_toml_are_parameters(tmp_path):
    """A config is a config in any of the three languages."""
    expected = {"lr": 0.001, "opt.name": "sgd", "layers": "[4, 4]"}
    text = "lr: 1e-3\nopt: {name: sgd}\nlayers: [4, 4]\n"
    assert read_document(tmp_path, "c.yaml", text, yaml).runs[0].params == expected
    text = 'lr = 1e-3\nlayers = [4, 4]\n[opt]\nname = "sgd"\n'
    assert read_document(tmp_path, "c.toml", text, toml).runs[0].params == expected


@pytest.mark.parametrize(("module", "name"), [(yaml, "x.yaml"), (toml, "x.toml")])
@pytest.mark.parametrize("text", ["- a\n- b\n", "[[[", "just words", "\ufffe"])
def test_yaml_and_toml_without_parameters_are_refused(tmp_path, module, name, text):
    """Lists, words and broken text give one clear line."""
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        module.read(Probe.of(tmp_path / name), Resume())


@pytest.mark.parametrize(
    "rows", [[{}], [{}, {}], {"results.json": {"runs": [{}]}}, {"history": [{}, {"a": None}]}]
)
def test_rows_without_a_name_hold_nothing(tmp_path, rows):
    """What a tool wrote that had nothing to say is no fault of the reader."""
    try:
        log = read_document(tmp_path, "results.json", rows)
    except ValueError:
        return
    assert not len(log.points)
