"""The history: losses, repeated configs and ranks within tasks."""

import numpy as np
import pandas as pd
import pytest

from logminer.core.history import History
from logminer.core.objective import Objective
from logminer.core.parameters import Categorical, Float
from logminer.core.space import Space

SPACE = Space(
    {
        "lr": Float(1e-4, 1.0, log=True),
        "optimizer": Categorical(("sgd", "adam")),
        "momentum": Float(0, 1, when={"optimizer": ("sgd",)}),
    }
)


def history(rows, objectives=None, steps=100):
    """A history of (task, config, value) rows, with run ids 10, 11, …"""
    index = range(10, 10 + len(rows))
    trials = pd.DataFrame(
        {"name": [f"run {i}" for i in index], "task": [r[0] for r in rows], "value": [r[2] for r in rows]},
        index=index,
    ).astype({"value": float}).assign(steps=steps, status="unknown")  # fmt: skip
    configs = pd.DataFrame([r[1] for r in rows], index=index, columns=SPACE.names, dtype=object)
    modes = objectives or {row[0]: "min" for row in rows}
    return History(trials, configs, SPACE, {task: Objective("m", m) for task, m in modes.items()})


def adam(lr):
    return {"lr": lr, "optimizer": "adam"}


def test_losses_turn_maximised_metrics_around():
    """Lower is better on every task, and what is not finite is no loss at all."""
    rows = [("up", adam(0.1), 0.9), ("down", adam(0.1), 0.9), ("up", adam(0.2), np.inf)]
    losses = history(rows, {"up": "max", "down": "min"}).losses
    assert losses.tolist()[:2] == [-0.9, 0.9]
    assert np.isnan(losses.iloc[2])


def test_configs_leave_out_what_is_unset():
    """None and NaN both mean that a run has no such hyperparameter."""
    past = history(
        [("t", adam(0.1), 1), ("t", {"lr": 0.1, "optimizer": "sgd", "momentum": np.nan}, 1)]
    )
    assert past.config_dicts() == [adam(0.1), {"lr": 0.1, "optimizer": "sgd"}]


def test_repeats_share_a_config():
    """Other seeds of a config are told from other configs, across tasks."""
    past = history([("t", adam(0.1), 1), ("t", adam(0.2), 1), ("u", adam(0.1), 1)])
    assert past.config_ids.tolist() == [0, 1, 0]
    assert past.config_ids.index.tolist() == [10, 11, 12]


def test_runs_that_tell_no_hyperparameter_are_no_repeats():
    """Where nothing was recorded nothing says that two runs are one config: none is averaged with another."""
    past = history([("t", {}, 1), ("t", {}, 3), ("t", adam(0.1), 2), ("t", {}, 4)])
    past.trials["recorded"] = [False, False, True, False]
    assert past.config_ids.nunique() == 4
    assert past.ranks.tolist() == pytest.approx([0, 2 / 3, 1 / 3, 1])
    past = history([("t", {}, 1), ("t", {}, 3)])  # all was recorded, and nothing of it varies
    assert past.config_ids.nunique() == 1


def test_configs_of_one_shape_are_told_apart():
    """Two runs with equally many hyperparameters stay two configs."""
    assert history([("t", adam(0.1), 1), ("t", adam(0.3), 1)]).config_ids.nunique() == 2


def test_ranks_go_from_best_to_worst_in_each_task():
    """Ranks are 0 for the best and 1 for the worst of each task, whatever its direction and scale."""
    rows = [("a", adam(lr), lr) for lr in (0.1, 0.2, 0.3)]
    rows += [("b", adam(lr), 100 * lr) for lr in (0.1, 0.2, 0.3)]
    ranks = history(rows, {"a": "min", "b": "max"}).ranks
    assert ranks.tolist() == [0, 0.5, 1, 1, 0.5, 0]


def test_repeats_are_averaged_before_ranking():
    """One lucky seed does not make a config the best: its mean counts, for all of its runs."""
    rows = [
        ("t", adam(0.1), 0.0),
        ("t", adam(0.1), 10.0),
        ("t", adam(0.2), 4.0),
        ("t", adam(0.3), 9.0),
    ]
    assert history(rows).ranks.tolist() == [0.5, 0.5, 0, 1]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("mode", ["min", "max"])
def test_diverged_runs_rank_last(bad, mode):
    """What is not finite is worst, also where it compares as smallest or greatest."""
    rows = [("t", adam(0.1), bad), ("t", adam(0.2), 5.0), ("t", adam(0.3), bad)]
    assert history(rows, {"t": mode}).ranks.tolist() == [1, 0, 1]


def test_a_task_of_diverged_runs_has_no_best():
    """Where every run diverged none ranks first, not even a lone one."""
    assert history([("t", adam(0.1), np.nan)]).ranks.tolist() == [1]
    assert history([("t", adam(0.1), 3.0)]).ranks.tolist() == [0]


def test_tasks_are_split_and_left_out():
    """A task and all the others are the whole; ids stay with their runs."""
    past = history([("b", adam(0.1), 1), ("a", adam(0.2), 2), ("b", adam(0.3), 3)])
    assert past.tasks == ["a", "b"]
    assert past.of("b").trials.index.tolist() == [10, 12]
    assert past.without("b").trials.index.tolist() == [11]
    assert past.where([12]).config_dicts() == [adam(0.3)]
    assert len(past.where(past.trials["value"] > 1)) == 2


def test_an_empty_history_answers():
    """With no runs there are no tasks, losses, configs or ranks, and no error."""
    past = history([("t", adam(0.1), 1)]).without("t")
    assert len(past) == 0
    assert past.tasks == []
    assert past.config_dicts() == []
    assert past.losses.empty
    assert past.ranks.empty


def test_a_repeat_that_was_cut_short_does_not_count_beside_a_whole_one():
    """A run stopped after a third of its task's usual steps neither helps nor harms its config's rank."""
    rows = [
        ("t", adam(0.1), 0.1),
        ("t", adam(0.1), 0.9),
        ("t", adam(0.2), 0.2),
        ("t", adam(0.3), 0.3),
    ]
    past = history(rows, steps=[100, 30, 100, 30])
    assert past.unfinished.tolist() == [False, True, False, True]
    assert past.representative.tolist() == [True, False, True, True]
    assert past.ranks.tolist() == [0.0, 0.0, 0.5, 1.0]


def test_other_variants_of_a_config_are_no_repeats():
    """Of equal searched settings, what was changed may stand in words, or be a budget."""
    own = history([("t", adam(0.1), 1.0), ("t", adam(0.1), 2.0), ("t", adam(0.1), 3.0)])
    told = own.trials.assign(variant=["wider layers", "cosine decay", "wider layers"])
    described = History(told, own.configs, own.space, own.objectives)
    assert own.config_ids.tolist() == [0, 0, 0]
    assert described.config_ids.tolist() == [0, 1, 0]
