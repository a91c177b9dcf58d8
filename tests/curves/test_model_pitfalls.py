"""What real curves hold beside a clean fall: divergence, NaN, restarts, repeats, runs stopped early."""

import numpy as np
import pandas as pd
import pytest

from logminer.curves.model import CurveModel

from .conftest import cut, error, finals, make_curves


def test_a_diverged_run_is_lost(model, fresh):
    """It is no better than at its start, for certain, and never beats anything."""
    part = cut(fresh, 0.7)
    forecast = model.predict(part)
    lost = forecast.runs["diverged"].to_numpy()
    assert lost.sum() == 3
    first = part.groupby("run", sort=False)["value"].first().to_numpy()
    assert (forecast.mean[lost] >= first[lost]).all()
    assert (forecast.std[lost] == 0).all()
    assert (forecast.prob_better(1e9)[lost] == 0).all()


def test_a_run_of_nothing_but_nan_has_no_value(model):
    """It is reported as diverged, with NaN for a prediction."""
    nan = pd.DataFrame({"task": "new", "run": "x", "step": [1, 2, 3], "value": np.nan})
    forecast = model.predict(nan)
    assert forecast.runs["diverged"].tolist() == [True]
    assert np.isnan(forecast.mean).all()
    assert forecast.prob_better(1.0).tolist() == [0.0]


def test_a_blow_up_to_1e18_harms_nobody_else(model, fresh):
    """One exploding peer leaves the other forecasts where they were."""
    part = cut(fresh.drop(columns="rate"), 0.4)
    calm = model.predict(part)
    wild = part.copy()
    rows = wild["run"] == "new-0"
    wild.loc[rows, "value"] = np.where(np.arange(rows.sum()) > 3, 1e18, wild.loc[rows, "value"])
    stormy = model.predict(wild)
    others = (calm.runs["run"] != "new-0").to_numpy() & ~calm.runs["diverged"].to_numpy()
    shift = np.abs(stormy.mean - calm.mean)[others]
    assert shift.max() < 0.3
    assert np.isfinite(stormy.losses).all()
    assert stormy.mean[0] > calm.mean[0]


def test_a_run_that_repeats_its_value_exactly_is_expected_to_stay(model):
    """A dead network gives one accuracy to the last digit; its place among others is kept."""
    steps = 10 * np.arange(1, 13)
    stuck = np.where(np.arange(12) < 3, 2.3, 2.302585)
    part = pd.DataFrame({"task": "x", "run": "r", "step": steps, "value": stuck, "horizon": 400})
    assert model.predict(part).quantile(0.5)[0] == 2.302585


def test_a_restarted_run_is_predicted_like_one_that_never_stopped(model, fresh):
    """What the abandoned attempt logged beyond the restart does not count."""
    part = cut(fresh[fresh["run"] == "new-0"].drop(columns="rate"), 0.5)
    abandoned = part[part["step"].between(110, 150)].assign(value=9.0)
    log = pd.concat([part[part["step"] <= 100], abandoned, part[part["step"] > 100]])
    plain, again = model.predict(part), model.predict(log)
    assert again.quantile(0.5)[0] == pytest.approx(plain.quantile(0.5)[0], abs=0.1)


def test_censored_runs_teach_the_way_but_not_the_end(past):
    """Runs stopped early by somebody do not make the model expect early ends."""
    rng = np.random.default_rng(0)
    stopped = past["run"].isin(rng.choice(past["run"].unique(), 30, replace=False))
    censored = past[~stopped | (past["step"] <= 100)].assign(finished=~stopped)
    model = CurveModel().fit(censored)
    assert set(model.ends.values()) == {400}
    new = make_curves("new", 8, 5)
    forecast = model.predict(cut(new, 0.3))
    last = finals(cut(new, 0.3)).to_numpy()
    assert error(forecast, finals(new)) < 0.6 * np.abs(last - finals(new).to_numpy()).mean()


def test_peers_of_the_same_config_do_not_vouch_for_each_other(model):
    """Repeats under other seeds are no evidence: with or without them the answer is the same."""
    whole = make_curves("new", 2, 3).drop(columns="rate").assign(config="c")
    both = pd.concat([cut(whole[whole["run"] == "new-0"], 0.3), whole[whole["run"] == "new-1"]])
    single = model.predict(cut(whole[whole["run"] == "new-0"], 0.3))
    np.testing.assert_allclose(model.predict(both).losses[0], single.losses[0])
