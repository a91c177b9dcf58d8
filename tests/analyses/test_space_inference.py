"""The search space is inferred from recorded values, each decision with its evidence."""

import numpy as np
import pandas as pd
import pytest

from logminer.analyses.space import describe, infer
from logminer.core.parameters import Categorical, Float, Integer


def inferred(runs, tasks=None, levels=(), **options):
    """Infer from runs given as mappings; ``levels`` are folder names of each run."""
    rows = [(i, n, v, "param") for i, run in enumerate(runs) for n, v in run.items()]
    rows += [
        (i, f"folder.{j}", v, "level")
        for i, names in enumerate(levels)
        for j, v in enumerate(names, start=1)
    ]
    params = pd.DataFrame(rows, columns=["run", "name", "value", "kind"], dtype=object)
    labels = pd.Series(tasks or ["t"] * len(runs), index=range(len(runs)))
    return infer(params, labels, **options)


def because(result, name):
    return next(d.because for d in result.decisions if d.name == name)


LOG_UNIFORM = (10 ** np.random.default_rng(0).uniform(-5, -1, 30)).tolist()


def test_scales_follow_the_values():
    """A learning rate over decades is log, a dropout rate linear, layers whole, a batch size whole and log."""
    rng = np.random.default_rng(1)
    runs = [
        {
            "lr": lr,
            "dropout": float(rng.uniform(0, 0.5)),
            "layers": int(rng.integers(1, 9)),
            "batch_size": 2 ** int(rng.integers(4, 9)),
        }
        for lr in LOG_UNIFORM
    ]
    space = inferred(runs).space.parameters
    assert isinstance(space["lr"], Float)
    assert space["lr"].log
    assert (space["lr"].low, space["lr"].high) == (min(LOG_UNIFORM), max(LOG_UNIFORM))
    assert not space["dropout"].log
    assert isinstance(space["layers"], Integer)
    assert not space["layers"].log
    assert space["batch_size"] == Integer(16, 256, log=True, factor=2)


def test_a_log_scale_gives_its_true_reason():
    """A factor of two is no order of magnitude: there the name speaks for the scale."""
    near = inferred([{"batch_size": b, "lr": v} for b, v in ((32, 1e-4), (64, 1e-1), (32, 1e-2))])
    assert near.space.parameters["batch_size"].log
    assert "orders of magnitude" not in because(near, "batch_size")
    assert "usually searched by ratio" in because(near, "batch_size")
    assert "over orders of magnitude" in because(near, "lr")


def test_decays_are_searched_by_their_distance_to_one():
    """Between 0.9 and 0.9999 there are three steps of equal size."""
    betas = (1 - 10 ** np.random.default_rng(3).uniform(-4, -1, 30)).tolist()
    parameter = inferred(
        [{"beta2": b, "lr": lr} for b, lr in zip(betas, LOG_UNIFORM, strict=True)]
    ).space.parameters["beta2"]
    assert parameter.one_minus
    whole = Float(0.9, 0.9999, one_minus=True)
    assert [round(whole.to_unit(v), 9) for v in (0.9, 0.99, 0.999, 0.9999)] == [
        0.0,
        0.333333333,
        0.666666667,
        1.0,
    ]


def test_choices_and_booleans():
    """Texts are choices, booleans stay booleans, 0 and 1 stay numbers."""
    runs = [
        {"act": a, "bn": b, "flag": f}
        for a in ("relu", "tanh")
        for b in (True, False)
        for f in (0, 1)
    ]
    space = inferred(runs).space.parameters
    assert space["act"] == Categorical(("relu", "tanh"))
    assert space["bn"] == Categorical((False, True))
    assert space["flag"] == Categorical((0, 1))


def test_zero_on_a_log_scale_makes_ordered_choices():
    """A weight decay tried at 0 and a few powers of ten keeps its zero."""
    runs = [
        {"wd": wd, "lr": lr} for wd, lr in zip([0, 1e-5, 1e-4, 1e-3] * 5, LOG_UNIFORM, strict=False)
    ]
    assert inferred(runs).space.parameters["wd"] == Categorical((0, 1e-5, 1e-4, 1e-3), ordered=True)


def test_what_is_no_hyperparameter_is_left_out_with_the_reason():
    """Constants, seeds, paths, hosts, times, identities and copies are not searched."""
    runs = [
        {
            "lr": lr, "learning_rate_copy": lr * 2, "seed": i, "log_dir": f"/tmp/{i}", "hostname": f"n{i % 3}",
            "started_at": f"2026-01-{i % 28 + 1:02}", "momentum": 0.9, "nick": f"text {i}",
        }
        for i, lr in enumerate(LOG_UNIFORM)
    ]  # fmt: skip
    result = inferred(runs)
    assert result.space.names == ["lr"]
    assert because(result, "seed") == "a random seed"
    assert because(result, "momentum").startswith("constant: 0.9")
    assert "identity" in because(result, "nick")
    assert because(result, "learning_rate_copy").startswith("derived: ")
    assert result.constants == {"momentum": 0.9}


