"""How right the model is on made-up curves: its error, and what its intervals promise."""

import numpy as np
import pandas as pd
import pytest

from logminer.curves.calibration import LEVELS, Calibration
from logminer.curves.model import CurveModel

from .conftest import cut, error, finals, make_curves


def test_it_beats_the_last_value_on_a_task_never_seen(model, fresh):
    """Extrapolation is worth its while, with and without peers."""
    whole = fresh.drop(columns="rate")
    part = cut(whole, 0.3)
    last = finals(part)
    truth = finals(whole).where(~model.predict(part).runs["diverged"].to_numpy())
    naive = np.abs(last - truth).mean()
    together = error(model.predict(part), truth)
    each = [model.predict(p).quantile(0.5)[0] for _, p in part.groupby("run", sort=False)]
    alone = np.abs(np.array(each) - truth).mean()
    assert together < 0.6 * naive
    assert alone < 0.6 * naive


def test_intervals_hold_what_they_promise(model, fresh):
    """On a task never seen the 80 % interval covers about that share."""
    whole = fresh.drop(columns="rate")
    alive = whole[~whole["run"].isin([f"new-{k}" for k in range(9, 30, 10)])]
    hits = []
    for share in (0.2, 0.4, 0.6):
        low, high = model.predict(cut(alive, share)).interval(0.8)
        truth = finals(alive).to_numpy()
        hits.append((low <= truth) & (truth <= high))
    assert 0.6 < np.mean(hits) <= 1.0


@pytest.mark.parametrize("model", [CurveModel(), CurveModel().fit(make_curves("t", 3, 0))])
def test_without_a_past_public_curves_answer(model, fresh):
    """An empty or tiny past still gives finite answers, better than the last value, in wide intervals."""
    whole = fresh[fresh["rate"].notna()].drop(columns="rate")
    part = cut(whole, 0.4)
    forecast = model.predict(part)
    alive = ~forecast.runs["diverged"].to_numpy()
    assert set(forecast.runs["basis"]) == {"public curves"}
    assert np.isfinite(forecast.losses).all()
    low, high = forecast.interval(0.8)
    truth = finals(whole).where(alive)
    inside = (low <= truth.to_numpy()) & (truth.to_numpy() <= high)
    assert inside[truth.notna()].mean() > 0.7
    assert error(forecast, truth) < 0.8 * np.abs(finals(part) - truth).mean()


def test_a_short_past_is_added_to_public_curves(past, fresh):
    """Thirty curves of one's own bring their forest nearer to one's own tasks."""
    model = CurveModel().fit(past[past["task"].isin(["t0", "t1"])].drop(columns="rate"))
    part, truth = cut(fresh.drop(columns="rate"), 0.2), finals(fresh)
    alone = [own for _, own in part.groupby("run", sort=False)]
    errors = [
        np.nanmean([abs(m.predict(own).quantile(0.5)[0] - truth["new", own["run"].iloc[0]]) for own in alone])
        for m in (CurveModel(), model)
    ]  # fmt: skip
    assert errors[1] < errors[0]


def test_a_curve_unlike_the_past_gets_a_wider_interval_and_says_so(model):
    """Sawtooth curves were never seen."""
    steps = 10 * np.arange(1, 17)
    saw = 1.0 + 0.8 * (np.arange(16) % 2)
    part = pd.DataFrame({"task": "x", "run": "saw", "step": steps, "value": saw, "horizon": 400})
    forecast = model.predict(part)
    assert forecast.runs["unlike"].tolist() == [True]


def test_intervals_of_curves_unlike_the_past_are_as_much_wider_as_was_learnt():
    """Beyond the distance from which on a question is strange, and nowhere else."""
    told = Calibration(np.ones((3, 5, len(LEVELS))), 1.0, np.full(len(LEVELS), 2.0))
    flat = np.zeros((2, len(LEVELS))) + np.linspace(-1, 1, len(LEVELS))
    facts = (flat, np.array([0.4, 0.4]), np.array([0, 0]), np.array([0.9, 1.1]))
    width = np.ptp(told.apply(*facts), axis=1)
    assert width[1] == pytest.approx(2 * width[0])


def test_minibatch_losses_are_predicted_at_their_level(model):
    """Forty thousand noisy points are no harder than forty."""
    steps = np.arange(1, 40_001)
    rng = np.random.default_rng(0)
    value = 0.3 + (1 + steps / 1000) ** -0.5 * 0.5 + rng.normal(0, 0.2, len(steps))
    part = pd.DataFrame({"task": "x", "run": "r", "step": steps, "value": value, "horizon": 80_000})
    forecast = model.predict(part)
    assert forecast.quantile(0.5)[0] == pytest.approx(0.3 + 81**-0.5 * 0.5, abs=0.05)


def dropped(task, seed, runs=12, points=40):
    """Losses on a plateau that fall to a third of it when the learning rate drops at three quarters."""
    rng = np.random.default_rng(seed)
    steps = 10 * np.arange(1, points + 1)
    frames = []
    for k in range(runs):
        level = rng.uniform(0.8, 1.2)
        value = level + np.exp(-steps / 20.0) + rng.normal(0, 0.01, points)
        value = np.where(steps > 7.5 * points, value - level * 0.65, value)
        frames.append(
            pd.DataFrame({"task": task, "run": f"{task}-{k}", "step": steps, "value": value})
        )
    return pd.concat(frames, ignore_index=True)


def test_a_late_drop_is_expected_where_past_runs_had_one():
    """A schedule bends curves at three quarters: at half-way the flat curve is known not to stay there."""
    model = CurveModel().fit(pd.concat([dropped(f"t{k}", k) for k in range(8)]))
    new = dropped("new", 99)
    part = cut(new, 0.5)
    last, truth = finals(part).to_numpy(), finals(new).to_numpy()
    forecast = np.concatenate([
        model.predict(own).quantile(0.5) for _, own in part.groupby("run", sort=False)
    ])  # fmt: skip
    assert np.abs(forecast - truth).mean() < 0.3 * np.abs(last - truth).mean()
