"""Published priors as densities: they integrate to one, follow their context, and lose weight with results."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.published import Belief, Evidence, PublishedParameter, PublishedPrior, Source
from logminer.core.space import Space
from logminer.published.density import Mixture, density, explained, weights_after
from logminer.published.marginals import Marginal, closest_choice, marginal, meaning


def weight_after(weight, own, gain=0.0):
    return weights_after([weight], own, [gain])[0]


RATE = Float(1e-5, 10.0, log=True)


def belief(centre, common, when=None, spread=3.0, confidence=0.6):
    return Belief(
        when=when or {}, centre=centre, spread=spread, low=None, high=None, common=common, sources=("s1",),
        groups=3, configs=5, confidence=confidence,
    )  # fmt: skip


def known_rate():
    return PublishedParameter(
        RATE,
        (
            belief(0.01, ((0.1, 0.5), (0.001, 0.5)), spread=30.0),
            belief(0.001, ((0.001, 1.0),), {"optimizer": "adamw"}),
            belief(0.1, ((0.1, 1.0),), {"optimizer": "sgd"}),
        ),
    )


def prior():
    optimizer = PublishedParameter(
        Categorical(("adamw", "sgd")), (belief("adamw", (("adamw", 0.75), ("sgd", 0.25)), spread=0.0),)
    )  # fmt: skip
    parameters = {"learning_rate": known_rate(), "optimizer": optimizer}
    return PublishedPrior(
        "toys", "published", {}, ("optimizer",), parameters, (), (), {"s1": Source("a/b")}, Evidence()
    )  # fmt: skip


TARGETS = [
    RATE,
    Float(1e-4, 1.0, log=True),
    Float(0.001, 0.5),
    Float(0.0, 1.0),
    Float(5.0, 50.0),
    Integer(1, 64, log=True),
    Categorical((0.001, 0.01, 0.1)),
    Categorical(("a", "b")),
]


@pytest.mark.parametrize("target", TARGETS, ids=repr)
@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_density_integrates_to_one(target, which):
    """Whatever bounds, scale or kind the user has, no mass is lost or made."""
    known = known_rate()
    found = marginal(known, known.beliefs[which], target)
    middle = (np.arange(20_000) + 0.5) / 20_000
    assert found.density(middle).mean() == pytest.approx(1.0, abs=2e-3)
    assert (found.density(middle) > 0).all()


@pytest.mark.parametrize("target", TARGETS[:4], ids=repr)
def test_draws_follow_the_density(target):
    """The histogram of draws is the density's, bin by bin."""
    known = known_rate()
    found = marginal(known, known.beliefs[0], target)
    drawn = found.sample(40_000, np.random.default_rng(3))
    counts, _ = np.histogram(drawn, bins=20, range=(0, 1))
    fine = (np.arange(20_000) + 0.5) / 20_000
    expected = found.density(fine).reshape(20, -1).mean(axis=1)
    np.testing.assert_allclose(counts / 40_000 * 20, expected, atol=0.12, rtol=0.05)


def test_mass_outside_the_bounds_turns_uniform():
    """Published values far outside the user's bounds say nothing inside them."""
    known = known_rate()
    found = marginal(known, known.beliefs[2], Float(1e-5, 1e-4, log=True))
    assert isinstance(found, Marginal)
    assert found.uniform == pytest.approx(1.0)


def test_a_common_value_is_likelier_than_a_strange_one():
    """The density is above the plain space at what sources use, and below far from it."""
    known = known_rate()
    found = marginal(known, known.beliefs[2], RATE)
    near, far = found.density(np.array([RATE.to_unit(0.1), RATE.to_unit(1e-5)]))
    assert near > 2 > 1 > far


def test_doubt_stays_uniform():
    """With little confidence the density hardly leaves the plain space."""
    known = PublishedParameter(RATE, (belief(0.1, ((0.1, 1.0),), confidence=0.05),))
    found = marginal(known, known.beliefs[0], RATE)
    assert found.density(np.linspace(0, 1, 50)).min() >= 0.95


@pytest.mark.parametrize(
    ("value", "choices", "place"),
    [
        ("adamw", ("SGD", "torch.optim.AdamW"), 1),
        (0.1, ("0.1", 0.1), 1),
        (1, (1.0, 2.0), 0),
        (True, (False, True), 1),
        ("cosine", ("linear", "step"), -1),
        (0.1, (0.001, 0.0995), 1),
        (0.1, (0.001, 1.0), -1),
    ],
)
def test_choices_meet_by_meaning(value, choices, place):
    """Spelling does not matter, close numbers meet, strangers do not."""
    source = RATE if isinstance(value, float) else Categorical((value, "other"))
    assert closest_choice(source, Categorical(choices), value) == place


def test_meaning_keeps_booleans_apart():
    """True is not 1, and no text is a number."""
    assert meaning(True) != meaning(1)
    assert meaning(1) == meaning(1.0)


