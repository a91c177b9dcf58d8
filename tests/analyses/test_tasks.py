"""Tasks are separated by what is trained on, or by a folder, or not at all."""

import pandas as pd
import pytest

from logminer.analyses import tasks
from logminer.analyses.related import families
from logminer.analyses.roles import NO_CURVES, decide_roles
from logminer.analyses.tasks import ONE_TASK, split_by
from logminer.core.errors import UsageError


def frames(runs):
    """Parameters and metrics of runs given as ``(params, levels, metrics)``, or with what is recorded last."""
    rows, logged = [], []
    for run, (params, levels, metrics, *recorded) in enumerate(runs):
        rows += [(run, name, value, "meta") for some in recorded for name, value in some.items()]
        rows += [(run, name, value, "param") for name, value in params.items()]
        rows += [(run, f"folder.{i}", value, "level") for i, value in enumerate(levels, start=1)]
        logged += [(run, metric) for metric in metrics]
    return (
        pd.DataFrame(rows, columns=["run", "name", "value", "kind"]),
        pd.DataFrame(logged, columns=["run", "metric"]),
        pd.RangeIndex(len(runs)),
    )


def propose(params, logged, index):
    """The split that is proposed for runs whose names have the roles that their values give them."""
    return tasks.propose(params, logged, index, decide_roles(params, NO_CURVES, index))


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


def tuned(study, direction, levels=(), count=3):
    """Runs of one study of a tuner."""
    recorded = {"study": study, "target_metric": "value", "direction": direction}
    return [({"lr": i / 10}, list(levels), ["value"], recorded) for i in range(count)]


def test_studies_of_one_storage_are_tasks_under_their_own_names():
    """A study has one objective, whatever it is called and whether the directions agree or not."""
    for names, ways in (
        (("acc-study", "loss-study"), ("maximize", "minimize")),
        (("mnist", "cifar"), ("maximize", "maximize")),
        (("study_1", "study_2"), ("minimize", "minimize")),
    ):
        split = propose(*frames([r for n, w in zip(names, ways, strict=True) for r in tuned(n, w)]))
        assert split.by == ("study",)
        assert split.labels.value_counts().to_dict() == dict.fromkeys(names, 3)
        assert split.because == (
            "'study' tells 2 studies apart in 6 runs: a tuner's study has one objective",
        )


def test_a_single_study_gives_its_task_its_name():
    """Also beside other logs, where its file is one of the folders that tell tasks apart."""
    study = tuned("churn", "minimize", ["optuna.db"], 6)
    others = [({"lr": i}, ["cifar runs", f"r{i}"], ["acc"]) for i in range(6)]
    assert set(propose(*frames(study)).labels) == {"churn"}
    split = propose(*frames(study + others))
    assert split.labels.value_counts().to_dict() == {"churn": 6, "cifar runs": 6}
    assert split.by == ("folder.1", "study")


def test_a_study_name_that_is_used_twice_is_told_apart_by_its_place():
    """A storage a data set, each with a study of one name, are tasks under the names of the storages."""
    one = tuned("opt", "minimize", ["mnist.db"])
    split = propose(*frames(one + tuned("opt", "minimize", ["cifar.db"])))
    assert set(split.labels) == {"mnist.db", "cifar.db"}
    both = one + tuned("opt", "minimize", ["cifar.db"]) + tuned("last", "minimize", ["cifar.db"])
    assert set(propose(*frames(both)).labels) == {"mnist.db", "cifar.db/opt", "last"}


def test_studies_that_nobody_named_are_one_task():
    """A script that is run again makes another study of the same objective."""
    names = (f"no-name-{digit * 8}-0000-4000-8000-000000000000" for digit in "ab")
    split = propose(*frames([run for name in names for run in tuned(name, "minimize")]))
    assert set(split.labels) == {ONE_TASK}


def test_experiments_are_tasks_where_their_names_look_so():
    """Experiments of a tracker are told apart by telling names; by dates, or as names of one config each, not."""

    def experiments(*names, vary):
        return [
            ({"lr": vary * i, "seed": i}, ["mlruns", "1", f"{i}"], ["acc"], {"study": name})
            for name in names
            for i in range(3)
        ]

    assert propose(*frames(experiments("mnist", "cifar", vary=1))).by == ("study",)
    assert propose(*frames(experiments("2024-01-01/12-00", "2024-01-02/13-00", vary=1))).by == ()
    assert propose(*frames(experiments("lr small", "lr large", vary=0))).by == ()


@pytest.mark.parametrize("by", [[], ["dataset"]])
def test_opposite_directions_never_share_a_task(by):
    """Neither a recorded data set nor the user's choice merges what is minimised with what is maximised."""
    runs = [
        ({"dataset": "mnist", "lr": i}, [], ["value"], {"direction": way})
        for i in range(3)
        for way in ("minimize", "maximize")
    ]
    runs += [({"dataset": "mnist", "lr": 9}, [], ["value"])] * 2
    params, logged, index = frames(runs)
    split = split_by(by, params, index) if by else propose(params, logged, index)
    assert split.labels.value_counts().to_dict() == {"mnist (min)": 3, "mnist (max)": 3, "mnist": 2}
    assert split.because[-1] == "6 runs kept apart by the direction that is recorded"


def test_the_directions_of_several_objectives_are_compared_one_by_one():
    """Studies that share no objective may share a task; those that disagree on one may not."""

    def labels(*recorded):
        runs = [({"lr": i}, [], ["a"], ways) for ways in recorded for i in range(3)]
        return set(propose(*frames(runs)).labels)

    one = {"direction.a": "minimize", "direction.b": "maximize"}
    assert labels(one, {"direction.c": "maximize"}) == {ONE_TASK}
    other = {"direction.a": "minimize", "direction.b": "minimize"}
    assert labels(one, other) == {f"{ONE_TASK} (max)", f"{ONE_TASK} (min)"}


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


def test_several_contexts_tell_tasks_apart_where_they_cross():
    """A model size beside a data set splits further; a statistic of each data set does not, also where it is missing."""
    sizes = (10_000_000, 40_000_000)
    runs = [
        ({"lr": i / 10, "dataset": d, "num_params": n}, [], ["loss"])
        for i in range(6)
        for d in ("a", "b")
        for n in sizes
    ]
    assert len(set(propose(*frames(runs)).labels)) == 4
    means = {"a": 0.12, "b": 0.74}
    runs = [
        (
            {"lr": i / 10, "dataset": d, **({"dataset.train_mean": means[d]} if i % 3 else {})},
            [],
            ["loss"],
        )
        for i in range(12)
        for d in ("a", "b")
    ]
    split = propose(*frames(runs))
    assert set(split.labels) == {"a", "b"}


def test_what_may_be_a_task_of_its_own_is_said_with_the_command():
    """A context that was varied by hand leaves one task, and a line that tells how to split it."""
    runs = [({"lr": i / 10, "num_params": 1000 + i % 2}, [], ["loss"]) for i in range(8)]
    split = propose(*frames(runs))
    assert set(split.labels) == {ONE_TASK}
    (line,) = split.doubts_in([ONE_TASK])
    assert "logminer roles set num_params context" in line
    assert split.doubts_in(["another"]) == []
