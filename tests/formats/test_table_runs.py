"""Tables of runs as people keep them: which rows are runs, and what stands beside them."""

import pytest
from log_files import curve, curves, read_table

from logminer.core.problem import NotALogError


def cells(log):
    return [dict(run.cells) for run in log.runs]


def test_german_decimal_commas(tmp_path):
    """A German Excel's export: semicolons, decimal commas, points between thousands, a byte order mark."""
    text = "\ufeffVersuch;Lernrate;Modell;Genauigkeit;Verlust\r\n1;0,1;CNN;0,91;1.234,5\r\n2;0,01;MLP;0,87;987,5\r\n3;0,001;CNN;0,93;12,25\r\n"
    log = read_table(tmp_path, text.encode(), "ergebnisse.csv")
    assert cells(log) == [
        {"Lernrate": 0.1, "Modell": "CNN", "Genauigkeit": 0.91, "Verlust": 1234.5},
        {"Lernrate": 0.01, "Modell": "MLP", "Genauigkeit": 0.87, "Verlust": 987.5},
        {"Lernrate": 0.001, "Modell": "CNN", "Genauigkeit": 0.93, "Verlust": 12.25},
    ]


def test_units_and_comments_in_headers(tmp_path):
    """A team's shared CSV: a title, comments, units behind names, an arrow that tells the direction."""
    text = (
        "Ablation study\n# filled in by hand\nlr [1/s],batch size,Acc (%) ↑,time [h]\n"
        "0.1,32,93.1%,1.5\n# rerun later\n0.01,64,91%,1.25\n0.1,64,92.5%,1.0\n"
    )
    log = read_table(tmp_path, text, "shared.csv")
    assert cells(log)[1] == {"lr": 0.01, "batch size": 64, "Acc": 91, "time": 1.25}
    assert len(log.runs) == 3
    assert log.runs[0].meta["direction.Acc"] == "maximize"


@pytest.mark.parametrize(
    ("cell", "value", "std"),
    [
        ("0.93 ± 0.01", 0.93, 0.01),
        ("0.93 (0.01)", 0.93, 0.01),
        ("0.93+/-0.01", 0.93, 0.01),
        ("93.1% ± 0.5%", 93.1, 0.5),
        ("1.2k", 1200, None),
        ("93.1 %", 93.1, None),
        ("9.3e-1", 0.93, None),
        ('"1,234"', 1234, None),
        ('"0,93"', 0.93, None),
    ],
)
def test_numbers_as_people_write_them(tmp_path, cell, value, std):
    """Percents, thousands and deviations are numbers; a deviation stands in a cell beside them."""
    rows = f"model,score\ncnn,{cell}\nmlp,{cell}\nrnn,{cell}\n"
    log = read_table(tmp_path, rows, "results.csv")
    expected = {"model": "cnn", "score": value} | ({} if std is None else {"score_std": std})
    assert cells(log)[0] == expected


def test_blanks_words_and_truth_values(tmp_path):
    """Dashes are blank, None is a choice among words, truth values stay such, a word among numbers is kept."""
    text = "lr,scheduler,augment,clip,val_acc\n0.1,None,True,1.0,0.8\n0.2,cosine,False,-,0.9\n0.3,step,True,auto,0.7\n"
    log = read_table(tmp_path, text, "sweep.csv")
    assert cells(log) == [
        {"lr": 0.1, "scheduler": "None", "augment": True, "clip": 1, "val_acc": 0.8},
        {"lr": 0.2, "scheduler": "cosine", "augment": False, "val_acc": 0.9},
        {"lr": 0.3, "scheduler": "step", "augment": True, "clip": "auto", "val_acc": 0.7},
    ]


def test_mappings_in_cells_become_cells_of_their_own(tmp_path):
    """A dictionary as Python or JSON writes it is flattened; params declares what is in it; code is text."""
    text = (
        "params,optimizer,val_loss\n"
        '"{\'lr\': 0.1, \'depth\': 3}","{""name"": ""sgd""}",0.5\n'
        '"{\'lr\': 0.2, \'depth\': 4}","{""name"": ""adam""}",0.4\n'
    )
    log = read_table(tmp_path, text, "tuning.csv")
    assert [run.params for run in log.runs] == [{"lr": 0.1, "depth": 3}, {"lr": 0.2, "depth": 4}]
    assert cells(log)[1] == {"optimizer.name": "adam", "val_loss": 0.4}
    text = "model,config,acc\ncnn,\"{'a': open('x')}\",0.5\nmlp,\"{'a': open('y')}\",0.4\n"
    assert cells(read_table(tmp_path, text, "runs.csv"))[0]["config"] == "{'a': open('x')}"


