"""Which hyperparameters go with the result: an order for the columns of a listing."""

import numpy as np
import pandas as pd

from logminer.analyses.correlation import order


def made(n=60, **columns):
    index = pd.RangeIndex(1, n + 1)
    tasks = pd.Series(["a", "b"] * (n // 2), index=index)
    return pd.DataFrame(columns, index=index, dtype=object), index, tasks


def test_what_goes_with_the_result_comes_first():
    """A number that decides it goes before a choice that bears on it a little, and noise and constants come last."""
    rng = np.random.default_rng(0)
    lr, choice = rng.permutation(60) / 60, rng.integers(0, 2, 60)
    configs, index, tasks = made(
        constant=[1] * 60, noise=list(rng.random(60)), act=["relu" if c else "tanh" for c in choice], lr=list(lr)
    )  # fmt: skip
    values = pd.Series((lr - 0.4) ** 2 + 0.05 * choice, index=index)
    assert order(configs, values, tasks)[:2] == ["lr", "act"]
    assert order(configs, -values, tasks)[:2] == ["lr", "act"]
    assert order(configs, values, tasks)[-1] == "constant"


def test_tasks_of_other_units_are_compared_within_themselves():
    """What merely differs between tasks explains nothing, however far apart their results are."""
    rng = np.random.default_rng(1)
    lr = rng.permutation(60) / 60
    configs, index, tasks = made(dataset=["a", "b"] * 30, lr=list(lr))
    values = pd.Series(lr + np.where(tasks == "a", 1000, 0), index=index)
    assert order(configs, values, tasks) == ["lr", "dataset"]


def test_what_few_runs_have_and_seeds_come_later():
    """A hyperparameter of a tenth of the runs goes behind one of all; a seed is last even if luck decided all."""
    lr = np.arange(60) / 60
    few = [None] * 54 + [0, 1] * 3
    configs, index, tasks = made(seed=list(lr), few=few, lr=list(lr))
    assert order(configs, pd.Series(lr, index=index), tasks) == ["lr", "few", "seed"]


def test_nothing_known_costs_nothing():
    """Runs without results, and values that are lists, are no error."""
    configs, index, tasks = made(4, sizes=[[1], [1], [2], [2]], lr=[None] * 4)
    assert sorted(order(configs, pd.Series(np.nan, index=index), tasks)) == ["lr", "sizes"]
    assert order(configs, pd.Series([1.0, 1, 2, 2], index=index), tasks) == ["sizes", "lr"]