def test_the_optimizer_of_each_point_decides():
    """A point with AdamW is judged by AdamW's learning rates, one with SGD by SGD's."""
    space = Space({"lr": RATE, "optimizer": Categorical(("SGD", "AdamW"))})
    found = density(prior(), space)
    configs = [
        {"lr": 0.1, "optimizer": "SGD"}, {"lr": 0.1, "optimizer": "AdamW"},
        {"lr": 0.001, "optimizer": "SGD"}, {"lr": 0.001, "optimizer": "AdamW"},
    ]  # fmt: skip
    nats = found.log_density(space.to_unit(configs))
    assert nats[0] > nats[2]
    assert nats[3] > nats[1]


def test_a_given_context_holds_where_the_space_does_not_decide():
    """Searching only the learning rate of AdamW uses what is known of AdamW."""
    space = Space({"learning_rate": RATE})
    told = density(prior(), space, {"optimizer": "adamw"})
    configs = [{"learning_rate": 0.001}, {"learning_rate": 0.1}]
    good, bad = told.log_density(space.to_unit(configs))
    assert good > 0 > bad


def test_an_unknown_optimizer_leaves_its_parameters_uniform():
    """Learning rates of SGD and AdamW say nothing of Lion's."""
    space = Space({"learning_rate": RATE})
    strange = density(prior(), space, {"optimizer": "lion"})
    assert strange.log_density(np.array([[0.1], [0.8]])).tolist() == [0.0, 0.0]
    assert not known_rate().speaks_of({"optimizer": "lion"})
    assert known_rate().speaks_of({"optimizer": "sgd"})
    assert known_rate().speaks_of({"phase": "train"})


def test_a_joint_density_integrates_to_one():
    """Conditions included, the density of the whole cube has mass one, and draws follow the conditions."""
    space = Space({"lr": RATE, "optimizer": Categorical(("sgd", "adamw")), "other": Float(0, 1)})
    found = density(prior(), space)
    rng = np.random.default_rng(0)
    assert np.exp(found.log_density(rng.random((30_000, 3)))).mean() == pytest.approx(1.0, abs=0.05)
    drawn = space.from_unit(found.sample(2_000, rng))
    sgd = np.median([c["lr"] for c in drawn if c["optimizer"] == "sgd"])
    adamw = np.median([c["lr"] for c in drawn if c["optimizer"] == "adamw"])
    assert sgd > 5 * adamw


def test_what_is_inactive_counts_nothing():
    """NaN coordinates leave the density alone; points beyond the edge count as on it."""
    space = Space({"lr": RATE})
    found = density(prior(), space)
    assert found.log_density(np.array([[np.nan]])).tolist() == [0.0]
    edge, beyond = found.log_density(np.array([[1.0], [1.4]]))
    assert edge == beyond


def test_a_mixture_keeps_the_plain_space():
    """However sure the parts are, the plain space keeps its share everywhere."""
    space = Space({"lr": RATE})
    mixture = Mixture(((density(prior(), space, {"optimizer": "sgd"}), 0.7),))
    unit = np.linspace(0, 1, 101)[:, None]
    assert mixture.uniform == pytest.approx(0.3)
    assert np.exp(mixture.log_density(unit)).min() >= 0.3
    drawn = mixture.sample(500, space, np.random.default_rng(1))
    assert drawn.shape == (500, 1)
    assert ((drawn >= 0) & (drawn <= 1)).all()


@settings(deadline=None)
@given(st.floats(0, 1), st.integers(0, 200), st.floats(-50, 50))
def test_the_weight_falls_with_own_results(weight, own, gain):
    """More results never raise the weight, more evidence never lowers it, and it is never all."""
    now = weight_after(weight, own, gain)
    assert 0 <= now <= 0.9 + 1e-12
    assert weight_after(weight, own + 1, gain) <= now
    assert weight_after(weight, own, gain + 1) >= now - 1e-12


def test_a_refuted_prior_goes_at_once():
    """A prior that explains the best results worse than nothing loses its weight within a few of them."""
    space = Space({"lr": RATE})
    part = density(prior(), space, {"optimizer": "sgd"})
    low, high = (
        [{"lr": 1e-5}, {"lr": 2e-5}, {"lr": 1.5e-5}],
        [{"lr": 0.1}, {"lr": 0.09}, {"lr": 0.11}],
    )
    against, favour = explained(part, low, [*low, *high]), explained(part, high, [*low, *high])
    assert against < 0 < favour
    assert weight_after(0.5, 5, against) < 0.5 * weight_after(0.5, 5)
    assert weight_after(0.5, 5, favour) == weight_after(0.5, 5)
    assert explained(part, high, high) == pytest.approx(0.0)
    assert explained(part, [], []) == 0.0


def test_priors_compete():
    """Weights never sum to more than nine tenths, and a prior that explains better takes from the other."""
    start = weights_after([0.6, 0.6], 0, [0.0, 0.0])
    assert sum(start) == pytest.approx(0.9)
    first, second = weights_after([0.4, 0.4], 0, [5.0, 0.0])
    assert first == pytest.approx(0.4)
    assert second < 0.1
