"""JSON, JSON lines, YAML and TOML documents: parameters, results, curves and rows."""

import json
import math

import pytest

from logminer.core.parsed import ParsedLog, Points, Resume
from logminer.formats import Match, Probe, jsonl, toml, yaml
from logminer.formats import json as json_format


def read(tmp_path, name, data, module=json_format):
    path = tmp_path / name
    text = data if isinstance(data, str) else json.dumps(data)
    path.write_text(text, encoding="utf-8")
    probe = Probe.of(path)
    assert module.sniff(probe) is Match.GENERIC
    return module.read(probe, Resume())


def curves(log, run=0):
    points = log.points
    found = {}
    for i, name in enumerate(points.names):
        rows = (points.metric == i) & (points.run == run)
        if rows.any():
            found[name] = list(
                zip(points.step[rows].tolist(), points.value[rows].tolist(), strict=True)
            )
    return found


def test_config_is_parameters(tmp_path):
    """A config's numbers are parameters whatever they are called, nested names joined by dots."""
    log = read(
        tmp_path, "config.json", {"lr": 0.1, "loss": 3, "model": {"layers": [4, 4]}, "seed": 1}
    )
    assert log.runs[0].params == {"lr": 0.1, "loss": 3, "model.layers": "[4, 4]", "seed": 1}
    assert not len(log.points)


def test_results_are_metrics_at_step_0(tmp_path):
    """Numbers of a results file are metrics; texts are not."""
    log = read(
        tmp_path, "results.json", {"test": {"accuracy": 0.9}, "val_loss": math.nan, "name": "x"}
    )
    assert str(curves(log)) == "{'test/accuracy': [(0, 0.9)], 'val_loss': [(0, nan)]}"


def test_metadata_file_is_metadata(tmp_path):
    """What is recorded about the machine is no hyperparameter."""
    log = read(tmp_path, "env.json", {"host": "a1", "gpus": 2})
    assert (log.runs[0].params, log.runs[0].meta) == ({}, {"host": "a1", "gpus": 2})


def test_mixed_record_is_taken_apart(tmp_path):
    """One file of everything: known names, folders and types tell what each value is."""
    record = {
        "args": {"lr": 0.1, "hidden": 8, "out_dir": "/x"},
        "batch_size": 32, "optimizer": "sgd", "seed": 3,
        "best_val_acc": 0.9, "test_loss": 0.3, "loss_weight": 2.0,
        "hostname": "a1", "metrics": {"anything": 1.5},
    }  # fmt: skip
    log = read(tmp_path, "run.json", record)
    params = log.runs[0].params
    assert {k: params[k] for k in ("args.lr", "args.hidden", "batch_size", "optimizer", "seed", "loss_weight")} == {
        "args.lr": 0.1, "args.hidden": 8, "batch_size": 32, "optimizer": "sgd", "seed": 3, "loss_weight": 2.0,
    }  # fmt: skip
    assert log.runs[0].meta == {"hostname": "a1"}
    assert curves(log) == {
        "best_val_acc": [(0, 0.9)],
        "test_loss": [(0, 0.3)],
        "anything": [(0, 1.5)],
    }


def test_lists_of_a_history_are_curves(tmp_path):
    """Lists of numbers share the steps beside them; folders become slashes; betas stay a parameter."""
    data = {
        "epoch": [1, 2], "loss": [3.0, math.nan], "train": {"acc": [0.1, None, 0.3]},
        "betas": [0.9, 0.999], "lr": 0.1,
    }  # fmt: skip
    log = read(tmp_path, "run.json", data)
    assert str(curves(log)) == "{'loss': [(1, 3.0), (2, nan)], 'train/acc': [(0, 0.1), (2, 0.3)]}"
    assert log.runs[0].params == {"betas": "[0.9, 0.999]", "lr": 0.1}


def test_rows_are_a_curve(tmp_path):
    """A list of objects is a table by step, alone or under a key of the run's record."""
    rows = [{"step": 5, "loss": 2.0}, {"step": 10, "loss": 1.0, "val": {"acc": 0.5}}]
    expected = {"loss": [(5, 2.0), (10, 1.0)], "val/acc": [(10, 0.5)]}
    assert curves(read(tmp_path, "a.json", rows)) == expected
    log = read(tmp_path, "b.json", {"config": {"lr": 0.1}, "history": rows})
    assert curves(log) == expected
    assert log.runs[0].params == {"config.lr": 0.1}


