"""Spaces written with objects of other libraries, as scripts for those already have them."""

import numpy as np
import optuna
import pandas as pd
import pytest
import scipy.stats

from logminer.core.errors import SpaceError
from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.space import Space
from logminer.core.space_spec import space_from_spec, space_to_spec

D = optuna.distributions


@pytest.mark.parametrize(
    ("written", "parameter"),
    [
        (scipy.stats.loguniform(1e-2, 1e3), Float(0.01, 1000.0, log=True)),
        (scipy.stats.reciprocal(a=1e-4, b=0.1), Float(1e-4, 0.1, log=True)),
        (scipy.stats.uniform(2, 3), Float(2.0, 5.0)),
        (scipy.stats.uniform(), Float(0.0, 1.0)),
        (scipy.stats.randint(1, 10), Integer(1, 9)),
        (scipy.stats.Uniform(a=0.25, b=4.0), Float(0.25, 4.0)),
        (range(1, 10), Integer(1, 9)),
        (range(64, 257, 32), Integer(64, 256, step=32)),
        (range(9, 0, -2), Integer(1, 9, step=2)),
        (np.logspace(-2, 1, 4), Categorical((0.01, 0.1, 1.0, 10.0), ordered=True)),
        (np.array(["l1", "l2"]), Categorical(("l1", "l2"))),
        (pd.Series([3, 1, 2]), Categorical((3, 1, 2))),
        ([16, 32, 64], Categorical((16, 32, 64), ordered=True)),
        ([0.5, 0.1, 0.0], Categorical((0.5, 0.1, 0.0), ordered=True)),
        ([1, 2], Categorical((1, 2))),
        ([1, None, 3], Categorical((1, None, 3))),
        ([False, True], Categorical((False, True))),
        (np.float64(0.1), Categorical((0.1,))),
        ((1e-6, 1e6, "log-uniform"), Float(1e-6, 1e6, log=True)),
        ((2, 64, "log-uniform"), Integer(2, 64, log=True)),
        (("a", "b", "uniform"), None),
        (D.FloatDistribution(1e-5, 0.1, log=True), Float(1e-5, 0.1, log=True)),
        (D.FloatDistribution(0, 0.5, step=0.05), Float(0, 0.5, step=0.05)),
        (D.IntDistribution(32, 480, step=32), Integer(32, 480, step=32)),
        (D.IntDistribution(1, 64, log=True), Integer(1, 64, log=True)),
        (D.CategoricalDistribution(["a", None]), Categorical(("a", None))),
    ],
)  # fmt: skip
def test_objects_of_other_libraries_are_read(written, parameter):
    """Frozen distributions, ranges and arrays mean what they mean where they come from."""
    if parameter is None:
        with pytest.raises(SpaceError, match="'x'"):
            space_from_spec({"x": written})
    else:
        assert space_from_spec({"x": written}).parameters["x"] == parameter


@pytest.mark.parametrize(
    "written",
    [
        scipy.stats.norm(0, 1),
        object(),
        {1, 2, 3},
        lambda: 1,
        np.ones((2, 2)),
        range(0),
        optuna.samplers.RandomSampler(),
        scipy.stats.loguniform,
        1 + 2j,
        iter([1, 2]),
    ],
    ids=str,
)
def test_what_is_not_understood_is_no_constant(written):
    """It is refused by its name, instead of being searched as the one value it is not."""
    with pytest.raises(SpaceError, match="parameter 'x'"):
        space_from_spec({"x": written})


def test_an_error_says_what_is_understood():
    """Whoever brings an unknown object learns what to write."""
    with pytest.raises(SpaceError, match="RandomSampler") as caught:
        space_from_spec({"x": optuna.samplers.RandomSampler()})
    assert "ranges" in caught.value.hint


def test_a_list_of_dicts_is_one_of_them():
    """As RandomizedSearchCV takes it: each dict's own hyperparameters exist under its kernel only."""
    space = space_from_spec(
        [
            {"kernel": ["rbf"], "gamma": scipy.stats.loguniform(1e-4, 1), "C": [1, 10]},
            {"kernel": ["linear", "poly"], "C": [10, 100]},
        ]
    )
    assert space.parameters["gamma"].when == {"kernel": ("rbf",)}
    drawn = space.sample(200, np.random.default_rng(0))
    assert {c["C"] for c in drawn if c["kernel"] == "rbf"} == {1, 10}
    assert {c["C"] for c in drawn if c["kernel"] != "rbf"} == {10, 100}
    assert all(("gamma" in c) == (c["kernel"] == "rbf") for c in drawn)
    assert space_from_spec(space_to_spec(space)) == space


