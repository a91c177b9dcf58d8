"""What tools declare is the space: bounds, scales, steps and choices, joined over runs."""

import json

import numpy as np
import pandas as pd
import pytest

from logminer.analyses.space import infer
from logminer.core.parameters import Categorical, Float, Integer


def inferred(runs, specs, tool="optuna", tasks=None, **options):
    """Infer from runs (mappings) and what each declares (mappings of the same length, or one for all)."""
    rows = [(i, n, v, "param") for i, run in enumerate(runs) for n, v in run.items()]
    params = pd.DataFrame(rows, columns=["run", "name", "value", "kind"], dtype=object)
    each = specs if isinstance(specs, list) else [specs] * len(runs)
    told = [
        (i, n, s if isinstance(s, str) else json.dumps(s), tool)
        for i, spec in enumerate(each)
        for n, s in spec.items()
    ]
    spaces = pd.DataFrame(told, columns=["run", "name", "spec", "tool"])
    labels = pd.Series(tasks or ["t"] * len(runs), index=range(len(runs)))
    return infer(params, labels, spaces=spaces, **options)


def because(result, name):
    return next(d.because for d in result.decisions if d.name == name)


RATES = (10 ** np.random.default_rng(0).uniform(-4, -2, 24)).tolist()
LR = {"type": "float", "low": 1e-5, "high": 0.1, "log": True}


def test_a_declared_range_goes_before_the_extremes_drawn():
    """Bounds, scale and steps hold as the tool declares them, and the evidence says where they are from."""
    runs = [{"lr": lr, "units": 64 + 32 * (i % 3)} for i, lr in enumerate(RATES)]
    specs = {"lr": LR, "units": {"type": "integer", "low": 32, "high": 512, "step": 32}}
    result = inferred(runs, specs)
    assert result.space.parameters == {"lr": Float(1e-5, 0.1, log=True), "units": Integer(32, 512, step=32)}  # fmt: skip
    assert because(result, "lr") == "declared by Optuna in 24 runs: 1e-05 to 0.1, log"
    assert because(result, "units") == "declared by Optuna in 24 runs: 32 to 512 in steps of 32"
    undeclared = inferred(runs, {"units": specs["units"]})
    assert "not a declared range" in because(undeclared, "lr")


def test_what_is_declared_is_searched_whatever_its_values_look_like():
    """One value drawn, a copy of another, an identity in every run: a tool that draws it makes it a choice."""
    runs = [{"lr": lr, "layers": 3, "lr2": 2 * lr, "name": f"t{i}"} for i, lr in enumerate(RATES)]
    specs = {
        "lr": LR, "lr2": {**LR, "high": 1.0}, "layers": {"type": "integer", "low": 1, "high": 6},
        "name": {"type": "categorical", "choices": [f"t{i}" for i in range(40)]},
    }  # fmt: skip
    result = inferred(runs, specs, tool="keras_tuner")
    assert set(result.space.names) == set(specs)
    assert result.space.parameters["layers"] == Integer(1, 6)
    assert because(result, "layers").startswith("declared by Keras Tuner in 24 runs")


def test_a_single_declared_value_is_a_constant_and_a_seed_no_choice():
    """Nor is what tells the tasks apart."""
    runs = [{"lr": lr, "epochs": 5, "seed": i, "data": "ab"[i % 2]} for i, lr in enumerate(RATES)]
    specs = {
        "lr": LR, "epochs": {"type": "constant", "value": 5}, "seed": {"type": "integer", "low": 0, "high": 99},
        "data": ["a", "b"],
    }  # fmt: skip
    result = inferred(
        runs, specs, tool="wandb", tasks=["ab"[i % 2] for i in range(24)], task_names=["data"]
    )
    assert result.space.names == ["lr"]
    assert because(result, "epochs") == "constant: 5, declared by Weights & Biases in 24 runs: 5"
    assert result.constants["epochs"] == 5


