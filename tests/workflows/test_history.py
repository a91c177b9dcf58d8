"""From the store to a History: values, tasks and space as the user wants them."""

import numpy as np
import optuna
import pytest
from csv_runs import write_run
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from logminer.core.errors import NothingFoundError, UsageError
from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.space_spec import space_from_spec
from logminer.workflows.history import View, mine_history
from logminer.workflows.ingest import ingest

optuna.logging.set_verbosity(optuna.logging.ERROR)


def test_the_demo_is_understood(demo):
    """Five tasks of one family, validation accuracy upwards, conditional parameters."""
    mined = mine_history(demo)
    history = mined.history
    assert history.tasks == [
        "cancer_mlp",
        "cancer_raw_mlp",
        "clusters_mlp",
        "digits_mlp",
        "parity_mlp",
    ]
    assert {(o.metric, o.mode) for o in history.objectives.values()} == {
        ("validation/accuracy", "max")
    }
    assert history.space.parameters["momentum"].when == {"optimizer": ("sgd",)}
    assert history.space.parameters["learning_rate"].log
    assert len(mined.families) == 1


def test_diverged_runs_have_no_value(store, tmp_path):
    """A curve that ends in NaN counts as diverged, however good it was before."""
    for name, last in (("good", "0.5"), ("bad", "nan")):
        rows = f"step,val_loss\n0,0.9\n1,0.1\n2,{last}\n"
        write_run(tmp_path / name, rows, lr=0.1 if name == "good" else 10.0)
    ingest(store, [str(tmp_path / "good"), str(tmp_path / "bad")])
    trials = mine_history(store).history.trials.set_index("name")
    assert trials.loc["good", "value"] == 0.1
    assert np.isnan(trials.loc["bad", "value"])


def test_values_as_good_as_infinite_are_divergence(store, tmp_path):
    """A loss of 1e300 has no rank, and nothing that is computed from the others overflows."""
    for i, last in enumerate(["0.5", "1e300", "-1.7e308", "0.4", "0.3"]):
        write_run(tmp_path / f"run_{i}", f"step,score\n0,0.9\n1,{last}\n", lr=10.0**-i)
    ingest(store, [str(tmp_path)])
    mined = mine_history(store, View(metric="score", mode="max"))
    assert mined.history.trials["value"].isna().tolist() == [False, True, True, False, False]
    assert np.isfinite(mined.history.losses.dropna().var())


