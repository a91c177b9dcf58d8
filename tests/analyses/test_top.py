"""Who won: averages over seeds, ties, failures, tasks of different size."""

import numpy as np
import pytest
from factories import history_of, make_history

from logminer.analyses import top
from logminer.core.parameters import Float
from logminer.core.space import Space

SPACE = Space({"lr": Float(0.0, 1.0)})


def by_lr(lrs, values, **columns):
    return history_of([{"lr": lr} for lr in lrs], values, SPACE, **columns)


def test_repeats_are_averaged():
    """One lucky seed does not beat two good ones."""
    result = top.analyse(by_lr([0.1, 0.1, 0.2, 0.2], [0.0, 1.0, 0.4, 0.3]))
    first = result.to_frame().iloc[0]
    assert first["lr"] == 0.2
    assert first["mean"] == pytest.approx(0.35)
    assert first["std"] == pytest.approx(np.std([0.4, 0.3], ddof=1))
    assert first["runs"] == 2


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("mode", ["min", "max"])
def test_diverged_configs_are_last(bad, mode):
    """Neither NaN nor an infinity of either sign wins, whichever way the metric goes."""
    result = top.analyse(by_lr([0.1, 0.2, 0.3], [bad, 1.0, 2.0], mode=mode))
    assert result.to_frame()["lr"].tolist()[-1] == 0.1
    assert result.per_task["failed"].tolist() == [0, 0, 1]


def test_one_diverged_repeat_keeps_a_config_from_the_first_place():
    """A config that diverged once ranks behind one that never did."""
    result = top.analyse(by_lr([0.1, 0.1, 0.2], [0.0, np.nan, 5.0]))
    assert result.to_frame()["lr"].tolist() == [0.2, 0.1]
    assert result.per_task["mean"].tolist() == [5.0, 0.0]


def test_ties_share_a_place():
    """Equal results share the better place and the next place is skipped."""
    result = top.analyse(by_lr([0.1, 0.2, 0.3], [1.0, 1.0, 2.0]))
    assert result.per_task["place"].tolist() == [1, 1, 3]


def test_the_named_run_is_the_best_of_its_config():
    """Each config points to the run one would look at first."""
    result = top.analyse(by_lr([0.1, 0.1], [2.0, 1.0]))
    assert result.per_task["name"].tolist() == ["run_1"]


def test_one_win_in_one_task_does_not_outrank_doing_well_in_all():
    """Tasks a config was not run in count as average, not as won."""
    lrs = [0.1] + [0.2, 0.3, 0.4, 0.5] * 3
    tasks = ["a"] + ["a"] * 4 + ["b"] * 4 + ["c"] * 4
    values = [0.0] + [1.0, 2.0, 3.0, 4.0] * 3
    result = top.analyse(by_lr(lrs, values, tasks=tasks))
    overall = result.to_frame(overall=True).set_index("lr")
    assert overall.index[0] == 0.2
    assert overall.loc[0.1, "score"] == pytest.approx((0.0 + 0.5 + 0.5) / 3)
    assert overall.loc[0.1, "mean_rank"] == 0.0
    assert overall.loc[0.1, "tasks"] == 1


def test_places_follow_the_ranks_of_the_history():
    """The order within each task is the one every other analysis uses."""
    history = make_history(tasks=2, configs=30)
    result = top.analyse(history)
    for task in history.tasks:
        table = result.of(task)
        assert table["rank"].is_monotonic_increasing
        assert table["place"].iloc[0] == 1
        assert len(result.of(task, 5)) == 5
