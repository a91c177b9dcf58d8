"""Tasks are separated by what is trained on, or by a folder, or not at all."""

import pandas as pd
import pytest

from logminer.analyses.related import families
from logminer.analyses.tasks import ONE_TASK, propose, split_by
from logminer.core.errors import UsageError


def frames(runs):
    """Parameters and metrics of runs given as ``(params, levels, metrics)``."""
    rows, logged = [], []
    for run, (params, levels, metrics) in enumerate(runs):
        rows += [(run, name, value, "param") for name, value in params.items()]
        rows += [(run, f"folder.{i}", value, "level") for i, value in enumerate(levels, start=1)]
        logged += [(run, metric) for metric in metrics]
    return (
        pd.DataFrame(rows, columns=["run", "name", "value", "kind"]),
        pd.DataFrame(logged, columns=["run", "metric"]),
        pd.RangeIndex(len(runs)),
    )


def test_a_recorded_data_set_separates_tasks():
    """The parameter is named as the reason."""
    runs = [
        ({"lr": i / 10, "dataset": d}, [f"run_{i}"], ["loss"]) for i in range(4) for d in ("a", "b")
    ]
    split = propose(*frames(runs))
    assert split.by == ("dataset",)
    assert split.labels.tolist() == ["a", "b"] * 4
    assert "dataset" in split.because[0]


def test_a_folder_level_separates_tasks():
    """Without a recorded name the level whose folders have configs in common does."""
    runs = [
        ({"lr": i / 10}, ["exp", d, f"run_{i}"], ["loss"])
        for d in ("mnist", "cifar")
        for i in range(4)
    ]
    split = propose(*frames(runs))
    assert split.by == ("folder.2",)
    assert split.labels.value_counts().to_dict() == {"mnist": 4, "cifar": 4}


def test_repeats_do_not_separate_tasks():
    """Folders that only count (``seed_1``, ``trial_3``) leave one task."""
    runs = [
        ({"lr": 0.1}, [f"study_{s}", f"trial_{t}"], ["loss"]) for s in range(2) for t in range(3)
    ]
    split = propose(*frames(runs))
    assert split.by == ()
    assert set(split.labels) == {ONE_TASK}


def test_runs_without_the_name_fall_back_on_their_folder():
    """A project in which some runs lack the data set is split by the folder that agrees."""
    runs = [({"dataset": d}, [f"{d}_mlp", f"r{i}"], ["loss"]) for d in ("a", "b") for i in range(3)]
    runs += [({}, ["wine_mlp", f"r{i}"], ["loss"]) for i in range(3)]
    split = propose(*frames(runs))
    assert set(split.labels) == {"a", "b", "wine_mlp"}


def test_folders_of_one_run_name_runs_not_tasks():
    """Beside a table of many runs, the project folder tells tasks apart, not the folder of each run."""
    runs = [({"dataset": "a", "lr": i}, ["tabular", "results"], ["acc"]) for i in range(30)]
    runs += [({"lr": i}, ["lm", f"expt{i}"], ["loss"]) for i in range(6)]
    runs += [({"clip": i}, ["rl", f"ppo_{i}"], ["reward"]) for i in range(5)]
    split = propose(*frames(runs))
    assert split.by == ("dataset", "folder.1")
    assert split.labels.value_counts().to_dict() == {"a": 30, "lm": 6, "rl": 5}


def test_a_data_set_that_is_different_in_every_run_is_none():
    """A path-like or unique value tells no tasks apart."""
    runs = [({"data": f"/data/{i}"}, [f"run_{i}"], ["loss"]) for i in range(6)]
    assert propose(*frames(runs)).by == ()


def test_the_user_may_join_several_names():
    """Labels of several names are joined; an unknown name is refused with the nearest."""
    params, _, index = frames([({"model": m, "dataset": "d"}, [], []) for m in ("x", "y")])
    assert split_by(["model", "dataset"], params, index).labels.tolist() == ["x/d", "y/d"]
    with pytest.raises(UsageError, match="did you mean 'dataset'"):
        split_by(["datset"], params, index)


def test_tasks_that_record_the_same_are_related():
    """Two image tasks form a family; a task with other hyperparameters stands alone."""
    runs = [({"lr": 0.1, "wd": 0.1, "bs": 1}, [], [])] * 2 + [
        ({"gamma": 1, "n_steps": 5, "clip_range": 2}, [], [])
    ]
    params, _, _ = frames(runs)
    assert families(params, pd.Series(["a", "b", "rl"])) == [["a", "b"], ["rl"]]


def test_a_task_of_one_algorithm_is_related_to_one_of_many():
    """Names that nearly all occur in the other task relate, though the other has many more."""
    many = {
        "lr": 1,
        "wd": 1,
        "beta": 1,
        "warmup": 2,
        "power": 1,
        "cycles": 3,
        "converge": 1,
        "style": "x",
    }
    params, _, _ = frames([(many, [], []), ({"lr": 1, "wd": 1, "beta": 1}, [], [])])
    assert families(params, pd.Series(["a", "b"])) == [["a", "b"]]
