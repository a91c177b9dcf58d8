"""The pruner for Optuna in real studies: it stops what will not win, and waits while nothing is known."""

import numpy as np
import pandas as pd
import pytest

from logminer.core.errors import UsageError
from logminer.curves.model import CurveModel
from logminer.exports import optuna as target


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