def test_rows_of_configs_are_runs(tmp_path):
    """Objects with hyperparameters and results and no step are a run each."""
    rows = [
        {"params": {"lr": 0.1, "units": 4}, "accuracy": 0.9},
        {"params": {"lr": 0.2, "units": 8}, "accuracy": 0.8},
    ]
    log = read(tmp_path, "results.json", rows)
    assert [run.params for run in log.runs] == [
        {"params.lr": 0.1, "params.units": 4},
        {"params.lr": 0.2, "params.units": 8},
    ]
    assert curves(log, run=1) == {"accuracy": [(0, 0.8)]}


def test_mapping_of_runs_and_of_epochs(tmp_path):
    """Keys may be run names beside hyperparameters, or epoch numbers beside metrics."""
    log = read(
        tmp_path, "all.json", {"a": {"lr": 0.1, "val_loss": 1}, "b": {"lr": 0.2, "val_loss": 2}}
    )
    assert [(run.key, run.params) for run in log.runs] == [("a", {"lr": 0.1}), ("b", {"lr": 0.2})]
    log = read(tmp_path, "epochs.json", {"1": {"loss": 3}, "2": {"loss": 2}})
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
    whole = read(tmp_path, "log.json", rows)
    monkeypatch.setattr(json_format, "LARGE", 1000)
    monkeypatch.setattr(json_format, "BLOCK", 1000)
    monkeypatch.setattr("logminer.formats._row_log.SETTLED", 500)
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
    monkeypatch.setattr("logminer.formats._row_log.SETTLED", 100)
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
    assert curves(read(tmp_path, "train_loss.json", [3, 2.5, None, 1])) == {
        "train_loss": [(0, 3.0), (1, 2.5), (3, 1.0)]
    }
    (tmp_path / "ids.json").write_text("[1, 2, 3]")
    with pytest.raises(ValueError, match="measurements"):
        json_format.read(Probe.of(tmp_path / "ids.json"), Resume())


def test_history_within_a_record_shares_its_facts(tmp_path):
    """What is constant in the rows of a record belongs to its run; several runs in it stay several."""
    rows = [{"epoch": i, "loss": 1.0 / i, "model": "vit"} for i in (1, 2)]
    log = read(tmp_path, "a.json", {"lr": 0.1, "history": rows})
    assert log.runs[0].params == {"model": "vit", "lr": 0.1}
    trials = [{"lr": lr, "width": 4, "accuracy": lr} for lr in (0.1, 0.2)]
    log = read(tmp_path, "b.json", {"study": "x", "trials": trials})
    assert [(run.params["lr"], run.params["study"]) for run in log.runs] == [(0.1, "x"), (0.2, "x")]


def test_empty_mapping_is_an_empty_run(tmp_path):
    """A config without entries, as Lightning writes, is no problem."""
    assert read(tmp_path, "config.json", {}).runs[0].params == {}


def test_numbers_beyond_every_double(tmp_path):
    """Integers of hundreds of digits become infinite rather than an error."""
    log = read(
        tmp_path,
        "log.jsonl",
        '{"step": 1, "loss": 1' + "0" * 400 + '}\n{"step": 2, "loss": null}\n',
        jsonl,
    )
    assert curves(log) == {"loss": [(1, math.inf)]}


def test_texts_among_numbers_are_said(tmp_path):
    """A cell that is no number counts as blank, and is said once a column."""
    log = read(
        tmp_path,
        "log.jsonl",
        '{"step": 1, "loss": 2}\n{"step": 2, "loss": "oops"}\n{"step": 3, "loss": "1.5"}\n',
        jsonl,
    )
    assert curves(log) == {"loss": [(1, 2.0), (3, 1.5)]}
    assert ["'loss'" in p.what for p in log.problems] == [True]


def test_large_object_is_refused(tmp_path, monkeypatch):
    """An object too large to load says so instead of filling the memory."""
    monkeypatch.setattr(json_format, "LARGE", 10)
    (tmp_path / "x.json").write_text('{"loss": [1, 2, 3, 4]}')
    with pytest.raises(ValueError, match="array"):
        json_format.read(Probe.of(tmp_path / "x.json"), Resume())


def test_damaged_lines_are_named(tmp_path):
    """Blank lines are nothing, broken ones are skipped and said by number, NaN is a value."""
    text = '{"step": 1, "loss": 3}\n\n{"step": 2, "lo\n{"step": 3, "loss": NaN}\n[1]\n'
    log = read(tmp_path, "log.jsonl", text, jsonl)
    assert str(curves(log)) == "{'loss': [(1, 3.0), (3, nan)]}"
    assert [p.where for p in log.problems] == ["line 3", "line 5"]


