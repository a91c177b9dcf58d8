"""Tables in which each column is a run and each row a setting or a measure, and curves within cells."""

import pytest
from log_files import curve, curves, read_table

from logminer.core.parsed import Resume
from logminer.core.problem import NotALogError
from logminer.formats import Match, Probe, csv


def cells(log):
    return [dict(run.cells) for run in log.runs]


def test_runs_compared_in_a_spreadsheet(tmp_path):
    """A TSV kept by hand: names of runs in the header, settings above measures, a state, a cell left blank."""
    text = (
        "Hyperparameter\tbaseline\tbig batch\tadam try\n"
        "Learning rate\t0.1\t0.1\t0.001\nBatch size\t32\t256\t32\nOptimizer\tSGD\tSGD\tAdam\n"
        "Epochs\t10\t10\t10\nval accuracy\t91.2%\t90.1%\t-\nval loss\t0.31\t0.35\t\n"
        "status\tdone\tdone\tcrashed\n"
    )
    log = read_table(tmp_path, text, "comparison.tsv")
    assert [run.key for run in log.runs] == ["baseline", "big batch", "adam try"]
    assert [run.status for run in log.runs] == ["finished", "finished", "failed"]
    found = cells(log)
    assert found[1]["Learning rate"] == 0.1
    assert found[1]["Batch size"] == 256
    assert found[2]["Optimizer"] == "Adam"
    assert [run.get("val accuracy") for run in found] == [91.2, 90.1, None]


def test_drawn_table_of_runs_side_by_side(tmp_path):
    """A Markdown table with a run a column is read, whatever its runs are called."""
    text = (
        "| metric   | run 1 | run 2 | run 3 |\n|---|---|---|---|\n"
        "| lr       | 0.01  | 0.003 | 0.001 |\n| dropout  | 0.0   | 0.1   | 0.2 |\n"
        "| test_acc | 0.81  | 0.84  | 0.79  |\n"
    )
    path = tmp_path / "RESULTS.md"
    path.write_text(text)
    assert csv.sniff(Probe.of(path)) is Match.GENERIC
    log = csv.read(Probe.of(path), Resume())
    assert [run.key for run in log.runs] == ["run 1", "run 2", "run 3"]
    assert [(run["lr"], run["dropout"], run["test_acc"]) for run in cells(log)] == [
        (0.01, 0.0, 0.81),
        (0.003, 0.1, 0.84),
        (0.001, 0.2, 0.79),
    ]


def test_curves_of_runs_named_by_their_config(tmp_path):
    """A DataFrame of histories: the header tells the config, each cell is a curve by epoch."""
    text = (
        ',"lr=0.1, wd=0","lr=0.01, wd=1e-4"\n'
        'loss,"[1.5, 1.25, nan]","[1.0, 0.5, 0.25]"\nval_loss,"[2, 3, 4]","[2, 1, 0.5]"\n'
    )
    log = read_table(tmp_path, text, "history.csv")
    assert [(run["lr"], run["wd"]) for run in cells(log)] == [(0.1, 0), (0.01, 1e-4)]
    assert curve(log, "val_loss", 1) == [(0, 2.0), (1, 1.0), (2, 0.5)]
    assert set(curves(log, 0)) == {"loss", "val_loss"}


def test_a_header_of_models_is_a_setting(tmp_path):
    """Where the first cell names a setting, each column is one of its values."""
    text = "optimizer,adam,sgd,lion\nlearning_rate,0.001,0.1,0.0001\naccuracy,0.9,0.88,0.91\n"
    log = read_table(tmp_path, text, "optimizers.csv")
    assert cells(log)[2] == {"optimizer": "lion", "learning_rate": 0.0001, "accuracy": 0.91}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        # Measures in the header: rows are runs, although their names are those of settings.
        ("ablation,val_acc,val_loss\nno dropout,0.9,0.4\nno momentum,0.8,0.5\nfull,0.92,0.3\n", 3),
        # Losses compared on data sets: the first cell says that the rows are losses.
        ("loss,lr,acc\ncross_entropy,0.1,0.9\ndice_loss,0.1,0.8\nfocal_loss,0.2,0.85\n", 3),
    ],
)
def test_upright_tables_stay_upright(tmp_path, text, keys):
    """A table with a row a run is not turned."""
    assert len(read_table(tmp_path, text, "ablation.csv").runs) == keys


@pytest.mark.parametrize(
    "text",
    [
        ",mean,std,min,max\nlr,0.1,0.2,0.3,0.4\naccuracy,0.1,0.2,0.3,0.4\n",
        ",cat,dog,macro avg\nprecision,0.9,0.8,0.85\nrecall,0.7,0.9,0.8\nf1-score,0.8,0.85,0.82\n",
    ],
)
def test_summaries_are_no_runs(tmp_path, text):
    """Statistics and reports by class that stand on their side hold no run."""
    try:
        runs = read_table(tmp_path, text, "summary.csv").runs
    except NotALogError:
        runs = []
    assert not {"mean", "std", "cat", "dog"} & {run.key for run in runs}


@pytest.mark.parametrize("left", ["[0.9, 0.5, 0.25]", "(0.9; 0.5; 0.25)", "[0.9 0.5 0.25]"])
def test_curves_in_the_cells_of_a_row(tmp_path, left):
    """A row a run with its curve in a cell, as Python, a spreadsheet or numpy writes it."""
    text = f"lr\tbatch_size\ttrain_loss\n0.1\t32\t{left}\n0.01\t64\t[1.5, 1.0]\n0.1\t64\t[2, 1]\n"
    log = read_table(tmp_path, text, "grid.tsv")
    assert cells(log)[0] == {"lr": 0.1, "batch_size": 32}
    assert curve(log, "train_loss") == [(0, 0.9), (1, 0.5), (2, 0.25)]


def test_what_came_of_a_try_is_its_state(tmp_path):
    """A diary's keep, discard and crash say how runs ended; a crash is a failure."""
    text = "lr,batch_size,val_bpb,status\n0.1,8,1.2,keep\n0.2,8,1.4,discard\n0.3,16,0.0,crash\n"
    log = read_table(tmp_path, text, "diary.csv")
    assert [run.status for run in log.runs] == ["finished", "finished", "failed"]
    assert "status" not in cells(log)[0]
