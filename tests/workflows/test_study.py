"""A study: ask, tell, and what it knows in between."""

import math

import numpy as np
import pandas as pd
import pytest

from logminer.core.errors import NothingFoundError, UsageError
from logminer.core.prior import NO_PRIOR
from logminer.core.space_spec import space_from_spec
from logminer.workflows.study import Study

SPEC = {
    "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
    "depth": {"type": "integer", "low": 1, "high": 6},
}


def accuracy(config):
    """Highest at a learning rate of 0.01."""
    return 0.9 - 0.1 * (math.log10(config["lr"]) + 2) ** 2 - 0.01 * config["depth"]


def past(size=15):
    rng = np.random.default_rng(0)
    configs = space_from_spec(SPEC).sample(3 * size, rng)
    return pd.DataFrame(
        [
            {"task": f"t{i % 3}", "name": f"r{i}", "value": accuracy(c), **c}
            for i, c in enumerate(configs)
        ]
    )


def test_a_maximised_metric_is_searched_upwards_and_predicted_in_its_own_unit():
    """Values, predictions and intervals are accuracies, not losses."""
    study = Study(SPEC, mode="max", history=past())
    first = study.ask()
    assert accuracy(first.config) > 0.8
    assert first.predicted is None
    study.tell(first, accuracy(first.config))
    for _ in range(4):
        s = study.ask()
        study.tell(s, accuracy(s.config))
    s = study.ask()
    assert s.interval[0] <= s.predicted <= s.interval[1]
    assert abs(s.predicted - accuracy(s.config)) < 0.2
    assert study.frame()["value"].max() == accuracy(study.best.config)


def test_the_history_is_accounted_for():
    """Rows used and dropped are counted with reasons."""
    frame = past()
    frame.loc[0, "value"] = np.nan
    study = Study(SPEC, history=frame)
    assert study.prior.used == len(frame) - 1
    assert study.prior.dropped == {"no finite value": 1}


def test_the_same_seed_and_trials_give_the_same_search():
    """A study can be replayed, and another seed is another search."""

    def searched(seed):
        study = Study(SPEC, strategy="random", seed=seed)
        return [study.ask().config for _ in range(4)]

    assert searched(1) == searched(1)
    assert searched(1) != searched(2)


def test_a_study_that_is_told_again_goes_on_where_it_stopped():
    """Resuming is telling the trials again."""
    whole, resumed = Study(SPEC, history=past()), Study(SPEC, history=past())
    for _ in range(6):
        s = whole.ask()
        whole.tell(s, accuracy(s.config))
    for trial in whole.trials:
        resumed.tell(trial.config, trial.value)
    assert resumed.ask().config == whole.ask().config


def test_several_at_once_differ_and_count_as_running_until_told():
    """A batch is answered in any order."""
    study = Study(SPEC, history=past())
    batch = study.ask(4)
    assert len({tuple(s.config.values()) for s in batch}) == 4
    assert [t.status for t in study.trials] == ["running"] * 4
    study.tell(batch[2], 0.5)
    study.tell(batch[0].config, 0.25)
    assert [t.status for t in study.trials] == ["complete", "running", "complete", "running"]
    assert [t.value for t in study.trials] == [0.25, None, 0.5, None]


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_a_trial_without_a_finite_value_has_failed(value):
    """Diverged runs are told like others."""
    study = Study(SPEC)
    study.tell(study.ask(), value)
    assert study.trials[0].status == "failed"
    assert study.trials[0].value is None
    with pytest.raises(NothingFoundError):
        _ = study.best


def test_configs_that_were_never_asked_for_inform():
    """What was run by hand joins the study, inside the space or not."""
    study = Study(SPEC)
    study.tell({"lr": 0.01, "depth": 2}, 0.3)
    study.tell({"lr": 5.0, "depth": 90}, 0.1)
    assert len(study.trials) == 2
    assert study.space.contains(study.ask().config)


def test_budgets_are_in_the_users_unit():
    """With a full run of 81 epochs, the first rung is 3 epochs, and a promotion resumes a trial."""
    study = Study(SPEC, strategy="asha", budget=81)
    for value in (0.3, 0.1, 0.2):
        s = study.ask()
        assert s.budget == 3
        study.tell(s, value)
    promoted = study.ask()
    assert (promoted.budget, promoted.resumes) == (9, "1")
    study.tell(promoted, 0.05, budget=9)
    assert study.frame()["budget"].tolist() == [3, 3, 3, 9]


def test_a_budget_too_small_to_be_cut_still_climbs():
    """Rounded budgets are not mistaken for others."""
    study = Study(SPEC, strategy="asha", budget=10)
    for value in (0.3, 0.1, 0.2):
        s = study.ask()
        study.tell(s, value, budget=s.budget)
    assert study.ask().resumes == "1"


