"""Files of tuners, in the forms that their samples do not have: other versions, spaces, objectives and ends."""

import io
import json
import zipfile

import pytest
from log_files import write

from logminer.core.parsed import Resume
from logminer.formats import Match, Probe, bayes_opt, flaml, hyperopt, syne_tune


def read(module, path):
    probe = Probe.of(path)
    assert module.sniff(probe) is Match.EXACT
    return module.read(probe, Resume())


def results(folder, text, metadata=None):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("results.csv", text)
    if metadata is not None:
        write(
            folder,
            "metadata.json",
            json.dumps({"st_tuner_creation_timestamp": 1.0, **metadata}).encode(),
        )
    return write(folder, "results.csv.zip", data.getvalue())


# --- bayes_opt -----------------------------------------------------------------------------------


def test_bayes_opt_points_outside_a_constraint(tmp_path):
    """A point that is not allowed is infeasible; a target that is NaN stays one."""
    lines = (
        '{"target": 1.5, "params": {"C": 0.1}, "constraint": 0.2, "allowed": true, "datetime": {"datetime": "2024-01-02 03:04:05", "elapsed": 0.0, "delta": 0.0}}\n'
        '{"target": NaN, "params": {"C": 9}, "constraint": 3, "allowed": false, "datetime": {"datetime": "2024-01-02 03:04:06", "elapsed": 1.0, "delta": 1.0}}\n'
        '{"target": 2, "par'
    )
    log = read(bayes_opt, write(tmp_path, "logs.log.json", lines.encode()))
    assert [run.status for run in log.runs] == ["finished", "infeasible"]
    assert log.runs[0].meta == {"target_metric": "target", "direction": "maximize"}
    assert log.runs[0].ended == 1704164645.0
    assert not log.problems


