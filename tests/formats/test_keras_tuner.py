"""Keras Tuner's trials: the declared space, the objective and how trials ended."""

import json

import pytest
from tracker_files import curve, read_log


def trial(folder, **changes):
    """The run of a ``trial.json`` in the form of Keras Tuner 1.1 to 1.4."""
    record = {
        "trial_id": "0008",
        "hyperparameters": {"space": [], "values": {"lr": 0.01}},
        "metrics": {"metrics": {}},
        "score": None,
        "best_step": None,
        "status": "COMPLETED",
        "message": None,
        **changes,
    }
    path = folder / "trial_0008" / "trial.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(record))
    return read_log("keras_tuner", path)


def hyperparameter(kind, name, conditions=(), **config):
    parents = [
        {"class_name": "Parent", "config": {"name": parent, "values": values}}
        for parent, values in conditions
    ]
    return {"class_name": kind, "config": {"name": name, "conditions": parents, **config}}


def test_space_is_read_with_steps_scales_and_conditions(tmp_path):
    """Every kind of hyperparameter keeps its bounds, scale, step, order and what it depends on."""
    numbers = {"min_value": 1, "max_value": 9}
    space = [
        hyperparameter("Choice", "opt", values=["adam", "sgd"], ordered=False),
        hyperparameter("Choice", "width", values=[64, 128, 256], ordered=True),
        hyperparameter("Boolean", "bias", default=False),
        hyperparameter("Fixed", "seed", value=3),
        hyperparameter("Int", "units", step=2, sampling="linear", **numbers),
        hyperparameter("Int", "layers", step=1, sampling=None, **numbers),
        hyperparameter("Float", "lr", min_value=1e-4, max_value=0.1, step=None, sampling="log"),
        hyperparameter(
            "Float", "keep", min_value=0.5, max_value=0.9, step=0.1, sampling="reverse_log"
        ),
        hyperparameter(
            "Float", "mom", [("opt", ["sgd"])], min_value=0.0, max_value=0.9, sampling="linear"
        ),
        hyperparameter("Int", "units_1", [("layers", [2])], step=2, **numbers),
        hyperparameter("Int", "units_1", [("layers", [3])], step=2, **numbers),
        {"class_name": "Unheard", "config": {"name": "x"}},
        "damaged",
    ]
    (run,) = trial(tmp_path, hyperparameters={"space": space, "values": {}}).runs
    assert run.space == {
        "opt": {"type": "categorical", "choices": ["adam", "sgd"]},
        "width": {"type": "ordered", "choices": [64, 128, 256]},
        "bias": {"type": "boolean"},
        "seed": {"type": "categorical", "choices": [3]},
        "units": {"type": "integer", "low": 1, "high": 9, "step": 2},
        "layers": {"type": "integer", "low": 1, "high": 9},
        "lr": {"type": "float", "low": 1e-4, "high": 0.1, "log": True},
        "keep": {"type": "float", "low": 0.5, "high": 0.9, "step": 0.1},
        "mom": {"type": "float", "low": 0.0, "high": 0.9, "when": {"opt": ["sgd"]}},
        "units_1": {"type": "integer", "low": 1, "high": 9, "step": 2, "when": {"layers": [2, 3]}},
    }


def metric(direction, *values):
    return {"direction": direction, "observations": [{"value": list(values), "step": 4}]}


def test_objective_is_the_metric_whose_value_is_the_score(tmp_path):
    """The score is averaged over executions like the metric it is of, which so is the target."""
    metrics = {"val_loss": metric("min", 0.5, 0.75), "val_auc": metric("max", 0.8, 0.9)}
    log = trial(tmp_path, metrics={"metrics": metrics}, score=0.625, best_step=4)
    meta = log.runs[0].meta
    assert (meta["target_metric"], meta["direction"]) == ("val_loss", "minimize")
    assert (meta["direction.val_auc"], meta["direction.score"]) == ("maximize", "minimize")
    assert curve(log, "val_loss") == {4: 0.625}


def test_score_that_is_no_metrics_value_names_no_target(tmp_path):
    """Directions are kept where two metrics, or none, have the value of the score."""
    metrics = {"a": metric("min", 0.5), "b": metric("max", 0.5)}
    for score in (0.5, 0.25, None):
        meta = trial(tmp_path, metrics={"metrics": metrics}, score=score).runs[0].meta
        assert meta == {"direction.a": "minimize", "direction.b": "maximize"}


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("COMPLETED", "finished"),
        ("FAILED", "failed"),
        ("INVALID", "infeasible"),
        ("IDLE", "unknown"),
    ],
)
def test_status_of_a_trial(tmp_path, written, status):
    """An invalid trial is no failure of the training: its config cannot be built."""
    run = trial(tmp_path, status=written, message="Traceback\nValueError: too large\n").runs[0]
    assert run.status == status
    assert (run.reason == "ValueError: too large") == (status in {"failed", "infeasible"})
