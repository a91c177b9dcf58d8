"""Notebooks: what their cells printed."""

import pytest
from log_files import curves, read, write

from logminer.formats import Match, Probe, notebook


def stream(*lines):
    return {"output_type": "stream", "name": "stdout", "text": [f"{line}\n" for line in lines]}


def cell(*outputs, source="train()", count=1):
    return {
        "cell_type": "code",
        "execution_count": count,
        "outputs": list(outputs),
        "source": [source],
    }


def book(folder, *cells):
    return write(folder, "train.ipynb", {"cells": list(cells), "metadata": {}, "nbformat": 4})


def test_printed_epochs_of_a_notebook_are_its_curves(tmp_path):
    """The notebook is the run, literals of known names its settings."""
    path = book(
        tmp_path,
        cell(source="learning_rate = 1e-3\nmodel = Net(3)\n%matplotlib inline\nx = 3"),
        cell(stream(*(f"Epoch {i}: loss={3 - i}.5 val_acc=0.{i}" for i in (1, 2))), count=2),
    )
    assert notebook.sniff(Probe.of(path)) is Match.EXACT
    log = read(path, notebook)
    assert log.runs[0].root == str(path.with_suffix(""))
    assert log.runs[0].params == {"learning_rate": 1e-3}
    assert curves(log) == {"loss": [(1, 2.5), (2, 1.5)], "val_acc": [(1, 0.1), (2, 0.2)]}


def test_tables_that_trainers_show_are_read(tmp_path):
    """fastai and the Trainer of transformers fill a table of HTML."""
    head = "".join(f"<th>{name}</th>" for name in ("Step", "Training Loss", "Validation Loss"))
    rows = "".join(f"<tr><td>{i}</td><td>{4 - i}.5</td><td>{4 - i}.75</td></tr>" for i in (1, 2, 3))
    page = {
        "output_type": "display_data",
        "data": {"text/html": [f"<table><tr>{head}</tr>{rows}</table>"]},
    }
    log = read(book(tmp_path, cell(page)), notebook)
    assert curves(log)["Training_Loss"] == [(1, 3.5), (2, 2.5), (3, 1.5)]


def test_cells_that_train_anew_are_runs_of_their_own(tmp_path):
    """In the order in which they were run, each with the settings of its time; an error at the end is a failure."""
    trained = stream("Epoch 1 loss=2.0", "Epoch 2 loss=1.0")
    died = {"output_type": "error", "ename": "ValueError", "evalue": "bad", "traceback": []}
    path = book(
        tmp_path,
        cell(trained, died, source="lr = 0.01\ntrain()", count=2),
        cell(trained, source="lr = 0.1\ntrain()", count=1),
    )
    runs = read(path, notebook).runs
    assert [(run.params, run.status, run.reason) for run in runs] == [
        ({"lr": 0.1}, "unknown", None),
        ({"lr": 0.01}, "failed", "ValueError: bad"),
    ]


@pytest.mark.parametrize(
    ("text", "match"),
    [('{"cells": [', Match.NO), ('{"cells": [], "nbformat": 4}', Match.PARTS), ("[1]", Match.NO),
     ('{"cells": 3, "nbformat": 4}', Match.NO), ('{"cells": [{"outputs": [3, {"data": 4}]}]}', Match.PARTS)],
)  # fmt: skip
def test_notebooks_that_trained_nothing_are_passed_over(tmp_path, text, match):
    """And damaged ones are none."""
    assert notebook.sniff(Probe.of(write(tmp_path, "a.ipynb", text))) is match
