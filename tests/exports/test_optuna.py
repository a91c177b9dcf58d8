"""Optuna: the script, the sampler and the pruner, each in a real study."""

import ast
import json
import runpy

import numpy as np
import pandas as pd
import pytest
from export_contexts import FULL, hostile_context, make_context
from factories import landscape

from logminer.core.errors import UsageError
from logminer.core.space import config_key
from logminer.curves.model import CurveModel
from logminer.exports import optuna as target
from logminer.exports._context import ExportContext


def run_script(context, tmp_path):
    """The names that the written script defines."""
    path = tmp_path / "warm.py"
    path.write_text(target.write(context), encoding="utf-8")
    return runpy.run_path(str(path))


def test_the_script_is_plain_data_and_code_of_ours():
    """Names and values out of logs are literals, whatever they hold."""
    code = target.write(hostile_context())
    tree = ast.parse(code)
    assert [type(node).__name__ for node in tree.body] == [
        "Import", "ImportFrom", "ImportFrom", *["Assign"] * 5, "FunctionDef", "FunctionDef", "If",
    ]  # fmt: skip
    code.encode()


def test_the_script_says_what_it_rests_on():
    """Task, notes, what was left out and what could not be said."""
    code = target.write(make_context())
    assert "# Written by logminer for task: minimise val/loss." in code
    assert "# a note" in code
    assert "# Note: skip configs with 'optimizer' = lion and 'depth' = 8: not allowed" in code


@pytest.fixture
def optuna():
    found = pytest.importorskip("optuna")
    found.logging.set_verbosity(found.logging.ERROR)
    return found


@pytest.mark.parametrize("context", [make_context(mode="max"), hostile_context()])
def test_a_study_takes_past_trials_and_configs(optuna, context, tmp_path):
    """Own trials come with values in the metric's unit; configs wait, and are run first, as they are."""
    context.history.trials.iloc[0, context.history.trials.columns.get_loc("value")] = np.nan
    script = run_script(ExportContext(**vars_of(context)), tmp_path)
    study = optuna.create_study(direction=script["DIRECTION"])
    script["warm"](study)
    states = [t.state.name for t in study.trials]
    assert (states.count("COMPLETE"), states.count("FAIL"), states.count("WAITING")) == (19, 1, 3)
    done = context.history.trials["value"].iloc[1:].tolist()
    assert [t.value for t in study.trials if t.state.name == "COMPLETE"] == done
    assert study.best_value == max(done)
    seen = []
    study.optimize(lambda trial: seen.append(script["suggest"](trial)) or 0.5, n_trials=3)
    assert [config_key(c) for c in seen] == [config_key(c) for c in context.configs]


def test_run_by_itself_the_script_makes_a_study(optuna, tmp_path, monkeypatch, capsys):
    """A database that the user's search opens; a second run does not double it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "warm.py").write_text(target.write(make_context(mode="max")))
    runpy.run_path("warm.py", run_name="__main__")
    assert "23 trials in optuna.db, 3 of them to be run first" in capsys.readouterr().out
    study = optuna.load_study(study_name="task", storage="sqlite:///optuna.db")
    assert (study.direction.name, len(study.trials)) == ("MAXIMIZE", 23)
    with pytest.raises(optuna.exceptions.DuplicatedStudyError):
        runpy.run_path("warm.py", run_name="__main__")


def vars_of(context):
    names = ("space", "suggestions", "task", "objective", "history", "notes")
    return {name: getattr(context, name) for name in names}


def test_the_script_stays_in_the_space(optuna, tmp_path):
    """Conditions are kept by the order in which the script asks."""
    script = run_script(make_context(runs=0, n=0), tmp_path)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(50):
        config = script["suggest"](study.ask())
        assert FULL.why_not(config) in ("", "a forbidden combination")


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


def curve(end, n=20):
    return end + 1.5 * np.arange(1, n + 1) ** -0.6


def learner(values):
    def train(trial):
        for step, value in enumerate(values[trial.number], start=1):
            trial.report(value, step)
            if trial.should_prune():
                import optuna

                raise optuna.TrialPruned
        return values[trial.number][-1]

    return train


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_the_pruner_stops_what_will_not_win(optuna, direction):
    """After a good trial a hopeless one ends early, and a better one is left alone."""
    sign = 1 if direction == "minimize" else -1
    values = [sign * curve(end) for end in (0.2, 0.25, 0.9, 0.1)]
    pruner = target.LogminerPruner(p=0.05, least=3, every=2)
    study = optuna.create_study(direction=direction, pruner=pruner)
    study.optimize(learner(values), n_trials=4)
    assert study.trials[0].state.name == study.trials[3].state.name == "COMPLETE"
    assert study.trials[2].state.name == "PRUNED"
    assert 3 <= study.trials[2].last_step < 15


def test_the_pruner_learns_from_past_curves(optuna):
    """A model fitted on past runs answers instead of the laws alone."""
    rng = np.random.default_rng(0)
    frames = [
        pd.DataFrame({"task": "past", "run": str(i), "step": np.arange(1, 21), "value": curve(e)})
        for i, e in enumerate(rng.uniform(0.1, 1.0, 30))
    ]
    model = CurveModel().fit(pd.concat(frames))
    study = optuna.create_study(pruner=target.LogminerPruner(model, least=2, every=2))
    study.optimize(learner([curve(0.2), curve(0.9), curve(0.1)]), n_trials=3)
    assert [t.state.name for t in study.trials] == ["COMPLETE", "PRUNED", "COMPLETE"]


def test_the_pruner_waits_for_a_first_result_and_stops_nan(optuna):
    """With nothing to beat nothing is hopeless, but a diverged trial is."""
    study = optuna.create_study(pruner=target.LogminerPruner())
    values = [curve(9.0), [0.5, float("nan"), 0.1]]
    study.optimize(learner(values), n_trials=2)
    assert [t.state.name for t in study.trials] == ["COMPLETE", "PRUNED"]
    assert study.trials[1].last_step == 2


def test_the_pruner_waits_until_a_curve_has_a_shape(optuna):
    """After one or two values nothing is pruned, and none that would have won is."""
    ends = np.random.default_rng(0).uniform(0.1, 1, 12)
    study = optuna.create_study(pruner=target.LogminerPruner())
    study.optimize(learner([curve(end) for end in ends]), n_trials=12)
    pruned = [t for t in study.trials if t.state.name == "PRUNED"]
    assert pruned
    assert min(len(t.intermediate_values) for t in pruned) >= 4
    assert study.best_trial.number == ends.argmin()


@pytest.mark.parametrize("given", [{"p": 0.0}, {"p": 1.5}, {"every": 0}])
def test_the_pruner_refuses_what_makes_no_sense(optuna, given):
    """Its settings are checked when it is made."""
    with pytest.raises(UsageError):
        target.LogminerPruner(**given)


def test_unknown_names_are_no_attributes():
    """The classes come on demand; nothing else does."""
    with pytest.raises(AttributeError, match="Sampler"):
        target.Sampler  # noqa: B018


def test_reasons_travel_with_the_configs():
    """Each enqueued config keeps what speaks for it."""
    code = target.write(make_context())
    assert all(json.dumps(f"reason {i}").replace('"', "'") in code for i in range(3))
