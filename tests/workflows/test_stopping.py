"""From the store to learning curves, and a backtest of stopping rules on them."""

from dataclasses import replace

import numpy as np
import pandas as pd
from csv_runs import write_run

from logminer.curves.model import CurveModel
from logminer.curves.stopping_rule import DEFAULT
from logminer.store import open_store
from logminer.workflows.extrapolate import outlook
from logminer.workflows.history import mine_history
from logminer.workflows.ingest import ingest
from logminer.workflows.stopping import (
    backtest_stopping,
    choose_rule,
    past_curves,
    standard_rules,
    stopping_rule,
)


def test_curves_of_the_store_are_what_the_model_takes(demo):
    """One row a point of the objective, with direction, config, and hyperparameters."""
    mined = mine_history(demo)
    curves = past_curves(demo, mined)
    assert {"task", "run", "step", "value", "mode", "config", "finished", "learning_rate"} <= set(
        curves
    )
    assert set(curves["run"]) == set(mined.history.trials.index)
    assert set(curves["mode"]) == {"max"}
    last = curves.groupby("run")["value"].max()
    best = mined.history.trials["value"].dropna()
    assert np.allclose(last[best.index], best)
    few = curves[curves["run"].isin(mined.history.trials.index[:15])]
    assert len(CurveModel().fit(few).peers) == 15


def test_another_metric_can_be_asked_for(demo):
    """A loss instead of the objective, minimised."""
    mined = mine_history(demo)
    logged = set(demo.read.run_metrics()["metric"])
    loss = next(name for name in sorted(logged) if "loss" in name)
    task = mined.history.tasks[0]
    curves = past_curves(demo, mined, {task: loss})
    assert set(curves[curves["task"] == task]["mode"]) == {"min"}


def test_repeats_of_a_config_share_it(store, tmp_path):
    """Runs that differ in their seed alone are repeats; a parameter called step does not shadow the step."""
    for seed in range(3):
        rows = "".join(f"{k},{1 / (k + 1)}\n" for k in range(6))
        write_run(tmp_path / f"run{seed}", "step,val_loss\n" + rows, lr=0.1, seed=seed)
    ingest(store, [str(tmp_path)])
    curves = past_curves(store, mine_history(store))
    assert curves["config"].nunique() == 1
    assert curves["run"].nunique() == 3


def test_backtest_covers_every_task_and_rule(demo):
    """The user reads from it which threshold would have cost what."""
    mined = mine_history(demo)
    few = mined.history.trials.groupby("task").head(8)
    few = few[few["task"].isin(mined.history.tasks[:2])].index
    mined = replace(mined, history=mined.history.where(few))
    table = backtest_stopping(demo, mined)
    assert set(table["rule"]) == set(standard_rules())
    assert set(table["task"]) == set(mined.history.tasks)
    assert table["saved"].between(0, 1).all()
    assert table["regret"].between(0, 1).all()


def test_the_rule_that_a_backtest_chooses_is_used_by_every_look(demo_copy):
    """Until then the default holds; afterwards the choice, with what it would have saved and lost."""
    with open_store(demo_copy, write=True) as store:
        assert stopping_rule(store) is DEFAULT
        replayed = pd.DataFrame(
            {"rule": ["median from 20% of a run", "patience 10% of a run from 10% of a run"] * 2,
             "task": ["a", "a", "b", "b"], "repeat": 0, "runs": 9, "saved": [0.5, 0.6, 0.3, 0.5],
             "regret": [0.0, 0.05, 0.002, 0.0], "lost": [False, True, False, False]}
        )  # fmt: skip
        rule = choose_rule(store, replayed)
        assert (rule.kind, rule.least, rule.saved, rule.tasks) == ("median", 0.2, 0.4, 2)
        assert stopping_rule(store) == rule
        mined = mine_history(store)
        found = outlook(store, mined, mined.history.tasks[0])
        assert found.rule == rule
        assert "saved 40% of all steps" in found.rule.words
