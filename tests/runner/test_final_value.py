"""A script that keeps no log: its result is what it printed last, or stands in a small file."""

import math

import pytest

from logminer.runner._final_value import final_value


@pytest.mark.parametrize(
    ("metric", "printed", "value"),
    [
        ("sharpe_ratio", "Sharpe ratio: 0.15", 0.15),
        ("sharpe_ratio", "epoch 1\nthe sharpe-ratio is 1.5e-1, drawdown 7\nbye", 0.15),
        ("eval/reward", "eval reward = -12.5", -12.5),
        ("score", "score: 1\nscore: 2\nbest_score: 3", 2.0),
        ("gain", "hello\n0.25", 0.25),
        (None, "hello\n 0.25 \n\n", 0.25),
        ("auroc", "auroc: nan", math.nan),
    ],
)
def test_the_last_line_that_tells_counts(tmp_path, metric, printed, value):
    """Named in whatever spelling, or a number alone at the end."""
    (tmp_path / "stdout.log").write_text(printed)
    name, found = final_value(tmp_path, metric)
    assert name == (metric or "result")
    assert found == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize(
    ("metric", "printed"),
    [
        ("auroc", "auroc: n/a"),
        ("loss", "glossary 7 pages"),
        ("loss", "train_loss: 0.5"),
        ("f1", "f1_macro: 0.5"),
        (None, "took 3 seconds"),
        (None, ""),
        ("version", "version 1.2.3"),
    ],
)
def test_other_numbers_are_no_result(tmp_path, metric, printed):
    """A part of another name, another metric, a word, a version."""
    (tmp_path / "stdout.log").write_text(printed)
    assert final_value(tmp_path, metric) is None


@pytest.mark.parametrize(
    ("name", "text"), [("result.txt", "0.5\n"), ("score", "auroc = 0.5"), ("Value.out", "5e-1")]
)
def test_a_small_file_goes_before_what_was_printed(tmp_path, name, text):
    """As tuners' own tutorials have it."""
    (tmp_path / "stdout.log").write_text("auroc: 0.1")
    (tmp_path / name).write_text(text)
    assert final_value(tmp_path, "auroc") == ("auroc", 0.5)
