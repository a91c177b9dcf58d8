"""Parametric laws against their own formulas and against SciPy's least squares."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from logminer.curves.features import GRID
from logminer.curves.laws import LAWS, fit_laws

TRUE = {
    "pow3": lambda t: 0.2 + 0.7 * (t + 1e-3) ** -0.5,
    "pow4": lambda t: 0.2 + 0.7 * (t + 0.1) ** -0.9,
    "exp3": lambda t: 0.2 + 0.7 * np.exp(-3.0 * t),
    "mmf4": lambda t: 0.2 + 0.7 / (1 + (t / 0.4) ** 1.2),
    "ilog2": lambda t: 0.2 + 0.7 / np.log(t * 100 + 2),
}


@pytest.mark.parametrize("name", LAWS)
def test_each_law_extrapolates_its_own_curves(name):
    """A clean curve of a law is continued to three times its length."""
    law = TRUE[name]
    fits = fit_laws(GRID, law(GRID)[None], np.array([3.0]))
    place = list(LAWS).index(name)
    gain = law(np.array([1.0])) - law(np.array([3.0]))
    assert fits.level[0, place] == pytest.approx(law(3.0), abs=0.12 * gain[0])


def test_fit_is_as_good_as_scipys():
    """The grid of starts ends where a local optimiser would."""
    rng = np.random.default_rng(0)
    y = TRUE["pow3"](GRID) + rng.normal(0, 0.02, len(GRID))
    weight = (0.2 + GRID) / (0.2 + GRID).sum()
    popt, _ = curve_fit(
        lambda t, c, a, b: c + a * (t + 1e-3) ** -b, GRID, y, p0=[0.2, 0.7, 0.5], sigma=1 / np.sqrt(weight),
        bounds=([-10, 0, 0.03], [10, 10, 3]),
    )  # fmt: skip
    best = np.sqrt(weight @ (y - popt[0] - popt[1] * (GRID + 1e-3) ** -popt[2]) ** 2)
    ours = fit_laws(GRID, y[None], np.array([2.0])).error[0, 0]
    assert ours == pytest.approx(best, rel=0.02)


def test_rising_curve_is_continued_flat():
    """Laws only fall: a rising curve is taken for noise around its mean."""
    fits = fit_laws(GRID, GRID[None], np.array([2.0]))
    assert np.ptp(fits.level) < 1e-9


def test_better_fitting_laws_weigh_more():
    """An exponential is told from the rest by its residual."""
    fits = fit_laws(GRID, TRUE["exp3"](GRID)[None], np.array([2.0]))
    assert list(LAWS)[int(fits.weight[0].argmax())] == "exp3"
    assert fits.weight.sum() == pytest.approx(1)
