"""Where runs stand: plans and patience from the log, and results by one definition."""

import json
import os
import time

import numpy as np
import pytest
from csv_runs import read_in

from logminer.workflows import look
from logminer.workflows.extrapolate import outlook
from logminer.workflows.history import View, mine_history


def write(folder, losses, *, first=0, gap=1, axis="step", **params):
    """A run of losses at steps ``first``, ``first + gap``, …"""
    folder.mkdir(parents=True)
    rows = [f"{first + i * gap},{loss:.6g}" for i, loss in enumerate(losses)]
    (folder / "metrics.csv").write_text("\n".join([f"{axis},val_loss", *rows]) + "\n")
    (folder / "hparams.json").write_text(json.dumps(params))


def falling(n, floor=0.5):
    return floor + 1 / (1 + np.arange(n))


def dipping(best, behind, rise=0.05):
    """A loss that falls to evaluation ``best`` and rises for ``behind`` more."""
    down = falling(best + 1)
    return np.concatenate([down, down[-1] + rise * np.arange(1, behind + 1)])


def states(store):
    return look.runs(store).set_index("run")[["status", "planned"]]


@pytest.mark.parametrize(
    ("name", "plan", "first", "gap", "axis", "end"),
    [
        ("num_train_steps", 600, 20, 20, "step", 600),
        ("max_epochs", 30, 0, 1, "epoch", 29),
        ("n_timesteps", 4000, 200, 200, "timesteps", 4000),
    ],
)
def test_a_plan_in_the_log_leaves_a_run_unfinished(
    store, tmp_path, name, plan, first, gap, axis, end
):
    write(tmp_path / "a", falling(8), first=first, gap=gap, axis=axis, lr=0.1, **{name: plan})
    read_in(store, tmp_path)
    assert states(store)["planned"].tolist() == [end]
    row = outlook(store, mined := mine_history(store), mined.history.tasks[0]).table.iloc[0]
    assert (row["end"], row["state"]) == (end, "running")
    assert row["low"] < row["high"]
    assert row["advice"].startswith("go on")


def test_passes_over_the_data_are_turned_into_steps(store, tmp_path):
    for i in range(12):
        write(tmp_path / f"r{i}", falling(20), first=47, gap=47, lr=0.01 * (i + 1), epochs=10)
    write(tmp_path / "going", falling(7), first=47, gap=47, lr=0.5, epochs=10)
    read_in(store, tmp_path)
    found = states(store)
    assert found["planned"].tolist() == [940] * 13
    assert found.loc["going", "status"] == "unknown"
    assert (found.drop("going")["status"] == "finished").all()


@pytest.mark.parametrize("name", ["patience", "early_stopping.patience", "early_stopping_rounds"])
def test_a_run_that_ran_out_of_patience_has_ended(store, tmp_path, name):
    for i, best in enumerate([5, 9, 14, 22]):
        write(tmp_path / f"r{i}", dipping(best, 4), lr=0.1 * (i + 1), epochs=60, **{name: 4})
    write(tmp_path / "going", dipping(6, 2), lr=0.7, epochs=60, **{name: 4})
    read_in(store, tmp_path)
    found = states(store)["status"]
    assert found.to_dict() == {**{f"r{i}": "stopped early" for i in range(4)}, "going": "unknown"}
    mined = mine_history(store)
    assert outlook(store, mined, mined.history.tasks[0]).table["run"].tolist() == ["going"]


def test_patience_that_nobody_wrote_down_is_inferred_and_said_to_be(store, tmp_path):
    for i, best in enumerate([5, 9, 14, 22, 30]):
        write(tmp_path / f"r{i}", dipping(best, 7), lr=0.1 * (i + 1))
    read_in(store, tmp_path)
    trials = mine_history(store).history.trials
    assert set(trials["state"]) == {"stopped early"}
    assert trials["because"].str.startswith("inferred: 5 runs end 7 evaluations").all()
    assert str(look.show(store, "r0").facts["because"]).startswith("inferred")


@pytest.mark.parametrize(
    "behind",
    [[2, 9, 4, 7, 3], [0, 0, 0, 0, 0], [5, 5, 1, 8, 2]],
    ids=["anything", "cut off while falling", "few alike"],
)
def test_no_patience_is_inferred_where_runs_show_none(store, tmp_path, behind):
    for i, (best, more) in enumerate(zip([5, 9, 14, 22, 30], behind, strict=True)):
        write(tmp_path / f"r{i}", dipping(best, more), lr=0.1 * (i + 1))
    read_in(store, tmp_path)
    assert "stopped early" not in set(mine_history(store).history.trials["state"])


def test_an_ended_run_has_its_result_and_no_forecast(store, tmp_path):
    for i, best in enumerate([5, 9, 14, 22]):
        write(tmp_path / f"r{i}", dipping(best, 4), lr=0.1 * (i + 1), epochs=60, patience=4)
    read_in(store, tmp_path)
    mined = mine_history(store)
    own = mined.history
    table = outlook(store, mined, own.tasks[0], own.trials.index).table
    assert np.allclose(table["expected"], own.trials["value"])
    assert (table["low"] == table["high"]).all()
    assert set(table["advice"]) == {"stopped early"}
    assert table["beats_best"].max() == 1


def test_a_run_as_long_as_its_peers_that_still_runs_keeps_a_width(store, tmp_path):
    for i in range(3):
        write(tmp_path / f"r{i}", falling(20), lr=0.1 * (i + 1))
    read_in(store, tmp_path)
    mined = mine_history(store)
    mined.history.trials["state"] = ["running", "finished", "finished"]
    row = outlook(store, mined, mined.history.tasks[0]).table.iloc[0]
    assert row["end"] > row["seen"]
    assert row["low"] < row["high"]


@pytest.mark.parametrize("summary", ["best", "last"])
def test_forecasts_are_of_the_summary_that_counts(store, tmp_path, summary):
    """Runs that all rise after evaluation 10: one at 14 that is the best of all has its best behind it."""
    for i in range(85):
        write(tmp_path / f"r{i}", dipping(10, 30) + 0.001 * i, lr=0.01 * (i + 1), epochs=41)
    write(tmp_path / "going", dipping(10, 4) - 0.05, lr=0.9, epochs=41)
    read_in(store, tmp_path)
    mined = mine_history(store, View(summary=summary))
    row = outlook(store, mined, mined.history.tasks[0]).table.iloc[0]
    if summary == "best":
        assert row["expected"] == pytest.approx(dipping(10, 4).min() - 0.05, abs=1e-4)
        assert row["beats_best"] == 1
        assert row["advice"] == "has its best behind it: stop, keep step 10"
    else:
        assert row["expected"] > row["last"]
        assert "best behind" not in row["advice"]


def test_a_silent_run_is_said_to_be(store, tmp_path):
    """Its files were last written ten minutes ago."""
    write(tmp_path / "a", falling(8), lr=0.1, max_steps=600)
    old = time.time() - 600
    for file in (tmp_path / "a").iterdir():
        os.utime(file, (old, old))
    read_in(store, tmp_path)
    mined = mine_history(store)
    row = outlook(store, mined, mined.history.tasks[0]).table.iloc[0]
    assert row["state"] == "stale"
    assert "silent: no new point for more than 2 min" in row["advice"]
