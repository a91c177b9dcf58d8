"""One-dimensional effects: shape, scale, good ranges, raw points."""

import numpy as np
import pytest
from factories import SPACE, history_of, make_history

from logminer.analyses import effects
from logminer.core.parameters import Categorical, Float
from logminer.core.space import Space

VALLEY = Space(
    {"lr": Float(1e-4, 1.0, log=True), "x": Float(0.0, 1.0), "act": Categorical(("a", "b", "c"))}
)


def valley(n=300, **options):
    configs = VALLEY.sample(n, np.random.default_rng(0))
    penalty = {"a": 0.0, "b": 1.0, "c": 0.05}
    values = [abs(np.log10(c["lr"]) + 2) + penalty[c["act"]] for c in configs]
    result = effects.analyse(history_of(configs, values, VALLEY, **options))
    return {effect.name: effect for effect in result.effects}


def test_the_good_range_holds_the_optimum():
    """The best learning rate, 0.01, lies within the range that is called good."""
    low, high = valley()["lr"].good
    assert low < 0.01 < high
    assert high / low < 100


def test_curves_are_on_the_parameters_own_scale():
    """A log parameter is sampled evenly on its logarithm."""
    values = valley()["lr"].curve["value"].to_numpy(dtype=float)
    ratios = values[1:] / values[:-1]
    assert ratios == pytest.approx(np.full(len(ratios), ratios[0]))


def test_good_choices_are_named_best_first():
    """Choices that do about as well as the best are good too."""
    assert valley()["act"].good == ("a", "c")


def test_what_makes_no_difference_has_no_good_range():
    """Nothing is recommended along a parameter that does not matter."""
    assert valley()["x"].good == ()


def test_the_band_holds_the_curve():
    """The interval over trees surrounds their mean."""
    for effect in valley().values():
        assert (effect.curve["low"] <= effect.curve["rank"] + 1e-9).all()
        assert (effect.curve["rank"] <= effect.curve["high"] + 1e-9).all()


def test_points_are_the_configs_that_set_the_parameter():
    """A conditional parameter shows only configs in which it applies."""
    history = make_history(tasks=1, configs=40, seeds=2)
    found = {e.name: e for e in effects.analyse(history).effects}
    sets_it = [c for c in history.config_dicts() if "beta2" in c]
    assert len(found["beta2"].points) == len(sets_it) / 2
    assert set(found) <= set(SPACE.names)


def test_only_what_was_asked_for_and_varied():
    """Constants and unknown names are left out."""
    space = Space({"x": Float(0.0, 1.0), "c": Categorical((1,))})
    configs = space.sample(30, np.random.default_rng(0))
    history = history_of(configs, [c["x"] for c in configs], space)
    assert [e.name for e in effects.analyse(history).effects] == ["x"]
    assert effects.analyse(history, ["c"]).effects == ()
    assert effects.analyse(history, ["c"]).to_frame().empty
