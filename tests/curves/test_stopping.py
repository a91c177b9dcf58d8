"""Rules that stop runs, on hand-made standings and on replays whose outcome is known."""

import numpy as np
import pandas as pd
import pytest

from logminer.curves.replay import replay, summarise
from logminer.curves.stopping import (
    Standing,
    below_median,
    below_percentile,
    by_chance,
    halved,
    no_earlier_than,
    out_of_patience,
    outclassed,
    unlikely_best,
)  # fmt: skip

from .conftest import cut, make_curves


def standing(losses, shares=None, running=None, final=None, ask=None):
    losses = np.array(losses, dtype=float)
    n, k = losses.shape
    shares = np.linspace(0.1, 0.1 * k, k) if shares is None else np.array(shares)
    running = np.ones(n, bool) if running is None else np.array(running)
    final = np.full(n, np.nan) if final is None else np.array(final, dtype=float)
    return Standing(shares, losses, running, final, ask)


ALL = (
    by_chance,
    unlikely_best,
    outclassed,
    below_median,
    below_percentile,
    out_of_patience,
    halved,
)


@pytest.mark.parametrize("rule", ALL)
def test_every_rule_stops_what_has_diverged(rule):
    """A run at infinity is lost; one that leads is not stopped for that."""
    losses = np.array([[3, 1.0], [3, np.inf], [3, 2.0], [3, 2.5]])
    stop = rule(standing(losses, ask=None))
    assert stop[1]
    assert not stop[0]


def test_median_rule_compares_the_best_with_the_others_averages():
    """Averages 2.5, 3.5, 4.5: the last one's best is worse than their median."""
    stop = below_median(standing([[3, 2], [4, 3], [5, 4]]))
    assert stop.tolist() == [False, False, True]


def test_median_rule_lets_the_first_run_of_all_go_on():
    """There is nothing to compare with."""
    assert below_median(standing([[3.0, 9.0]])).tolist() == [False]


def test_percentile_keeps_the_best_share_of_all_that_were_here():
    """Stopped runs that had been here still count."""
    s = standing([[1], [2], [3], [4]], running=[False, True, True, True])
    assert below_percentile(s, 0.5).tolist() == [False, True, True]


def test_halving_cuts_at_rungs_only_and_keeps_a_third():
    """Nine runs leave three at a rung; between rungs nothing happens."""
    losses = np.arange(9.0)[:, None]
    assert halved(standing(losses, shares=[1 / 9])).sum() == 6
    assert not halved(standing(losses, shares=[0.2])).any()


def test_patience_runs_out_on_a_plateau():
    """A run that gained nothing over a fifth of its budget is stopped, one that still falls is not."""
    s = standing([[5, 3, 3, 3], [5, 4, 3, 2]])
    assert out_of_patience(s, share=0.2).tolist() == [True, False]
    assert out_of_patience(s, share=0.5).tolist() == [False, False]


def test_minimum_budget_spares_all_but_the_diverged():
    """Below it nothing is stopped for being bad."""
    s = standing([[5.0, 1.0], [5.0, 2.0], [5.0, 9.0], [5.0, np.inf]])
    assert no_earlier_than(below_percentile, 0.5)(s).tolist() == [False, False, False, True]
    assert no_earlier_than(below_percentile, 0.2)(s).tolist() == [False, False, True, True]


def test_chance_never_stops_the_leader_and_stops_the_hopeless(model):
    """With a forecast, a run far behind goes and the one ahead stays."""
    runs = make_curves("new", 6, 1)
    runs.loc[runs["run"] == "new-3", "value"] += 5.0
    part = cut(runs, 0.5)
    forecast = model.predict(part)
    s = standing(np.ones((6, 1)), ask=lambda: forecast)
    stop = by_chance(s, 0.05)
    assert stop[3]
    assert not stop[int(np.argmin(forecast.quantile(0.5)))]
    assert not by_chance(s, 0.0).any()


def test_chance_without_a_model_stops_nothing():
    """No forecast, no verdict."""
    assert not by_chance(standing([[1.0], [9.0]])).any()


@pytest.fixture(scope="module")
def logged():
    return pd.concat(
        [make_curves(f"t{k}", 12, k, scale=5.0**k) for k in range(4)], ignore_index=True
    )


def never(standing):
    return np.zeros(int(standing.running.sum()), dtype=bool)


def always(standing):
    return np.ones(int(standing.running.sum()), dtype=bool)


@pytest.mark.parametrize("together", [True, False])
def test_stopping_nothing_saves_and_loses_nothing(logged, together):
    """Running everything to the end is the zero of both scales."""
    table = replay(logged, {"never": never}, together=together)
    assert table["saved"].tolist() == pytest.approx([0] * 4)
    assert table["regret"].tolist() == [0] * 4
    assert not table["lost"].any()


def test_stopping_everything_at_once_saves_all_but_the_first_checkpoint(logged):
    """And loses the best run in every task, at a regret."""
    table = replay(logged, {"always": always}, checkpoints=(0.1, 0.5))
    assert table["saved"].tolist() == pytest.approx([0.9] * 4)
    assert table["lost"].all()
    assert (table["regret"] > 0).all()


def test_chance_saves_most_of_the_budget_at_little_regret(logged):
    """On curves like those of the past the model knows early who wins."""
    rules = {
        "chance": no_earlier_than(lambda s: by_chance(s, 0.1), 0.1), "median": below_median, "halving": halved,
    }  # fmt: skip
    table = summarise(replay(logged, rules, checkpoints=(1 / 27, 1 / 9, 1 / 3, 0.6))).set_index(
        "rule"
    )
    assert table.loc["chance", "saved"] > 0.4
    assert table.loc["chance", "regret"] < 0.05
    assert (table["tasks"] == 4).all()


