"""The sampler for Optuna in real studies: warm, repeatable, at home among other trials."""

import numpy as np
import pandas as pd
import pytest
from export_contexts import FULL
from factories import landscape

from logminer.core.errors import UsageError
from logminer.core.space import config_key
from logminer.exports import optuna as target


def objective(trial):
    """Asks as users do, each parameter where it is needed."""
    config = {
        "learning_rate": trial.suggest_float("learning_rate", 1e-5, 1.0, log=True),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
        "batch_size": trial.suggest_int("batch_size", 16, 512, log=True),
        "optimizer": trial.suggest_categorical("optimizer", ("sgd", "adam", "lion")),
    }
    if config["optimizer"] == "sgd":
        trial.suggest_categorical("nesterov", (False, True))
    trial.suggest_float("of no space", -1, 1)
    return landscape(config)


def past(task=1, n=60):
    drawn = FULL.sample(n, np.random.default_rng(task))
    return pd.DataFrame([{**c, "task": f"past {task}", "value": landscape(c, task)} for c in drawn])


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_the_sampler_searches_warm(optuna, direction):
    """With past trials of a like task, a few trials are better than most random ones."""
    sign = 1 if direction == "minimize" else -1
    history = past().assign(value=lambda f: sign * f["value"])
    sampler = target.LogminerSampler(FULL, history=history, strategy="tpe", seed=1)
    study = optuna.create_study(sampler=sampler, direction=direction)
    study.optimize(lambda trial: sign * objective(trial), n_trials=6)
    random = [landscape(c) for c in FULL.sample(500, np.random.default_rng(0))]
    assert sign * study.best_value < np.quantile(random, 0.1)
    assert all(t.user_attrs["logminer:because"] for t in study.trials)
    assert len({config_key(t.params) for t in study.trials}) == 6


def test_sampler_and_pruner_learn_from_a_database(optuna, demo):
    """The space is the logs', the first config one that won elsewhere, and the task's own runs are left out."""
    sampler = target.LogminerSampler.from_store(demo, task="digits_mlp", strategy="random")
    pruner = target.LogminerPruner.from_store(demo, task="digits_mlp", p=0.1)
    study = optuna.create_study(sampler=sampler, pruner=pruner, direction="maximize")
    trial = study.ask()
    assert 1e-5 < trial.suggest_float("learning_rate", 1e-5, 3.0, log=True) <= 3.0
    (because, *_) = study.trials[0].user_attrs["logminer:because"]
    assert "digits_mlp" not in because
    assert any(name in because for name in ("cancer", "clusters", "parity"))
    trial.report(0.9, 1)
    assert not trial.should_prune()


def test_the_sampler_repeats_itself(optuna):
    """Same seed and same trials, same configs; another seed, others."""
    runs = []
    for seed in (3, 3, 4):
        study = optuna.create_study(
            sampler=target.LogminerSampler(FULL, strategy="random", seed=seed)
        )
        study.optimize(objective, n_trials=4)
        runs.append([config_key(t.params) for t in study.trials])
    assert runs[0] == runs[1] != runs[2]
    assert len(set(runs[0])) == 4


@pytest.mark.parametrize("strategy", ["genetic", "tpe", "gp"])
def test_the_sampler_lives_with_other_trials(optuna, strategy):
    """Failed, pruned, running and enqueued trials are in the study too, and two processes may share it."""
    study = optuna.create_study(sampler=target.LogminerSampler(FULL, strategy=strategy))

    def stumbling(trial):
        value = objective(trial)
        if trial.number == 1:
            raise ValueError
        trial.report(value, 10)
        if trial.number == 2:
            raise optuna.TrialPruned
        return value

    study.enqueue_trial({"learning_rate": 0.01})
    study.ask()
    study.optimize(stumbling, n_trials=5, catch=(ValueError,))
    assert [t.state.name for t in study.trials].count("COMPLETE") == 3
    study.optimize(objective, n_trials=4, n_jobs=2)
    assert len({config_key(t.params) for t in study.trials}) == 10


def test_the_sampler_takes_one_objective(optuna):
    """And says so."""
    study = optuna.create_study(
        directions=["minimize", "minimize"], sampler=target.LogminerSampler(FULL, strategy="random")
    )
    with pytest.raises(UsageError, match="2 objectives"):
        study.ask().suggest_float("learning_rate", 1e-5, 1.0, log=True)


def test_strategies_that_grant_budgets_are_refused(optuna):
    """A sampler cannot say how long a trial is to run."""
    study = optuna.create_study(sampler=target.LogminerSampler(FULL, strategy="asha"))
    with pytest.raises(UsageError, match="'asha' grants budgets"):
        study.optimize(objective, n_trials=1)