def test_summary_rows_are_no_runs(tmp_path):
    """Mean and best below the rows sum them up; a pooling called mean does not."""
    rows = "run,lr,acc\nr1,0.1,0.8\nr2,0.2,0.9\nr3,0.3,0.7\nmean,,0.8\nmax,,0.9\n"
    assert [run.key for run in read_table(tmp_path, rows, "results.csv").runs] == ["r1", "r2", "r3"]
    rows = "pooling,lr,acc\nattn,0.1,0.8\nmax,0.1,0.91\nmean,0.1,0.95\n"
    assert len(read_table(tmp_path, rows, "results.csv").runs) == 3


def test_dates_as_run_names(tmp_path):
    """Dates that name the runs are their keys, and no setting."""
    text = "date,batch_size,dropout,val_acc\n2024-03-01_10-00,32,0.1,0.8\n2024-03-02_09-30,64,0.2,0.9\n2024-03-03_11-15,32,0.2,0.85\n"
    log = read_table(tmp_path, text, "runs.csv")
    assert log.runs[0].key == "2024-03-01_10-00"
    assert cells(log)[0] == {"batch_size": 32, "dropout": 0.1, "val_acc": 0.8}


def test_headers_in_spanish_and_chinese(tmp_path):
    """Names in other languages: what is crossed or said by the file tells that rows are runs."""
    text = "tasa,capas,precisión\n0.1,2,0.8\n0.1,4,0.85\n0.01,2,0.9\n0.01,4,0.91\n"
    assert cells(read_table(tmp_path, text, "tabla.csv"))[3] == {
        "tasa": 0.01,
        "capas": 4,
        "precisión": 0.91,
    }
    text = "学习率,批大小,准确率\n0.1,32,0.8\n0.1,64,0.85\n0.01,32,0.9\n0.01,64,0.91\n"
    assert cells(read_table(tmp_path, text, "表.csv"))[0] == {
        "学习率": 0.1,
        "批大小": 32,
        "准确率": 0.8,
    }


def test_seeds_in_columns_are_runs(tmp_path):
    """acc_seed0 beside acc_seed1: each is a training of its own with the settings of its row."""
    text = "lr,width,acc_seed0,acc_seed1\n0.1,8,0.8,0.82\n0.01,16,0.9,0.88\n"
    log = read_table(tmp_path, text, "results.csv")
    assert cells(log) == [
        {"lr": 0.1, "width": 8, "seed": 0, "acc": 0.8},
        {"lr": 0.1, "width": 8, "seed": 1, "acc": 0.82},
        {"lr": 0.01, "width": 16, "seed": 0, "acc": 0.9},
        {"lr": 0.01, "width": 16, "seed": 1, "acc": 0.88},
    ]
    assert len({(run.root, run.key) for run in log.runs}) == 4


def test_folds_whose_mean_stands_beside_them_stay_in_their_row(tmp_path):
    """Folds that the author averaged are cells; folds alone are repeats."""
    text = "C,kernel,fold1,fold2,mean_accuracy\n0.1,rbf,0.8,0.9,0.85\n1,rbf,0.7,0.9,0.8\n"
    assert cells(read_table(tmp_path, text, "svm_results.csv"))[0] == {
        "C": 0.1, "kernel": "rbf", "fold1": 0.8, "fold2": 0.9, "mean_accuracy": 0.85,
    }  # fmt: skip
    text = "C,kernel,fold1_acc,fold2_acc\n0.1,rbf,0.8,0.9\n1,rbf,0.7,0.9\n"
    assert cells(read_table(tmp_path, text, "svm_results.csv"))[1] == {
        "C": 0.1, "kernel": "rbf", "fold": 2, "acc": 0.9,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["batch_size", "hidden_units", "kernel_size", "learning_rate"])
def test_ablation_of_one_setting(tmp_path, name):
    """Two columns, one chosen and one measured: as many runs as rows, although the first one climbs."""
    text = f"{name},accuracy\n" + "".join(f"{2**i},0.{9 - i}\n" for i in range(1, 6))
    log = read_table(tmp_path, text, f"{name}.csv")
    assert [run.cells[name] for run in log.runs] == [2, 4, 8, 16, 32]
    assert not len(log.points)


