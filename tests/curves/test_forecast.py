"""What a forecast can be asked: ends, steps on the way, chances, fans, and how much training is enough."""

import numpy as np
import pandas as pd
import pytest

from logminer.curves.model import CurveModel, steady

from .conftest import cut, finals, make_curves


def test_nothing_to_fit_and_nothing_to_predict():
    """Empty frames give an empty forecast."""
    none = make_curves("t", 1, 0).iloc[:0]
    assert len(CurveModel().fit(none).predict(none)) == 0
    assert CurveModel().fit(none).predict(none).mean.shape == (0,)


def test_a_finished_run_is_taken_at_its_word(model, fresh):
    """Where the target has been reached the value is known."""
    whole = fresh[~fresh["run"].isin(["new-9", "new-19", "new-29"])]
    forecast = model.predict(whole)
    assert set(forecast.runs["basis"]) == {"seen"}
    np.testing.assert_allclose(forecast.mean, finals(whole))
    assert (forecast.std == 0).all()


def test_the_end_of_a_run_is_where_its_task_usually_ends(model, past):
    """Without a horizon past runs of the task tell how long a run goes on."""
    part = cut(past[past["task"] == "t1"], 0.3).drop(columns="horizon")
    assert set(model.predict(part).runs["target"]) == {400}


def test_a_step_or_several_can_be_asked_for(model, fresh):
    """One row a run and step, and a later step is worth at least as much."""
    part = cut(fresh[fresh["run"] == "new-0"], 0.3)
    forecast = model.predict(part, at=[200, 300, 400])
    assert forecast.runs["target"].tolist() == [200, 300, 400]
    assert forecast.quantile(0.5)[0] >= forecast.quantile(0.5)[2] - 0.05


def test_a_step_already_passed_is_looked_up(model, fresh):
    """What was logged there is the answer, for certain."""
    part = cut(fresh[fresh["run"] == "new-0"], 0.5)
    forecast = model.predict(part, at=50)
    assert forecast.mean[0] == pytest.approx(part[part["step"] == 50]["value"].item())
    assert forecast.std[0] == 0


def test_chances_are_probabilities_and_grow_with_the_bar(model, fresh):
    """The higher the loss to beat, the likelier it is beaten."""
    forecast = model.predict(cut(fresh, 0.3))
    chances = np.array([forecast.prob_better(bar) for bar in np.linspace(-5, 10, 40)])
    assert ((chances >= 0) & (chances <= 1)).all()
    assert (np.diff(chances, axis=0) >= -1e-12).all()


def test_enough_is_now_for_a_flat_curve_and_later_for_a_steep_one(model):
    """More training is worth nothing once a curve is flat."""
    steps = 10 * np.arange(1, 21)
    flat = np.where(np.arange(20) == 0, 5.0, 0.5)
    steep = 5.0 * (steps / 10) ** -0.6
    part = pd.concat([
        pd.DataFrame({"task": "x", "run": name, "step": steps, "value": v, "horizon": 400})
        for name, v in (("flat", flat), ("steep", steep))
    ])  # fmt: skip
    found = model.enough(part, 0.1)
    assert found["x", "steep"] > found["x", "flat"]
    assert (model.enough(part, 1e9) == 200).all()


def test_frame_of_a_forecast_has_one_row_a_question(model, fresh):
    """The table lists facts, centre and interval, in order."""
    table = model.predict(cut(fresh, 0.3)).to_frame(0.9)
    assert list(table.columns) == [
        "task", "run", "seen", "target", "last", "basis", "unlike", "diverged",
        "mean", "std", "median", "low", "high",
    ]  # fmt: skip
    assert (table["low"] <= table["median"]).all()
    assert (table["median"] <= table["high"]).all()


def test_one_odd_step_is_no_spike_in_a_fan():
    """A value that only one step has is that of its neighbours; the end is left as it is."""
    way = np.array([5.0, 4.0, 90.0, 3.0, 2.0, 7.0])[None, :, None] * np.ones((1, 1, 3))
    assert steady(way)[0, :, 0].tolist() == [5, 5, 4, 3, 3, 7]
    assert steady(way[:, :2]).tolist() == way[:, :2].tolist()


def test_a_fan_ends_where_the_forecast_of_the_end_is(model, fresh):
    """Along the way quantiles never cross, and the last step is the final one."""
    part = cut(fresh, 0.3)
    fan, end = model.paths(part, points=6), model.predict(part)
    np.testing.assert_allclose(fan.losses[5::6], end.losses)
    assert (np.diff(fan.losses, axis=1) >= 0).all()
