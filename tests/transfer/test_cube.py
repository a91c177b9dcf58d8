"""The unit cube agrees with the space, point by point."""

import numpy as np
import pytest
from factories import SPACE

from logminer.core.space_spec import space_from_spec
from logminer.transfer.cube import Cube

SPACES = {
    "mixed": SPACE,
    "nested": space_from_spec(
        {
            "depth": {"type": "integer", "low": 1, "high": 3},
            "width": {
                "type": "integer",
                "low": 1,
                "high": 4000,
                "log": True,
                "when": {"depth": [2, 3]},
            },
            "size": {"type": "ordered", "choices": ["s", "m", "l"], "when": {"width": [1, 2]}},
            "flag": [True, False],
            "fixed": 3,
        }
    ),
}
every_space = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)


@every_space
def test_snapping_agrees_with_the_space(space):
    """Whole arrays snap to where one config at a time would."""
    points = np.random.default_rng(0).random((300, len(space)))
    assert np.allclose(
        Cube(space).snap(points), space.to_unit(space.from_unit(points)), atol=1e-6, equal_nan=True
    )


@every_space
def test_neighbours_are_configs_of_the_space(space):
    """Steps never leave the space, whichever branch they end up in."""
    rng, cube = np.random.default_rng(0), Cube(space)
    for point in cube.perturb(cube.sample(100, rng), 0.5, rng):
        assert space.why_not(cube.config(point)) == ""


def test_steps_are_as_long_as_asked():
    """A tiny step changes numbers a little; a long one changes them much."""
    space = space_from_spec({f"x{i}": {"low": 0.0, "high": 1.0} for i in range(4)})
    rng, cube = np.random.default_rng(0), Cube(space)
    start = np.full((500, 4), 0.5)
    short, long = (np.abs(cube.perturb(start, s, rng) - start).max(1).mean() for s in (0.01, 0.2))
    assert short < 0.03
    assert long > 0.1


def test_forbidden_combinations_are_left_out():
    """Neither draws nor neighbours hold them."""
    space = space_from_spec(
        {"parameters": {"a": [1, 2], "b": [1, 2]}, "forbidden": [{"a": 1, "b": 2}]}
    )
    rng, cube = np.random.default_rng(0), Cube(space)
    configs = space.from_unit(cube.sample(200, rng))
    assert {(c["a"], c["b"]) for c in configs} == {(1, 1), (2, 1), (2, 2)}


def test_proposed_numbers_are_short():
    """Five digits are enough for a person to read and for a machine to tell apart."""
    cube = Cube(space_from_spec({"lr": {"low": 1e-6, "high": 1.0, "log": True}}))
    assert cube.config(np.array([0.123456789]))["lr"] == pytest.approx(5.5048e-06, rel=1e-9)


def test_the_few_values_at_the_low_end_of_a_long_log_scale_are_told_apart():
    """A position there is that of its integer, so that no two points are one config."""
    space = space_from_spec({"n": {"type": "integer", "low": 1, "high": 10**9, "log": True}})
    points = Cube(space).sample(2000, np.random.default_rng(0))
    values = np.array([config["n"] for config in space.from_unit(points)])
    for value in (1, 2, 3, 10_000):
        assert len(np.unique(points[values == value])) <= 1
    assert len(np.unique(points[values > 10**6])) > 500
