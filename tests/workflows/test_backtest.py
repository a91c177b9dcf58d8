"""The backtest tells a past that helps from one that does not."""

from itertools import combinations, permutations

import numpy as np
import pytest
from factories import history_of, make_history
from threadpoolctl import threadpool_info

from logminer.core.errors import NothingFoundError
from logminer.workflows._replay import Expected, Logged
from logminer.workflows.backtest import (
    COLD,
    RANDOM,
    backtest,
    expected_regret,
    expected_trials,
)


def test_the_expectation_of_random_order_is_exact():
    """It agrees with counting all subsets."""
    regrets = np.array([0.0, 0.2, 0.2, 0.7, 1.0])
    for n in range(1, 6):
        best = [min(subset) for subset in combinations(regrets, n)]
        assert expected_regret(regrets, n)[-1] == pytest.approx(np.mean(best))
    first = [1 + np.flatnonzero(np.array(order) <= 0.2)[0] for order in permutations(regrets)]
    assert expected_trials(regrets, 0.2, 5) == pytest.approx(np.mean(first))
    assert expected_trials(regrets, 0.0, 2) == pytest.approx((1 + 2 + 3 * 3) / 5)


def test_alike_tasks_help_and_are_said_to():
    """The past saves trials, and the interval says so."""
    found = backtest(make_history(tasks=4, configs=25, seeds=1), n_trials=8, seeds=1)
    assert found.verdict == "helps"
    assert found.trust > 0
    assert found.interval[0] <= found.saved <= found.interval[1]
    assert found.saved > 2
    rows = found.summary.set_index("strategy")
    assert rows.loc[found.best, "regret@1"] < rows.loc[RANDOM, "regret@1"]
    assert set(rows.index) == {"auto", "random", COLD, RANDOM}
    assert found.curves["regret"].between(0, 1).all()


def test_a_surrogate_agrees_with_the_logs_and_promises_nothing_better():
    """At logged configs it answers as logged, elsewhere with something in between."""
    space = make_history().space
    configs = space.sample(30, np.random.default_rng(0))
    losses = np.random.default_rng(1).lognormal(0.0, 3.0, 30)
    answer = Expected(Logged("t", space, configs, losses))
    told = np.array([answer(config)[1] for config in configs])
    assert np.allclose(told, losses)
    elsewhere = [answer(config)[1] for config in space.sample(50, np.random.default_rng(2))]
    assert losses.min() <= min(elsewhere) < max(elsewhere) <= losses.max()
    assert len(set(elsewhere) - set(told)) > 10
    drawn = answer.at_random()
    assert len(drawn) == 1000
    assert np.median(drawn) == pytest.approx(
        np.median(answer.logged.regret(np.array(elsewhere))), abs=0.2
    )


def test_a_replay_tells_how_far_it_is():
    """Before each search: how many are done, of how many, and on which task; the answer is the same."""
    history = make_history(tasks=2, configs=12, seeds=1)
    said = []
    found = backtest(history, ("random",), 3, 2, told=lambda *where: said.append(where))
    assert said == [(i, 8, history.tasks[i // 4]) for i in range(8)]
    assert found.summary.equals(backtest(history, ("random",), 3, 2).summary)


def test_a_replay_uses_one_thread_for_its_small_matrices():
    """Several threads would only wait for one another; what was allowed before is allowed again after."""
    before = [pool["num_threads"] for pool in threadpool_info()]
    during = []
    backtest(
        make_history(tasks=2, configs=8, seeds=1), ("random",), 2, 1,
        told=lambda *_: during.extend(pool["num_threads"] for pool in threadpool_info()),
    )  # fmt: skip
    assert set(during) == {1}
    assert [pool["num_threads"] for pool in threadpool_info()] == before


def test_a_replay_on_surrogates_tells_alike_tasks_too():
    """Suggestions are answered as they are, and the past still saves trials."""
    found = backtest(
        make_history(tasks=4, configs=25, seeds=1), n_trials=8, seeds=1, surrogate=True
    )
    assert found.verdict == "helps"
    assert found.saved > 2


def test_tasks_that_contradict_one_another_are_not_said_to_help():
    """Values without a pattern give no trust."""
    rng = np.random.default_rng(0)
    history = make_history(tasks=4, configs=20, seeds=1, diverged=0.0)
    trials = history.trials.assign(value=rng.random(len(history)))
    noise = type(history)(trials, history.configs, history.space, history.objectives)
    found = backtest(noise, strategies=("auto",), n_trials=6, seeds=1)
    assert found.verdict != "helps"
    assert found.trust <= 0


def test_tasks_that_cannot_be_replayed_are_named():
    """Too few configs, or no difference between them, is said; with fewer than two tasks left there is no answer."""
    configs = [{"learning_rate": 10.0 ** -(1 + k / 5)} for k in range(8)]
    tasks = ["flat"] * 8 + ["short"] * 3 + ["good"] * 8
    values = [1.0] * 8 + [0.1, 0.2, 0.3] + list(np.linspace(0, 1, 8))
    history = history_of(configs + configs[:3] + configs, values, tasks=tasks)
    with pytest.raises(NothingFoundError, match="found 1"):
        backtest(history)
    both = history_of(
        configs + configs[:3] + configs, [*np.linspace(1, 0, 8), *values[8:]], tasks=tasks
    )
    found = backtest(both, strategies=("random",), n_trials=3, seeds=1)
    assert found.skipped == {"short": "only 3 distinct configs with a value"}
