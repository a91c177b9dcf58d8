"""The model on made-up curves: what it knows, what it says of what it does not know."""

import numpy as np
import pandas as pd
import pytest

from logminer.core.errors import UsageError
from logminer.curves.calibration import LEVELS, Calibration
from logminer.curves.model import CurveModel, steady
from logminer.curves.prefixes import Prefixes
from logminer.curves.tidy import tidy

from .conftest import cut, finals, make_curves


@pytest.fixture(scope="module")
def fresh():
    """A task the model has not seen."""
    return make_curves("new", 30, 99, scale=3.0, floor=0.25)


def error(forecast, truth):
    keep = truth.notna().to_numpy()
    return np.abs(forecast.quantile(0.5) - truth.to_numpy())[keep].mean()


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


@pytest.mark.parametrize("factor", [2.0**10, 2.0**-30])
def test_a_change_of_unit_changes_the_unit_of_the_answer_only(past, fresh, factor):
    """Scaling every value, past and present, scales every prediction."""
    part = cut(fresh, 0.3)
    plain = CurveModel().fit(past).predict(part)
    scaled = (
        CurveModel()
        .fit(past.assign(value=past["value"] * factor))
        .predict(part.assign(value=part["value"] * factor))
    )
    np.testing.assert_allclose(scaled.losses, plain.losses * factor, rtol=1e-9)


@pytest.mark.parametrize("factor", [1000.0, 1e-6])
def test_a_new_task_may_have_any_unit(model, fresh, factor):
    """The past has its units, the running runs theirs."""
    part = cut(fresh, 0.3)
    plain = model.predict(part)
    scaled = model.predict(part.assign(value=part["value"] * factor))
    np.testing.assert_allclose(scaled.quantile(0.5), plain.quantile(0.5) * factor, rtol=1e-3)


def test_flipping_a_metric_flips_the_answer(past, fresh):
    """A loss to be lowered and its negative to be raised are one and the same."""
    part = cut(fresh, 0.3)
    plain = CurveModel().fit(past, "min").predict(part)
    flipped = (
        CurveModel()
        .fit(past.assign(value=-past["value"]), "max")
        .predict(part.assign(value=-part["value"]), mode="max")
    )
    np.testing.assert_array_equal(flipped.losses, plain.losses)
    np.testing.assert_allclose(flipped.mean, -plain.mean)
    np.testing.assert_allclose(flipped.quantile(0.9), -plain.quantile(0.1))
    np.testing.assert_allclose(flipped.prob_better(-0.9), plain.prob_better(0.9))


def test_the_same_past_gives_the_same_model(past, model):
    """Fitting twice gives equal bytes."""
    again = CurveModel().fit(past.drop(columns="rate"))
    assert again.to_bytes() == model.to_bytes()


def test_a_model_survives_its_bytes(model, fresh):
    """Packed and unpacked it answers as before, and packs to the same bytes."""
    part = cut(fresh, 0.3)
    data = model.to_bytes()
    back = CurveModel.from_bytes(data)
    np.testing.assert_allclose(back.predict(part).losses, model.predict(part).losses, rtol=1e-5)
    assert back.to_bytes() == data
    assert len(data) < 10e6


def test_hyperparameters_survive_the_bytes(past):
    """Peers keep what they were trained with."""
    model = CurveModel().fit(past.assign(optimizer="adam", nesterov=True, decay=None))
    back = CurveModel.from_bytes(model.to_bytes())
    assert back.peers.params["nesterov"].tolist() == [True] * len(back.peers.run)
    assert back.peers.params["rate"].tolist() == pytest.approx(model.peers.params["rate"].tolist())


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 nonsense", b"\x80\x04\x95"])
def test_other_bytes_are_refused(data):
    """Nothing is executed and the error says what is wrong."""
    with pytest.raises(UsageError, match="not a curve model"):
        CurveModel.from_bytes(data)


@pytest.mark.parametrize("model", [CurveModel(), CurveModel().fit(make_curves("t", 3, 0))])
def test_without_a_past_it_answers_from_laws_and_says_so(model, fresh):
    """An empty or tiny past still gives finite answers with wide intervals."""
    whole = fresh[fresh["rate"].notna()]
    part = cut(whole, 0.4)
    forecast = model.predict(part)
    alive = ~forecast.runs["diverged"].to_numpy()
    assert set(forecast.runs["basis"]) == {"laws"}
    assert forecast.runs["unlike"].all()
    assert np.isfinite(forecast.losses).all()
    low, high = forecast.interval(0.8)
    truth = finals(whole).to_numpy()
    assert np.nanmean(((low <= truth) & (truth <= high))[alive & np.isfinite(truth)]) > 0.7