def test_a_list_of_dicts_keeps_what_all_share():
    """An equal description in every dict needs no condition; a list of one dict is that dict."""
    lr = {"type": "float", "low": 1e-4, "high": 1.0, "log": True}
    space = space_from_spec([{"opt": ["sgd"], "lr": lr}, {"opt": "adam", "lr": lr, "beta": [0.9]}])
    assert space.parameters["lr"] == Float(1e-4, 1.0, log=True)
    assert space.parameters["opt"].choices == ("sgd", "adam")
    assert space.parameters["beta"].when == {"opt": ("adam",)}
    assert space_from_spec([{"C": [1, 2]}]) == space_from_spec({"C": [1, 2]})


@pytest.mark.parametrize(
    ("cases", "says"),
    [
        ([{"C": [1, 10]}, {"C": [1, 100]}], "nothing tells the 2 spaces"),
        ([{"C": [1]}, {"gamma": [1]}], "nothing tells the 2 spaces"),
        (
            [
                {"k": ["a"], "C": scipy.stats.uniform()},
                {"k": ["b"], "C": scipy.stats.uniform(0, 2)},
            ],
            "'C'.*different ranges",
        ),
    ],
)
def test_a_list_of_dicts_that_is_no_space_is_refused(cases, says):
    """Alternatives that nothing tells apart, or that contradict each other, are named."""
    with pytest.raises(SpaceError, match=says):
        space_from_spec(cases)


def test_configspace_is_read():
    """Bounds, scales, order, conditions, forbidden combinations and defaults of a ConfigurationSpace."""
    cs = pytest.importorskip("ConfigSpace")
    written = cs.ConfigurationSpace(seed=0)
    opt = cs.Categorical("opt", ["sgd", "adam"], default="adam")
    size = cs.OrdinalHyperparameter("size", ["s", "m", "l"], default_value="m")
    lr = cs.Float("lr", (1e-5, 0.1), log=True, default=1e-3)
    layers = cs.Integer("layers", (1, 9), default=3)
    momentum = cs.Float("momentum", (0.0, 0.99), default=0.9)
    written.add([opt, size, lr, layers, momentum, cs.Constant("epochs", 30)])
    written.add(cs.EqualsCondition(momentum, opt, "sgd"))
    written.add(
        cs.ForbiddenAndConjunction(
            cs.ForbiddenEqualsClause(opt, "adam"), cs.ForbiddenEqualsClause(size, "l")
        )
    )
    space = space_from_spec(written)
    assert dict(space.parameters) == {
        "opt": Categorical(("sgd", "adam")),
        "size": Categorical(("s", "m", "l"), ordered=True),
        "lr": Float(1e-5, 0.1, log=True),
        "layers": Integer(1, 9),
        "momentum": Float(0.0, 0.99, when={"opt": ("sgd",)}),
        "epochs": Categorical((30,)),
    }
    assert space.is_forbidden({"opt": "adam", "size": "l"})
    assert space.default_config() == {
        "opt": "adam",
        "size": "m",
        "lr": 1e-3,
        "layers": 3,
        "epochs": 30,
    }


def test_what_configspace_has_and_a_space_has_not_is_refused():
    """A normal distribution and an inequality are errors that say their names."""
    cs = pytest.importorskip("ConfigSpace")
    normal = cs.ConfigurationSpace()
    normal.add(cs.Float("x", (0, 1), distribution=cs.Normal(0.5, 0.1)))
    with pytest.raises(SpaceError, match="NormalFloat"):
        space_from_spec(normal)
    above = cs.ConfigurationSpace()
    a, b = cs.Integer("a", (1, 9)), cs.Integer("b", (1, 9))
    above.add([a, b])
    above.add(cs.GreaterThanCondition(b, a, 3))
    with pytest.raises(SpaceError, match="GreaterThanCondition"):
        space_from_spec(above)


def test_defaults_are_part_of_a_space():
    """They are written down and read back, checked, and dropped where a zoom leaves them outside."""
    spec = {"lr": {"low": 1e-4, "high": 1.0, "log": True, "default": 0.01}, "layers": range(1, 9)}
    space = space_from_spec(spec)
    assert space.defaults == {"lr": 0.01}
    assert space_from_spec(space_to_spec(space)) == space
    assert space.default_config({"lr": 0.5, "layers": 2}) == {"lr": 0.01, "layers": 2}
    assert space.with_parameters({"lr": Float(0.1, 1.0, log=True)}).defaults == {}
    assert Space({"a": Float(0, 1)}).default_config() is None
    with pytest.raises(SpaceError, match="'lr': the default 7"):
        space_from_spec({"lr": {"low": 0.0, "high": 1.0, "default": 7}})


def test_a_part_of_a_space_keeps_what_concerns_it():
    """Forbidden combinations and defaults of what is left out go with it."""
    space = space_from_spec(
        {
            "parameters": {"a": [1, 2], "b": {"choices": [1, 2], "default": 2}, "c": [1, 2]},
            "forbidden": [{"a": 1, "b": 2}, {"a": 1, "c": 1}],
        }
    )
    part = space.only({"a", "c"})
    assert part.names == ["a", "c"]
    assert part.forbidden == ({"a": 1, "c": 1},)
    assert part.defaults == {}
