"""fANOVA against shares known on paper and against Optuna's evaluator."""

import numpy as np
import optuna
import pytest
from factories import history_of, make_history
from scipy.stats import spearmanr

from logminer.analyses import importance
from logminer.analyses.forest import Boxes, grow_all
from logminer.core.parameters import Categorical, Float
from logminer.core.space import Space

SPACE = Space({f"x{i}": Float(0.0, 1.0) for i in range(4)} | {"kind": Categorical(("a", "b", "c"))})
KIND = {"a": 0.0, "b": 1.0, "c": 0.3}


def additive(c):
    return 3 * c["x0"] + 2 * c["x1"] + c["x2"] + KIND[c["kind"]]


def crossed(c):
    return 8 * (c["x0"] - 0.5) * (c["x1"] - 0.5) + c["x2"]


def sampled(function, n=300, seed=0):
    configs = SPACE.sample(n, np.random.default_rng(seed))
    return configs, [function(c) for c in configs]


def shares(history, scale="rank"):
    forests = grow_all(history, scale=scale)
    return importance.analyse(history, forests=forests).overall.set_index("parameter")["share"]


def test_shares_of_an_additive_function():
    """Uniform inputs with slopes 3, 2, 1 have variances 9, 4, 1 (over 12)."""
    configs, values = sampled(additive, 1000)
    found = shares(history_of(configs, values, SPACE), scale="value")
    variance = {"x0": 9 / 12, "x1": 4 / 12, "x2": 1 / 12, "x3": 0.0}
    variance["kind"] = np.var(list(KIND.values()))
    for name, of_one in variance.items():
        assert found[name] == pytest.approx(of_one / sum(variance.values()), abs=0.05)


@pytest.mark.parametrize("function", [additive, crossed])
def test_agrees_with_optuna(function):
    """Same forest idea, same numbers, up to chance: in order and in size."""
    configs, values = sampled(function)
    found = shares(history_of(configs, values, SPACE), scale="value")
    theirs = optuna_shares(configs, values)
    names = list(theirs)
    assert spearmanr([found[n] for n in names], [theirs[n] for n in names]).statistic > 0.85
    for name in names:
        assert found[name] == pytest.approx(theirs[name], abs=0.06)


def optuna_shares(configs, values):
    float_ = optuna.distributions.FloatDistribution(0, 1)
    kinds = optuna.distributions.CategoricalDistribution(("a", "b", "c"))
    distributions = {n: kinds if n == "kind" else float_ for n in SPACE.names}
    study = optuna.create_study()
    study.add_trials(
        [
            optuna.trial.create_trial(params=c, distributions=distributions, value=v)
            for c, v in zip(configs, values, strict=True)
        ]
    )
    evaluator = optuna.importance.FanovaImportanceEvaluator(n_trees=32, seed=0)
    return evaluator.evaluate(study)


def test_marginals_are_the_means_over_all_other_axes():
    """The fast sums over boxes equal averages over a fine grid of points."""
    boxes = Boxes(
        np.array([[0.0, 0.0, 0.0], [0.25, 0.0, 0.0], [0.25, 0.5, 0.0]]),
        np.array([[0.25, 1.0, 1.0], [1.0, 0.5, 1.0], [1.0, 1.0, 1.0]]),
        np.array([4.0, 1.0, 2.0]),
    )
    grid = (np.arange(8) + 0.5) / 8
    points = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), axis=-1).reshape(-1, 3)
    inside = (points[:, None] >= boxes.low) & (points[:, None] < boxes.high)
    dense = (inside.all(axis=2) @ boxes.value).reshape(8, 8, 8)
    assert boxes.mean == pytest.approx(dense.mean())
    assert boxes.variance == pytest.approx(dense.var())
    assert boxes.marginal_variance([0]) == pytest.approx(dense.mean(axis=(1, 2)).var())
    assert boxes.marginal_variance([0, 1]) == pytest.approx(dense.mean(axis=2).var())
    edges, values = boxes.marginal([0])
    assert edges[0].tolist() == [0.0, 0.25, 1.0]
    assert values.tolist() == pytest.approx([4.0, 1.5])


