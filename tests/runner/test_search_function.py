"""Searching with a Python function: what it is handed, what it may return, and what is remembered."""

import math
import os
import time

import numpy as np
import pandas as pd
import pytest

import logminer as lm
from logminer.core.errors import LogminerError, NothingFoundError
from logminer.runner import _watch
from logminer.runner.search import Limits, SearchInterrupted
from logminer.store import open_store

SPEC = {"lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True}}


@pytest.fixture
def go(tmp_path):
    """Search in a folder of the test's own."""

    def go(train, space=SPEC, **options):
        options = {
            "strategy": "random",
            "db": tmp_path / "db",
            "runs": tmp_path / "runs",
            **options,
        }
        return lm.search(train, space, **options)

    return go


def accuracy(config):
    return 0.9 - 0.1 * (math.log10(config["lr"]) + 2) ** 2


def test_a_returned_number_is_the_objective(go, tmp_path):
    """It needs no name; the study is in the database and its runs are past for the next search."""
    result = go(lambda trial: accuracy(trial.config), mode="max", n_trials=4)
    assert result.best_value == result.trials["value"].max() == accuracy(result.best_config)
    with open_store(tmp_path / "db") as store:
        assert len(store.read.runs()) == 4
        assert store.studies.names() == [result.study]
    later = go(
        lambda trial: accuracy(trial.config), mode="max", n_trials=1, history=tmp_path / "db"
    )
    assert later.best_value > np.median(result.trials["value"])


def test_reported_metrics_give_objective_and_direction(go):
    """Without a return value, the metric that people optimise counts, at its best step."""

    def train(trial):
        for step in range(3):
            trial.report(step, val_accuracy=accuracy(trial.config) - abs(step - 1), train_loss=1.0)

    result = go(train, n_trials=3)
    assert result.best_value == pytest.approx(
        max(accuracy({"lr": lr}) for lr in result.trials["lr"])
    )


def test_a_mapping_is_several_metrics(go):
    """Its objective is named."""
    result = go(lambda trial: {"acc": 0.5, "seconds": 1.0}, metric="acc", mode="max", n_trials=2)
    assert result.trials["value"].tolist() == [0.5, 0.5]


def test_exceptions_are_failures(go):
    """A failed trial has the last line of its traceback as reason; when all fail the search says so."""

    def train(trial):
        if trial.number == 1:
            raise RuntimeError("loss exploded")
        return math.nan if trial.number == 2 else 1.0

    result = go(train, n_trials=4)
    assert result.trials["status"].tolist() == ["complete", "failed", "failed", "complete"]
    assert result.trials["reason"][1] == "RuntimeError: loss exploded"
    with pytest.raises(LogminerError, match=r"the first 2 trials all failed.*ZeroDivisionError"):
        go(lambda trial: 1 / 0, limits=Limits(failures=2))


def test_an_interrupted_search_goes_on(go):
    """Ctrl-C puts the running trial back; the study's next search runs it first, where it was."""

    def interrupted(trial):
        (trial.checkpoint_dir / "half").write_text("")
        if trial.number == 2:
            raise KeyboardInterrupt
        return 1.0

    with pytest.raises(SearchInterrupted) as caught:
        go(interrupted, study="s", n_trials=4)
    assert isinstance(caught.value, KeyboardInterrupt)
    assert list(caught.value.result.trials["status"]) == ["complete", "complete", "waiting"]
    seen = []
    go(
        lambda trial: seen.append((trial.number, (trial.checkpoint_dir / "half").exists())) or 1.0,
        study="s",
        n_trials=4,
    )
    assert seen == [(2, True), (3, False)]


def test_promoted_trials_find_their_checkpoints(go):
    """ASHA hands out budgets in the user's unit, and a promotion goes on from a copy."""
    seen = []

    def train(trial):
        file = trial.checkpoint_dir / "epoch"
        done = int(file.read_text()) if file.exists() else 0
        seen.append((done, trial.budget, trial.resumes))
        for epoch in range(done, trial.budget):
            trial.report(epoch, val_loss=abs(math.log10(trial.config["lr"]) + 2) + 1 / (epoch + 1))
        file.write_text(str(trial.budget))

    result = go(train, strategy="asha", fidelity=("epochs", 1, 27), n_trials=9)
    assert set(result.trials["status"]) == {"complete"}
    assert (0, 1, False) in seen and (1, 3, True) in seen  # noqa: PT018
    assert result.trials.loc[result.best_trial, "budget"] == result.trials["budget"].max()
    assert result.trials["spent"].sum() == sum(budget - done for done, budget, _ in seen)


@pytest.mark.parametrize("strategy", ["asha", "hyperband"])
def test_a_promotion_always_trains_further(go, strategy):
    """The least that is granted may lie above a strategy's smallest budgets: nothing is trained twice for that."""
    seen = []

    def train(trial):
        seen.append((trial.config["lr"], trial.budget))
        return abs(math.log10(trial.config["lr"]) + 2)

    go(train, strategy=strategy, fidelity=("epochs", 2, 9), n_trials=40)
    assert len(set(seen)) == 40
    assert {budget for _, budget in seen} == {2, 3, 9}


def test_population_members_copy_the_best(go):
    """PBT's steps go on from checkpoints of one generation before, and the worst are replaced."""
    parents = []

    def train(trial):
        file = trial.checkpoint_dir / "from"
        if trial.resumes:
            parents.append(file.read_text())
        file.write_text(str(trial.number))
        return abs(math.log10(trial.config["lr"]) + 2)

    result = go(train, strategy="pbt", fidelity=("epochs", 1, 8), n_trials=16)
    assert len(parents) == 8
    best = result.trials[:8].nsmallest(2, "value")["number"].astype(str)
    assert any(parents.count(number) > 1 for number in best)


def test_population_based_training_goes_on_from_real_weights(go):
    """Each step begins with the loss its parent ended at; who copies another has a config near that of the copied."""
    rng = np.random.default_rng(0)
    inputs, wanted = rng.normal(size=(40, 5)), rng.normal(size=5)
    began, ended, parents = {}, {}, {}

    def train(trial):
        file, weights = trial.checkpoint_dir / "state.npz", np.zeros(5)
        if trial.resumes:
            state = np.load(file)
            weights, parents[trial.number] = state["weights"], int(state["number"])
        for epoch in range(5):
            error = inputs @ (weights - wanted)
            ended[trial.number] = float(error @ error)
            began.setdefault(trial.number, ended[trial.number])
            trial.report(epoch, val_loss=ended[trial.number])
            if epoch < 4:
                weights = weights - trial.config["lr"] * inputs.T @ error / len(error)
        np.savez(file, weights=weights, number=trial.number)
        return ended[trial.number]

    space = {"lr": {"type": "float", "low": 1e-4, "high": 0.5, "log": True}}
    trials = go(train, space, strategy="pbt", fidelity=("epochs", 1, 32), n_trials=24).trials
    assert set(parents) == set(range(8, 24))
    assert {n: began[n] for n in parents} == {n: ended[parent] for n, parent in parents.items()}
    moved = {n: trials["lr"][n] / trials["lr"][parent] for n, parent in parents.items()}
    assert any(ratio != 1 for ratio in moved.values())
    assert all(0.1 < ratio < 10 for ratio in moved.values())
    assert min(ended[n] for n in range(16, 24)) < min(ended[n] for n in range(8))


@pytest.mark.parametrize(
    ("fidelity", "kind"), [(("share", 0.05, 1.0), float), (("width", 2, 64), int)]
)
def test_fidelity_may_be_any_number(go, fidelity, kind):
    """A share of the data or the size of a model is granted in its own unit, within its range."""
    seen = []

    def train(trial):
        seen.append(trial.budget)
        return abs(math.log10(trial.config["lr"]) + 2) + 1 / trial.budget

    go(train, strategy="hyperband", fidelity=fidelity, n_trials=40)
    _, low, high = fidelity
    assert {type(budget) for budget in seen} == {kind}
    assert min(seen) >= low
    assert max(seen) <= high
    assert len(set(seen)) >= 3


def test_published_priors_lead_the_way(go):
    """A share of the configs comes from what is published, less as own results come in; each says so."""
    space = {"learning_rate": {"type": "float", "low": 1e-9, "high": 10.0, "log": True}}
    trials = go(
        lambda trial: 1.0,
        space,
        n_trials=24,
        priors=["image_classification"],
        strategy="random",
        study="s",
    ).trials
    usual = trials["learning_rate"].between(1e-5, 1.0)
    assert usual[:8].mean() > 0.6 > usual[12:].mean()


@pytest.mark.parametrize("rule", ["median", "curves"])
def test_hopeless_trials_are_asked_to_stop(go, rule):
    """A function that asks ``should_stop`` saves the rest of its epochs; the search says why it was stopped."""
    steps = {}

    def train(trial):
        level = abs(math.log10(trial.config["lr"]) + 2)
        for epoch in range(1, 31):
            trial.report(epoch, val_loss=level + math.exp(-epoch / 5))
            steps[trial.number] = epoch
            if trial.config["lr"] == 1e-4:
                time.sleep(0.05)  # the logs are looked at some times a second
            if trial.should_stop():
                break

    values = [0.01, 0.011, 0.012, 0.013, 0.0125, 0.0098, 1e-4]
    result = go(train, {"lr": values}, strategy="grid", n_trials=7, stop=rule)
    last = result.trials.set_index("lr").loc[1e-4]
    assert last["status"] == "stopped", result.trials
    assert steps[last["number"]] < 30
    assert last["reason"].startswith("worse than the median" if rule == "median" else "will end at")
    assert last["value"] > 1


def process(trial):
    trial.report(0, pid=os.getpid())
    time.sleep(0.3)
    return accuracy(trial.config)


@pytest.mark.parametrize("rule", ["median", "curves"])
def test_trials_that_will_not_be_promoted_are_cut_short(go, monkeypatch, rule):
    """Also one that goes on from a checkpoint; what was spent is what was trained, and no more."""
    monkeypatch.setattr(_watch, "_LOOK", 0.0)
    trained = []

    def train(trial):
        file = trial.checkpoint_dir / "epoch"
        done = int(file.read_text()) if trial.resumes else 0
        for epoch in range(done + 1, trial.budget + 1):
            trained.append(trial.number)
            level = 0.4 * abs(math.log10(trial.config["lr"]) + 2)
            trial.report(epoch, val_loss=level if epoch > 3 else 1.0)  # it shows late
            file.write_text(str(epoch))
            if trial.should_stop():
                return

    result = go(train, strategy="asha", fidelity=("epochs", 1, 27), n_trials=80, stop=rule)
    trials = result.trials.set_index("number")
    short = trials[trials["status"] == "stopped"]
    assert set(trials["status"]) == {"complete", "stopped"}
    assert 9 in set(short["budget"])
    assert trials["spent"].sum() == len(trained)


def test_several_processes_share_the_work(go):
    """Each runs its trials, none twice, and as many as were asked for."""
    result = go(process, mode="max", n_trials=6, workers=2)
    assert result.trials["lr"].nunique() == len(result.trials) == 6
    assert set(result.trials["status"]) == {"complete"}


def test_earlier_results_lead_the_way(go):
    """A frame of past trials makes the first config a good one."""
    rng = np.random.default_rng(0)
    rows = [
        {"task": f"t{i % 2}", "lr": lr, "value": accuracy({"lr": lr})}
        for i, lr in enumerate(10 ** rng.uniform(-4, 0, 30))
    ]
    result = go(
        lambda trial: accuracy(trial.config),
        mode="max",
        n_trials=1,
        strategy="auto",
        history=pd.DataFrame(rows),
    )
    assert result.best_value > 0.85


def test_without_a_space_it_says_what_to_give(go):
    """Neither a space nor logs."""
    with pytest.raises(NothingFoundError, match="no search space"):
        go(lambda trial: 1.0, None)