def test_results_may_stand_first_and_constants_between(tmp_path):
    """Neither order nor a constant name nor epochs used make anything of a column."""
    text = "val_loss,used_epochs,experiment,epochs,lr,heads\n4.9,79,grid,400,0.001,2\n4.8,80,grid,400,0.001,4\n4.7,81,grid,400,0.01,2\n4.6,82,grid,400,0.01,4\n"
    log = read_table(tmp_path, text, "grid.csv")
    assert len(log.runs) == 4
    assert cells(log)[0] == {
        "val_loss": 4.9, "used_epochs": 79, "experiment": "grid", "epochs": 400, "lr": 0.001, "heads": 2,
    }  # fmt: skip


def test_index_of_two_levels(tmp_path):
    """A MultiIndex of settings repeats its first level in each row, and both levels are cells."""
    text = "optimizer,lr,train_loss,val_loss\nsgd,0.1,0.5,0.6\nsgd,0.01,0.4,0.5\nadam,0.1,0.7,0.8\nadam,0.01,0.3,0.4\n"
    assert [(c["optimizer"], c["lr"]) for c in cells(read_table(tmp_path, text, "out.csv"))] == [
        ("sgd", 0.1), ("sgd", 0.01), ("adam", 0.1), ("adam", 0.01),
    ]  # fmt: skip


def test_row_numbers_are_no_cells(tmp_path):
    """A nameless first column and a counter are recorded, not searched; a column of depths 1 to 3 alone is a setting."""
    text = ",trial,lr,width,acc\n0,1,0.1,8,0.8\n1,2,0.2,4,0.9\n2,3,0.1,4,0.7\n"
    log = read_table(tmp_path, text, "results.csv")
    assert cells(log)[0] == {"lr": 0.1, "width": 8, "acc": 0.8}
    assert log.runs[2].meta == {"index": 2, "trial": 3}
    text = "depth,acc\n1,0.8\n2,0.9\n3,0.7\n"
    assert cells(read_table(tmp_path, text, "depth.csv"))[2] == {"depth": 3, "acc": 0.7}


def test_a_table_with_a_column_of_the_best_so_far(tmp_path):
    """A search's own trace climbs by iteration, yet its settings go up and down: rows are runs."""
    rows = [(0.1, 3, 0.7), (0.01, 8, 0.6), (0.2, 2, 0.75), (0.003, 9, 0.72), (0.15, 5, 0.8)]
    text = "iteration,lr,depth,accuracy,best_accuracy\n"
    best = 0.0
    for i, (lr, depth, acc) in enumerate(rows):
        best = max(best, acc)
        text += f"{i},{lr},{depth},{acc},{best}\n"
    log = read_table(tmp_path, text, "bayes_opt.csv")
    assert len(log.runs) == 5
    assert cells(log)[1] == {"lr": 0.01, "depth": 8, "accuracy": 0.6, "best_accuracy": 0.7}


def test_trials_of_optuna(tmp_path):
    """trials_dataframe() declares parameters, values, states and times; several objectives keep their numbers."""
    header = "number,values_0,values_1,datetime_start,datetime_complete,duration,params_lr,params_act,user_attrs_note,state\n"
    text = header + "".join(
        f"{i},0.{i + 1},{i},2024-03-05 10:00:0{i}.5,2024-03-05 10:01:00,0 days 00:01:00,0.{i + 1},relu,x,{state}\n"
        for i, state in enumerate(("COMPLETE", "PRUNED", "FAIL", "RUNNING"))
    )
    log = read_table(tmp_path, text, "study.csv")
    assert [run.status for run in log.runs] == ["finished", "pruned", "failed", "running"]
    assert log.runs[1].params == {"lr": 0.2, "act": "relu"}
    assert curves(log, run=1) == {"values_0": [(0, 0.2)], "values_1": [(0, 1.0)]}
    assert log.runs[0].started == 1709632800.5
    assert not any(run.cells for run in log.runs)


def test_trials_of_optuna_without_values(tmp_path):
    """An export without numbers or times still declares its parameters."""
    log = read_table(tmp_path, "params_x,params_y,value\n1,a,0.5\n2,b,0.25\n", "anything.csv")
    assert [run.params for run in log.runs] == [{"x": 1, "y": "a"}, {"x": 2, "y": "b"}]


