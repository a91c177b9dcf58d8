"""The answer does not depend on how a metric, its steps or its runs are written down."""

import numpy as np
import pandas as pd
import pytest

from logminer.curves.model import CurveModel
from logminer.curves.prefixes import Prefixes
from logminer.curves.tidy import tidy

from .conftest import cut


def answer(past, part, mode="min"):
    """The forecast of a model fitted on this past."""
    return CurveModel().fit(past, mode).predict(part, mode=mode)


@pytest.mark.parametrize("factor", [2.0**10, 2.0**-30])
def test_a_change_of_unit_changes_the_unit_of_the_answer_only(past, fresh, factor):
    """Scaling every value, past and present, scales every prediction."""
    part = cut(fresh, 0.3)
    plain = answer(past, part)
    scaled = answer(*(frame.assign(value=frame["value"] * factor) for frame in (past, part)))
    np.testing.assert_allclose(scaled.losses, plain.losses * factor, rtol=1e-9)


@pytest.mark.parametrize("factor", [1000.0, 1e-6])
def test_a_new_task_may_have_any_unit(model, fresh, factor):
    """The past has its units, the running runs theirs."""
    part = cut(fresh, 0.3)
    plain = model.predict(part)
    scaled = model.predict(part.assign(value=part["value"] * factor))
    np.testing.assert_allclose(scaled.quantile(0.5), plain.quantile(0.5) * factor, rtol=1e-3)


def test_flipping_a_metric_flips_the_answer(past, fresh):
    """A loss to be lowered and its negative to be raised are one and the same."""
    part = cut(fresh, 0.3)
    plain = answer(past, part)
    flipped = answer(*(frame.assign(value=-frame["value"]) for frame in (past, part)), "max")
    np.testing.assert_array_equal(flipped.losses, plain.losses)
    np.testing.assert_allclose(flipped.mean, -plain.mean)
    np.testing.assert_allclose(flipped.quantile(0.9), -plain.quantile(0.1))
    np.testing.assert_allclose(flipped.prob_better(-0.9), plain.prob_better(0.9))


def test_an_offset_of_the_metric_moves_the_answer_beside_peers(model, fresh):
    """A log-likelihood may lie anywhere: beside others what counts is what there is to gain."""
    part = cut(fresh.drop(columns="rate"), 0.4)
    plain = model.predict(part)
    moved = model.predict(part.assign(value=part["value"] + 2.0))
    shift = np.abs(moved.quantile(0.5) - 2.0 - plain.quantile(0.5))
    assert np.median(shift) < 0.05 * np.ptp(part["value"].dropna())


@pytest.mark.parametrize("factor", [1024, 1 / 32])
def test_steps_may_be_counted_in_anything(past, fresh, factor):
    """Epochs or samples: the answer is the same."""
    part = cut(fresh, 0.4)
    plain = answer(past, part)
    counted = part.assign(step=part["step"] * factor, horizon=part["horizon"] * factor)
    other = answer(past.assign(step=past["step"] * factor), counted)
    np.testing.assert_allclose(other.losses, plain.losses, rtol=1e-6)


def test_other_evaluation_grids_give_like_answers(model, fresh):
    """A run logged four times as seldom, or at odd steps, is predicted alike."""
    part = cut(fresh.drop(columns="rate"), 0.8)
    dense = model.predict(part)
    thin = part[part.groupby("run").cumcount() % 3 == 1]
    thin = pd.concat([thin, part.groupby("run").tail(1)]).drop_duplicates().sort_index()
    sparse = model.predict(thin)
    alive = ~dense.runs["diverged"].to_numpy()
    assert np.abs(sparse.mean - dense.mean)[alive].max() < 0.25
    assert np.abs(sparse.mean - dense.mean)[alive].mean() < 0.1


def test_the_first_value_is_not_zero_time():
    """Time counts from step 0: a curve first logged at 40 is described at its own steps, flat before."""
    late = pd.DataFrame({
        "task": "t", "run": "r", "step": np.arange(40, 201, 10), "value": np.linspace(5, 1, 17),
    })  # fmt: skip
    prefixes = Prefixes(tidy(late))
    only = np.array([0, 0, 0])
    assert prefixes.at(only, np.array([0.0, 40.0, 200.0])).tolist() == [5, 5, 1]
    assert prefixes.area(only, np.array([20.0, 40.0, 200.0])).tolist() == [100, 200, 200 + 160 * 3]


def test_the_order_of_runs_does_not_matter(model, fresh):
    """Each run gets its own answer, wherever it stands in the frame."""
    part = cut(fresh, 0.4)
    plain = model.predict(part)
    runs = part["run"].unique()[::-1]
    turned = pd.concat([part[part["run"] == run] for run in runs])
    found = model.predict(turned)
    assert found.runs["run"].tolist() == plain.runs["run"].tolist()[::-1]
    np.testing.assert_allclose(found.losses[::-1], plain.losses, rtol=1e-6)
