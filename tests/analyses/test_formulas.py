"""Formulas between recorded numbers: fitted by intervals, rounded, written and computed again."""

import numpy as np
import pytest

from logminer.analyses._encoding import is_pool, print_tolerance, significant_digits, unit_tolerance
from logminer.analyses._formulas import Formula, fit_function, fit_linear, fit_power, simplest

X = np.array([13.0, 40.0, 77.0, 123.0, 350.0])


def fitted(target, inputs, exponents):
    exact = np.zeros(len(target))
    return fit_power(target, exact, inputs, [exact] * len(inputs), exponents)


@pytest.mark.parametrize(
    ("low", "high", "number"),
    [
        (2047.9, 2048.6, 2048),
        (0.09, 0.11, 0.1),
        (1 / 2049.5, 1 / 2047, 1 / 2048),
        (0.999, 1.001, 1),
        (-3.2, -2.9, -3),
        (2.0, 1.0, 0),
        (-1.0, 1.0, 0),
    ],
)
def test_the_simplest_number_of_a_range_is_taken(low, high, number):
    """Fewest digits, itself or its reciprocal; powers of two first; none of an empty range."""
    assert simplest(low, high) == pytest.approx(number)


@pytest.mark.parametrize(
    ("rounding", "function"), [("floor", np.floor), ("ceil", np.ceil), ("round", np.round)]
)
def test_a_rounded_quotient_is_computed_again(rounding, function):
    """50000 / batch_size rounded any way is told and repeated with the same rounding."""
    target = function(50000 / X)
    formula = fitted(target, [X], [-1.0])
    assert formula.rounding == rounding
    assert [formula.evaluate([x]) for x in X] == target.tolist()
    assert isinstance(formula.evaluate([13.0]), int)


def test_formulas_are_written_as_in_a_script():
    """Factors stand where they take fewest digits."""
    assert Formula("power", (1.0, -1.0), 1 / 2048).text("max_steps", ["tokens", "batch_size"]) == (
        "max_steps = tokens / (batch_size * 2048)"
    )
    assert Formula("power", (-1.0,), 50000.0, 0.0, "floor").text("steps", ["bs"]) == (
        "steps = floor(50000 / bs)"
    )
    assert Formula("linear", (-1.0,), 1.0, 1.0).text("keep", ["drop"]) == "keep = 1 - drop"
    assert Formula("power", (1.0, 0.5)).text("lr", ["base", "bs"]) == "lr = base * sqrt(bs)"
    assert Formula("log10", (1.0,)).text("exponent", ["lr"]) == "exponent = log10(lr)"


def test_no_formula_fits_numbers_that_follow_none():
    """One run off the line is enough."""
    target = 3 * X
    target[2] += 1e-3
    exact = np.zeros(len(X))
    assert fitted(target, [X], [1.0]) is None
    assert fit_linear(target + 0.5, exact, [X], [3.0]) is None
    assert fit_function(target, exact, X) is None


def test_products_may_be_zero_and_negative():
    """A zero input gives a zero, and signs are kept."""
    other = np.array([0.0, -2.0, 3.0, 0.0, 0.5])
    formula = fitted(X * other, [X, other], [1.0, 1.0])
    assert formula.factor == 1
    assert formula.evaluate([2.0, -4.0]) == -8
    assert fitted(X * other + 1, [X, other], [1.0, 1.0]) is None


def test_what_is_not_defined_is_none():
    """A logarithm of zero or a division by zero has no value."""
    assert Formula("log10", (1.0,)).evaluate([0.0]) is None
    assert Formula("power", (-1.0,)).evaluate([0.0]) is None


def test_printed_digits_leave_room_and_typed_values_do_not():
    """0.003454 beside 0.00195 was rounded; 0.1, 0.25, 64 were typed; 14200000000 stands for 14.2 billion."""
    assert print_tolerance(np.array([0.003454, 0.001953, 0.0003453]))[0] == pytest.approx(5e-7)
    assert not print_tolerance(np.array([0.1, 0.25, 0.001])).any()
    assert not print_tolerance(np.array([0.12345678901234567, 0.5])).any()
    assert unit_tolerance(np.array([14.2e9, 8e9])).tolist() == [5e7, 5e7]
    assert not unit_tolerance(np.array([429260800.0, 536872960.0])).any()


@pytest.mark.parametrize(
    "values",
    [[0.1, 0.01, 0.3], [64, 128, 512], np.linspace(0, 1, 8), np.logspace(-5, -1, 7), [0.123, 0.77]],
)
def test_lists_and_grids_are_pools(values):
    """Other names may draw from the same list by chance."""
    assert is_pool(np.asarray(values, dtype=float))


def test_drawn_numbers_are_no_pool():
    """Long digits off any grid are a draw's own."""
    assert not is_pool(np.random.default_rng(0).uniform(size=5))
    assert not is_pool(np.array([25338880.0, 10745088.0, 3541248.0]))
    assert [significant_digits(v) for v in (64.0, 1e-5, 0.125, 1500.0, np.float64(0.1))] == [
        1, 1, 3, 2, 1,
    ]  # fmt: skip