def test_constraints_make_runs_infeasible(tmp_path):
    """A column of truth or of violations says which runs count."""
    text = "trial,lr,width,feasible,loss\n7,0.1,8,True,1\n9,0.2,16,False,0.1\n"
    assert [run.status for run in read_table(tmp_path, text, "t.csv").runs] == [
        "unknown",
        "infeasible",
    ]
    text = "lr,width,constraint_violation,loss\n0.1,8,-0.5,1\n0.2,16,0.25,0.1\n"
    assert [run.status for run in read_table(tmp_path, text, "t.csv").runs] == [
        "unknown",
        "infeasible",
    ]


def test_prefixes_of_trackers(tmp_path):
    """MLflow's and W&B's prefixes declare parameters and results; keys are the ids."""
    text = "run_id,experiment_id,status,artifact_uri,metrics.val_acc,params.lr,tags.mlflow.user\nabc,1,FINISHED,s3,0.9,0.1,me\ndef,1,KILLED,s3,0.8,0.2,me\n"
    log = read_table(tmp_path, text, "mlflow.csv")
    assert [(r.key, r.status, r.params) for r in log.runs] == [
        ("abc", "finished", {"lr": 0.1}), ("def", "preempted", {"lr": 0.2}),
    ]  # fmt: skip
    assert curve(log, "val_acc", run=1) == [(0, 0.8)]
    assert not any(run.cells for run in log.runs)
    text = "trial_id,config/lr,config/units,loss,training_iteration,time_total_s,pid,done\nt1,0.1,8,0.5,10,3.2,99,True\nt2,0.2,4,0.4,10,3.1,98,True\n"
    log = read_table(tmp_path, text, "ray_results.csv")
    assert log.runs[0].params == {"lr": 0.1, "units": 8}
    assert cells(log)[0] == {"loss": 0.5, "training_iteration": 10}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (",precision,recall,f1-score,support\ncat,0.9,0.8,0.85,10\ndog,0.7,0.9,0.8,12\nmacro avg,0.8,0.85,0.82,22\n", "report.csv"),
        ("class,AP50,recall\ncar,0.5,0.6\nbus,0.7,0.8\n", "per_class_results.csv"),
        (",cat,dog,macro avg\nprecision,0.9,0.8,0.85\nrecall,0.7,0.9,0.8\nf1-score,0.8,0.8,0.8\n", "results.csv"),
        (",cat,dog,cow\ncat,10,2,0\ndog,1,9,3\ncow,0,0,7\n", "results.csv"),
        ("0,1\n50,3\n2,45\n", "results.csv"),
        ("id,y_true,y_pred\n1,0,0\n2,1,0\n3,1,1\n", "test_results.csv"),
        (",age,income\ncount,10,10\nmean,41,9\nstd,3,2\nmin,30,1\nmax,60,20\n", "stats_results.csv"),
        ("gender,lunch,math score\nf,standard,72\nm,free,69\nf,free,90\nm,standard,47\nf,standard,71\n", "students.csv"),
        ("sepal_length,petal_width,species\n5.1,0.2,setosa\n4.9,0.3,virginica\n", "iris.csv"),
        ("timestamp,open,close\n1700000000,1.5,1.6\n1700000060,1.6,1.7\n", "prices.csv"),
    ],
    ids=["report", "by class", "transposed report", "confusion", "bare confusion", "predictions", "statistics", "survey", "flowers", "prices"],
)  # fmt: skip
def test_what_lies_beside_runs_is_no_run(tmp_path, text, name):
    """Reports by class, confusion matrices, predictions, statistics and data are left alone."""
    with pytest.raises(NotALogError, match="no training log"):
        read_table(tmp_path, text, name)


def test_a_comparison_of_models_is_no_report(tmp_path):
    """Precision and recall by model are results of runs."""
    text = "model,precision,recall,f1\nrf,0.8,0.7,0.75\nsvm,0.9,0.6,0.72\n"
    assert [c["model"] for c in cells(read_table(tmp_path, text, "table.csv"))] == ["rf", "svm"]


def test_results_by_fold_of_one_model_are_points(tmp_path):
    """Folds of one model are no search: they are points of the folder's run, by fold."""
    log = read_table(
        tmp_path, "fold,val_acc,val_loss\n1,0.8,0.5\n2,0.9,0.4\n3,0.85,0.45\n", "cv.csv"
    )
    assert len(log.runs) == 1
    assert curve(log, "val_acc") == [(1, 0.8), (2, 0.9), (3, 0.85)]
