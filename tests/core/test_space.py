"""The search space: conditions, forbidden combinations, the unit cube and identity of configs."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spaces import SCALARS, TEXT, spaces

from logminer.core.errors import SpaceError
from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.space import Space, config_key, unique_configs

SPACE = Space(
    {
        "momentum": Float(0, 0.99, when={"optimizer": ("sgd",)}),
        "nesterov": Categorical((False, True), when={"momentum_on": (True,)}),
        "optimizer": Categorical(("sgd", "adam")),
        "momentum_on": Categorical((False, True), when={"optimizer": ("sgd",)}),
        "batch_size": Integer(8, 64, log=True),
    }
)
ADAM = {"optimizer": "adam", "batch_size": 8}
SGD = {"momentum": 0.9, "optimizer": "sgd", "momentum_on": False, "batch_size": 8}


@given(spaces(), st.integers(0, 2**32 - 1))
def test_samples_lie_inside_and_survive_the_unit_cube(space, seed):
    """Whatever is drawn is allowed, and its place in the cube leads back to it."""
    configs = space.sample(5, np.random.default_rng(seed))
    assert all(space.contains(config) for config in configs)
    unit = space.to_unit(configs)
    assert unit.shape == (5, len(space))
    again = space.from_unit(unit)
    for config, other in zip(configs, again, strict=True):
        assert list(config) == list(other)
        assert space.contains(other)
    # a second trip changes nothing: rounding is not carried on
    assert np.allclose(space.to_unit(again), unit, rtol=1e-6, atol=1e-6, equal_nan=True)


@given(spaces(), st.integers(0, 2**32 - 1))
def test_unit_cube_is_nan_exactly_where_inactive(space, seed):
    """NaN marks the parameters a config does not have."""
    (config,) = space.sample(1, np.random.default_rng(seed))
    unit = space.to_unit([config])[0]
    assert [not math.isnan(u) for u in unit] == [name in config for name in space.names]


@given(spaces(), st.integers(0, 2**32 - 1))
def test_restrict_keeps_valid_configs(space, seed):
    """A config of the space is kept whole; strangers and what does not apply are dropped."""
    (config,) = space.sample(1, np.random.default_rng(seed))
    inactive = {name: 0 for name in space.names if name not in config}
    assert space.restrict({**config, **inactive, "no such parameter": 1}) == config


def test_same_seed_same_sample():
    """Drawing depends on the generator alone."""
    first, second = (SPACE.sample(20, np.random.default_rng(3)) for _ in range(2))
    assert first == second


def test_children_come_after_parents():
    """Conditions may be given in any order."""
    order = SPACE.order
    assert order.index("optimizer") < order.index("momentum_on") < order.index("nesterov")
    assert SPACE.names[0] == "momentum"


def test_grandchildren_vanish_with_their_parent():
    """With adam there is no momentum, so no nesterov either."""
    assert set(SPACE.from_unit(SPACE.to_unit([ADAM]))[0]) == set(ADAM)
    assert SPACE.contains(ADAM)


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (ADAM, ""),
        (SGD, ""),
        (ADAM | {"momentum": None}, ""),
        (ADAM | {"momentum": 0.9}, "'momentum' does not apply"),
        ({"optimizer": "adam"}, "'batch_size' is missing"),
        (SGD | {"momentum": None}, "'momentum' is missing"),
        (SGD | {"momentum": 1.5}, "'momentum' = 1.5 is outside"),
        (ADAM | {"batch_size": 8.5}, "'batch_size' = 8.5 is outside"),
        (ADAM | {"lr": 1}, "'lr' is not in the space"),
        (SGD | {"momentum_on": 1}, "'momentum_on' = 1 is outside"),
    ],
)
def test_says_what_keeps_a_config_out(config, why):
    """The reason names the parameter; a valid config has none."""
    assert SPACE.why_not(config) == why
    assert SPACE.contains(config) == (why == "")


def test_none_may_be_a_choice():
    """A choice of None is a value like others: class_weight None or balanced."""
    space = Space({"class_weight": Categorical((None, "balanced")), "c": Float(0, 1)})
    config = {"class_weight": None, "c": 0.5}
    assert space.contains(config)
    assert space.restrict(config) == config
    assert space.to_unit([config]).tolist() == [[0.25, 0.5]]
    assert space.from_unit(np.array([[0.25, 0.5]])) == [config]


def test_unknown_and_missing_values_have_no_place():
    """Logs hold values a space does not know: they are NaN in the cube."""
    unit = SPACE.to_unit([{"optimizer": "lion", "batch_size": "auto"}, {}])
    assert np.isnan(unit).all()


def test_forbidden_combinations_are_never_drawn():
    """A forbidden pair is outside, never sampled, and says so."""
    space = Space(
        {"a": Categorical((1, 2)), "b": Categorical((True, False))},
        forbidden=({"a": 1, "b": True},),
    )
    drawn = space.sample(200, np.random.default_rng(0))
    assert {(c["a"], c["b"]) for c in drawn} == {(1, False), (2, True), (2, False)}
    assert space.why_not({"a": 1.0, "b": True}) == "a forbidden combination"
    assert not space.is_forbidden({"a": 1, "b": 1})  # 1 is not True


def test_nothing_left_to_draw_is_an_error():
    """Forbidding everything is said, not looped over for ever."""
    space = Space({"a": Categorical((1,))}, forbidden=({"a": 1},))
    with pytest.raises(SpaceError, match="no config to draw"):
        space.sample(1, np.random.default_rng(0))


def test_unknown_parent_and_circles_are_refused():
    """Conditions must rest on parameters of the space, and on no circle."""
    with pytest.raises(SpaceError, match="depends on 'nowhere'"):
        Space({"a": Float(0, 1, when={"nowhere": (1,)})})
    with pytest.raises(SpaceError, match="circle: a, b"):
        Space({"a": Float(0, 1, when={"b": (0,)}), "b": Float(0, 1, when={"a": (0,)})})


def test_conditions_tell_true_from_one():
    """A parameter for True does not exist for 1."""
    space = Space({"on": Categorical((True, 1)), "x": Float(0, 1, when={"on": (True,)})})
    assert space.is_active("x", {"on": True})
    assert not space.is_active("x", {"on": 1})


def test_one_row_of_the_cube_is_one_config():
    """A plain vector is taken as one point; no points give no configs."""
    assert len(SPACE.from_unit(np.full(5, 0.5))) == 1
    assert SPACE.from_unit(np.empty((0, 5))) == []
    assert SPACE.to_unit([]).shape == (0, 5)
    assert SPACE.sample(0, np.random.default_rng(0)) == []


def test_size_counts_distinct_configs():
    """Whole numbers and choices are counted, real numbers are without end."""
    assert Space({"a": Integer(1, 4), "b": Categorical(("x", "y"))}).size == 8
    assert Space({"a": Integer(1, 4), "b": Float(0, 1)}).size == math.inf
    assert Space({"a": Float(3, 3)}).size == 1


def test_replaced_parameters_keep_their_place():
    """Narrowing one parameter leaves names, order and conditions as they were."""
    narrow = SPACE.with_parameters({"batch_size": Integer(16, 32, log=True)})
    assert narrow.names == SPACE.names
    assert narrow.why_not(ADAM) == "'batch_size' = 8 is outside"


@given(st.dictionaries(TEXT, SCALARS, max_size=5), st.randoms())
def test_identity_is_blind_to_order(config, random):
    """The same assignments in another order are the same config."""
    items = list(config.items())
    random.shuffle(items)
    assert config_key(dict(items)) == config_key(config)


def test_identity_joins_equal_numbers_and_keeps_others_apart():
    """1 equals 1.0 and a number that went through text, but not True, "1" or a neighbour."""
    assert config_key({"a": 1}) == config_key({"a": 1.0}) == config_key({"a": np.int64(1)})
    assert config_key({"a": 0.1 + 0.2}) == config_key({"a": 0.3})
    assert config_key({"a": np.True_}) == config_key({"a": True})
    different = [1, True, "1", None, 1.5, 10**9, 10**9 + 1, -1, math.inf]
    assert len({config_key({"a": value}) for value in different}) == len(different)


def test_unique_configs_keep_the_first_in_order():
    """Repeats are dropped where they come again, not where they came first."""
    a, b, again = {"x": 1}, {"x": 2}, {"x": 1.0}
    assert unique_configs([a, b, again]) == [a, b]
    assert unique_configs([a, b, again])[0] is a
