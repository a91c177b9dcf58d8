"""Syne Tune: its own code reads the space, and its schedulers start from the points."""

import ast
import runpy

import pytest
from export_contexts import FULL, hostile_context, make_context

from logminer.core.parameters import Categorical
from logminer.core.space import Space
from logminer.exports import syne_tune as target


def test_the_module_is_plain_data_and_calls_of_ours():
    """Whatever a log calls things."""
    tree = ast.parse(target.write(hostile_context()))
    assert [type(n).__name__ for n in tree.body] == ["ImportFrom", *["Assign"] * 4]


def test_the_module_says_every_parameter():
    """With scales and orders that Syne Tune knows and others do not."""
    text = target.write(make_context(mode="max"))
    for line in (
        "'learning_rate': loguniform(1e-05, 1.0)",
        "'batch_size': lograndint(16, 512)",
        "'depth': ordinal([2, 4, 8])",
        "'momentum': reverseloguniform(0.5, 0.99)",
        "'fixed': 0.5",
    ):
        assert f"    {line},\n" in text
    assert "DO_MINIMIZE = False\n" in text
    assert "    'loss': choice(['mse', 'None']),\n" in text
    assert "choices of 'loss' are of several kinds, and stand as text" in target.limits(FULL)


def test_choices_that_are_all_numbers_stay_numbers():
    """Syne Tune wants one type: 1 becomes 1.0 beside 2.5."""
    space = Space({"a": Categorical((1, 2.5))})
    assert "choice([1.0, 2.5])" in target.write(make_context(space, runs=0))
    assert target.limits(space) == []


def test_syne_tune_draws_from_the_space(tmp_path):
    """What its domains draw, the space allows; the points are as suggested."""
    pytest.importorskip("syne_tune.config_space")
    (tmp_path / "space.py").write_text(target.write(make_context()))
    written = runpy.run_path(str(tmp_path / "space.py"))
    made = target.config_space(FULL)
    assert written["CONFIG_SPACE"] == made
    for name, domain in made.items():
        values = [domain.sample() for _ in range(50)] if hasattr(domain, "sample") else [domain]
        known = FULL.parameters[name]
        assert all(known.contains(v) or (name, v) == ("loss", "None") for v in values), name
    points = [{n: "None" if v is None else v for n, v in c.items()} for c in make_context().configs]
    assert written["POINTS_TO_EVALUATE"] == points


def test_a_searcher_of_syne_tune_begins_with_the_points():
    """As they are where a config sets everything."""
    pytest.importorskip("syne_tune.config_space")
    from syne_tune.optimizer.schedulers.searchers.random_searcher import RandomSearcher

    plain = Space({n: FULL.parameters[n] for n in ("learning_rate", "layers", "optimizer")})
    context = make_context(plain, runs=0)
    searcher = RandomSearcher(target.config_space(plain), points_to_evaluate=context.configs)
    assert [searcher.suggest() for _ in range(3)] == context.configs
    assert plain.why_not(searcher.suggest()) == ""
