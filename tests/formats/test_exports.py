"""Tables that people take out of services and tools, built with their documented columns: parameters, results and all else."""

import json

import pytest
from log_files import write

from logminer.core.parsed import Resume
from logminer.formats import Probe, csv
from logminer.formats.tables.layout import layout_of_head

WANDB = (
    '"Name","State","Notes","User","Tags","Created","Runtime","Sweep","batch_size","learning_rate","_runtime","_step","val_loss"\n'
    '"sweet-1","finished","-","me","","2024-05-01T10:00:00.000Z","312","abc","32","0.001","312.5","9","0.35"\n'
    '"fast-2","crashed","-","me","","2024-05-01T10:10:00.000Z","301","abc","64","0.01","301.5","9",""\n'
    '"blue-3","killed","-","me","","2024-05-01T10:20:00.000Z","120","abc","16","0.1","120.5","3","0.8"\n'
)
NEPTUNE = (
    "sys/id,sys/state,sys/owner,sys/creation_time,sys/running_time,parameters/lr,parameters/opt/name,val/acc,monitoring/cpu\n"
    "DIG-1,Inactive,ada,2024-05-01T10:00:00Z,30.5,0.1,sgd,0.8,55\nDIG-2,Inactive,ada,2024-05-02T10:00:00Z,31.5,0.01,adam,0.9,56\n"
)
CLEARML = (
    "Type,Name,Tags,Status,Project,User,Started,Updated,Iteration,Parent task,hyperparams.Args.lr,last_metrics.val.loss\n"
    "Training,a,,Completed,digits,ada,2024-05-01 10:00,2024-05-01 11:00,100,,0.1,0.5\n"
    "Training,b,,Failed,digits,ada,2024-05-02 10:00,2024-05-02 11:00,200,,0.2,0.4\n"
)
COMET = (
    "Name,Experiment Key,Tags,User,Server end time,Duration,File name,Status,lr,val_accuracy\n"
    "plum,0a,,ada,2024-05-01 10:00:00,00:01:10,train.py,finished,0.1,0.8\nlime,0b,,ada,2024-05-02 10:00:00,00:02:10,train.py,running,0.2,0.9\n"
)
MLFLOW_PAGE = (
    "Start Time,Duration,Run ID,Name,Source Type,Source Name,User,Status,lr,val_loss\n"
    "2024-05-01 10:00:00,1.2min,aa,calm-1,LOCAL,train.py,ada,FINISHED,0.1,0.5\n2024-05-01 11:00:00,2s,bb,wild-2,LOCAL,train.py,ada,FAILED,0.2,0.4\n"
)
GUILD = (
    "run,operation,started,time,status,label,lr,step,loss\n"
    "2ce83521,train.py,2024-05-01 10:00:36,0:00:01,completed,lr=0.2,0.2,2,0.5\n0cdd6ae9,train.py,2024-05-01 10:00:35,0:00:01,error,lr=0.1,0.1,9,0.4\n"
)


def read(folder, text, name="export.csv"):
    return csv.read(Probe.of(write(folder, name, text.encode())), Resume())


def known(log):
    """Names that are declared or stand as cells, of all runs."""
    return {name for run in log.runs for name in (*run.params, *run.cells)} | {*log.points.names}


@pytest.mark.parametrize(
    ("text", "names", "states"),
    [
        (WANDB, {"batch_size", "learning_rate", "val_loss"}, ["finished", "failed", "preempted"]),
        (NEPTUNE, {"lr", "opt/name", "val/acc"}, ["unknown", "unknown"]),
        (CLEARML, {"Args.lr", "val.loss"}, ["finished", "failed"]),
        (COMET, {"lr", "val_accuracy"}, ["finished", "running"]),
        (MLFLOW_PAGE, {"lr", "val_loss"}, ["finished", "failed"]),
        (GUILD, {"lr", "loss"}, ["finished", "failed"]),
    ],
    ids=["wandb", "neptune", "clearml", "comet", "mlflow", "guild"],
)
def test_runs_tables(tmp_path, text, names, states):
    """What a service keeps for itself is recorded, and neither chosen nor measured."""
    log = read(tmp_path, text)
    assert known(log) == names
    assert [run.status for run in log.runs] == states


