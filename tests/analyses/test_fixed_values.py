"""What is not searched and what a training needs all the same."""

import numpy as np
import pandas as pd
import pytest

from logminer.analyses.fixed import derived_values, fixed_values


def fixed(values, losses=None, tasks=None):
    n = len(next(iter(values.values())))
    losses = losses if losses is not None else range(n)
    frame = pd.DataFrame({k: pd.Series(v, dtype=object) for k, v in values.items()})
    labels = pd.Series(tasks or ["t"] * n)
    return fixed_values(frame, labels, pd.Series(losses, dtype=float))


def test_what_the_winners_share_is_fixed():
    """A value on which the three best of ten agree holds, whatever the others had; one on which they differ does not."""
    values = {"epochs": [30] * 4 + [10] * 6, "aug": list("aabbbbbbbb"), "amp": [True] * 10}
    assert fixed(values) == {"epochs": 30, "amp": True}
    assert fixed({"epochs": [10] * 7 + [30] * 3}, losses=[np.nan, *range(9, 0, -1)]) == {"epochs": 30}  # fmt: skip


def test_tasks_must_agree_for_a_new_one():
    """The number of epochs that each data set has is none for a third."""
    values = {"epochs": [10] * 4 + [90] * 4, "opt": ["adam"] * 8}
    assert fixed(values, tasks=["a"] * 4 + ["b"] * 4) == {"opt": "adam"}


@pytest.mark.parametrize(
    ("value", "is_setting"),
    [
        ("adam", True), ("google/vit-base-patch16", True), (1e-8, True), (0, True), (False, True), ([64, 64], True),
        ("/data/imagenet", False), ("~/runs", False), ("data/train/x", False), ("C:\\runs", False), ("s3://b/k", False),
        ("2026-01-02 10:00", False), ("", False), ("None", False), (float("nan"), False), (float("inf"), False),
        ("a\nb", False), ("x" * 81, False), ([], False), (["/a/b/c"], False), ({"a": 1}, False), (10**400, False),
    ],
)  # fmt: skip
def test_places_times_and_nothings_are_no_settings(value, is_setting):
    """Only what a training could be told."""
    assert fixed({"x": [value] * 4}) == ({"x": value} if is_setting else {})


@pytest.mark.parametrize("name", ["hostname", "seed", "log_dir", "wandb.project", "run_id", "num_workers"])  # fmt: skip
def test_circumstances_are_not_fixed(name):
    """By name, as everywhere."""
    assert fixed({name: [3] * 5}) == {}


def test_what_few_winners_have_is_no_value_of_all():
    """A flag that came with a later version; runs without any result speak too where there are no others."""
    assert fixed({"x": [1, None, None, None]}) == {}
    assert fixed({"x": [1, 1, 1, None]}, losses=[np.nan] * 4) == {"x": 1}


class Formula:
    """A stub of a dependence: a formula with what it needs."""

    def __init__(self, formula, rule):
        self.formula, self._rule = formula, rule

    def evaluate(self, config):
        return self._rule(config)


def test_derived_values_are_computed_again():
    """Also one from another; one whose inputs are missing, or that divides by nothing, is left out."""
    derived = {
        "epochs": Formula("steps · batch / data", lambda c: c["steps"] * c["batch"] // c["data"]),
        "steps": Formula("tokens / batch", lambda c: c["tokens"] // c["batch"]),
        "scale": Formula("1 / zero", lambda c: 1 / c["zero"]),
        "gone": Formula("?", lambda _: None),
    }
    config = {"tokens": 200_000, "batch": 64, "data": 50_000, "zero": 0}
    assert derived_values(derived, config) == {"epochs": 4, "steps": 3125}
    assert derived_values({}, config) == {}


def test_a_formula_that_lacks_its_inputs_gives_nothing():
    """A key that is missing is no fault."""
    product = {"c": Formula("a · b", lambda c: c["a"] * c["b"])}
    assert derived_values(product, {"a": 2}) == {}
    assert derived_values(product, {"a": 2, "b": 3.5}) == {"c": 7.0}