@pytest.mark.parametrize(
    ("summary", "value"), [("best", 0.1), ("last", 0.5), ("first", 0.9), ("max", 0.9)]
)
def test_the_user_chooses_which_value_counts(store, tmp_path, summary, value):
    """Best, last, first and extremes of the curve."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run/metrics.csv").write_text("step,val_loss\n0,0.9\n1,0.1\n2,0.5\n")
    ingest(store, [str(tmp_path)])
    history = mine_history(store, View(summary=summary)).history
    assert history.trials["value"].tolist() == [value]


def test_metrics_of_one_meaning_count_as_one(store, tmp_path):
    """An alias lets ``acc`` of one run and ``val_accuracy`` of another compare."""
    for name, metric in (("a", "val_accuracy"), ("b", "acc")):
        (tmp_path / name).mkdir()
        (tmp_path / f"{name}/metrics.csv").write_text(f"step,{metric}\n0,0.5\n1,0.75\n")
    ingest(store, [str(tmp_path / "a"), str(tmp_path / "b")])
    view = View(metric_aliases={"acc": "val_accuracy"})
    trials = mine_history(store, view).history.trials
    assert trials["value"].tolist() == [0.75, 0.75]


def test_a_given_space_replaces_the_inferred_one(demo):
    """Its names may be spelled as logs or tables spell them."""
    space = space_from_spec({"lr": {"low": 1e-5, "high": 1.0, "log": True}, "width": [32, 64]})
    history = mine_history(demo, View(space=space)).history
    assert list(history.configs.columns) == ["lr", "width"]
    assert history.configs["lr"].notna().all()


def test_studies_of_one_optuna_file_are_ranked_each_its_own_way(store, tmp_path):
    """A study that is maximised beside one that is minimised: two tasks, proposed so and by name."""
    storage = JournalStorage(JournalFileBackend(str(tmp_path / "journal.log")))
    for name, direction in (("accuracy", "maximize"), ("error", "minimize")):
        study = optuna.create_study(storage=storage, study_name=name, direction=direction)
        study.optimize(lambda trial: trial.suggest_float("lr", 0.1, 1.0), n_trials=4)
    ingest(store, [str(tmp_path)])
    for view in (View(), View(task_by=("study",))):
        mined = mine_history(store, view)
        assert mined.split.by == ("study",)
        found = {task: o.mode for task, o in mined.history.objectives.items()}
        assert found == {"accuracy": "max", "error": "min"}


def test_unknown_names_are_refused_with_the_nearest(demo):
    """A metric, task or parameter that does not exist is a usage error."""
    with pytest.raises(UsageError, match="did you mean 'validation/accuracy'"):
        mine_history(demo, View(metric="validation/acuracy"))
    with pytest.raises(UsageError, match="did you mean 'digits_mlp'"):
        mine_history(demo, task="digits_ml")
    with pytest.raises(UsageError, match="did you mean 'batch_size'"):
        mine_history(demo, View(task_by=("batchsize",)))


def test_an_empty_store_says_what_to_do(store):
    """No runs is an error with a hint."""
    with pytest.raises(NothingFoundError) as caught:
        mine_history(store)
    assert "ingest" in caught.value.hint


def test_unrelated_projects_are_left_out(store, tmp_path):
    """The larger family is taken; the other tasks are named."""
    for i in range(3):
        for project, params in (
            ("vision", {"lr": i, "wd": i * 2.0, "depth": i}),
            ("rl", {"gamma": i, "clip": i, "n_envs": i}),
        ):
            if project == "rl" and i == 2:
                continue
            folder = tmp_path / project / f"trial_{i}"
            write_run(folder, "step,val_loss\n0,1\n1,0.5\n", **params)
    ingest(store, [str(tmp_path)])
    mined = mine_history(store)
    assert mined.history.tasks == ["vision"]
    assert mined.left_out == ["rl"]
    assert mine_history(store, task="rl").history.tasks == ["rl"]
    assert mine_history(store, everything=True).history.tasks == ["rl", "vision"]


def test_a_declared_space_goes_before_the_values_drawn(store, tmp_path):
    """Optuna keeps what it drew from: bounds, scale and steps of the study are those of the space."""
    study = optuna.create_study(
        study_name="steps",
        storage=f"sqlite:///{tmp_path / 'study.db'}",
        sampler=optuna.samplers.RandomSampler(seed=0),
    )
    study.optimize(
        lambda t: (
            t.suggest_int("units", 32, 1024, step=32) / 1000
            + t.suggest_float("drop", 0.0, 0.6, step=0.05)
            + t.suggest_float("lr", 1e-5, 0.1, log=True)
            + t.suggest_categorical("p", [1, 2, 4])
        ),
        n_trials=8,
    )
    ingest(store, [str(tmp_path)])
    mined = mine_history(store)
    assert mined.history.space.parameters == {
        "units": Integer(32, 1024, step=32),
        "drop": Float(0.0, 0.6, step=0.05),
        "lr": Float(1e-5, 0.1, log=True),
        "p": Categorical((1, 2, 4)),
    }
    because = {d.name: d.because for d in mined.inferred.decisions}
    assert because["lr"] == "declared by Optuna in 8 runs: 1e-05 to 0.1, log"


@pytest.mark.parametrize(
    ("rows", "configs"),
    [
        # A diary of an agent: the change stands in words.
        (
            """32 0.9 baseline with linear decay
            32 0.8 swap relu for gelu in the mlp
            32 0.7 twice the learning rate of the head
            64 0.75 larger batch of 64 rows""",
            4,
        ),
        # Repeats are described as such.
        (
            """32 0.9 plain old config, seed 1
            32 0.8 plain old config, seed 2
            32 0.7 plain old config, rerun 3
            64 0.6 larger batch of 64 rows""",
            2,
        ),
        # Names are no sentences.
        ("32 0.9 a\n32 0.8 b\n32 0.7 c\n64 0.6 d", 2),
    ],
)
def test_a_diary_of_tries_tells_configs_apart_in_words(store, tmp_path, rows, configs):
    """Runs of the same recorded settings are other configs where sentences say what was changed."""
    lines = ["\t".join(row.split(maxsplit=2)) for row in rows.splitlines()]
    text = "\n".join(["batch_size\tval_loss\tdescription", *lines, ""])
    (tmp_path / "results.tsv").write_text(text)
    ingest(store, [str(tmp_path)])
    assert mine_history(store).history.config_ids.nunique() == configs


def test_a_loss_that_was_never_measured_is_no_divergence(store, tmp_path):
    """NaN from start to end in all runs, beside a sound loss, says that it was not computed."""
    for i in range(3):
        rows = f"epoch,train_loss,val_loss,val_acc\n0,1.0,nan,0.5\n1,0.5,nan,0.{6 + i}\n"
        write_run(tmp_path / f"run_{i}", rows, lr=10.0**-i)
    ingest(store, [str(tmp_path)])
    assert mine_history(store).history.trials["value"].tolist() == [0.6, 0.7, 0.8]


def test_a_loss_that_others_measured_tells_divergence(store, tmp_path):
    """NaN from the start on is divergence where another run has the loss, or no loss of the run is sound."""
    runs = {
        "good": ("1.0,0.9", "0.5,0.8"),
        "broken": ("1.0,nan", "0.5,nan"),
        "lost": ("nan,nan", "nan,nan"),
    }
    for i, (name, rows) in enumerate(runs.items()):
        text = "epoch,train_loss,val_loss,val_acc\n" + "".join(
            f"{step},{row},0.{5 + step}\n" for step, row in enumerate(rows)
        )
        write_run(tmp_path / name, text, lr=10.0**-i)
    ingest(store, [str(tmp_path)])
    trials = mine_history(store, View(metric="val_acc")).history.trials.set_index("name")
    assert trials["value"].notna().to_dict() == {"good": True, "broken": False, "lost": False}


def test_other_planned_budgets_are_no_repeats(store, tmp_path):
    """One config trained for 2 and for 3 epochs is not averaged; with another seed it is."""
    for name, epochs, seed in (("short", 2, 1), ("long", 3, 1), ("again", 3, 2)):
        rows = "epoch,val_acc\n" + "".join(f"{i},0.{i + seed}\n" for i in range(epochs))
        write_run(tmp_path / name, rows, lr=0.1, epochs=epochs, seed=seed)
    ingest(store, [str(tmp_path)])
    history = mine_history(store).history
    ids = dict(zip(history.trials["name"], history.config_ids, strict=True))
    assert ids["long"] == ids["again"] != ids["short"]