def test_direction_and_unit_do_not_matter_to_a_replay(logged):
    """Flipped and scaled logs are stopped at the same places."""
    rules = {"median": below_median, "halving": halved}
    plain = replay(logged, rules, checkpoints=(1 / 27, 1 / 9, 1 / 3))
    flipped = replay(
        logged.assign(value=-4 * logged["value"]), rules, "max", checkpoints=(1 / 27, 1 / 9, 1 / 3)
    )
    pd.testing.assert_frame_equal(plain, flipped)


def test_no_runs_give_an_empty_table():
    """Nothing logged, nothing to replay."""
    none = make_curves("t", 1, 0).iloc[:0]
    assert replay(none, {"never": never}).empty


def test_the_set_that_is_kept_holds_the_best_run(model):
    """The likelier the best may be lost, the fewer runs go on; a hopeless one never does, the leader always."""
    runs = make_curves("new", 8, 1)
    runs.loc[runs["run"] == "new-3", "value"] += 5.0
    forecast = model.predict(cut(runs, 0.5))
    s = standing(np.ones((8, 1)), ask=lambda: forecast)
    kept = [~unlikely_best(s, p) for p in (0.01, 0.2, 0.6)]
    assert kept[0].sum() >= kept[1].sum() >= kept[2].sum() >= 1
    assert not kept[0][3]
    assert kept[2][int(np.argmin(forecast.quantile(0.5)))]


def test_one_run_against_a_finished_one_needs_a_chance_to_win(model):
    """Then keeping the best is beating the incumbent."""
    forecast = model.predict(cut(make_curves("new", 1, 1), 0.5))
    for bar in forecast.quantile(0.03)[0], forecast.quantile(0.4)[0]:
        s = standing(
            [[1.0], [1.0]], running=[True, False], final=[np.nan, bar], ask=lambda: forecast
        )
        assert unlikely_best(s, 0.1).tolist() == by_chance(s, 0.1).tolist()


def test_a_margin_makes_chance_stricter(model):
    """Having to win by much, fewer go on."""
    forecast = model.predict(cut(make_curves("new", 8, 2), 0.4))
    s = standing(np.linspace(1, 2, 8)[:, None] - [0.0, 0.5], ask=lambda: forecast)
    plain, strict = by_chance(s, 0.02), by_chance(s, 0.02, margin=0.2)
    assert (plain <= strict).all()
    assert strict.sum() > plain.sum()
    assert not strict.all()


def test_the_outclassed_are_those_that_forecast_and_rank_give_up(model):
    """More go than by the forecast at the same p, fewer than by the forecast at eta times p."""
    runs = make_curves("new", 12, 4)
    forecast = model.predict(cut(runs, 0.3))
    now = cut(runs, 0.3).groupby("run", sort=False)["value"].last().to_numpy()
    s = standing(np.where(np.isnan(now), np.inf, now)[:, None], ask=lambda: forecast)
    stop, careful, bold = outclassed(s, 0.1), unlikely_best(s, 0.1), unlikely_best(s, 0.3)
    assert (careful <= stop).all()
    assert (stop <= bold).all()
    ahead = ~below_percentile(s, 1 / 3)
    assert (stop[ahead] == careful[ahead]).all()
    assert (stop[~ahead] == bold[~ahead]).all()


def test_ranks_among_nobody_stop_nobody():
    """At a checkpoint where no run has been there is nothing to decide."""
    s = standing([[1.0, np.nan], [2.0, np.nan]], running=[False, False])
    assert below_percentile(s).tolist() == []


def test_repeats_draw_some_of_the_runs_anew(logged):
    """Each repeat replays as many runs, not the same ones, and every rule the same ones."""
    rules = {"patient": out_of_patience, "again": out_of_patience}
    table = replay(logged, rules, repeats=3, share=0.75)
    assert (table["runs"] == 9).all()
    assert set(table["repeat"]) == {0, 1, 2}
    half, again = (table[table["rule"] == name].drop(columns="rule") for name in rules)
    np.testing.assert_array_equal(half.to_numpy(), again.to_numpy())
    assert half.groupby("task")["saved"].nunique().max() > 1


def test_repeats_are_the_same_each_time(logged):
    """The draws come from the seed."""
    rules = {"half": no_earlier_than(below_percentile, 0.3)}
    first, second, other = (
        replay(logged, rules, checkpoints=(0.1, 0.5), repeats=2, together=False, seed=seed)
        for seed in (0, 0, 1)
    )
    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(other)


def test_a_task_counts_once_however_often_it_is_replayed(logged):
    """The summary is the mean over tasks of the means over repeats."""
    table = replay(logged, {"half": below_percentile}, checkpoints=(0.1, 0.5), repeats=2)
    found = summarise(table).iloc[0]
    assert found["tasks"] == 4
    assert found["saved"] == pytest.approx(table.groupby("task")["saved"].mean().mean())


def test_forecasts_in_a_replay_see_no_further_than_the_runs_came(logged):
    """What runs did after the checkpoint changes no decision there."""
    seen = []

    def spy(s):
        seen.append(s.forecast.losses.copy())
        return np.ones(len(s.now), bool)

    later = logged.copy()
    fate = later["step"] > 0.25 * 400
    later.loc[fate, "value"] = later.loc[fate, "value"] * 0.5
    others = logged["task"] != "t0"
    changed = pd.concat([logged[others], later[~others]]).sort_index()
    for frame in (logged, changed):
        replay(frame, {"spy": spy}, checkpoints=(0.2,))
    half = len(seen) // 2
    assert half == 4
    np.testing.assert_allclose(seen[0], seen[half])
