"""Repeats: fixed and adaptive, their seeds, and that one lucky run does not win."""

import numpy as np
import pytest

import logminer as lm
from logminer.analyses.repeats import weigh_repeats
from logminer.core.space_spec import space_from_spec
from logminer.runner._repeats import Repeats, grouped, judged, seeds_apart
from logminer.store.trials import TrialRow

SPACE = {"x": {"type": "float", "low": 0.0, "high": 1.0}}


def race(repeats, means, noise, seed, most):
    """Run configs of a finite space until nothing is left to do; the best, and how many runs it took."""
    rng, rows, new = np.random.default_rng(seed), [], iter(range(len(means)))
    while len(rows) < most:
        again = repeats.due(rows, 1.0)
        config = again.config if again else {"i": next(new, None)}
        if config["i"] is None:
            again = repeats.due(rows, 1.0, exhausted=True)
            if again is None:
                break
            config = again.config
        value = float(means[config["i"]] + noise * rng.standard_normal())
        rows.append(TrialRow("s", len(rows), config, "complete", value=value))
    groups, worth = judged(grouped(rows), 1.0)
    return groups[worth.best].first.config["i"], len(rows)


def test_adaptive_repeats_find_the_best_with_half_the_runs():
    """Of 20 noisy configs; ten runs of each find it no more often."""
    fixed, adaptive, spent = 0, 0, 0
    for seed in range(40):
        means = np.random.default_rng(1000 + seed).standard_normal(20)
        fixed += race(Repeats(10), means, 0.5, seed, 200)[0] == means.argmin()
        found, runs = race(Repeats(confident=True), means, 0.5, seed, 100)
        adaptive += found == means.argmin()
        spent += runs
    assert adaptive >= fixed - 2
    assert spent <= 0.5 * 40 * 200


def test_one_lucky_run_does_not_win():
    """The mean of a config's runs counts, drawn to the centre where they are few."""
    study = lm.Study(SPACE, mode="max")
    for value in (0.9, 0.1, 0.1, 0.1, 0.1):
        study.tell({"x": 0.3}, value)
    for value in (0.8, 0.8, 0.8, 0.8):
        study.tell({"x": 0.7}, value)
    assert study.best.config == {"x": 0.7}
    assert study.best.value == pytest.approx(-0.8)


@pytest.mark.parametrize(
    ("losses", "best"),
    [
        ([[0.50], [0.52, 0.55, 0.49, 0.52, 0.53], [0.9, 1.3], [1.1], [0.2, 1.4]], 1),
        ([[3.0], [2.0], [1.0]], 2),
        ([[1.0, 1.0], [0.5, 0.5]], 1),
        ([[7.0]], 0),
    ],
)
def test_the_best_by_posterior_mean(losses, best):
    """Without noise, or repeats, the plain order holds."""
    assert weigh_repeats(losses).best == best


def test_fixed_repeats_run_every_config_with_its_own_seeds(tmp_path):
    """Value is the mean, and the seeds of all configs are the same."""
    seen = []

    def train(trial):
        seen.append((trial.config["x"], trial.seed))
        return trial.config["x"] + 0.1 * trial.seed

    result = lm.search(
        train,
        SPACE,
        mode="min",
        n_trials=6,
        repeats=3,
        strategy="random",
        study="r",
        db=tmp_path / "db",
        runs=tmp_path,
    )
    assert [seed for _, seed in seen] == [0, 1, 2, 0, 1, 2]
    assert len({x for x, _ in seen}) == 2
    assert result.best_runs == 3
    best = result.trials[result.trials["x"] == result.best_config["x"]]["value"]
    assert result.best_value == pytest.approx(best.mean())
    assert result.best_error > 0


def test_a_config_that_fails_is_not_repeated(tmp_path):
    """More of the same would fail too."""
    runs = []

    def train(trial):
        runs.append(trial.config["x"])
        if len(runs) == 1:
            raise MemoryError
        return 1.0

    lm.search(
        train,
        SPACE,
        n_trials=3,
        repeats=2,
        strategy="random",
        study="r",
        db=tmp_path / "db",
        runs=tmp_path,
    )
    assert runs.count(runs[0]) == 1
    assert runs[1] == runs[2]


@pytest.mark.parametrize(
    ("spec", "seeds"),
    [
        ({"seed": [3, 5]}, [3, 5, 6]),
        ({"random_state": {"type": "int", "low": 40, "high": 41}}, [40, 41, 42]),
    ],
)
def test_a_seed_in_a_space_tells_repeats_apart(spec, seeds):
    """It is no dimension, and its values are the seeds."""
    space, repeats, said = seeds_apart(space_from_spec({**SPACE, **spec}), Repeats(3))
    assert space.names == ["x"]
    assert [repeats.seed(k) for k in range(3)] == seeds
    assert next(iter(spec)) in said


@pytest.mark.parametrize("spec", [{"seed": ["a", "b"]}, {"depth": [1, 2]}])
def test_what_is_no_seed_stays(spec):
    """Words are no seeds, and whole numbers of another name are searched."""
    space, repeats, said = seeds_apart(space_from_spec({**SPACE, **spec}), Repeats(3))
    assert len(space.names) == 2
    assert (repeats.names, said) == ((), "")
