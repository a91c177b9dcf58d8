"""Tables: what becomes a run, and what belongs to it."""

from log_files import curve, read_table

from logminer.core.parsed import Resume
from logminer.formats import Probe, csv


def test_table_of_runs_has_one_run_a_row(tmp_path):
    """Nothing climbs and settings differ: a run each, of which no column is declared to be anything."""
    log = read_table(
        tmp_path, "lr,batch_size,width,val_acc\n0.1,32,8,0.9\n0.01,64,16,0.8\n", "results.csv"
    )
    assert [run.cells for run in log.runs] == [
        {"lr": 0.1, "batch_size": 32, "width": 8, "val_acc": 0.9},
        {"lr": 0.01, "batch_size": 64, "width": 16, "val_acc": 0.8},
    ]
    assert not any(run.params for run in log.runs)
    assert not len(log.points)
    assert len({(run.root, run.key) for run in log.runs}) == 2


def test_epochs_of_a_results_table_are_no_steps(tmp_path):
    """A column named epochs beside hyperparameters is one of them."""
    log = read_table(
        tmp_path, "lr,optimizer,epochs,accuracy\n0.1,sgd,30,0.9\n0.01,adam,10,0.8\n", "results.csv"
    )
    assert [run.cells["epochs"] for run in log.runs] == [30, 10]


def test_status_of_rows_is_read(tmp_path):
    """A status column tells which runs failed."""
    log = read_table(tmp_path, "trial,lr,state,loss\n0,0.1,COMPLETE,1\n1,0.2,FAIL,\n", "trials.csv")
    assert [run.status for run in log.runs] == ["finished", "failed"]
    assert [run.key for run in log.runs] == ["0", "1"]


def test_learning_rate_schedule_is_no_table_of_runs(tmp_path):
    """A curve without steps whose learning rate changes stays one run."""
    log = read_table(tmp_path, "loss,lr,acc\n3,0.1,1\n2,0.05,2\n1,0.01,3\n")
    assert len(log.runs) == 1
    assert len(curve(log, "lr")) == 3


def test_stacked_runs_are_told_apart_by_their_id(tmp_path):
    """A run id with steps gives several curves; what is constant within each is a parameter."""
    log = read_table(tmp_path, "run_id,lr,step,loss\na,0.1,1,5\na,0.1,2,4\nb,0.2,1,3\nb,0.2,2,2\n")
    assert [(run.key, run.cells) for run in log.runs] == [("a", {"lr": 0.1}), ("b", {"lr": 0.2})]
    assert curve(log, "loss", run=1) == [(1, 3.0), (2, 2.0)]


def test_stacked_runs_are_told_apart_by_their_hyperparameters(tmp_path):
    """Without a run id, steps that begin anew with other hyperparameters are other runs."""
    rows = [
        f"{lr},{opt},{step},{lr * step}"
        for lr in (0.1, 0.2)
        for opt in ("sgd", "adam")
        for step in (1, 2, 3)
    ]
    log = read_table(tmp_path, "lr,optimizer,epoch,loss\n" + "".join(f"{row}\n" for row in rows))
    assert [run.cells for run in log.runs] == [
        {"lr": lr, "optimizer": opt} for lr in (0.1, 0.2) for opt in ("sgd", "adam")
    ]
    assert len({(run.root, run.key) for run in log.runs}) == 4
    assert [step for step, _ in curve(log, "loss", run=3)] == [1, 2, 3]


def test_restarted_curve_with_a_schedule_stays_one_run(tmp_path):
    """A learning rate that falls while steps overlap after a restart makes no runs."""
    rows = "1,0.1,3\n2,0.1,2\n3,0.01,1\n2,0.1,2\n3,0.01,1\n4,0.01,1\n"
    log = read_table(tmp_path, "step,lr,loss\n" + rows)
    assert len(log.runs) == 1
    assert len(curve(log, "lr")) == 6


def test_constant_text_is_of_the_run(tmp_path):
    """Text that never changes is a fact of the run and no part of the curve."""
    log = read_table(tmp_path, "step,model,host,loss\n1,vit,a1,5\n2,vit,a1,4\n")
    assert log.runs[0].cells == {"model": "vit", "host": "a1"}


def test_own_run_is_the_file(tmp_path):
    """Files side by side are runs of their own."""
    path = tmp_path / "run_1.csv"
    path.write_text("step,loss\n1,2\n2,1\n")
    log = csv.read(
        Probe(str(path), frozenset({"run_1.csv", "run_2.csv"}), 17, own_run=True), Resume()
    )
    assert log.runs[0].root == str(tmp_path / "run_1")


def test_a_hyperparameter_may_be_a_number_or_a_word(tmp_path):
    """``auto`` among numbers is kept as written, and so is any other word in a table of runs."""
    rows = "lr,ent_coef,test_acc\n0.1,0.01,0.5\n0.2,auto,0.6\n0.3,0.02,high\n0.4,0.03,0.7\n"
    log = read_table(tmp_path, rows, "results.csv")
    assert [run.cells["ent_coef"] for run in log.runs] == [0.01, "auto", 0.02, 0.03]
    assert [run.cells["test_acc"] for run in log.runs] == [0.5, 0.6, "high", 0.7]
    assert not log.problems