def test_bayes_opt_choices(tmp_path):
    """A choice takes a number for each of its values: the place of the one taken is what is known."""
    state = {
        "pbounds": {"C": [0.1, 10.0], "kernel": [[0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]}, "transformed_bounds": None,
        "keys": ["C", "kernel"], "params": [[0.5, 0.0, 1.0, 0.0], [3.0, 1.0, 0.0, 0.0], [3.0]], "target": [0.5, -1.0, 0.0],
    }  # fmt: skip
    log = read(bayes_opt, write(tmp_path, "state.json", json.dumps(state).encode()))
    assert [run.params for run in log.runs] == [{"C": 0.5, "kernel": 1}, {"C": 3.0, "kernel": 0}]
    assert log.runs[0].space == {"C": {"type": "float", "low": 0.1, "high": 10.0}}
    assert [problem.where for problem in log.problems] == ["point 2"]


def test_bayes_opt_before_the_first_point(tmp_path):
    """A state saved at once holds no run; one without its fields is refused."""
    empty = {"pbounds": {"C": [0, 1]}, "keys": ["C"], "params": [], "target": []}
    assert not read(bayes_opt, write(tmp_path, "a.json", json.dumps(empty).encode())).runs
    with pytest.raises(ValueError, match="target"):
        read(bayes_opt, write(tmp_path, "b.json", b'{"pbounds": {}, "keys": [], "params": 3}'))


# --- Hyperopt ------------------------------------------------------------------------------------


def document(number, state=2, **fields):
    return {
        "state": state, "tid": number, "spec": None, "result": {"loss": 0.5, "status": "ok"}, "exp_key": None,
        "misc": {"tid": number, "idxs": {"lr": [number]}, "vals": {"lr": [0.1], "layers": []}}, **fields,
    }  # fmt: skip


def test_hyperopt_states(tmp_path):
    """One that waits never ran; an error, a cancelled one and a failed result are told apart."""
    documents = [
        document(0),
        document(1, 0),
        document(2, 3, result={"status": "new"}),
        document(3, 4),
        document(4, result={"status": "fail"}),
    ]
    log = read(hyperopt, write(tmp_path, "trials.json", json.dumps(documents).encode()))
    assert [(run.key, run.status) for run in log.runs] == [
        ("0", "finished"), ("2", "failed"), ("3", "preempted"), ("4", "failed"),
    ]  # fmt: skip
    assert log.runs[0].params == {"lr": 0.1}
    assert log.points.run.tolist() == [0, 2]


def test_hyperopt_results_with_more_in_them(tmp_path):
    """What an objective returns beside its loss is kept, nested too; a list of measures is no hyperparameter."""
    result = {
        "loss": 1.5,
        "status": "ok",
        "scores": {"val": 0.9},
        "loss_variance": 0.1,
        "note": None,
    }
    log = read(
        hyperopt,
        write(tmp_path, "t.json", json.dumps([document(7, result=result)], indent=2).encode()),
    )
    assert log.runs[0].cells == {"scores.val": 0.9, "loss_variance": 0.1}
    assert log.points.value.tolist() == [1.5]


def test_hyperopt_exported_from_mongo(tmp_path):
    """Times are those of the database; an entry that is no trial is said."""
    own = document(3, book_time="2026-05-01T10:00:00", refresh_time="2026-05-01T10:01:00", _id="5f")
    log = read(hyperopt, write(tmp_path, "dump.json", json.dumps([own, {"a": 1}]).encode()))
    assert log.runs[0].ended - log.runs[0].started == 60
    assert [problem.where for problem in log.problems] == ["entry 1"]


HEAD = "state,tid,spec,book_time,result.status,result.loss,result.acc,misc.tid,misc.idxs.lr,misc.idxs.units,misc.vals.lr,misc.vals.units"


@pytest.mark.parametrize(
    "lists", [("[np.float64(0.1)]", "[]"), ("[0.1]", "[]"), ("[ numpy.float32(0.1) ]", "")]
)
def test_hyperopt_table(tmp_path, lists):
    """Draws are lists of one number, as any NumPy writes them; where each was drawn is no hyperparameter."""
    rate, none = lists
    text = (
        f"{HEAD}\n2,0,,2026-05-01 10:00:00,ok,0.5,0.9,0,[np.int64(0)],[],{rate},{none}\n"
        "2,1,,,fail,,,1,[1],[1],[0.2],[np.int64(3)]\n"
    )
    log = read(hyperopt, write(tmp_path, "trials.csv", text.encode()))
    assert [run.params for run in log.runs] == [{"lr": 0.1}, {"lr": 0.2, "units": 3}]
    assert [run.status for run in log.runs] == ["finished", "failed"]
    assert log.runs[0].cells == {"acc": 0.9}
    assert log.points.value.tolist() == [0.5]


def test_a_table_that_only_looks_like_hyperopt(tmp_path):
    """Without the columns of a document it is left to other formats."""
    path = write(tmp_path, "t.csv", b"tid,state,misc.vals.lr\n0,2,0.1\n")
    assert hyperopt.sniff(Probe.of(path)) is Match.NO


# --- FLAML ---------------------------------------------------------------------------------------


def record(number, config, **fields):
    told = {
        "record_id": number, "iter_per_learner": 1, "logged_metric": None, "trial_time": 0.5, "wall_clock_time": 1.0,
        "validation_loss": 0.25, "config": config, "learner": "lgbm", "sample_size": 1000, **fields,
    }  # fmt: skip
    return json.dumps(told)


def test_flaml_of_older_versions(tmp_path):
    """The config may lie one level deeper, beside FLAML's own settings."""
    text = record(0, {"ml": {"num_leaves": 4}, "FLAML_sample_size": 1000}) + "\n"
    log = read(flaml, write(tmp_path, "a.log", text.encode()))
    assert log.runs[0].params == {"learner": "lgbm", "num_leaves": 4}


def test_flaml_metrics_and_samples(tmp_path):
    """Metrics that were asked for are results, the share of the data a cell; the last line is no run."""
    text = (
        record(5, {"C": 1.0}, logged_metric={"val": {"auc": 0.9}}, sample_size=250)
        + '\n{"curr_best_record_id": 5}\n'
    )
    log = read(flaml, write(tmp_path, "automl.txt", text.encode()))
    assert (log.runs[0].key, log.runs[0].cells) == ("5", {"sample_size": 250})
    assert dict(zip([log.points.names[m] for m in log.points.metric], log.points.value, strict=True)) == {
        "val.auc": 0.9, "validation_loss": 0.25, "time": 0.5,
    }  # fmt: skip


def test_flaml_of_a_search_that_failed(tmp_path):
    """An infinite loss is kept; a line cut off is not yet written."""
    text = record(0, {"C": 1.0}, validation_loss=float("inf")) + "\n" + record(1, {"C": 2.0})[:40]
    log = read(flaml, write(tmp_path, "a.log", text.encode()))
    assert [run.key for run in log.runs] == ["0"]
    assert float("inf") in log.points.value.tolist()


# --- Syne Tune -----------------------------------------------------------------------------------


def test_syne_tune_several_objectives(tmp_path):
    """Each metric has its direction; reports lie at their number where no resource is counted."""
    space = {"lr": {"domain_cls": "Float", "domain_kwargs": {"lower": 0.1, "upper": 1}, "sampler_cls": "ReverseLogUniform"},
             "opt": {"domain_cls": "Categorical", "domain_kwargs": {"categories": ["a", "b"]}}}  # fmt: skip
    text = "error,latency,st_worker_iter,trial_id,config_lr,config_opt,st_status\n0.5,3,0,0,0.2,a,Completed\n0.4,2,0,1,0.3,b,Failed\n0.3,2,1,1,0.3,b,Failed\n"
    told = {
        "metric_names": ["error", "latency"],
        "metric_mode": ["min", "max"],
        "config_space": json.dumps(space),
    }
    log = read(syne_tune, results(tmp_path, text, told))
    assert log.runs[0].meta == {
        "objectives": '["error", "latency"]', "direction.error": "minimize", "direction.latency": "maximize",
    }  # fmt: skip
    assert [run.status for run in log.runs] == ["finished", "failed"]
    assert [run.params for run in log.runs] == [{"lr": 0.2, "opt": "a"}, {"lr": 0.3, "opt": "b"}]
    assert log.runs[0].space["opt"] == {"type": "categorical", "choices": ["a", "b"]}
    assert log.points.step.tolist() == [0, 0, 1, 0, 0, 1]


def test_syne_tune_without_its_metadata(tmp_path):
    """Reports alone give runs and curves; a trial that stands still below the last step is unknown."""
    text = "epoch,loss,st_decision,st_status,trial_id,config_bs\n1,2.0,CONTINUE,InProgress,0,8\n2,1.0,CONTINUE,InProgress,0,8\n1,3.0,CONTINUE,InProgress,5,16\n1,9.0,STOP,InProgress,6,16\n"
    log = read(syne_tune, results(tmp_path, text))
    assert [(run.key, run.status) for run in log.runs] == [
        ("0", "finished"),
        ("5", "unknown"),
        ("6", "pruned"),
    ]
    assert log.points.names == ["loss"]


def test_syne_tune_ranges(tmp_path):
    """Finite ranges, ordered values and what is fixed; damage is one line."""
    space = {
        "a": {"domain_cls": "FiniteRange", "domain_kwargs": {"lower": 0, "upper": 1, "size": 5, "log_scale": False}},
        "b": {"domain_cls": "FiniteRange", "domain_kwargs": {"lower": 0.01, "upper": 1, "size": 3, "log_scale": True}},
        "c": {"domain_cls": "OrdinalNearestNeighbor", "domain_kwargs": {"categories": [1, 2, 4]}},
        "epochs": 27, "odd": {"domain_cls": "Float", "domain_kwargs": None},
    }  # fmt: skip
    results(tmp_path, "", {"config_space": json.dumps(space)})
    told = read(syne_tune, tmp_path / "metadata.json").runs[0].space
    assert told == {
        "a": {"type": "float", "low": 0, "high": 1, "step": 0.25}, "b": {"type": "float", "low": 0.01, "high": 1, "log": True},
        "c": {"type": "ordered", "choices": [1, 2, 4]}, "epochs": {"type": "categorical", "choices": [27]},
    }  # fmt: skip
    (tmp_path / "results.csv.zip").write_bytes(b"PK\x03\x04" + bytes(40))
    with pytest.raises(ValueError, match="damaged"):
        read(syne_tune, tmp_path / "results.csv.zip")


def test_syne_tune_folders_of_trials_are_parts(tmp_path):
    """They repeat what the results say; the same names elsewhere are no parts."""
    for folder in ("7", "train"):
        for name in ("config.json", "std.out", "std.err"):
            write(tmp_path, f"{folder}/{name}", b"{}")
    assert syne_tune.sniff(Probe.of(tmp_path / "7" / "std.out")) is Match.PARTS
    assert syne_tune.sniff(Probe.of(tmp_path / "train" / "std.out")) is Match.NO
