"""Floats, integers and categories: their scales, bounds and what counts as the same value."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spaces import categoricals, floats, integers, stepped

from logminer.core.errors import SpaceError
from logminer.core.parameters import Categorical, Float, Integer, same

UNIT = st.floats(0, 1)


@given(floats(), UNIT)
def test_float_survives_the_unit_interval(parameter, u):
    """A position gives a value inside the bounds, and that value gives the position back."""
    value = parameter.from_unit(u)
    assert parameter.low <= value <= parameter.high
    assert parameter.contains(value)
    again = parameter.from_unit(parameter.to_unit(value))
    assert again == pytest.approx(value, rel=1e-6, abs=1e-9 * max(abs(parameter.high), 1))


@given(integers(), st.data())
def test_integer_survives_the_unit_interval(parameter, data):
    """Every whole value lies strictly inside the unit interval and comes back from there."""
    value = data.draw(st.integers(parameter.low, parameter.high))
    assert 0 < parameter.to_unit(value) < 1
    assert parameter.from_unit(parameter.to_unit(value)) == value


@given(integers(), UNIT)
def test_integer_stays_inside(parameter, u):
    """Any position, the ends included, gives a whole value between the bounds."""
    value = parameter.from_unit(u)
    assert isinstance(value, int)
    assert parameter.contains(value)


@given(categoricals())
def test_categorical_survives_the_unit_interval(parameter):
    """Each choice comes back as itself, and keeps its type."""
    for choice in parameter.choices:
        again = parameter.from_unit(parameter.to_unit(choice))
        assert same(again, choice)
        assert type(again) is type(choice)


def test_log_scale_is_even_in_orders_of_magnitude():
    """Halfway between 1e-4 and 1 lies 1e-2."""
    assert Float(1e-4, 1.0, log=True).from_unit(0.5) == pytest.approx(1e-2)
    assert Float(1e-4, 1.0, log=True).to_unit(1e-1) == pytest.approx(0.75)


def test_linear_scale_is_even_in_value():
    """Halfway between 0 and 10 lies 5."""
    assert Float(0, 10).from_unit(0.5) == 5
    assert Float(0, 10).to_unit(2.5) == 0.25


@pytest.mark.parametrize("log", [False, True])
def test_integer_gives_each_value_its_share(log):
    """No value of a range is left out, and on a linear scale each is as likely as the others."""
    values = [Integer(1, 5, log).from_unit(u) for u in np.linspace(0, 1, 10_001)]
    counts = np.bincount(values)[1:]
    assert (counts > 0).all()
    if not log:
        assert counts == pytest.approx(2000, abs=2)
    else:
        assert (np.diff(counts) < 0).all()


def test_log_integers_may_start_at_one():
    """The lower half step of 1 on a log scale is one half, not zero."""
    assert Integer(1, 1024, log=True).from_unit(0.0) == 1
    assert Integer(1, 1024, log=True).from_unit(1.0) == 1024


@pytest.mark.parametrize("parameter", [Integer(7, 7), Integer(1, 1, log=True), Float(2.0, 2.0)])
def test_one_value_only(parameter):
    """Equal bounds allow exactly their value, in the middle of the unit interval."""
    assert parameter.from_unit(0.0) == parameter.from_unit(1.0) == parameter.low
    assert parameter.to_unit(parameter.low) == pytest.approx(0.5, abs=0.2)
    assert not parameter.contains(parameter.low + 1)


@pytest.mark.parametrize("parameter", [Float(1e-4, 1.0, log=True), Float(1, 2), Integer(2, 8)])
def test_values_outside_fall_outside_the_unit_interval(parameter):
    """A value below the bounds is below 0, one above them above 1: zoomed boxes rely on it."""
    assert parameter.to_unit(parameter.low / 2) < 0
    assert parameter.to_unit(parameter.high * 2) > 1
    assert not parameter.contains(parameter.low / 2)
    assert not parameter.contains(parameter.high * 2)


def test_positions_outside_are_clipped():
    """A position beyond the unit interval gives the value at its end."""
    assert Float(1, 2).from_unit(-3) == 1
    assert Float(1, 2).from_unit(7) == 2
    assert Integer(1, 4).from_unit(1.5) == 4
    assert Categorical(("a", "b")).from_unit(1.0) == "b"
    assert Categorical(("a", "b")).from_unit(-0.5) == "a"


def test_zero_is_far_below_a_log_scale():
    """A logged 0, as for weight decay, has a finite place and is not taken for the low end."""
    parameter = Float(1e-12, 1.0, log=True)
    assert -1e3 < parameter.to_unit(0.0) < 0
    assert not parameter.contains(0.0)
    assert not parameter.contains(1e-13)


def test_bounds_have_room_for_rounding():
    """A bound that went through text or arithmetic still counts as inside."""
    assert Float(0.1, 0.3).contains(0.1 + 0.2)
    assert Float(1e-5, 1.0, log=True).contains(1e-5 * (1 - 1e-12))


@pytest.mark.parametrize("value", [None, "0.5", math.nan, math.inf, True, [0.5]])
def test_only_finite_numbers_are_numbers(value):
    """Text, booleans, NaN and infinities are not inside a range of numbers."""
    assert not Float(0, 1).contains(value)
    assert not Integer(0, 1).contains(value)


@pytest.mark.parametrize("value", ["auto", True, None, np.True_])
def test_what_is_no_number_has_no_place(value):
    """A run that logged 'auto' for a number gets NaN, not an exception."""
    assert math.isnan(Float(0, 1).to_unit(value))
    assert math.isnan(Integer(0, 1).to_unit(value))


def test_numpy_scalars_count_as_plain_values():
    """Values taken from arrays and frames are the values they look like."""
    assert Integer(1, 8).contains(np.int64(4))
    assert Float(0, 1).contains(np.float32(0.5))
    assert Categorical((False, True)).to_unit(np.True_) == 0.75
    assert not Integer(0, 1).contains(np.True_)


def test_whole_floats_are_integers():
    """16.0, as frames and protobufs hold it, is inside; 16.5 is not."""
    assert Integer(1, 32).contains(16.0)
    assert not Integer(1, 32).contains(16.5)


def test_large_integers_stay_exact():
    """Neighbours beyond 2**53, which are one double, are told apart in choices, bounds and positions."""
    big = 2**53
    assert Categorical((big, big + 1)).index(big + 1) == 1
    parameter = Integer(big, big + 3)
    assert [parameter.from_unit(parameter.to_unit(big + i)) for i in range(4)] == [
        big,
        big + 1,
        big + 2,
        big + 3,
    ]
    assert (parameter.from_unit(0.0), parameter.from_unit(1.0)) == (big, big + 3)
    assert not parameter.contains(big + 4)


def test_an_integer_beyond_every_double_is_no_fault():
    """It lies in no space, and has no position."""
    huge = 10**400
    assert not Float(0, 1).contains(huge)
    assert not Integer(0, 1).contains(huge)
    assert math.isnan(Float(0, 1).to_unit(huge))
    with pytest.raises(SpaceError, match="finite"):
        Integer(0, huge)


def test_true_is_not_one():
    """True, 1 and "1" are three choices, while 1 and 1.0 are one."""
    parameter = Categorical((1, True, "1", None))
    assert [parameter.index(v) for v in (1.0, True, "1", None)] == [0, 1, 2, 3]
    assert Categorical((1,)).index(True) == -1
    assert math.isnan(Categorical(("a",)).to_unit("b"))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Float(2, 1), "above high"),
        (lambda: Float(0, 1, log=True), "low > 0"),
        (lambda: Float(math.nan, 1), "finite"),
        (lambda: Float(0, math.inf), "finite"),
        (lambda: Integer(-1, 4, log=True), "low > 0"),
        (lambda: Integer(1.5, 4), "whole"),
        (lambda: Categorical(()), "at least one"),
        (lambda: Categorical((1, 1.0)), "repeat"),
    ],
)
def test_senseless_parameters_are_refused(make, says):
    """A parameter that makes no sense says why when it is made."""
    with pytest.raises(SpaceError, match=says):
        make()


@given(st.floats(0.0, 0.98), st.floats(1e-6, 0.01), st.floats(0, 1))
def test_a_decay_comes_back_from_the_unit_interval(low, rest, u):
    """The scale of the distance to 1 maps onto [0, 1] and back, whatever the bounds."""
    parameter = Float(low, 1 - rest, one_minus=True)
    value = parameter.from_unit(u)
    assert parameter.contains(value)
    assert parameter.to_unit(value) == pytest.approx(u, abs=1e-6)


def test_a_decay_cannot_reach_one():
    """A distance of nothing has no logarithm."""
    with pytest.raises(SpaceError, match="high < 1"):
        Float(0.5, 1.0, one_minus=True)


@pytest.mark.parametrize(
    "parameter",
    [Float(1e-300, 1e300, log=True), Float(-1.7e308, 1.7e308), Float(1e-12, 1e12, log=True)],
)
def test_bounds_may_be_as_far_apart_as_doubles_are(parameter):
    """Every position has a value, though the ratio or the difference of the bounds has none."""
    values = [parameter.from_unit(u) for u in np.linspace(0, 1, 9)]
    assert values[0] == pytest.approx(parameter.low)
    assert values[-1] == pytest.approx(parameter.high)
    assert [parameter.to_unit(v) for v in values] == pytest.approx(list(np.linspace(0, 1, 9)))


@given(stepped(), UNIT)
def test_every_position_gives_a_value_of_the_lattice(parameter, u):
    """Drawn values are allowed, and come back from where they lie; each is its own nearest."""
    value = parameter.from_unit(u)
    assert parameter.contains(value)
    assert parameter.from_unit(parameter.to_unit(value)) == value
    assert parameter.nearest(value) == value
    low, high = parameter.cell(value)
    assert low < parameter.to_unit(value) < high or parameter.count == 1


@given(stepped())
def test_a_lattice_is_counted_and_listed(parameter):
    """Its values are as many as counted, different, in order, and end at the bounds."""
    values = parameter.values()
    assert len(values) == len(set(values)) == parameter.count
    assert list(values) == sorted(values)
    assert (values[0], values[-1]) == (parameter.low, parameter.high)
    assert all(parameter.contains(value) for value in values)
    assert {parameter.from_unit(parameter.to_unit(v)) for v in values} == set(values)


@pytest.mark.parametrize(
    ("parameter", "values"),
    [
        (Float(0.1, 0.32, step=0.05), [0.1, 0.15, 0.2, 0.25, 0.3]),
        (Float(0.0, 0.3, step=0.1), [0.0, 0.1, 0.2, 0.3]),
        (Float(-1, 1, step=0.7), [-1.0, -0.3, 0.4]),
        (Float(1e-5, 1e-2, log=True, factor=10), [1e-5, 1e-4, 1e-3, 1e-2]),
        (Float(0.9, 0.9995, one_minus=True, factor=10), [0.9, 0.99, 0.999]),
        (Float(0.8, 0.99, one_minus=True, step=0.05), [0.8, 0.85, 0.9, 0.95]),
        (Integer(3, 10, step=2), [3, 5, 7, 9]),
        (Integer(32, 500, log=True, factor=2), [32, 64, 128, 256]),
        (Integer(8, 40, log=True, step=8), [8, 16, 24, 32, 40]),
        (Integer(5, 8, step=100), [5]),
        (Integer(2**53, 2**53 + 7, step=3), [2**53, 2**53 + 3, 2**53 + 6]),
    ],
)
def test_steps_and_factors_are_counted_from_the_low_end(parameter, values):
    """The last value is the last one at or below the bound, and all are written in few digits."""
    assert list(parameter.values()) == values
    assert parameter.high == values[-1]
    drawn = {parameter.from_unit(u) for u in np.linspace(0, 1, 2001)}
    assert drawn == set(values)


@pytest.mark.parametrize(
    "parameter",
    [Float(0, 1, step=0.25), Integer(1, 64, log=True, factor=2), Integer(0, 40, step=10)],
)
def test_each_value_of_an_even_lattice_has_the_same_share(parameter):
    """The ends are as likely as the middle."""
    values = [parameter.from_unit((i + 0.5) / 7000) for i in range(7000)]
    share = 7000 / parameter.count
    assert all(values.count(v) == pytest.approx(share, abs=2) for v in parameter.values())


def test_what_lies_beside_a_lattice_is_outside_and_has_a_place():
    """A logged value between two steps informs a search; one that rounding moved is inside."""
    dropout = Float(0.0, 0.5, step=0.05)
    assert not dropout.contains(0.12)
    assert dropout.nearest(0.12) == 0.1
    assert dropout.to_unit(0.1) < dropout.to_unit(0.12) < dropout.to_unit(0.15)
    assert dropout.contains(0.1 + 0.2)
    assert dropout.contains(np.float32(0.15))
    width = Integer(16, 256, log=True, factor=2)
    assert not width.contains(48)
    assert width.contains(64.0)
    assert (width.nearest(100), width.nearest(1), width.nearest(10**9)) == (128, 16, 256)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Float(0, 1, step=0), "above 0"),
        (lambda: Float(0, 1, step=math.nan), "above 0"),
        (lambda: Integer(0, 9, step=-2), "above 0"),
        (lambda: Integer(0, 9, step=1.5), "whole"),
        (lambda: Integer(1, 9, log=True, factor=1.5), "whole"),
        (lambda: Float(1, 9, log=True, factor=1), "above 1"),
        (lambda: Float(1, 9, factor=2), "log scale"),
        (lambda: Float(1, 9, log=True, factor=2, step=1), "not by both"),
        (lambda: Integer(1, 9, log=True, factor=2, step=3), "not by both"),
        (lambda: Float(0, 1e300, step=1e-300), "too small"),
    ],
)
def test_senseless_steps_are_refused(make, says):
    """A lattice that makes no sense says why when it is made."""
    with pytest.raises(SpaceError, match=says):
        make()
