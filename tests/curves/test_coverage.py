"""Counting how often intervals held."""

import numpy as np
import pytest
from scipy.stats import norm

from logminer.curves.calibration import LEVELS
from logminer.curves.coverage import measure


def normal(n, width=1.0):
    return width * np.tile(norm.ppf(LEVELS), (n, 1)), np.random.default_rng(0).standard_normal(n)


def test_right_quantiles_cover_what_they_promise():
    """Of 20,000 normal outcomes each central interval holds its share."""
    quantiles, outcome = normal(20_000)
    table = measure(quantiles, outcome, {"all": np.ones(20_000, bool)}).to_frame()
    assert table["promised"].is_unique
    assert {0.8, 0.9} <= set(table["promised"])
    np.testing.assert_allclose(table["covered"], table["promised"], atol=0.01)


def test_intervals_half_as_wide_cover_as_the_normal_law_says():
    """The 80 % interval of half the width covers 48 %."""
    quantiles, outcome = normal(20_000, 0.5)
    table = measure(quantiles, outcome, {"all": np.ones(20_000, bool)}).to_frame()
    found = table.set_index("promised")["covered"]
    assert found[0.8] == pytest.approx(2 * norm.cdf(norm.ppf(0.9) / 2) - 1, abs=0.01)


def test_groups_are_counted_apart_and_empty_ones_left_out():
    """Each group has its own rows and its own count."""
    quantiles, outcome = normal(10)
    outcome[:5] = 100.0
    groups = {
        "lost": np.arange(10) < 5, "kept": np.arange(10) >= 5, "none": np.zeros(10, bool),
    }  # fmt: skip
    table = measure(quantiles, outcome, groups).to_frame()
    assert set(table["group"]) == {"lost", "kept"}
    assert (table["n"] == 5).all()
    assert (table.loc[table["group"] == "lost", "covered"] == 0).all()


def test_an_outcome_known_for_certain_is_within_every_interval():
    """Quantiles that agree hold the value they agree on, rounding apart."""
    same = np.full((3, len(LEVELS)), 0.1 + 0.2)
    table = measure(same, np.full(3, 0.3), {"all": np.ones(3, bool)}).to_frame()
    assert (table["covered"] == 1).all()