def test_wandb_charts_by_group_along_an_own_axis(tmp_path):
    """A column a run or a group, with copies of its least and largest; blank where it was not measured."""
    text = (
        '"evaluations","Group: big - val_loss","Group: big - val_loss__MIN","Group: big - val_loss__MAX","s-1 - val_loss","s-1 - val_loss__MIN","s-1 - val_loss__MAX"\n'
        '"10","2.5","2.4","2.6","2.7","2.7","2.7"\n"20","2.0","1.9","2.1","","",""\n"30","1.5","1.4","1.6","2.2","2.2","2.2"\n'
    )
    log = read(tmp_path, text)
    assert [run.key for run in log.runs] == ["big", "s-1"]
    assert log.points.names == ["val_loss"]
    assert sorted(zip(log.points.run.tolist(), log.points.step.tolist(), strict=True)) == [
        (0, 10), (0, 20), (0, 30), (1, 10), (1, 30),
    ]  # fmt: skip


def test_wandb_runs_of_the_api(tmp_path):
    """The documented script writes summary and config as texts of mappings."""
    rows = [
        (f'"{{""_step"": 9, ""val_loss"": {0.5 / (i + 1)}}}"', f'"{{""lr"": {0.1**i:g}}}"')
        for i in range(3)
    ]
    text = ",summary,config,name\n" + "".join(
        f"{i},{summary},{config},run-{i}\n" for i, (summary, config) in enumerate(rows)
    )
    log = read(tmp_path, text)
    assert [run.params for run in log.runs] == [{"lr": 1}, {"lr": 0.1}, {"lr": 0.01}]
    assert log.points.names == ["val_loss"]


@pytest.mark.parametrize("values", ["values_0,values_1", "values_loss,values_latency"])
def test_optuna_with_several_objectives_says_their_order(tmp_path, values):
    """A data frame of trials gives its objectives in order, whatever their names."""
    text = f"number,{values},datetime_start,params_lr,state\n0,0.5,3.0,2024-05-01 10:00:00,0.1,COMPLETE\n1,0.4,4.0,2024-05-01 10:01:00,0.2,COMPLETE\n"
    meta = read(tmp_path, text).runs[0].meta
    assert json.loads(meta["objectives"]) == values.split(",")


def test_values_of_one_objective_or_of_another_tool_are_no_order(tmp_path):
    """One objective has no order, and ``values_0`` beside other columns is a name like any other."""
    one = "number,value,params_lr,state\n0,0.5,0.1,COMPLETE\n1,0.4,0.2,COMPLETE\n"
    assert "objectives" not in read(tmp_path, one).runs[0].meta
    other = "run,values_0,values_1,lr,val_loss\na,0.5,3.0,0.1,0.5\nb,0.4,4.0,0.2,0.4\n"
    assert "objectives" not in read(tmp_path, other, "other.csv").runs[0].meta


def test_how_long_predictions_took_is_no_prediction(tmp_path):
    """A leaderboard of models is a table of runs; labels beside predictions are none."""
    board = (
        "model,score_val,pred_time_val,pred_time_test,lr\nA,0.9,0.1,0.2,0.1\nB,0.8,0.2,0.3,0.2\n"
    )
    assert len(read(tmp_path, board).runs) == 2
    with pytest.raises(ValueError, match="predictions"):
        read(tmp_path, "id,pred_label,label\n0,1,1\n1,0,1\n2,1,0\n", "predictions.csv")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_cell_of_several_lines(tmp_path, end):
    """What a failed trial printed stands in quotes over many lines; a quote that never closes is a character."""
    trace = end.join(["Traceback:", "  File a.py, line 3", "Error: boom"])
    rows = [f'{i},{0.1 * i + 0.1:.1f},"{trace}",' for i in range(3)]
    rows += [f"{i},{0.1 * i + 0.1:.1f},,{1 / i}" for i in range(3, 6)]
    log = read(tmp_path, end.join(["trial,lr,tb,val_loss", *rows, ""]))
    assert len(log.runs) == 6
    odd = b'run,size,lr,val_loss\na,5",0.1,0.5\nb,6,0.2,0.4\nc,7,0.3,0.3\n'
    assert layout_of_head(odd).names == ("run", "size", "lr", "val_loss")
