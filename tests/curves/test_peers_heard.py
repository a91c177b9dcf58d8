"""Peers are heard as far as they were right: three that all did the same outweigh what other logs taught."""

import numpy as np
import pandas as pd
import pytest

from logminer.curves.model import CurveModel


def overfitting(runs, seed, *, points=60, dip=15, rise=0.5, sign=1.0):
    """Losses that fall to a dip and rise by the same amount afterwards, each from its own height."""
    rng = np.random.default_rng(seed)
    t = np.arange(points)
    frames = []
    for k in range(runs):
        height = rng.uniform(0.8, 1.2)
        value = height * (0.5 + 0.5 * np.exp(-np.minimum(t, dip) / 5.0))
        value = (
            value + rise * np.maximum(t - dip, 0) / (points - dip) + rng.normal(0, 0.004, points)
        )
        frames.append(
            pd.DataFrame({"task": "t", "run": f"r{seed}-{k}", "step": t + 1, "value": sign * value})
        )
    return pd.concat(frames, ignore_index=True)


def going(frame, at, end):
    part = frame[frame["step"] <= at]
    return part.assign(run="going", horizon=float(end))


@pytest.mark.parametrize("peers", [3, 5, 20, 60])
@pytest.mark.parametrize("mode", ["min", "max"])
def test_unanimous_peers_are_heard(peers, mode):
    """At the dip all speaks for a fall, but for what every finished run of the task did."""
    sign = 1.0 if mode == "min" else -1.0
    past, new = overfitting(peers, 0, sign=sign), overfitting(1, 7, sign=sign)
    model = CurveModel().fit(past, mode)
    forecast = model.predict(pd.concat([past, going(new, 14, 60)]), mode=mode)
    median, truth = forecast.quantile(0.5)[-1], new["value"].iloc[-1]
    low, high = forecast.interval(0.8)
    assert abs(median - truth) < 0.15
    assert low[-1] <= truth <= high[-1]
    assert forecast.runs["basis"].iloc[-1] != "public curves"


def test_peers_that_come_with_the_question_are_heard_as_well():
    """A model that was fitted on nothing sees the finished runs in the frame it is asked about."""
    past, new = overfitting(6, 0), overfitting(1, 7)
    forecast = CurveModel().predict(pd.concat([past, going(new, 14, 60)]))
    assert forecast.quantile(0.5)[-1] == pytest.approx(new["value"].iloc[-1], abs=0.15)


def test_peers_that_say_nothing_are_not_heard():
    """Ends drawn at random beside one another: the answer is as wide as they lie apart."""
    rng = np.random.default_rng(0)
    frames = []
    for k in range(20):
        end = rng.uniform(0.2, 2.0)
        value = np.concatenate([np.full(15, 1.0), np.linspace(1.0, end, 45)]) + rng.normal(
            0, 0.01, 60
        )
        frames.append(
            pd.DataFrame({"task": "t", "run": f"r{k}", "step": np.arange(1, 61), "value": value})
        )
    past = pd.concat(frames, ignore_index=True)
    part = going(past[past["run"] == "r0"], 14, 60)
    low, high = CurveModel().fit(past).predict(pd.concat([past, part])).interval(0.8)
    assert high[-1] - low[-1] > 0.8


def test_a_run_does_not_vouch_for_its_own_repeats():
    """Evidence leaves out questions about the config that is asked about."""
    past = overfitting(6, 0).assign(config=lambda f: f["run"])
    model = CurveModel().fit(past)
    assert model.known is not None
    assert set(model.known.config) == set(past["config"])
    alone = CurveModel().fit(past.assign(config="same"))
    assert alone.known is None or not len(alone.known)
