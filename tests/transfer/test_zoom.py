"""Zooming in: the box of winners, what it keeps, and how often it misses."""

import numpy as np
import pandas as pd
import pytest

from logminer.core.errors import NothingFoundError
from logminer.core.prior import NO_PRIOR
from logminer.core.space_spec import space_from_spec
from logminer.transfer.past import prior_from_frame
from logminer.transfer.zoom import zoom

SPACE = space_from_spec(
    {
        "lr": {"low": 1e-6, "high": 1.0, "log": True},
        "layers": {"type": "integer", "low": 1, "high": 20},
        "optimizer": ["adam", "sgd", "lion"],
    }
)


def past(exponents, seed=0):
    rng = np.random.default_rng(seed)
    rows = [
        {
            "task": f"t{t}",
            "value": (np.log10(c["lr"]) - e) ** 2
            + (c["optimizer"] != "adam") * 5
            + 0.1 * c["layers"],
            **c,
        }
        for t, e in enumerate(exponents)
        for c in SPACE.sample(60, rng)
    ]
    return prior_from_frame(pd.DataFrame(rows), SPACE)


def test_the_box_holds_the_winners_and_little_else():
    """Bounds close in on the winners' side, categories that never win go."""
    found = zoom(SPACE, past([-3, -3, -3.2]))
    lr, layers = found.space.parameters["lr"], found.space.parameters["layers"]
    assert lr.low < 10**-3.2 < 1e-3 < lr.high
    assert lr.high < 0.5
    assert isinstance(layers.low, int)
    assert found.space.parameters["optimizer"].choices == ("adam",)
    assert 0 < found.share < 0.4
    assert found.tasks == 3


def test_the_share_is_what_draws_from_the_whole_space_hit():
    """The volume is measured on the searched scale."""
    found = zoom(SPACE, past([-3, -3, -3.2]))
    drawn = SPACE.sample(4000, np.random.default_rng(0))
    assert np.mean([found.space.contains(c) for c in drawn]) == pytest.approx(found.share, abs=0.02)


def test_what_is_not_narrowed_keeps_its_whole_share():
    """An integer that won everywhere takes nothing off the volume, however few its values."""
    space = space_from_spec({"layers": {"type": "integer", "low": 1, "high": 3}})
    rows = [{"task": "t", "value": 1.0, "layers": n} for n in (1, 2, 3)]
    found = zoom(space, prior_from_frame(pd.DataFrame(rows), space))
    assert found.space.parameters["layers"] == space.parameters["layers"]
    assert found.share == 1


def test_a_task_unlike_the_others_is_counted_as_missed():
    """The miss rate is measured on held-out tasks; with two tasks it is unknown."""
    found = zoom(SPACE, past([-5, -5, -5, -1]))
    assert "t3" in found.missed
    assert found.miss_rate == len(found.missed) / 4
    assert zoom(SPACE, past([-5, -1])).miss_rate is None


def test_the_box_grows_where_the_incumbent_leans_on_an_edge():
    """A search that runs into a wall may go on beyond it."""
    prior = past([-4, -4, -4])
    before = zoom(SPACE, prior).space.parameters["lr"]
    edge = {"lr": before.high, "layers": 2, "optimizer": "adam"}
    after = zoom(SPACE, prior, edge).space.parameters["lr"]
    assert after.high > before.high
    assert after.low == before.low


def test_without_a_past_there_is_nothing_to_zoom_by():
    """The message says so, and what to look at."""
    with pytest.raises(NothingFoundError, match="no past task"):
        zoom(SPACE, NO_PRIOR)


@pytest.mark.parametrize("log", [False, True])
def test_a_whole_number_that_was_not_narrowed_keeps_its_volume(log):
    """Its ends are values like the others: nothing of the space is said to be left out."""
    space = space_from_spec({"n": {"type": "integer", "low": 1, "high": 3, "log": log}})
    table = pd.DataFrame({"task": "a", "value": [1.0, 2.0, 3.0], "n": [1, 2, 3]})
    assert zoom(space, prior_from_frame(table, space)).share == pytest.approx(1.0)