def test_many_damaged_lines_are_counted(tmp_path):
    """Not every broken line is listed; the others are counted."""
    log = read(tmp_path, "log.jsonl", '{"step": 1, "loss": 3}\n' + "x\n" * 50, jsonl)
    assert len(log.problems) == 21
    assert "30 more" in log.problems[-1].what


def test_metric_lines_of_stdout(tmp_path):
    """A metric and its value a line make several curves."""
    lines = [
        {"metric": m, "value": i, "step": i, "split": s}
        for i in (1, 2)
        for m in ("loss", "acc")
        for s in ("train", "val")
    ]
    log = read(tmp_path, "out.log", "".join(json.dumps(line) + "\n" for line in lines), jsonl)
    assert curves(log) == {
        f"{s}/{m}": [(1, 1.0), (2, 2.0)] for m in ("loss", "acc") for s in ("train", "val")
    }


def test_first_line_may_hold_the_config(tmp_path):
    """A line with a config gives parameters to the curve of the others."""
    log = read(tmp_path, "log.jsonl", '{"config": {"lr": 0.1}}\n{"step": 1, "loss": 3}\n', jsonl)
    assert log.runs[0].params == {"lr": 0.1}
    assert curves(log) == {"loss": [(1, 3.0)]}


@pytest.mark.parametrize("end", ["", "\n"])
def test_every_prefix_of_json_lines_grows_to_the_whole(tmp_path, end):
    """Cut anywhere and read on, the file ends like one read at once."""
    text = (
        "".join(f'{{"step": {i}, "loss": {i / 3}}}\n' for i in range(6)).rstrip() + end
    ).encode()
    path = tmp_path / "log.jsonl"
    path.write_bytes(text)
    whole = curves(jsonl.read(Probe.of(path), Resume()))
    for cut in range(len(text)):
        path.write_bytes(text[:cut])
        try:
            log = jsonl.read(Probe.of(path), Resume())
        except ValueError:
            log = ParsedLog()
        before = log.points
        path.write_bytes(text)
        log = jsonl.read(Probe.of(path), Resume(log.offset, log.state))
        points = log.points if log.anew else Points.concat([before, log.points])
        assert curves(ParsedLog(points=points)) == whole


def test_long_lines_file_is_read_on(tmp_path, monkeypatch):
    """Once settled, only appended lines are read."""
    monkeypatch.setattr("logminer.formats._row_log.SETTLED", 200)
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f'{{"step": {i}, "loss": 1}}\n' for i in range(50)))
    log = jsonl.read(Probe.of(path), Resume())
    with path.open("a") as file:
        file.write('{"step": 50, "loss": 2}\n')
    log = jsonl.read(Probe.of(path), Resume(log.offset, log.state))
    assert curves(log) == {"loss": [(50, 2.0)]}
    assert not log.anew


def test_yaml_and_toml_are_parameters(tmp_path):
    """A config is a config in any of the three languages."""
    expected = {"lr": 0.001, "opt.name": "sgd", "layers": "[4, 4]"}
    text = "lr: 1e-3\nopt: {name: sgd}\nlayers: [4, 4]\n"
    assert read(tmp_path, "c.yaml", text, yaml).runs[0].params == expected
    text = 'lr = 1e-3\nlayers = [4, 4]\n[opt]\nname = "sgd"\n'
    assert read(tmp_path, "c.toml", text, toml).runs[0].params == expected


@pytest.mark.parametrize(("module", "name"), [(yaml, "x.yaml"), (toml, "x.toml")])
@pytest.mark.parametrize("text", ["- a\n- b\n", "[[[", "just words", "\ufffe"])
def test_yaml_and_toml_without_parameters_are_refused(tmp_path, module, name, text):
    """Lists, words and broken text give one clear line."""
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        module.read(Probe.of(tmp_path / name), Resume())


def test_a_hyperparameter_of_rows_may_be_a_number_or_a_word(tmp_path):
    """Runs in JSON lines keep the words among a parameter's numbers, as written."""
    coefficients = [0.01, "auto", 0.02]
    rows = [
        {"hparams": {"ent_coef": c, "lr": 0.1 * i}, "test_acc": 0.5 + i}
        for i, c in enumerate(coefficients)
    ]
    log = read(tmp_path, "runs.jsonl", "".join(json.dumps(row) + "\n" for row in rows), jsonl)
    assert [run.params["hparams.ent_coef"] for run in log.runs] == coefficients
    assert not log.problems
