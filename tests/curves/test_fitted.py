"""Models remembered by what they were fitted on."""

import numpy as np
import pytest

from logminer.core.errors import UsageError
from logminer.curves.fitted import fitted
from logminer.curves.model import CurveModel

from .conftest import make_curves


@pytest.fixture(scope="module")
def curves():
    return make_curves("t", 12, 0)


def test_the_same_curves_are_fitted_once(curves):
    """A copy of the frame gives the very same model, which is the one that a fit gives."""
    first = fitted(curves)
    assert fitted(curves.copy()) is first
    assert first.to_bytes() == CurveModel().fit(curves).to_bytes()


@pytest.mark.parametrize("changed", ["value", "step", "task", "run", "rate", "order", "column"])
def test_any_change_is_another_model(curves, changed):
    """One value, one hyperparameter, or the order of the rows."""
    other = curves.astype({"task": object, "run": object})
    if changed == "order":
        other = other.iloc[::-1]
    elif changed == "column":
        other = other.rename(columns={"rate": "finished"})
    elif changed == "rate":
        other.loc[other["run"] == "t-3", "rate"] += 1e-9
    else:
        old = other.loc[7, changed]
        other.loc[7, changed] = f"{old}x" if isinstance(old, str) else old + 1
    assert fitted(other) is not fitted(curves)


def test_mode_and_seed_are_part_of_it(curves):
    """Also where the direction is given by task."""
    models = [
        fitted(curves), fitted(curves, "max"), fitted(curves, {"t": "max"}), fitted(curves, seed=1),
    ]  # fmt: skip
    assert len(set(map(id, models))) == 4


def test_a_large_past_is_learnt_from_in_part(curves):
    """At most so many runs are taken, the same ones each time."""
    few = fitted(curves, most=5)
    assert len(few.peers.run) == 5
    assert fitted(curves, most=5) is few
    np.testing.assert_array_equal(np.unique(few.peers.run).size, 5)


def test_wrong_curves_are_refused_as_by_a_fit(curves):
    """The message names the missing column."""
    for name in ("task", "run", "step", "value"):
        with pytest.raises(UsageError, match=f"'{name}'"):
            fitted(curves.drop(columns=name))
