"""What runs that have not ended are worth to a search: a bound, a forecast that proved right, or nothing."""

import json

import numpy as np
import pytest
from csv_runs import read_in

from logminer.workflows.history import View, mine_history
from logminer.workflows.suggest import suggest


def write(folder, values, *, name="val_loss", **params):
    folder.mkdir(parents=True)
    rows = [f"{i},{value:.6g}" for i, value in enumerate(values)]
    (folder / "metrics.csv").write_text("\n".join([f"epoch,{name}", *rows]) + "\n")
    (folder / "hparams.json").write_text(json.dumps(params))


def falling(floor, n, *, height=1.0):
    return floor + height * 0.85 ** np.arange(n)


def overfitting(floor, n, dip=8):
    t = np.arange(n)
    return floor + np.exp(-np.minimum(t, dip) / 3) + 0.03 * np.maximum(t - dip, 0)


def counted(store, **view):
    notes = suggest(store, View(**view), task=mine_history(store).history.tasks[0], n=2).notes
    return [note.split("counted ")[1] for note in notes if "unfinished run" in note]


def test_a_run_that_is_already_the_best_counts_by_that(store, tmp_path):
    """It has its best behind it and will end worse: what counts is reached."""
    for i in range(12):
        write(tmp_path / f"r{i}", overfitting(0.5 + 0.02 * i, 40), lr=0.01 * (i + 1), epochs=40)
    write(tmp_path / "going", overfitting(0.3, 14), lr=0.5, epochs=40)
    read_in(store, tmp_path)
    assert counted(store) == ["by its best so far, which no finished run reached"]
    best = min(overfitting(0.3, 14))
    asked = suggest(store, task=mine_history(store).history.tasks[0], n=3).suggestions
    assert min(s.predicted for s in asked) < best + 0.15


def test_forecasts_that_proved_right_on_finished_runs_are_told(store, tmp_path):
    """Curves that never cross: where one stands tells where it ends."""
    for i in range(12):
        write(tmp_path / f"r{i}", falling(0.2 + 0.05 * i, 30), lr=0.01 * (i + 1), epochs=30)
    write(tmp_path / "going", falling(0.5, 15), lr=0.065, epochs=30)
    read_in(store, tmp_path)
    assert [words.split(":")[0] for words in counted(store)] == ["by its forecast"]


@pytest.mark.parametrize("summary", ["best", "last"])
def test_where_early_ranks_mean_nothing_a_run_is_left_pending(store, tmp_path, summary):
    """Ends that have nothing to do with how runs began."""
    rng = np.random.default_rng(0)
    for i in range(12):
        early, late = rng.uniform(0.9, 1.1), rng.uniform(0.1, 0.8)
        values = np.r_[np.full(15, early), np.linspace(early, late, 15)]
        write(tmp_path / f"r{i}", values, lr=0.01 * (i + 1), epochs=30)
    write(tmp_path / "going", np.full(12, 1.0), lr=0.065, epochs=30)
    read_in(store, tmp_path)
    assert [words.split(":")[0] for words in counted(store, summary=summary)] == ["as pending"]


def test_two_finished_runs_prove_nothing(store, tmp_path):
    """However right forecasts were on them."""
    for i in range(2):
        write(tmp_path / f"r{i}", falling(0.2 + 0.05 * i, 30), lr=0.01 * (i + 1), epochs=30)
    write(tmp_path / "going", falling(0.5, 15), lr=0.065, epochs=30)
    read_in(store, tmp_path)
    assert [words.split(":")[0] for words in counted(store)] == ["as pending"]


def test_accuracies_count_likewise(store, tmp_path):
    """The bound of a metric to be raised is its highest value so far."""
    for i in range(6):
        write(
            tmp_path / f"r{i}",
            0.9 - falling(0.1 + 0.02 * i, 30),
            name="val_accuracy",
            lr=0.01 * (i + 1),
            epochs=30,
        )
    write(
        tmp_path / "going",
        0.99 - falling(0.01, 20, height=0.5),
        name="val_accuracy",
        lr=0.5,
        epochs=30,
    )
    read_in(store, tmp_path)
    assert counted(store) == ["by its best so far, which no finished run reached"]
