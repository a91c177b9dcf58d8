"""JSON lines: rows, what is damaged among them, and files that grow."""

import json
import math

import pytest
from log_files import curves, read_document

from logminer.core.parsed import ParsedLog, Points, Resume
from logminer.formats import Probe, jsonl


def test_numbers_beyond_every_double(tmp_path):
    """Integers of hundreds of digits become infinite rather than an error."""
    log = read_document(
        tmp_path,
        "log.jsonl",
        '{"step": 1, "loss": 1' + "0" * 400 + '}\n{"step": 2, "loss": null}\n',
        jsonl,
    )
    assert curves(log) == {"loss": [(1, math.inf)]}


def test_texts_among_numbers_are_said(tmp_path):
    """A cell that is no number counts as blank, and is said once a column."""
    log = read_document(
        tmp_path,
        "log.jsonl",
        '{"step": 1, "loss": 2}\n{"step": 2, "loss": "oops"}\n{"step": 3, "loss": "1.5"}\n',
        jsonl,
    )
    assert curves(log) == {"loss": [(1, 2.0), (3, 1.5)]}
    assert ["'loss'" in p.what for p in log.problems] == [True]


def test_damaged_lines_are_named(tmp_path):
    """Blank lines are nothing, broken ones are skipped and said by number, NaN is a value."""
    text = '{"step": 1, "loss": 3}\n\n{"step": 2, "lo\n{"step": 3, "loss": NaN}\n[1]\n'
    log = read_document(tmp_path, "log.jsonl", text, jsonl)
    assert str(curves(log)) == "{'loss': [(1, 3.0), (3, nan)]}"
    assert [p.where for p in log.problems] == ["line 3", "line 5"]


def test_many_damaged_lines_are_counted(tmp_path):
    """Not every broken line is listed; the others are counted."""
    log = read_document(tmp_path, "log.jsonl", '{"step": 1, "loss": 3}\n' + "x\n" * 50, jsonl)
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
    log = read_document(
        tmp_path, "out.log", "".join(json.dumps(line) + "\n" for line in lines), jsonl
    )
    assert curves(log) == {
        f"{s}/{m}": [(1, 1.0), (2, 2.0)] for m in ("loss", "acc") for s in ("train", "val")
    }


def test_first_line_may_hold_the_config(tmp_path):
    """A line with a config gives parameters to the curve of the others."""
    log = read_document(
        tmp_path, "log.jsonl", '{"config": {"lr": 0.1}}\n{"step": 1, "loss": 3}\n', jsonl
    )
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
    monkeypatch.setattr("logminer.formats.tables.row_log.SETTLED", 200)
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f'{{"step": {i}, "loss": 1}}\n' for i in range(50)))
    log = jsonl.read(Probe.of(path), Resume())
    with path.open("a") as file:
        file.write('{"step": 50, "loss": 2}\n')
    log = jsonl.read(Probe.of(path), Resume(log.offset, log.state))
    assert curves(log) == {"loss": [(50, 2.0)]}
    assert not log.anew


def test_a_hyperparameter_of_rows_may_be_a_number_or_a_word(tmp_path):
    """Runs in JSON lines keep the words among a parameter's numbers, as written."""
    coefficients = [0.01, "auto", 0.02]
    rows = [
        {"hparams": {"ent_coef": c, "lr": 0.1 * i}, "test_acc": 0.5 + i}
        for i, c in enumerate(coefficients)
    ]
    log = read_document(
        tmp_path, "runs.jsonl", "".join(json.dumps(row) + "\n" for row in rows), jsonl
    )
    assert [run.params["ent_coef"] for run in log.runs] == coefficients
    assert not log.problems
