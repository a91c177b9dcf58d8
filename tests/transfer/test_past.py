"""From a table of past trials to a prior, with every row used or counted."""

import numpy as np
import pandas as pd
import pytest
from factories import history_of, make_history

from logminer.core.errors import UsageError
from logminer.core.space_spec import space_from_spec
from logminer.transfer.past import prior_from_frame, prior_from_history

SPACE = space_from_spec(
    {
        "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
        "depth": {"type": "integer", "low": 1, "high": 8},
        "bias": [True, False],
        "kernel": ["rbf", "poly"],
        "gamma": {"type": "float", "low": 0.0, "high": 1.0, "when": {"kernel": ["rbf"]}},
    }
)


def frame(**changed):
    plain = {
        "task": ["a"] * 4,
        "value": [0.4, 0.3, 0.2, 0.1],
        "lr": [0.1, 0.01, 0.001, 0.5],
        "depth": [1.0, 2.0, 3.0, np.nan],
        "kernel": ["rbf", "poly", "rbf", "poly"],
        "gamma": [0.5, np.nan, 0.1, np.nan],
        "bias": [True, False, "True", None],
    }
    return pd.DataFrame(plain | changed)


def test_values_come_back_as_the_space_writes_them():
    """Whole numbers that a frame turned into reals, and booleans that a log wrote as text, are mended."""
    (task,) = prior_from_frame(frame(), SPACE).tasks
    assert task.configs[0] == {"lr": 0.1, "depth": 1, "kernel": "rbf", "gamma": 0.5, "bias": True}
    assert isinstance(task.configs[0]["depth"], int)
    assert task.configs[2]["bias"] is True
    assert "gamma" not in task.configs[1]


def test_rows_that_cannot_be_used_are_counted_with_their_reason():
    """Nothing of a warm start is ignored silently."""
    table = pd.concat(
        [
            frame(),
            frame(task="b", value=[np.nan, np.inf, 0.2, 0.1]),
            frame(task="c", budget=[9, 9, 9, 1]),
            pd.DataFrame({"task": ["c"], "value": [0.3]}),
        ],
        ignore_index=True,
    )
    prior = prior_from_frame(table, SPACE)
    assert [task.name for task in prior.tasks] == ["a", "c"]
    assert prior.used == 7
    assert prior.used + sum(prior.dropped.values()) == len(table)
    assert prior.dropped == {
        "no finite value": 2,
        "no hyperparameter of this space": 1,
        "stopped before a third of its task's longest budget": 1,
        "its task has fewer than 3 usable trials": 2,
    }


def test_higher_is_better_turns_values_into_losses():
    """The best trial of a maximised metric is first."""
    (task,) = prior_from_frame(frame(), SPACE, sign=-1.0).tasks
    assert task.places.tolist() == [1, 2, 3, 4]


def test_values_outside_the_space_are_kept():
    """They inform; whether they may be proposed is the search's business."""
    (task,) = prior_from_frame(frame(lr=[50.0, 0.1, 0.1, 0.1]), SPACE).tasks
    assert task.configs[0]["lr"] == 50.0


def test_a_missing_column_is_named():
    """The message says what the history lacks."""
    with pytest.raises(UsageError, match="no column 'task'"):
        prior_from_frame(frame().drop(columns="task"), SPACE)


def test_each_task_of_a_history_has_its_own_direction():
    """Tasks that maximise and tasks that minimise meet as losses, named by their runs."""
    history = make_history(tasks=2, configs=20, seeds=1, diverged=0.0)
    prior = prior_from_history(history)
    assert prior.used == len(history)
    for task in prior.tasks:
        runs = history.of(task.name)
        assert np.allclose(task.losses, runs.losses)
        assert set(task.runs) == set(runs.trials["name"])


def test_a_running_run_is_no_evidence_yet():
    """Its value is not final."""
    configs = [{"learning_rate": 10.0**-k} for k in range(1, 5)]
    history = history_of(configs, [1, 2, 3, 4], status=["finished"] * 3 + ["running"])
    assert prior_from_history(history).used == 3


@pytest.mark.parametrize("called", ["budget", "name", "task", "value"])
def test_a_hyperparameter_may_be_called_like_a_fact_of_the_run(called):
    """What the logs call a budget or a value is searched as they say, and is not taken for the run's own."""
    space = space_from_spec({called: {"low": 0.0, "high": 1.0}, "lr": {"low": 0.0, "high": 1.0}})
    configs = [{called: 0.1 * i, "lr": 0.5} for i in range(4)]
    (task,) = prior_from_history(history_of(configs, [9.0, 8.0, 7.0, 6.0], space)).tasks
    assert list(task.configs) == configs
    assert task.losses.tolist() == [9.0, 8.0, 7.0, 6.0]
    assert task.runs == ("run_0", "run_1", "run_2", "run_3")


def test_a_trial_without_a_task_is_counted():
    """Nothing says what it was trained on."""
    prior = prior_from_frame(pd.concat([frame(), frame(task=[None, "a", "a", np.nan])]), SPACE)
    assert prior.used == 6
    assert prior.dropped == {"no task": 2}


def test_a_history_takes_hyperparameters_called_like_its_own_columns():
    """By the names that a study's table gives them; under the bare name they might be either."""
    space = space_from_spec({"value": {"low": 0.0, "high": 1.0}})
    rows = pd.DataFrame({"task": "a", "value": [3.0, 2.0, 1.0], "config.value": [0.1, 0.2, 0.3]})
    (task,) = prior_from_frame(rows, space).tasks
    assert [config["value"] for config in task.configs] == [0.1, 0.2, 0.3]
    assert task.losses.tolist() == [3.0, 2.0, 1.0]
    with pytest.raises(UsageError, match="'value' is a hyperparameter"):
        prior_from_frame(rows[["task", "value"]], space)


def test_two_columns_of_one_name_are_refused():
    """Which is meant cannot be known."""
    rows = frame()
    with pytest.raises(UsageError, match="two columns 'value'"):
        prior_from_frame(pd.concat([rows, rows[["value"]]], axis=1), SPACE)


def test_a_task_is_told_by_what_its_name_looks_like():
    """The number 1 and the text "1" are one task."""
    prior = prior_from_frame(pd.concat([frame(task=[1] * 4), frame(task=["1"] * 4)]), SPACE)
    assert [(task.name, len(task)) for task in prior.tasks] == [("1", 8)]
