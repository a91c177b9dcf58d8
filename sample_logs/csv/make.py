"""Write the CSV samples: the ways in which people keep curves and results in tables. `python make.py`."""

import csv
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_training import train

HERE = Path(__file__).parent
START = 1_700_000_000.0


def write(path, header, rows, delimiter=","):
    path = HERE / path
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerows([header, *rows])


def curve():
    """One run: validation measured every other epoch (blank cells), a NaN written, a wall time."""
    rows = []
    for row in train(lr=0.3):
        even = row["epoch"] % 2 == 0
        val = [row["val_loss"], row["val_accuracy"]] if even else ["", ""]
        norm = "nan" if row["epoch"] == 3 else 0.5 / row["epoch"]
        rows.append(
            [
                row["epoch"] * 13,
                row["epoch"],
                START + row["epoch"],
                "sgd",
                row["train_loss"],
                *val,
                norm,
            ]
        )
    header = [
        "step",
        "epoch",
        "timestamp",
        "optimizer",
        "train_loss",
        "val_loss",
        "val_accuracy",
        "grad_norm",
    ]
    write("curve/metrics.csv", header, rows)


def one_run_a_row():
    """A table of results: hyperparameters left, results right."""
    rows = []
    for i, (lr, size) in enumerate([(0.01, 8), (0.1, 8), (0.1, 32), (1.0, 32)]):
        last = list(train(lr=lr, batch_size=size, seed=i))[-1]
        rows.append([lr, size, "sgd", last["val_loss"], last["val_accuracy"]])
    write(
        "one_run_a_row/results.csv",
        ["lr", "batch_size", "optimizer", "val_loss", "val_accuracy"],
        rows,
    )


def stacked_runs():
    """Several runs in one long table, told apart by an id, with their hyperparameters in every row."""
    rows = [
        [f"run{i}", lr, row["epoch"], row["train_loss"], row["val_accuracy"]]
        for i, lr in enumerate([0.01, 0.1, 1.0])
        for row in train(lr=lr, epochs=4, seed=i)
    ]
    write(
        "stacked_runs/history.csv",
        ["run_id", "learning_rate", "epoch", "loss", "val_accuracy"],
        rows,
    )


def long_form():
    """One measurement a row, semicolons and decimal commas, split by train and val."""
    rows = []
    for row in train(epochs=4):
        for split in ("train", "val"):
            rows += [
                [row["epoch"], split, metric, str(row[f"{split}_{metric}"]).replace(".", ",")]
                for metric in ("loss", "accuracy")
            ]
    write("long_form/log.csv", ["epoch", "split", "metric", "value"], rows, ";")


def side_by_side():
    """One file a run, tab separated."""
    for i, lr in enumerate([0.1, 1.0]):
        rows = [[r["epoch"], r["train_loss"], r["val_accuracy"]] for r in train(lr=lr, epochs=4)]
        write(f"side_by_side/run_{i}.tsv", ["epoch", "loss", "val_accuracy"], rows, "\t")


def prose():
    """No table at all: refused with one line."""
    (HERE / "prose").mkdir(exist_ok=True)
    text = "Dear colleagues, the second run looked better than the first.\nNext week, I will try again.\n"
    (HERE / "prose" / "notes.csv").write_text(text)


if __name__ == "__main__":
    for sample in (curve, one_run_a_row, stacked_runs, long_form, side_by_side, prose):
        sample()
