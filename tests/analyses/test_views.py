"""What is shown of much: curves, lines of configs, the zoomed space."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from factories import SPACE, history_of, make_curves, make_history

from logminer.analyses import curves_view, parallel, zoom
from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.space import Space


def cut_short(history, curves, runs):
    """The same history and curves, but some runs ended at step 100 and nothing says they finished."""
    hit = history.trials.index.isin(runs)
    steps, status = np.where(hit, 100, 500), np.where(hit, "unknown", "finished")
    trials = history.trials.assign(steps=steps, status=status)
    kept = curves[~curves["run"].isin(runs) | (curves["step"] <= 100)]
    return replace(history, trials=trials), kept


def test_curves_of_the_best_the_median_and_the_stopped():
    """Each role is filled, and diverged runs count as stopped."""
    history = make_history(tasks=2, configs=40)
    view = curves_view.analyse(history, make_curves(history), "task_1")
    best = history.of("task_1").losses.nsmallest(5).index.tolist()
    assert view.runs.loc[view.runs["role"] == "best", "run"].tolist() == best
    assert (view.runs["role"] == "median").sum() == 1
    diverged = view.runs[view.runs["value"].isna()]
    assert set(diverged["role"]) == {"stopped"}
    assert view.objective.metric == "val/accuracy"
    assert set(view.points["run"]) == set(view.runs["run"])


def test_curves_left_out_are_counted():
    """The cap is known to whoever draws."""
    history = make_history(tasks=1, configs=200, seeds=1)
    view = curves_view.analyse(history, make_curves(history, points=5), "task_0", others=10)
    assert view.total == 200
    assert len(view.runs) <= 5 + 1 + 10 + 10


def test_short_runs_count_as_stopped():
    """A run that ends long before the others was stopped by somebody."""
    history = make_history(tasks=1, configs=20, seeds=1, diverged=0.0)
    curves = make_curves(history)
    short = history.losses.idxmax()
    history, curves = cut_short(history, curves, [short])
    view = curves_view.analyse(history, curves, "task_0")
    assert view.runs.loc[view.runs["run"] == short, "role"].tolist() == ["stopped"]


def test_thinning_keeps_spikes_and_ends():
    """Of 10,000 points few remain, the highest, the first and the last among them."""
    history = make_history(tasks=1, configs=10, seeds=1, diverged=0.0)
    curves = make_curves(history, points=10_000)
    spike = curves.index[(curves["run"] == 3) & (curves["step"] == 50_000)]
    curves.loc[spike, "value"] = 77.0
    view = curves_view.analyse(history, curves, "task_0")
    curve = view.points[view.points["run"] == 3]
    assert view.thinned
    assert len(curve) <= 160
    assert curve["value"].max() == 77.0
    assert curve["step"].iloc[[0, -1]].tolist() == [10, 100_000]


def test_a_task_without_curves_has_an_empty_view():
    """Runs without the metric are not an error."""
    history = make_history(tasks=1, configs=5)
    none = pd.DataFrame({"run": [], "metric": [], "step": [], "wall": [], "value": []})
    view = curves_view.analyse(history, none, "task_0")
    assert view.total == 0
    assert view.to_frame().empty


def test_parallel_keeps_the_best_and_says_the_total():
    """The cap never hides a winner."""
    history = make_history(tasks=2, configs=100, seeds=2)
    result = parallel.analyse(history, most=30)
    assert len(result.lines) == 30
    assert result.total == 100
    assert result.lines["rank"].is_monotonic_decreasing
    whole = parallel.analyse(history, most=1000)
    assert len(whole.lines) == 100
    assert set(whole.lines["tasks"]) == {2}
    assert result.lines["rank"].tolist()[-10:] == whole.lines["rank"].tolist()[-10:]


def test_parallel_positions_are_those_of_the_space():
    """Lines run through the unit coordinates; what does not apply is NaN."""
    configs = SPACE.sample(10, np.random.default_rng(0))
    result = parallel.analyse(history_of(configs, range(10)), ["beta2", "dropout"])
    unit = SPACE.to_unit(configs[::-1])
    assert result.unit == pytest.approx(unit[:, [5, 3]], nan_ok=True)


def test_a_parameter_named_like_a_fact_is_no_obstacle():
    """A hyperparameter may be called rank, task, name or config."""
    space = Space({name: Float(0.0, 1.0) for name in ("rank", "task", "name", "unit", "config")})
    configs = space.sample(12, np.random.default_rng(0))
    history = history_of(configs, range(12), space)
    assert "config.rank" in parallel.analyse(history).to_frame().columns
    assert zoom.analyse(history).rows["parameter"].tolist() == space.names


def test_zoom_measures_what_is_left():
    """A decade of five is a fifth; one choice of two is a half."""
    whole = Space(
        {"lr": Float(1e-5, 1.0, log=True), "act": Categorical(("a", "b")), "n": Integer(1, 10)}
    )
    near = whole.with_parameters({"lr": Float(1e-3, 1e-2, log=True), "act": Categorical(("b",))})
    configs = whole.sample(20, np.random.default_rng(0))
    result = zoom.analyse(history_of(configs, range(20), whole), near)
    rows = result.rows.set_index("parameter")
    assert rows.loc["lr", ["low", "high", "kept"]].tolist() == pytest.approx([0.4, 0.6, 0.2])
    assert rows.loc["act", "kept"] == 0.5
    assert rows.loc["n", "kept"] == 1.0
    assert result.volume == pytest.approx(0.1)
    assert len(result.winners) == 3 * 3


def test_without_a_zoom_everything_is_left():
    """The whole space is its own zoom."""
    assert zoom.analyse(make_history(tasks=1)).volume == 1.0


def test_fans_start_where_stopped_runs_ended():
    """Forecasts of the most promising stopped runs go on from the last point seen."""
    history = make_history(tasks=1, configs=20, seeds=1, diverged=0.0)
    curves = make_curves(history)
    stopped = history.losses.nlargest(6).index
    history, curves = cut_short(history, curves, stopped)
    target = {run: 0.1 * place for place, run in enumerate(stopped)}
    forecasts = pd.DataFrame(
        [
            {"run": run, "seen": 100.0, "last": 2.0, "target": step, "median": m, "low": m - 1, "high": m + 1}
            for run, m in target.items()
            for step in (300.0, 500.0)
        ]
    )  # fmt: skip
    view = curves_view.analyse(history, curves, "task_0", forecasts=forecasts, others=1)
    assert view.fans["run"].nunique() == 3
    assert set(view.fans["run"]) == set(stopped[:3])
    assert set(view.fans["run"]) <= set(view.runs["run"])
    first = view.fans[view.fans["run"] == stopped[0]]
    assert first["step"].tolist() == [100.0, 300.0, 500.0]
    assert first["low"].tolist() == [2.0, -1.0, -1.0]