def test_the_best_trial_is_one_of_the_largest_budget():
    """A short run's luck does not win."""
    study = Study(SPEC, budget=9)
    study.tell({"lr": 0.1, "depth": 1}, 0.01, budget=1)
    study.tell({"lr": 0.2, "depth": 1}, 0.5, budget=9)
    assert study.best.config["lr"] == 0.2


def test_a_prior_and_a_space_are_taken_as_they_are():
    """What is already built need not be built again."""
    space = space_from_spec(SPEC)
    study = Study(space, history=NO_PRIOR)
    assert study.space is space
    assert study.prior is NO_PRIOR


def test_mistakes_are_named():
    """Mode, strategy and status are checked when they are given."""
    with pytest.raises(UsageError, match="'min' or 'max'"):
        Study(SPEC, mode="maximise")
    with pytest.raises(UsageError, match="did you mean 'random'"):
        Study(SPEC, strategy="randm")
    with pytest.raises(UsageError, match="not 'done'"):
        Study(SPEC).tell({"lr": 0.1, "depth": 1}, 0.5, status="done")
    with pytest.raises(UsageError, match="standard deviation, not -1"):
        Study(SPEC).tell({"lr": 0.1, "depth": 1}, 0.5, noise=-1)


def test_a_noisy_value_is_believed_less():
    """The best of twelve values is predicted to do worse when it is said to be uncertain."""
    predicted = []
    for noise in (0.0, 1.0):
        study = Study(SPEC, strategy="gp")
        configs = study.space.sample(12, np.random.default_rng(0))
        losses = 1 - np.array([accuracy(config) for config in configs])
        for config, loss in zip(configs, losses, strict=True):
            study.tell(config, loss, noise=noise if loss == losses.min() else 0.0)
        assert {t.noise for t in study.trials} == {0.0, noise}
        predicted.append(study.ask().predicted)
    assert predicted[1] > predicted[0]


def test_a_past_too_small_to_use_is_said():
    """Two past trials rank nothing: the prior counts them, and the suggestion says why it has no past."""
    past = pd.DataFrame({"task": "old", "value": [0.1, 0.2], "lr": [1e-3, 1e-2]})
    study = Study({"lr": {"low": 1e-5, "high": 1.0, "log": True}}, history=past)
    assert study.prior.dropped == {"its task has fewer than 3 usable trials": 2}
    because = study.ask().because[-1]
    assert because.endswith("2 past trials are of no use (its task has fewer than 3 usable trials)")


def test_a_hyperparameter_may_be_called_like_a_column_of_the_trials():
    """The table has both, and the metric's value stays what it was."""
    study = Study({"value": {"low": 0.0, "high": 1.0}, "id": [7]})
    study.tell({"value": 0.5, "id": 7}, 3.0)
    (row,) = study.frame().to_dict("records")
    assert (row["id"], row["value"], row["config.id"], row["config.value"]) == ("0", 3.0, 7, 0.5)


@pytest.mark.parametrize("seed", [-1, 1.5, None])
def test_a_seed_that_is_none_is_refused(seed):
    """A seed is a whole number from 0 on."""
    with pytest.raises(UsageError, match="seed"):
        Study(SPEC, seed=seed)


@pytest.mark.parametrize("history", ["past.csv", [{"task": "a", "value": 1.0}]])
def test_a_history_that_is_no_table_is_refused(history):
    """The message says what it should be."""
    with pytest.raises(UsageError, match="a history is a data frame"):
        Study(SPEC, history=history)


@pytest.mark.parametrize("n", [0, -1])
def test_no_configs_cannot_be_asked_for(n):
    """Nothing is handed out in their place, and nothing is said to be used up."""
    study = Study(SPEC)
    with pytest.raises(UsageError, match="cannot be proposed"):
        study.ask(n)
    assert not study.trials


@pytest.mark.parametrize("budget", [-1, math.nan, math.inf])
def test_a_budget_that_is_none_is_refused(budget):
    """Of a study and of a trial: neither could be compared with any other."""
    with pytest.raises(UsageError, match="budget"):
        Study(SPEC, budget=budget)
    with pytest.raises(UsageError, match="budget"):
        Study(SPEC).tell({"lr": 0.1, "depth": 2}, 0.5, budget=budget)


@pytest.mark.parametrize(("value", "told"), [(np.float32(0.5), 0.5), (True, 1.0), (10**400, None)])
def test_any_number_may_be_told(value, told):
    """One that no double holds is no value: the trial failed."""
    study = Study(SPEC)
    study.tell({"lr": 0.1, "depth": 2}, value)
    assert study.trials[0].value == told


def test_a_value_that_is_no_number_is_refused():
    """Nothing of it is kept."""
    study = Study(SPEC)
    with pytest.raises(UsageError, match="a value is a number or None, not 'good'"):
        study.tell({"lr": 0.1, "depth": 2}, "good")
    assert not study.trials