@pytest.mark.parametrize(
    ("one", "other", "hull"),
    [
        (LR, {**LR, "low": 1e-3, "high": 0.5}, Float(1e-5, 0.5, log=True)),
        (
            {"type": "integer", "low": 32, "high": 512, "step": 32},
            {"type": "integer", "low": 80, "high": 256, "step": 16},
            Integer(32, 512, step=16),
        ),
        ({"low": 0.0, "high": 0.5, "step": 0.1}, {"low": 0.05, "high": 0.3, "step": 0.05}, Float(0.0, 0.5, step=0.05)),
        ({"low": 0.0, "high": 0.5, "step": 0.1}, {"low": 0.2, "high": 0.7}, Float(0.0, 0.7)),
        ({"low": 16, "high": 64, "factor": 2}, {"low": 32, "high": 512, "factor": 2}, Integer(16, 512, log=True, factor=2)),
        ({"low": 1, "high": 4}, {"value": 9}, Integer(1, 9)),
        (["a", "b"], ["b", "c"], Categorical(("a", "b", "c"))),
    ],
)  # fmt: skip
def test_a_second_study_widens_the_first(one, other, hull):
    """The hull of all ranges with the finest step, the union of choices; the evidence says that they were several."""
    values = hull.values()[:2] if hull.count < 100 else (hull.low, hull.high)
    runs = [{"x": values[i % 2], "lr": lr} for i, lr in enumerate(RATES)]
    result = inferred(runs, [{"x": one if i < 15 else other, "lr": LR} for i in range(24)])
    assert result.space.parameters["x"] == hull
    assert "which holds all 2 " in because(result, "x")


def test_contradictions_fall_back_to_the_values():
    """Kinds that cannot be one parameter, descriptions that make no sense, values that are of another kind."""
    runs = [{"lr": lr, "a": i % 5, "b": 0.1 * (i % 7), "c": "xyz"[i % 3], "d": i % 4} for i, lr in enumerate(RATES)]  # fmt: skip
    specs = [
        {
            "lr": LR, "a": {"low": 0.0, "high": 9.0} if i % 2 else ["p", "q"], "b": {"low": 3, "high": 1},
            "c": {"low": 0.0, "high": 1.0}, "d": "[" * 100_000,
        }
        for i in range(24)
    ]  # fmt: skip
    result = inferred(runs, specs)
    assert result.space.parameters["a"] == Integer(0, 4)
    assert "declared by Optuna in 24 runs as choices and as real, which contradict" in because(result, "a")  # fmt: skip
    assert "makes no sense" in because(result, "b")
    assert result.space.parameters["c"] == Categorical(("x", "y", "z"))
    assert "most runs hold no such number" in because(result, "c")
    assert "d" in result.space.names


def test_names_and_conditions_meet_what_is_searched():
    """A declaration finds its hyperparameter under any written name; a condition on what is not searched is none."""
    runs = [{"lr" if i % 3 else "learning_rate": lr, "opt": "adam", "m": 0.5 + i / 100} for i, lr in enumerate(RATES)]  # fmt: skip
    specs = {
        "learning_rate": LR, "opt": ["adam", "sgd"], "m": {"low": 0.1, "high": 0.99, "when": {"opt": ["sgd"], "gone": [1]}},
    }  # fmt: skip
    space = inferred(runs, specs).space
    assert space.parameters["lr"] == Float(1e-5, 0.1, log=True)
    assert space.parameters["m"].when == {"opt": ("sgd",)}


def test_steps_that_runs_do_not_keep_are_given_up():
    """The range holds; a finer choice was made by hand."""
    runs = [{"x": 0.013 * i, "lr": lr} for i, lr in enumerate(RATES)]
    result = inferred(runs, {"x": {"low": 0.0, "high": 1.0, "step": 0.25}, "lr": LR})
    assert result.space.parameters["x"] == Float(0.0, 1.0)
    assert "between the steps" in because(result, "x")


def test_without_a_tool_the_evidence_names_none():
    """A frame of three columns will do, and runs that are not looked at declare nothing."""
    runs = [{"lr": lr} for lr in RATES]
    spaces = pd.DataFrame(
        {"run": [0, 1, 99], "name": "lr", "spec": [json.dumps(LR), json.dumps(LR), "{}"]}
    )
    params = pd.DataFrame(
        [(i, "lr", r["lr"], "param") for i, r in enumerate(runs)],
        columns=["run", "name", "value", "kind"],
    )
    result = infer(params, pd.Series("t", index=range(24)), spaces=spaces)
    assert because(result, "lr") == "declared in 2 runs: 1e-05 to 0.1, log"
