"""Caps of text-like formats: what is too much is left out or refused, and said."""

import json as json_library

import pytest
from log_files import curve, read, write

from logminer.core.parsed import Resume
from logminer.core.toml_text import MAX_PARTS, load_toml
from logminer.formats import Probe, json, jsonl, text, toml, yaml
from logminer.formats.documents import values


@pytest.mark.parametrize("settled", [10, 100_000])
def test_a_json_line_over_the_cap_is_said(tmp_path, monkeypatch, settled):
    """The lines around it are read, at whatever place of a block it stands."""
    monkeypatch.setattr(jsonl, "BLOCK", 1_000)
    monkeypatch.setattr(jsonl, "MAX_LINE", 3_000)
    for module in ("tables.row_log", "jsonl"):
        monkeypatch.setattr(f"logminer.formats.{module}.SETTLED", settled)
    lines = [f'{{"step":{i},"loss":1.{i}5}}' for i in range(6)]
    for place, size in ((1, 2_500), (0, 9_000), (3, 9_999), (6, 4_000)):
        some = [*lines]
        some.insert(place, f'{{"step":99,"loss":1,"note":"{"x" * size}"}}')
        path = write(tmp_path, "m.jsonl", "\n".join(some) + "\n")
        steps, problems = [], []
        resume = Resume()
        while resume.offset < path.stat().st_size:
            log = jsonl.read(Probe.of(path), resume)
            steps += log.points.step.tolist()
            problems += log.problems
            assert log.offset > resume.offset
            resume = Resume(log.offset, log.state)
        assert {*range(6)} <= {*steps}
        assert (99 in steps) == (size < 3_000)
        assert any("left out" in p.what for p in problems) == (size > 3_000)


def test_a_row_of_too_many_metrics_is_said_once(tmp_path):
    """Metrics beyond the cap are left out of each row, with one word for all."""
    rows = [{"step": i, **{f"m{k}": k / 7 for k in range(6_000)}} for i in range(3)]
    path = write(tmp_path, "m.jsonl", "".join(json_library.dumps(row) + "\n" for row in rows))
    log = read(path, jsonl)
    assert len(log.points) == 3 * (values.MAX_ENTRIES - 1)
    assert [p.what for p in log.problems] == ["more than 5000 values; the rest is left out"]


@pytest.mark.parametrize(
    "bomb",
    [
        ".".join(["a"] * 300) + " = 1\n",
        "[" + ".".join(["a"] * 300) + "]\nx = 1\n",
        "x = {y." + ".".join(["'a'"] * 300) + " = 1}\n",
        "x = " + "[" * 3_000 + "]" * 3_000 + "\n",
    ],
)
def test_toml_that_costs_the_square_is_refused(tmp_path, bomb):
    """Keys of very many parts and very deep nesting never reach the parser."""
    with pytest.raises(ValueError, match=r"parts|deep"):
        read(write(tmp_path, "config.toml", "lr = 0.1\n" + bomb), toml)


def test_toml_with_many_points_that_are_no_key_is_read():
    """Numbers, texts and versions hold points, and are as long as they like."""
    numbers = ", ".join(["1.5"] * 200)
    text_of_points = '"""\n' + "." * 500 + '\n"""'
    found = load_toml(f"a.b = [{numbers}]\nnote = {text_of_points}\n'x.{'y.' * 99}' = 1\n")
    assert len(found["a"]["b"]) == 200
    assert len(load_toml(".".join(["k"] * MAX_PARTS) + " = 1\n")) == 1


@pytest.mark.parametrize("marks", ["[],", '{"a":1},', "0.5,"])
def test_json_of_far_too_many_values_is_refused(tmp_path, monkeypatch, marks):
    """What would take too much memory once loaded is counted before it is loaded."""
    monkeypatch.setattr(values, "MAX_LOADED", 3_000_000)
    path = write(tmp_path, "history.json", '{"loss": [' + marks * 400_000 + "0]}")
    with pytest.raises(ValueError, match="memory"):
        read(path, json)


def test_a_progress_bar_without_an_end_is_left_out(tmp_path):
    """The lines around a line of megabytes are read."""
    bar = "".join(f"{i}%|#   | {i}/9000 [00:01<00:02]" for i in range(90_000))
    log = read(write(tmp_path, "train.log", f"step 1 loss=1.5\n{bar}\nstep 2 loss=0.5\n"), text)
    assert curve(log, "loss") == [(1, 1.5), (2, 0.5)]
    assert len(log.problems) == 1


def test_a_yaml_file_over_the_cap_is_not_opened(tmp_path):
    """Its size alone tells."""
    with pytest.raises(ValueError, match="MB is not read"):
        read(write(tmp_path, "config.yaml", "a: " + "x" * 4_100_000 + "\n"), yaml)