def test_a_short_past_is_heard_beside_the_laws(past, fresh):
    """Thirty curves are too few to trust alone."""
    model = CurveModel().fit(past[past["task"].isin(["t0", "t1"])])
    assert set(model.predict(cut(fresh, 0.4)).runs["basis"]) == {"both"}


def test_nothing_to_fit_and_nothing_to_predict():
    """Empty frames give an empty forecast."""
    none = make_curves("t", 1, 0).iloc[:0]
    assert len(CurveModel().fit(none).predict(none)) == 0
    assert CurveModel().fit(none).predict(none).mean.shape == (0,)


def test_a_diverged_run_is_lost(model, fresh):
    """It is no better than at its start, for certain, and never beats anything."""
    part = cut(fresh, 0.7)
    forecast = model.predict(part)
    lost = forecast.runs["diverged"].to_numpy()
    assert lost.sum() == 3
    first = part.groupby("run", sort=False)["value"].first().to_numpy()
    assert (forecast.mean[lost] >= first[lost]).all()
    assert (forecast.std[lost] == 0).all()
    assert (forecast.prob_better(1e9)[lost] == 0).all()


def test_a_run_of_nothing_but_nan_has_no_value(model):
    """It is reported as diverged, with NaN for a prediction."""
    nan = pd.DataFrame({"task": "new", "run": "x", "step": [1, 2, 3], "value": np.nan})
    forecast = model.predict(nan)
    assert forecast.runs["diverged"].tolist() == [True]
    assert np.isnan(forecast.mean).all()
    assert forecast.prob_better(1.0).tolist() == [0.0]


def test_a_blow_up_to_1e18_harms_nobody_else(model, fresh):
    """One exploding peer leaves the other forecasts where they were."""
    part = cut(fresh.drop(columns="rate"), 0.4)
    calm = model.predict(part)
    wild = part.copy()
    rows = wild["run"] == "new-0"
    wild.loc[rows, "value"] = np.where(np.arange(rows.sum()) > 3, 1e18, wild.loc[rows, "value"])
    stormy = model.predict(wild)
    others = (calm.runs["run"] != "new-0").to_numpy() & ~calm.runs["diverged"].to_numpy()
    shift = np.abs(stormy.mean - calm.mean)[others]
    assert shift.max() < 0.3
    assert np.isfinite(stormy.losses).all()
    assert stormy.mean[0] > calm.mean[0]


def test_other_evaluation_grids_give_like_answers(model, fresh):
    """A run logged four times as seldom, or at odd steps, is predicted alike."""
    part = cut(fresh.drop(columns="rate"), 0.8)
    dense = model.predict(part)
    thin = part[part.groupby("run").cumcount() % 3 == 1]
    thin = pd.concat([thin, part.groupby("run").tail(1)]).drop_duplicates().sort_index()
    sparse = model.predict(thin)
    alive = ~dense.runs["diverged"].to_numpy()
    assert np.abs(sparse.mean - dense.mean)[alive].max() < 0.25
    assert np.abs(sparse.mean - dense.mean)[alive].mean() < 0.1


def test_minibatch_losses_are_predicted_at_their_level(model):
    """Forty thousand noisy points are no harder than forty."""
    steps = np.arange(1, 40_001)
    rng = np.random.default_rng(0)
    value = 0.3 + (1 + steps / 1000) ** -0.5 * 0.5 + rng.normal(0, 0.2, len(steps))
    part = pd.DataFrame({"task": "x", "run": "r", "step": steps, "value": value, "horizon": 80_000})
    forecast = model.predict(part)
    assert forecast.quantile(0.5)[0] == pytest.approx(0.3 + 81**-0.5 * 0.5, abs=0.05)


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