def test_what_was_enqueued_counts_until_the_objective_has_asked(optuna):
    """A value that it never asked for is no part of the config."""
    from logminer.exports._optuna_sampler import as_trials

    study = optuna.create_study()
    study.enqueue_trial({"x": 0.5, "ignored": 1})
    assert as_trials(study.trials, 1.0)[0].config == {"x": 0.5, "ignored": 1}
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    assert as_trials(study.trials, 1.0)[0].config == {"x": 0.5}


def test_pruned_trials_count_with_their_share_of_a_run(optuna):
    """A value after half the steps is not one after all of them."""
    from logminer.exports._optuna_sampler import as_trials

    study = optuna.create_study()
    for steps, state in [(10, "COMPLETE"), (5, "PRUNED"), (0, "FAIL")]:
        values = {s: 1.0 / s for s in range(1, steps + 1)}
        study.add_trial(
            optuna.trial.create_trial(
                state=optuna.trial.TrialState[state],
                value=0.1 if steps == 10 else None,
                intermediate_values=values,
                params={"x": steps},
                distributions={"x": optuna.distributions.IntDistribution(0, 10)},
            )
        )
    study.enqueue_trial({"x": 1})
    study.add_trial(optuna.trial.create_trial(state=optuna.trial.TrialState.RUNNING))
    found = as_trials(study.trials, -1.0)
    assert [(t.value, t.budget, t.status) for t in found] == [
        (-0.1, None, "complete"), (-0.2, 0.5, "complete"), (None, None, "failed"), (None, None, "running"),
    ]  # fmt: skip
    assert found[3].config == {"x": 1}


STEPS = {"units": {"type": "int", "low": 32, "high": 1024}, "drop": {"low": 0.0, "high": 0.6}}


def test_an_objective_in_steps_gets_values_that_it_takes(optuna):
    """The space says nothing of steps, the objective does: no value is thrown away, and the search finds the best."""
    found = []
    for seed in range(3):
        study = optuna.create_study(sampler=target.LogminerSampler(STEPS, strategy="gp", seed=seed))
        study.optimize(
            lambda t: (
                ((t.suggest_int("units", 32, 1024, step=32) - 320) / 992) ** 2
                + (t.suggest_float("drop", 0.0, 0.6, step=0.05) - 0.15) ** 2
            ),
            n_trials=20,
        )
        assert all(t.params["units"] % 32 == 0 for t in study.trials)
        assert all(
            "does not take" not in " ".join(t.user_attrs["logminer:because"]) for t in study.trials
        )
        assert len({config_key(t.params) for t in study.trials}) == 20
        found.append(study.best_value)
    assert np.mean(found) < 0.0015  # Optuna's own TPESampler after 30 trials


def test_an_objective_may_take_less_than_the_space_holds(optuna):
    """Narrower bounds, an offset grid and fewer choices are learnt from the first trial on."""
    space = {"x": {"low": 0.0, "high": 100.0}, "k": {"type": "int", "low": 1, "high": 64}, "c": ["a", "b", "c"]}  # fmt: skip
    study = optuna.create_study(sampler=target.LogminerSampler(space, strategy="random", seed=2))
    study.optimize(
        lambda t: (
            t.suggest_float("x", 40, 41)
            + t.suggest_int("k", 3, 51, step=4)
            + len(t.suggest_categorical("c", ["b", "c"]))
        ),
        n_trials=12,
    )
    late = [" ".join(t.user_attrs["logminer:because"]) for t in study.trials[1:]]
    assert not any("does not take" in because for because in late)
    assert {t.params["k"] % 4 for t in study.trials} == {3}
    assert len({t.params["x"] for t in study.trials}) == 12


def test_a_value_that_an_objective_does_not_take_is_said(optuna):
    """Optuna draws another in its place, and the reasons say that it did."""
    space = {"x": {"low": 0.0, "high": 1.0}}
    study = optuna.create_study(sampler=target.LogminerSampler(space, strategy="random"))
    study.optimize(lambda t: t.suggest_float("x", 5, 6), n_trials=2)
    assert "x drawn: the objective does not take" in study.trials[1].user_attrs["logminer:because"][-1]  # fmt: skip


def test_an_objective_may_ask_for_powers_as_choices(optuna):
    """What the exported script asks as choices, where Optuna has no powers of two, is met by the same sampler."""
    space = {"width": {"low": 16, "high": 256, "factor": 2}, "lr": {"low": 1e-4, "high": 1.0, "log": True}}  # fmt: skip
    study = optuna.create_study(sampler=target.LogminerSampler(space, strategy="random"))
    study.optimize(
        lambda t: (
            t.suggest_categorical("width", [16, 32, 64, 128, 256])
            * t.suggest_float("lr", 1e-4, 1.0, log=True)
        ),
        n_trials=6,
    )
    assert not any(
        "does not take" in " ".join(t.user_attrs["logminer:because"]) for t in study.trials
    )
