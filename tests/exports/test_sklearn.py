"""scikit-learn: a randomized search draws configs of the space, conditions included."""

import ast
import runpy

import numpy as np
import pytest
from export_contexts import FULL, hostile_context, make_context
from sklearn.model_selection import (
    GridSearchCV,
    ParameterGrid,
    ParameterSampler,
    RandomizedSearchCV,
)
from sklearn.tree import DecisionTreeClassifier

from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.space import Space
from logminer.exports import sklearn as target
from logminer.exports._context import ExportContext


def load(context, path):
    (path / "space.py").write_text(target.write(context), encoding="utf-8")
    return runpy.run_path(str(path / "space.py"))


def test_the_module_is_plain_data_and_calls_of_ours():
    """Whatever a log calls things."""
    tree = ast.parse(target.write(hostile_context()))
    assert [type(n).__name__ for n in tree.body] == ["ImportFrom"] * 2 + ["Assign"] * 3


@pytest.mark.parametrize("kind", ["made", "written"])
def test_a_sampler_stays_in_the_space(kind, tmp_path):
    """Each branch of the conditions has just the parameters that exist in it."""
    context = make_context()
    if kind == "made":
        drawn_from = target.distributions(FULL)
    else:
        drawn_from = load(context, tmp_path)["DISTRIBUTIONS"]
    drawn = list(ParameterSampler(drawn_from, 200, random_state=0))
    assert {FULL.why_not(config) for config in drawn} <= {"", "a forbidden combination"}
    assert {config["optimizer"] for config in drawn} == {"sgd", "adam", "lion"}


def test_scales_are_kept():
    """Half of the draws lie below the middle of the scale, and both ends of whole numbers occur."""
    space = Space(
        {
            "a": Float(1e-4, 1, log=True),
            "b": Integer(1, 64, log=True),
            "c": Integer(2, 4),
            "d": Float(1, 3),
        }
    )
    drawn = list(ParameterSampler(target.distributions(space), 500, random_state=1))
    below = np.mean([config["a"] < 1e-2 for config in drawn])
    assert 0.4 < below < 0.6
    assert {min(c["b"] for c in drawn), max(c["b"] for c in drawn)} == {1, 64}
    assert {type(c["b"]) for c in drawn} == {int}
    assert {c["c"] for c in drawn} == {2, 3, 4}
    assert max(c["d"] for c in drawn) > 2.5
    assert len(target.LogInteger(1, 8).rvs(size=5, random_state=0)) == 5


def test_numbers_as_parents_and_too_many_branches_are_said():
    """Then everything is drawn, and a note tells what to ignore."""
    number = Space({"n": Integer(1, 3), "x": Float(0, 1, when={"n": (2, 3)})})
    assert target.limits(number) == [
        "'x' counts only when 'n' is 2 or 3; scikit-learn always draws it"
    ]
    assert list(target.distributions(number)[0]) == ["n", "x"]
    parents = {f"p{i}": Categorical(tuple("abcdefghi")) for i in range(2)}
    many = Space({**parents, "x": Float(0, 1, when={"p0": ("a",), "p1": ("b",)})})
    assert len(target.distributions(many)) == 1
    assert target.limits(FULL)[0].startswith("skip configs")


def test_searches_run_on_it(tmp_path):
    """A randomized search, and a grid search over the configs to try first."""
    space = Space(
        {
            "max_depth": Integer(1, 8, log=True),
            "criterion": Categorical(("gini", "entropy")),
            "ccp_alpha": Float(1e-5, 1e-1, log=True, when={"criterion": ("gini",)}),
        }
    )
    context = make_context(space, n=2, runs=0)
    module = load(context, tmp_path)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 3))
    y = (x[:, 0] > 0).astype(int)
    tree = DecisionTreeClassifier(random_state=0)
    random = RandomizedSearchCV(tree, module["DISTRIBUTIONS"], n_iter=4, random_state=0).fit(x, y)
    assert space.why_not(random.best_params_) == ""
    first = GridSearchCV(tree, module["FIRST"]).fit(x, y)
    assert first.cv_results_["params"] == context.configs == list(ParameterGrid(module["FIRST"]))


def test_a_space_without_conditions_is_one_branch():
    """As most spaces are."""
    assert len(target.distributions(Space({"a": Float(0, 1)}))) == 1
    assert "DISTRIBUTIONS = [\n    {'a': uniform(0, 1)},\n]" in target.write(
        ExportContext(Space({"a": Float(0, 1)}))
    )