def test_a_child_is_not_credited_with_what_its_parent_does():
    """beta2 exists only with adam; that adam is better is the optimizer's merit."""
    space = Space(
        {
            "optimizer": Categorical(("sgd", "adam")),
            "x": Float(0.0, 1.0),
            "beta2": Float(0.9, 0.999, when={"optimizer": ("adam",)}),
        }
    )
    configs = space.sample(200, np.random.default_rng(0))
    found = shares(history_of(configs, [c["optimizer"] == "sgd" for c in configs], space))
    assert found["optimizer"] > 0.95
    assert found["beta2"] < 0.02


def test_choices_count_by_what_they_do_not_by_their_order():
    """Good and bad choices in turns are as easy to tell apart as sorted ones."""
    space = Space({"act": Categorical(tuple("abcdef")), "x": Float(0.0, 1.0)})
    configs = space.sample(120, np.random.default_rng(0))
    found = shares(history_of(configs, [ord(c["act"]) % 2 for c in configs], space))
    assert found["act"] > 0.95


def test_diverged_runs_take_part_as_the_worst():
    """A learning rate above which everything diverges matters."""
    space = Space({"lr": Float(0.0, 1.0), "x": Float(0.0, 1.0)})
    configs = space.sample(100, np.random.default_rng(0))
    values = [np.nan if c["lr"] > 0.5 else 1.0 for c in configs]
    assert shares(history_of(configs, values, space))["lr"] > 0.9


def test_tasks_count_equally_whatever_their_unit():
    """A task measured in thousands does not drown one measured in fractions."""
    space = Space({"x": Float(0.0, 1.0), "y": Float(0.0, 1.0)})
    configs = space.sample(100, np.random.default_rng(0))
    values = [1000 * c["x"] for c in configs] + [c["y"] for c in configs]
    found = importance.analyse(history_of(configs * 2, values, space, ["a"] * 100 + ["b"] * 100))
    overall = found.overall.set_index("parameter")["share"]
    assert overall["x"] == pytest.approx(0.5, abs=0.05)
    assert overall["y"] == pytest.approx(0.5, abs=0.05)
    first = found.per_task.groupby("task").first()
    assert first["parameter"].to_dict() == {"a": "x", "b": "y"}


def test_fit_tells_signal_from_noise():
    """Chance alone is admitted: unseen configs are not foretold."""
    rng = np.random.default_rng(0)
    configs, values = sampled(additive, 150)
    assert importance.analyse(history_of(configs, values, SPACE)).fit["task"] > 0.7
    noise = rng.standard_normal(150)
    assert importance.analyse(history_of(configs, noise, SPACE)).fit["task"] < 0.1


def test_intervals_hold_the_shares_and_narrow_with_more_runs():
    """Each share lies within its interval, and more configs say more."""
    widths = []
    for n in (40, 600):
        configs, values = sampled(additive, n)
        of = importance.analyse(history_of(configs, values, SPACE)).overall.set_index("parameter")
        assert (of["low"] <= of["share"]).all()
        assert of.loc["x0", "share"] <= of.loc["x0", "high"]
        widths.append(of.loc["x0", "high"] - of.loc["x0", "low"])
    assert widths[1] < widths[0] / 2


def test_too_little_to_say_is_said():
    """A task with too few configs is left out with its reason."""
    history = make_history(tasks=1, configs=5)
    result = importance.analyse(history)
    assert result.overall.empty
    assert result.skipped == {"task_0": "too few configs: 5"}


def test_same_seed_same_answer():
    """Importance is a function of the history and the seed."""
    history = make_history(tasks=1, configs=30)
    first, second = importance.analyse(history), importance.analyse(history)
    assert first.overall.equals(second.overall)
