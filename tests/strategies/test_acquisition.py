"""Acquisition functions and their gradients, against closed forms and finite differences."""

import numpy as np
import pandas as pd
import pytest

from logminer.core.prior import NO_PRIOR
from logminer.core.space_spec import space_from_spec
from logminer.core.trial import Trial
from logminer.strategies._acquisition import (
    LOG_IMPROVEMENT,
    log_expected_improvement,
    log_gain,
    optimistic_bound,
)
from logminer.strategies._ask import ask_of
from logminer.strategies._candidates import locate
from logminer.strategies._refine import _slopes, refined
from logminer.strategies._surrogate import belief_of
from logminer.transfer.past import prior_from_frame

SPACE = space_from_spec(
    {
        "x": {"low": 0.0, "high": 1.0},
        "lr": {"low": 1e-5, "high": 1.0, "log": True},
        "opt": ["a", "b", "c"],
        "m": {"low": 0.0, "high": 0.99, "when": {"opt": ["b"]}},
        "n": {"type": "integer", "low": 1, "high": 500},
    }
)


def loss(c):
    return (c["x"] - 0.4) ** 2 + 0.1 * (np.log10(c["lr"]) + 3) ** 2 + 0.2 * (c["opt"] == "a")


def asked(tasks, size, trials=9):
    rng = np.random.default_rng(1)
    rows = [
        {"task": f"t{t}", "value": (1 + t) * loss(c), **c}
        for t in range(tasks)
        for c in SPACE.sample(size, rng)
    ]
    prior = prior_from_frame(pd.DataFrame(rows), SPACE) if rows else NO_PRIOR
    done = [Trial(c, loss(c)) for c in SPACE.sample(trials, rng)]
    return ask_of("gp", SPACE, done, prior, rng)


@pytest.mark.parametrize("u", [-30.0, -5.0, -1.01, -0.99, 0.0, 3.0])
def test_the_logarithm_of_a_gain_is_that_of_its_integral(u):
    """Numerical integration agrees on both sides of the change of formula."""
    z = np.linspace(max(-u, -40), max(-u, -40) + 60, 2_000_001)
    density = np.exp(-0.5 * z * z + 0.5 * min(u, 0.0) ** 2) / np.sqrt(2 * np.pi)
    gain = np.trapezoid(np.maximum(u + z, 0) * density, z)
    assert log_gain(np.array([u]))[0] == pytest.approx(
        np.log(gain) - 0.5 * min(u, 0.0) ** 2, rel=1e-6, abs=1e-6
    )


def test_the_logarithm_of_a_gain_stays_finite_and_in_order():
    """Far below the incumbent it still says which of two points is better."""
    found = log_gain(-np.geomspace(1, 1e6, 200))
    assert np.isfinite(found).all()
    assert (np.diff(found) < 0).all()


@pytest.mark.parametrize(
    ("tasks", "size"), [(0, 0), (3, 20), (6, 90)], ids=["cold", "thin", "past"]
)
@pytest.mark.parametrize(
    "partials", [log_expected_improvement, optimistic_bound(1.5).partials], ids=["ei", "ucb"]
)
def test_gradients_are_those_of_finite_differences(tasks, size, partials):
    """Every way from a point to its score: trials, the past's mean, its differences, what it told."""
    ask = asked(tasks, size)
    belief = belief_of(ask)
    points = ask.cube.sample(5, np.random.default_rng(3))
    located = locate(ask.cube, ask.past, points)
    scores, slopes = _slopes(belief, located, ask.past, partials)
    assert scores == pytest.approx(partials(belief.predict(located))[0])
    for name in ("x", "lr", "n"):
        j = SPACE.names.index(name)
        column = int(np.searchsorted(ask.cube.groups, j))
        ends = []
        for step in (1e-5, -1e-5):
            moved = points.copy()
            moved[:, j] += step
            ends.append(partials(belief.predict(locate(ask.cube, ask.past, moved)))[0])
        assert slopes[:, column] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=2e-3, abs=1e-4)


def test_climbing_ends_higher_and_inside():
    """Starts are moved to better points of the space; choices and short ranges stay."""
    ask = asked(0, 0, trials=20)
    belief = belief_of(ask)
    starts = ask.cube.sample(4, np.random.default_rng(0))
    ends = refined(ask.cube, None, belief, starts, log_expected_improvement)

    def scores(points):
        return LOG_IMPROVEMENT.score(belief, locate(ask.cube, None, points), ask.rng)

    assert scores(ends).sum() > scores(starts).sum() + 1
    j = SPACE.names.index("opt")
    assert (ends[:, j] == starts[:, j]).all()
    assert all(SPACE.contains(config) for config in SPACE.from_unit(ends))


def test_a_space_without_numbers_has_nothing_to_climb():
    """Choices are left to the candidates."""
    space = space_from_spec({"a": list("xyz"), "b": [True, False]})
    trials = [Trial(c, float(c["b"])) for c in space.sample(8, np.random.default_rng(0))]
    ask = ask_of("gp", space, trials, NO_PRIOR, np.random.default_rng(0))
    points = ask.cube.sample(3, np.random.default_rng(0))
    ends = refined(ask.cube, None, belief_of(ask), points, log_expected_improvement)
    assert np.array_equal(ends, points)