def test_what_follows_the_task_is_left_out():
    """A crop size that each data set fixes is no choice."""
    runs = [{"lr": lr, "crop": 100 if i % 2 else 900} for i, lr in enumerate(LOG_UNIFORM)]
    result = inferred(runs, tasks=["a" if i % 2 else "b" for i in range(30)])
    assert result.space.names == ["lr"]
    assert "follows the task" in because(result, "crop")


def test_conditions_are_found():
    """Momentum exists only with sgd, beta1 and beta2 only with adam."""
    rng = np.random.default_rng(2)
    runs = []
    for i, lr in enumerate(LOG_UNIFORM):
        extra = (
            {"momentum": float(rng.uniform())}
            if i % 2
            else {"beta1": float(rng.uniform()), "beta2": float(rng.uniform())}
        )
        runs.append({"lr": lr, "optimizer": "sgd" if i % 2 else "adam", **extra})
    result = inferred(runs)
    space = result.space
    assert space.parameters["momentum"].when == {"optimizer": ("sgd",)}
    assert space.parameters["beta2"].when == {"optimizer": ("adam",)}
    assert space.parameters["lr"].when == {}
    for config in result.configs.to_dict("records"):
        assert space.contains({n: v for n, v in config.items() if v is not None})


def test_a_folder_level_can_be_the_condition():
    """The folder of an algorithm becomes a category when it says which parameters exist."""
    runs = [
        {"lr": lr, **({"a": lr * 3 + i} if i % 2 else {"b": i})} for i, lr in enumerate(LOG_UNIFORM)
    ]
    levels = [("amos" if i % 2 else "nadam", f"trial_{i}") for i in range(30)]
    space = inferred(runs, levels=levels).space
    assert space.parameters["folder.1"] == Categorical(("amos", "nadam"))
    assert space.parameters["a"].when == {"folder.1": ("amos",)}


def test_one_meaning_under_several_names_is_one_parameter():
    """``lr`` in some runs and ``learning_rate`` in others are joined under the name most runs write."""
    runs = [{"lr" if i % 3 else "learning_rate": lr} for i, lr in enumerate(LOG_UNIFORM)]
    result = inferred(runs)
    assert result.space.names == ["lr"]
    assert result.configs["lr"].notna().all()
    assert set(result.decisions[0].written) == {"lr", "learning_rate"}


def test_names_that_contradict_each_other_stay_apart():
    """Two learning rates in one run are two parameters."""
    runs = [{"lr": lr, "learning_rate": lr / 7 + i} for i, lr in enumerate(LOG_UNIFORM)]
    assert set(inferred(runs).space.names) == {"lr", "learning_rate"}


def test_the_user_can_join_names():
    """An alias joins what the table does not know."""
    runs = [{"alpha_zero" if i % 2 else "rate": lr} for i, lr in enumerate(LOG_UNIFORM)]
    result = inferred(runs, aliases={"alpha_zero": "learning_rate", "rate": "learning_rate"})
    assert result.space.names == ["learning_rate"]


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        (Float(1e-5, 0.1, log=True), "float 1e-05 to 0.1, log"),
        (Integer(1, 8), "integer 1 to 8"),
        (Categorical(("a", "b"), when={"k": ("x", "y")}), "one of a, b; only when k is x or y"),
    ],
)
def test_parameters_are_described_in_words(parameter, words):
    """One line that reads like a sentence."""
    assert describe(parameter) == words


def test_large_integers_are_told_apart():
    """Whole numbers that are neighbours beyond 2**53, or differ in the seventh digit, are not one value."""
    big = 2**53
    result = inferred([{"width": big + i % 3, "rows": 1_000_000 + i % 2} for i in range(12)])
    assert result.space.parameters["width"] == Integer(big, big + 2)
    assert result.space.parameters["rows"] == Integer(1_000_000, 1_000_001)
    assert describe(result.space.parameters["width"]) == f"integer {big} to {big + 2}"


def test_a_value_beyond_every_double_is_no_fault():
    """A whole number of 400 digits counts as not finite."""
    result = inferred([{"width": 10**400}, {"width": 1}, {"width": 2}, {"width": 3}] * 3)
    assert result.space.parameters["width"] == Integer(1, 3)