def test_censored_runs_teach_the_way_but_not_the_end(past):
    """Runs stopped early by somebody do not make the model expect early ends."""
    rng = np.random.default_rng(0)
    stopped = past["run"].isin(rng.choice(past["run"].unique(), 30, replace=False))
    censored = past[~stopped | (past["step"] <= 100)].assign(finished=~stopped)
    model = CurveModel().fit(censored)
    assert set(model.ends.values()) == {400}
    new = make_curves("new", 8, 5)
    forecast = model.predict(cut(new, 0.3))
    last = finals(cut(new, 0.3)).to_numpy()
    assert error(forecast, finals(new)) < 0.6 * np.abs(last - finals(new).to_numpy()).mean()


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


def test_peers_of_the_same_config_do_not_vouch_for_each_other(model):
    """Repeats under other seeds are no evidence: with or without them the answer is the same."""
    whole = make_curves("new", 2, 3).drop(columns="rate").assign(config="c")
    both = pd.concat([cut(whole[whole["run"] == "new-0"], 0.3), whole[whole["run"] == "new-1"]])
    single = model.predict(cut(whole[whole["run"] == "new-0"], 0.3))
    np.testing.assert_allclose(model.predict(both).losses[0], single.losses[0])


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


def test_a_run_that_repeats_its_value_exactly_is_expected_to_stay(model):
    """A dead network gives one accuracy to the last digit; its place among others is kept."""
    steps = 10 * np.arange(1, 13)
    stuck = np.where(np.arange(12) < 3, 2.3, 2.302585)
    part = pd.DataFrame({"task": "x", "run": "r", "step": steps, "value": stuck, "horizon": 400})
    assert model.predict(part).quantile(0.5)[0] == 2.302585


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


def test_the_first_value_is_not_zero_time():
    """Time counts from step 0: a curve first logged at 40 is described at its own steps, flat before."""
    late = pd.DataFrame({
        "task": "t", "run": "r", "step": np.arange(40, 201, 10), "value": np.linspace(5, 1, 17),
    })  # fmt: skip
    prefixes = Prefixes(tidy(late))
    only = np.array([0, 0, 0])
    assert prefixes.at(only, np.array([0.0, 40.0, 200.0])).tolist() == [5, 5, 1]
    assert prefixes.area(only, np.array([20.0, 40.0, 200.0])).tolist() == [100, 200, 200 + 160 * 3]


@pytest.mark.parametrize("factor", [1024, 1 / 32])
def test_steps_may_be_counted_in_anything(past, fresh, factor):
    """Epochs or samples: the answer is the same."""
    part = cut(fresh, 0.4)
    plain = CurveModel().fit(past).predict(part)
    other = (
        CurveModel()
        .fit(past.assign(step=past["step"] * factor))
        .predict(part.assign(step=part["step"] * factor, horizon=part["horizon"] * factor))
    )
    np.testing.assert_allclose(other.losses, plain.losses, rtol=1e-6)


def test_an_offset_of_the_metric_moves_the_answer_beside_peers(model, fresh):
    """A log-likelihood may lie anywhere: beside others what counts is what there is to gain."""
    part = cut(fresh.drop(columns="rate"), 0.4)
    plain = model.predict(part)
    moved = model.predict(part.assign(value=part["value"] + 2.0))
    shift = np.abs(moved.quantile(0.5) - 2.0 - plain.quantile(0.5))
    assert np.median(shift) < 0.05 * np.ptp(part["value"].dropna())


def test_the_order_of_runs_does_not_matter(model, fresh):
    """Each run gets its own answer, wherever it stands in the frame."""
    part = cut(fresh, 0.4)
    plain = model.predict(part)
    runs = part["run"].unique()[::-1]
    turned = pd.concat([part[part["run"] == run] for run in runs])
    found = model.predict(turned)
    assert found.runs["run"].tolist() == plain.runs["run"].tolist()[::-1]
    np.testing.assert_allclose(found.losses[::-1], plain.losses, rtol=1e-6)


def test_a_restarted_run_is_predicted_like_one_that_never_stopped(model, fresh):
    """What the abandoned attempt logged beyond the restart does not count."""
    part = cut(fresh[fresh["run"] == "new-0"].drop(columns="rate"), 0.5)
    abandoned = part[part["step"].between(110, 150)].assign(value=9.0)
    log = pd.concat([part[part["step"] <= 100], abandoned, part[part["step"] > 100]])
    plain, again = model.predict(part), model.predict(log)
    assert again.quantile(0.5)[0] == pytest.approx(plain.quantile(0.5)[0], abs=0.1)


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
