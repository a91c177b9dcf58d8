"""Pairs that must be chosen together."""

import numpy as np
import pytest
from factories import history_of, make_history

from logminer.analyses import interactions
from logminer.core.parameters import Categorical, Float
from logminer.core.space import Space

SPACE = Space({"x": Float(0.0, 1.0), "y": Float(0.0, 1.0), "z": Float(0.0, 1.0)})


def history(function, n=300, space=SPACE):
    configs = space.sample(n, np.random.default_rng(0))
    return history_of(configs, [function(c) for c in configs], space)


def test_a_product_is_an_interaction_of_its_factors():
    """Of (x-½)(y-½) + z/4 the pair x, y owns the greater part."""
    result = interactions.analyse(history(lambda c: (c["x"] - 0.5) * (c["y"] - 0.5) + c["z"] / 8))
    assert set(result.strongest) == {"x", "y"}
    assert result.pairs["share"].iloc[0] > 0.2
    assert result.pairs["share"].iloc[1:].max() < 0.1


def test_a_sum_has_none():
    """What adds up needs no choosing together."""
    result = interactions.analyse(history(lambda c: c["x"] + c["y"] + c["z"]))
    assert result.pairs["share"].max() < 0.05


def test_the_joint_marginal_shows_where_the_pair_is_good():
    """The plane has its lowest ranks where both are high or both low."""
    result = interactions.analyse(history(lambda c: -(c["x"] - 0.5) * (c["y"] - 0.5)))
    plane = result.joint
    assert plane[:5, :5].mean() < plane[:5, -5:].mean() - 0.2
    assert plane[-5:, -5:].mean() < plane[-5:, :5].mean() - 0.2


def test_choices_lie_in_the_order_of_the_space():
    """The joint marginal of a categorical parameter follows its choices, not their ranks."""
    space = Space({"act": Categorical(("bad", "good")), "x": Float(0.0, 1.0)})
    sign = {"bad": -1, "good": 1}
    past = history(lambda c: sign[c["act"]] * (c["x"] - 0.5), space=space)
    result = interactions.analyse(past, ["act", "x"])
    assert result.strongest == ("act", "x")
    bad, good = result.joint[:10], result.joint[10:]
    assert bad[:, :5].mean() > bad[:, -5:].mean() + 0.3
    assert good[:, :5].mean() < good[:, -5:].mean() - 0.3


def test_shares_are_bounded():
    """Single and joint shares never sum to more than the whole."""
    result = interactions.analyse(make_history(tasks=2, configs=60))
    assert (result.pairs["share"] >= 0).all()
    assert result.pairs["share"].sum() < 1
    assert len(result.pairs) == pytest.approx(
        len(result.considered) * (len(result.considered) - 1) / 2
    )


def test_too_few_configs_give_no_pairs():
    """An empty answer instead of an error."""
    assert interactions.analyse(make_history(tasks=1, configs=3)).strongest == ()
