"""Names of two levels: as pandas writes them to CSV, as tuples, and joined by hand."""

import pytest
from log_files import write

from logminer.core.parsed import Resume
from logminer.formats import Probe, csv
from logminer.formats.tables.header_levels import joined_names


def read(folder, text, name="trials.csv"):
    return csv.read(Probe.of(write(folder, name, text.encode())), Resume())


def test_optuna_with_two_header_lines(tmp_path):
    """``trials_dataframe(multi_index=True).to_csv()`` of two objectives."""
    log = read(
        tmp_path,
        ",number,values,values,datetime_start,params,params,state\n,,0,1,,lr,opt,\n"
        "0,0,0.5,3.0,2026-05-01 10:00:00,0.1,sgd,COMPLETE\n1,1,,,2026-05-01 10:00:01,0.01,adam,PRUNED\n"
        "2,2,0.25,4.0,2026-05-01 10:00:02,0.001,adam,COMPLETE\n",
    )
    assert [run.params for run in log.runs] == [
        {"lr": 0.1, "opt": "sgd"}, {"lr": 0.01, "opt": "adam"}, {"lr": 0.001, "opt": "adam"},
    ]  # fmt: skip
    assert [run.status for run in log.runs] == ["finished", "pruned", "finished"]
    assert log.points.names == ["values_0", "values_1"]
    assert log.points.value.tolist() == [0.5, 0.25, 3.0, 4.0]


def test_one_name_below_one_above(tmp_path):
    """A single hyperparameter repeats no name above."""
    log = read(
        tmp_path,
        "number,value,params,state\n,,momentum,\n0,0.5,0.9,COMPLETE\n1,0.4,0.8,COMPLETE\n2,0.3,0.95,FAIL\n",
    )
    assert [run.params for run in log.runs] == [{"momentum": m} for m in (0.9, 0.8, 0.95)]


def test_aggregated_frames(tmp_path):
    """``groupby("lr").agg({"val_loss": ["mean", "std"]})``: every name of the first line is above one of the second."""
    log = read(
        tmp_path,
        "lr,val_loss,val_loss\n,mean,std\n0.1,0.5,0.01\n0.01,0.4,0.02\n0.001,0.6,0.03\n",
        "grid.csv",
    )
    assert log.runs[0].cells == {"lr": 0.1, "val_loss_mean": 0.5, "val_loss_std": 0.01}


def test_a_row_of_words_is_no_header(tmp_path):
    """Rows of choices stay rows, and so does a row without measurements."""
    log = read(tmp_path, "optimizer,schedule,acc\nsgd,cosine,\nadam,step,0.9\nadam,cosine,0.8\n")
    assert [run.cells.get("optimizer") for run in log.runs] == ["sgd", "adam", "adam"]


def test_a_table_read_on_keeps_its_names(tmp_path):
    """What is appended to a long table has the names of its beginning."""
    head = "step,loss,loss\n,train,val\n"
    rows = [f"{i},{1 / (i + 1):.6f},{2 / (i + 1):.6f}\n" for i in range(16_000)]
    path = write(tmp_path, "history.csv", (head + "".join(rows)).encode())
    first = csv.read(Probe.of(path), Resume())
    with path.open("a") as file:
        file.write("16000,0.5,0.75\n")
    second = csv.read(Probe.of(path), Resume(first.offset, first.state))
    assert first.points.names == second.points.names == ["loss_train", "loss_val"]
    assert second.points.value.tolist() == [0.5, 0.75]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["('number', '')", "('params', 'lr')"], ["number", "params_lr"]),
        (["('values', 0)", "('values', 1)"], ["values_0", "values_1"]),
        (["number_", "value_", "params_lr"], ["number", "value", "params_lr"]),
        (["number.", "value.", "params.lr"], ["number", "value", "params.lr"]),
        (["loss_", "acc"], ["loss_", "acc"]),
        (["_step", "_runtime_", "a_", "b_c"], ["_step", "_runtime_", "a_", "b_c"]),
    ],
)
def test_joined_names(written, meant):
    """Tuples and leftover joiners; a lone underscore is part of a name."""
    assert joined_names(written) == meant
