"""Past curves made up for the tests: power laws on different scales, with noise and a few failures."""

import numpy as np
import pandas as pd
import pytest

from logminer.curves.model import CurveModel


def make_curves(task, runs, seed, *, scale=1.0, floor=0.3, points=40, stride=10, noise=0.004):
    """Losses falling by power laws of different speeds; every tenth run diverges half-way."""
    rng = np.random.default_rng(seed)
    steps = stride * np.arange(1, points + 1)
    frames = []
    for k in range(runs):
        rate = rng.uniform(0.2, 1.2)
        value = floor + rng.uniform(0, 0.3) + (steps / stride) ** -rate
        value = value + rng.normal(0, noise, points)
        if k % 10 == 9:
            value[points // 2 :] = np.nan
        frames.append(
            pd.DataFrame(
                {
                    "task": task,
                    "run": f"{task}-{k}",
                    "step": steps,
                    "value": scale * value,
                    "rate": rate,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def cut(curves, share):
    """The first part of every run, with its end as horizon."""
    end = curves.groupby(["task", "run"])["step"].transform("max")
    return curves.assign(horizon=end)[curves["step"] <= share * end]


def finals(curves):
    """Last value by task and run, in order of first appearance."""
    return curves.groupby(["task", "run"], sort=False)["value"].last()


def error(forecast, truth):
    """Mean absolute error of the medians where the truth is known."""
    keep = truth.notna().to_numpy()
    return np.abs(forecast.quantile(0.5) - truth.to_numpy())[keep].mean()


@pytest.fixture(scope="session")
def past():
    """Curves of six tasks, each on its own scale."""
    return pd.concat(
        [make_curves(f"t{k}", 14, k, scale=10.0**k, floor=0.1 * k) for k in range(6)],
        ignore_index=True,
    )


@pytest.fixture(scope="session")
def model(past):
    """A model fitted on the six tasks."""
    return CurveModel().fit(past.drop(columns="rate"))


@pytest.fixture
def fresh():
    """A task the model has not seen."""
    return make_curves("new", 30, 99, scale=3.0, floor=0.25)
