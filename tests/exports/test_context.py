"""What an export is made from: the task's own runs in their own unit, never another task's values."""

import numpy as np
import pytest
from csv_runs import write_run
from export_contexts import FULL, make_context
from factories import history_of

from logminer.core.errors import NothingFoundError, UsageError
from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.space import Space
from logminer.exports import EXPORTS
from logminer.exports._context import ExportContext, context_of, declared
from logminer.workflows.history import View
from logminer.workflows.ingest import ingest

SMALL = Space({"lr": Float(0.1, 1.0), "width": Integer(8, 64), "act": Categorical(("relu", True))})


def test_values_of_other_tasks_stay_out(demo):
    """Only runs of the task asked for have values; other tasks are seen in the suggestions' reasons alone."""
    context = context_of(demo, task="digits_mlp", n=2, strategy="random")
    assert context.task == "digits_mlp"
    assert context.runs
    assert {run.name.split("/")[0] for run in context.runs} == {"digits_mlp"}
    assert (context.metric, context.mode) == ("validation/accuracy", "max")
    assert all(0 < run.value <= 1 for run in context.runs if run.value is not None)
    assert len(context.runs) + sum(context.left_out.values()) == 35
    assert len(context.configs) == 2


def test_a_new_task_has_no_past_but_the_shared_objective(demo):
    """Where all tasks optimise the same metric, so does a new one."""
    context = context_of(demo, n=1, strategy="random")
    assert context.runs == []
    assert (context.metric, context.mode) == ("validation/accuracy", "max")


def test_a_space_alone_is_enough(store):
    """Without logs the given space is exported, and with neither there is nothing."""
    for empty in (None, store):
        context = context_of(empty, View(space=FULL), n=2, strategy="random")
        assert FULL.why_not(context.configs[0]) == ""
        assert context.objective is None
        assert (context.metric, context.mode) == ("objective", "min")
    with pytest.raises(NothingFoundError):
        context_of(None)


def write_tasks(folder, **metrics):
    """Runs of one task a metric."""
    for name, metric in metrics.items():
        for i in range(4):
            rows = f"epoch,{metric}\n0,0.5\n1,0.{6 + i}\n"
            write_run(folder / f"{name}_{i}", rows, dataset=name, lr=10.0**-i, width=2**i)
    return str(folder)


def test_tasks_that_agree_on_the_direction_alone_keep_it(store, tmp_path):
    """Accuracies of other names are maximised all the same, and the file says that the name is to be set."""
    ingest(store, [write_tasks(tmp_path / "runs", cifar="val_acc", mnist="val_accuracy")])
    context = context_of(store, n=1, strategy="random")
    assert (context.metric, context.mode) == ("objective", "max")
    assert "(val_acc, val_accuracy): 'objective' stands for yours" in context.notes[-1]
    for target, line in (("hydra", "direction: maximize"), ("optuna", "DIRECTION = 'maximize'")):
        assert line in EXPORTS.load(target).write(context)


def test_tasks_that_disagree_on_the_direction_have_none(store, tmp_path):
    """A file that must say one is refused with what to do; one that need not says how they disagree."""
    ingest(store, [write_tasks(tmp_path / "runs", cifar="val_acc", toy="val_loss")])
    context = context_of(store, n=1, strategy="random")
    with pytest.raises(UsageError, match="toy are minimised, cifar maximised") as refused:
        EXPORTS.load("hydra").write(context)
    assert "--task" in refused.value.hint
    assert "toy are minimised, cifar maximised" in EXPORTS.load("sklearn").write(context)
    assert context_of(store, task="cifar", n=1, strategy="random").mode == "max"
    assert context_of(store, View(mode="max"), n=1, strategy="random").mode == "max"


def test_a_direction_that_was_asked_for_holds_without_logs():
    """A space and --mode suffice."""
    context = context_of(None, View(space=FULL, mode="max"), n=1, strategy="random")
    assert (context.metric, context.mode) == ("objective", "max")


def test_an_unknown_task_is_refused(demo):
    """With the name that was perhaps meant."""
    with pytest.raises(UsageError, match="did you mean 'digits_mlp'"):
        context_of(demo, task="digits")


def test_runs_outside_and_unfinished_ones_are_counted():
    """What cannot be told to another tool is said, not dropped."""
    configs = [{"lr": 0.5, "width": 16, "act": "relu"}] * 4
    configs += [{"lr": 5.0, "width": 16, "act": "relu"}, {"lr": 0.5, "width": 16, "act": None}]
    history = history_of(
        configs,
        [1.0, np.nan, 2.0, 3.0, 4.0, 5.0],
        SMALL,
        status=["finished", "failed", "running"] + ["finished"] * 3,
    )
    context = ExportContext(SMALL, history=history)
    assert [run.value for run in context.runs] == [1.0, None, 3.0]
    assert context.left_out == {
        "they have not ended": 1,
        "their configs are not in the space": 2,
    }


def test_values_take_the_kind_the_space_declares():
    """A log's 16.0 is the integer 16, and rounding does not leave the bounds."""
    given = {"lr": 0.1 * (1 - 1e-12), "width": np.float64(16.0), "act": np.True_}
    clean = declared(SMALL, given)
    assert clean == {"lr": 0.1, "width": 16, "act": True}
    assert [type(v) for v in clean.values()] == [float, int, bool]


def test_what_does_not_apply_is_left_out_of_past_configs():
    """Logs often record an optimizer's settings for every optimizer."""
    context = make_context()
    assert all(FULL.why_not(run.config) == "" for run in context.runs)
    assert len(context.runs) == 20
    everything = {**context.runs[0].config, "optimizer": "sgd", "nesterov": True, "beta2": 0.95}
    history = history_of([everything], [1.0], FULL)
    assert "beta2" not in ExportContext(FULL, history=history).runs[0].config
