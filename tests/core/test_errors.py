"""Errors carry a hint and an exit code; small nouns show themselves as plain data."""

import json

import pytest

from logminer.core import errors
from logminer.core.errors import did_you_mean
from logminer.core.objective import Objective
from logminer.core.suggestion import Suggestion

CODES = {
    errors.LogminerError: 1,
    errors.StoreError: 1,
    errors.ServerError: 1,
    errors.UsageError: 2,
    errors.UnknownMetricError: 2,
    errors.SpaceError: 2,
    errors.StoreLockedError: 4,
    errors.NothingFoundError: 5,
}


@pytest.mark.parametrize(("kind", "code"), CODES.items())
def test_each_error_has_its_exit_code(kind, code):
    """Exit codes are part of the command line's contract."""
    error = kind("what and where", hint="what next")
    assert (error.exit_code, str(error), error.hint) == (code, "what and where", "what next")


def test_every_error_is_under_test_and_under_one_base():
    """A new error must state its exit code here, and is caught by the base."""
    kinds = {k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, Exception)}
    assert kinds == set(CODES)
    assert all(issubclass(kind, errors.LogminerError) for kind in kinds)


def test_closest_choice_is_offered():
    """Case does not matter; far-off names get no guess."""
    assert did_you_mean("Val_Acc", ["val/acc", "loss"]) == "; did you mean 'val/acc'?"
    assert did_you_mean("VAL/ACC", ["Val/Acc"]) == "; did you mean 'Val/Acc'?"
    assert did_you_mean("zzz", ["val/acc", "loss"]) == ""
    assert did_you_mean("x", []) == ""


def test_objective_sign_makes_a_loss():
    """Multiplied by its sign, a metric is better when lower."""
    assert Objective("acc", "max").sign * 0.9 < Objective("acc", "max").sign * 0.8
    assert Objective("loss", "min").sign * 0.8 < Objective("loss", "min").sign * 0.9


def test_suggestion_is_plain_data():
    """A suggestion goes to JSON with null for what is unknown, and its id is no part of equality."""
    bare = json.loads(json.dumps(Suggestion({"lr": 0.1}).to_dict()))
    assert bare["config"] == {"lr": 0.1}
    assert bare["predicted"] is bare["interval"] is bare["id"] is bare["budget"] is None
    full = Suggestion({"lr": 0.1}, 3, 0.5, (0.4, 0.6), "t1", ("run a",), "gp", "s1").to_dict()
    assert full["interval"] == [0.4, 0.6]
    assert full["because"] == ["run a"]
    assert Suggestion({"lr": 0.1}, id="a") == Suggestion({"lr": 0.1}, id="b")
