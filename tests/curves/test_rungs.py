"""Rungs from logs whose ranking settles at a known step."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from logminer.core.errors import NothingFoundError
from logminer.curves.rungs import propose_rungs, settling

from .conftest import make_curves


def crossing(task, at, runs=12, points=100):
    """Runs in random order until the share ``at``, in their final order from there on."""
    rng = np.random.default_rng(0)
    steps = np.arange(1, points + 1)
    frames = []
    for k in range(runs):
        value = np.where(
            steps < at * points, rng.permutation(runs)[k] + 10.0 + rng.random(points) * 9, float(k)
        )
        frames.append(
            pd.DataFrame({"task": task, "run": f"{task}{k}", "step": steps, "value": value})
        )
    return pd.concat(frames, ignore_index=True)


def test_minimum_budget_is_where_ranks_settle():
    """Ranks are random before 30 % and final from there on."""
    curves = pd.concat([crossing("a", 0.3), crossing("b", 0.3)])
    found = propose_rungs(curves)
    assert found.steps == (33, 100)
    assert found.least == 33
    assert "30%" in found.because


def test_ranks_known_at_once_give_many_rungs():
    """A full ladder by the factor eta."""
    assert propose_rungs(crossing("a", 0.0), eta=3).steps == (1, 4, 11, 33, 100)
    assert propose_rungs(crossing("a", 0.0), eta=10).steps == (1, 10, 100)


def test_ranks_that_never_settle_leave_full_runs_only():
    """Then nothing should be cut."""
    assert propose_rungs(crossing("a", 0.95), settled=0.9).steps == (100,)


def test_correlation_is_spearmans():
    """Compared with SciPy on noisy curves, diverged runs last."""
    curves = make_curves("t", 14, 0)
    table = settling(curves).set_index("share")
    wide = curves.pivot(index="run", columns="step", values="value").fillna(1e9)
    expected = spearmanr(wide[120], wide[400]).statistic
    assert table.loc[0.3, "correlation"] == pytest.approx(expected)
    assert table.loc[1.0, "correlation"] == pytest.approx(1.0)


def test_direction_does_not_matter():
    """Flipped curves settle at the same step."""
    curves = crossing("a", 0.3)
    flipped = curves.assign(value=-curves["value"])
    assert propose_rungs(flipped, "max") == propose_rungs(curves, "min")


def test_too_few_runs_are_said():
    """Four runs cannot be ranked with any confidence."""
    with pytest.raises(NothingFoundError):
        propose_rungs(crossing("a", 0.3, runs=4))
