"""Pitfalls of raw logs."""

import numpy as np
import pandas as pd
import pytest

from logminer.core.errors import UsageError
from logminer.curves.tidy import DENSE, tidy


def frame(steps, values, **columns):
    return pd.DataFrame({"task": "t", "run": "r", "step": steps, "value": values, **columns})


def test_restart_drops_the_abandoned_attempt():
    """After a restart from step 20 what was logged beyond it before no longer counts."""
    curves = tidy(frame([0, 10, 20, 30, 40, 25, 35, 45], [9, 8, 7, 6, 5, 4, 3, 2]))
    assert curves.step.tolist() == [0, 10, 20, 25, 35, 45]
    assert curves.loss.tolist() == [9, 8, 7, 4, 3, 2]
    assert curves.restarts.tolist() == [1]


def test_step_logged_twice_keeps_the_later_value():
    """Overlapping segments agree on the last word."""
    assert tidy(frame([0, 1, 1, 2], [4, 3, 2, 1])).loss.tolist() == [4, 2, 1]


def test_rows_in_no_order_are_sorted_instead():
    """Shuffled rows are no restarts, and no point is lost."""
    order = np.random.default_rng(0).permutation(50)
    curves = tidy(frame(order, 100.0 - order))
    assert curves.step.tolist() == list(range(50))
    assert curves.restarts.tolist() == [0]


def test_gaps_of_nan_are_no_divergence():
    """A value that was not measured is dropped; the run lives on."""
    curves = tidy(frame([0, 1, 2, 3], [3, np.nan, np.inf, 1]))
    assert curves.step.tolist() == [0, 3]
    assert np.isinf(curves.died).all()


def test_run_that_ends_in_nan_has_diverged_at_its_first():
    """The end is the last step logged, finite or not."""
    curves = tidy(frame([0, 1, 2, 3], [3, 2, np.nan, np.inf]))
    assert curves.died.tolist() == [2]
    assert curves.end.tolist() == [3]


def test_run_without_a_finite_value_is_kept_as_diverged():
    """It holds no point, and died at once."""
    curves = tidy(frame([5, 6], [np.nan, np.nan]))
    assert len(curves) == 1
    assert curves.start.tolist() == [0, 0]
    assert curves.died.tolist() == [5]


def test_dense_curve_is_thinned_without_losing_its_start_or_its_level():
    """40,000 minibatch losses become a few hundred medians; one spike does not show."""
    n = 40_000
    rng = np.random.default_rng(0)
    clean = 1 + 1 / np.sqrt(np.arange(1, n + 1))
    noisy = clean + rng.normal(0, 0.1, n)
    noisy[20_000] = 1e9
    curves = tidy(frame(np.arange(n), noisy))
    assert len(curves.loss) <= DENSE
    assert curves.loss[0] == noisy[0]
    assert np.abs(curves.loss[50:] - np.interp(curves.step, np.arange(n), clean)[50:]).max() < 0.06
    assert curves.noise[0] == pytest.approx(0.1, rel=0.1)


def test_direction_comes_from_the_frame_then_by_task_then_for_all():
    """A maximised metric is turned into a loss."""
    assert tidy(frame([0], [2.0]), "max").loss.tolist() == [-2]
    assert tidy(frame([0], [2.0]), {"t": "max"}).loss.tolist() == [-2]
    assert tidy(frame([0], [2.0], mode="max"), "min").loss.tolist() == [-2]


@pytest.mark.parametrize("mode", ["up", {"other": "min"}])
def test_unknown_direction_is_refused(mode):
    """The message names the task."""
    with pytest.raises(UsageError, match="'t'"):
        tidy(frame([0], [1.0]), mode)


def test_missing_column_is_named():
    """The message says which column."""
    with pytest.raises(UsageError, match="'value'"):
        tidy(frame([0], [1.0]).drop(columns="value"))


def test_no_rows_are_no_curves():
    """An empty frame is fine."""
    assert len(tidy(frame([], []))) == 0


def test_negative_steps_are_moved_to_start_at_zero():
    """Time counts from the first step where that lies below 0."""
    assert tidy(frame([-5, 0, 5], [3.0, 2.0, 1.0])).step.tolist() == [0, 5, 10]
