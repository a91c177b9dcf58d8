"""Accounts of a search: incumbent, seeds, budget."""

import numpy as np
import pytest
from factories import history_of, make_curves, make_history

from logminer.analyses import budget, incumbent, seeds
from logminer.core.parameters import Float
from logminer.core.space import Space

SPACE = Space({"lr": Float(0.0, 1.0)})


def by_lr(lrs, values, **columns):
    return history_of([{"lr": lr} for lr in lrs], values, SPACE, **columns)


@pytest.mark.parametrize(("mode", "best"), [("min", [3, 2, 2, 1]), ("max", [3, 3, 5, 5])])
def test_incumbent_follows_the_start_times(mode, best):
    """Runs are taken in order of their start, not of the table; NaN never becomes best."""
    values = [1.0, np.nan, 2.0, 3.0] if mode == "min" else [np.nan, 5.0, 2.0, 3.0]
    started = [4.0, 3.0, 2.0, 1.0]
    result = incumbent.analyse(by_lr([0.1, 0.2, 0.3, 0.4], values, mode=mode, started=started))
    assert result.of("task")["best"].tolist() == best
    assert result.of("task")["name"].tolist() == ["run_3", "run_2", "run_1", "run_0"]


def test_incumbent_of_unknown_times_keeps_the_order_of_the_logs():
    """One missing start time is enough to distrust them all, and that is said."""
    result = incumbent.analyse(by_lr([0.1, 0.2], [1.0, 2.0], started=[5.0, np.nan]))
    assert result.timed == {"task": False}
    assert result.runs["name"].tolist() == ["run_0", "run_1"]


def test_incumbent_is_unknown_until_a_run_ends_well():
    """Before the first finite value there is no best."""
    result = incumbent.analyse(by_lr([0.1, 0.2], [np.nan, 2.0]))
    assert np.isnan(result.runs["best"].iloc[0])
    assert result.runs["improved"].tolist() == [False, True]


def test_noise_is_the_pooled_deviation_of_repeats():
    """Deviations of 1 and 3 in two pairs pool to their root mean square."""
    result = seeds.analyse(by_lr([0.1, 0.1, 0.2, 0.2, 0.3], [0.0, 2.0, 10.0, 16.0, 50.0]))
    row = result.of("task")
    expected = np.sqrt((np.var([0, 2], ddof=1) + np.var([10, 16], ddof=1)) / 2)
    assert row["noise"] == pytest.approx(expected)
    assert row["repeated"] == 2
    assert result.repeats["place"].tolist() == [1, 1, 2, 2]


def test_noise_is_that_of_the_better_half():
    """Bad configs that scatter widely do not blur who is first."""
    lrs = np.repeat([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 2)
    good, bad = [1.0, 1.1, 2.0, 2.1, 3.0, 3.1], [50.0, 90.0, 60.0, 99.0, 70.0, 99.0]
    row = seeds.analyse(by_lr(lrs, good + bad)).of("task")
    assert row["noise"] == pytest.approx(0.1 / np.sqrt(2))
    assert row["rivals"] == 0


def test_rivals_are_counted_within_two_standard_errors():
    """A config as good as the best up to noise is a rival; a far one is not."""
    values = [0.0, 0.2, 0.1, 0.3, 9.0, 9.2]
    assert seeds.analyse(by_lr([0.1, 0.1, 0.2, 0.2, 0.3, 0.3], values)).of("task")["rivals"] == 1


def test_without_repeats_the_noise_is_unknown():
    """One run a config says nothing about luck."""
    row = seeds.analyse(by_lr([0.1, 0.2, 0.3], [1.0, 2.0, np.nan])).of("task")
    assert np.isnan(row["noise"])
    assert np.isnan(row["rivals"])


def test_noise_recovers_what_was_put_in():
    """A known standard deviation of 0.02 is found again."""
    history = make_history(tasks=2, configs=200, seeds=3, noise=0.02)
    assert seeds.analyse(history).tasks["noise"].tolist() == pytest.approx([0.02, 0.02], rel=0.1)


def test_budget_parts_sum_to_the_whole():
    """Every second is accounted for once, whatever ran."""
    result = budget.analyse(make_history(tasks=2))
    assert result.tasks[list(budget.PARTS)].sum(axis=1).tolist() == pytest.approx([1.0, 1.0])
    assert result.tasks["saved"].isna().all()


def test_budget_counts_seconds_then_steps_then_runs():
    """The unit is the finest one the logs know."""
    lrs, values = [0.1, 0.2, 0.3, 0.4], [1.0, 2.0, 3.0, np.nan]
    seconds = budget.analyse(by_lr(lrs, values, seconds=[1.0, 1.0, 1.0, 7.0])).tasks.iloc[0]
    assert (seconds["unit"], seconds["diverged or failed"]) == ("seconds", pytest.approx(0.7))
    steps = budget.analyse(by_lr(lrs, values, seconds=np.nan, steps=[10, 10, 10, 70])).tasks.iloc[0]
    assert (steps["unit"], steps["total"]) == ("steps", 100.0)
    runs = budget.analyse(by_lr(lrs, values, seconds=np.nan, steps=0)).tasks.iloc[0]
    assert (runs["unit"], runs["total"]) == ("runs", 4.0)


def test_the_median_rule_saves_and_is_charged():
    """Half the runs fall behind at a fifth of the way; an early loser that wins late is a loss."""
    history = make_history(tasks=1, configs=40, seeds=1, diverged=0.0)
    curves = make_curves(history)
    honest = budget.analyse(history, curves).tasks.iloc[0]
    assert 0.2 < honest["saved"] < 0.8
    assert honest["lost"] == 0
    winner = history.losses.idxmin()
    late = (curves["run"] == winner) & (curves["step"] < curves["step"].max())
    curves.loc[late, "value"] = 100.0
    assert budget.analyse(history, curves).tasks.iloc[0]["lost"] == 1
