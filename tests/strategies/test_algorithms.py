"""Each algorithm does what its paper says, checked on small cases or against a peer."""

from collections import Counter

import numpy as np
import optuna
import pandas as pd
import pytest
from scipy.stats import qmc

from logminer.core.errors import UsageError
from logminer.core.prior import NO_PRIOR
from logminer.core.space import config_key
from logminer.core.space_spec import space_from_spec
from logminer.core.trial import Trial
from logminer.strategies import STRATEGIES
from logminer.strategies._ask import ask_of
from logminer.strategies._belief import believe
from logminer.strategies._candidates import is_near, plateaus
from logminer.strategies._observed import observe
from logminer.strategies._process import Located, Process
from logminer.strategies._surrogate import belief_of
from logminer.strategies.annealing import current
from logminer.strategies.grid import levels
from logminer.transfer.cube import Cube
from logminer.transfer.past import prior_from_frame
from logminer.workflows.study import Study

BOX = space_from_spec({"x": {"low": -5.0, "high": 10.0}, "y": {"low": 0.0, "high": 15.0}})


def branin(config):
    """Branin's function: three equal minima of 0.398 (Dixon and Szegö 1978)."""
    x, y = config["x"], config["y"]
    valley = y - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10


def search(name, space, function, n, prior=NO_PRIOR, seed=0):
    """Best loss after each of ``n`` trials."""
    strategy, trials = STRATEGIES.load(name), []
    for i in range(n):
        s = strategy.suggest(space, trials, prior, 1, np.random.default_rng([seed, i]))[0]
        trials.append(Trial(s.config, function(s.config), budget=s.budget, id=str(i)))
    return np.minimum.accumulate([t.value for t in trials])


RANDOM_BEST = np.median([search("random", BOX, branin, 40, seed=s)[-1] for s in range(9)])


@pytest.mark.parametrize(
    "name", ["gp", "gp_ucb", "thompson", "forest", "tpe", "genetic", "annealing"]
)
def test_searches_beat_random_on_branin(name):
    """After 40 trials the median of a few seeds is well below that of random search."""
    best = np.median([search(name, BOX, branin, 40, seed=s)[-1] for s in range(3)])
    share = 0.95 if name == "genetic" else 0.7
    assert best - 0.398 < share * (RANDOM_BEST - 0.398)


def test_the_gaussian_process_finds_branins_minimum():
    """Forty trials are enough to come within a tenth."""
    assert search("gp", BOX, branin, 40)[-1] < 0.5


def test_tpe_is_as_good_as_a_peers():
    """On Branin it ends about where optuna's multivariate TPE ends."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    theirs = []
    for seed in range(5):
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        study.optimize(
            lambda t: branin({"x": t.suggest_float("x", -5, 10), "y": t.suggest_float("y", 0, 15)}),
            50,
        )
        theirs.append(study.best_value)
    ours = [search("tpe", BOX, branin, 50, seed=s)[-1] for s in range(5)]
    assert np.median(ours) < np.median(theirs) + 0.5


def past_of(function, tasks=4, size=40, flip=1.0):
    """Tasks that are shifted copies of one function, or of its negative."""
    rng = np.random.default_rng(0)
    rows = [
        {"task": f"t{t}", "value": flip * function(c) * (1 + t) + t, **c}
        for t in range(tasks)
        for c in BOX.sample(size, rng)
    ]
    return prior_from_frame(pd.DataFrame(rows), BOX)


def bowl(config):
    """A bowl whose middle random points miss."""
    return (config["x"] - 6) ** 2 / 25 + (config["y"] - 3) ** 2 / 25


def test_a_true_past_is_used_from_the_first_trial():
    """The first suggestion is already near the optimum."""
    assert search("auto", BOX, bowl, 1, past_of(bowl))[0] < 0.1


def test_a_past_that_is_upside_down_is_refuted():
    """The worst first configs notwithstanding, the search ends where a cold one does."""
    misled = search("auto", BOX, bowl, 20, past_of(bowl, flip=-1.0))
    assert misled[0] > 1.0
    assert misled[-1] < 0.05


def test_a_past_that_is_upside_down_is_named():
    """Whoever gave the wrong direction of a metric is told."""
    prior, strategy = past_of(bowl, flip=-1.0), STRATEGIES.load("gp")
    trials = [Trial(c, bowl(c)) for c in BOX.sample(20, np.random.default_rng(1))]
    (found,) = strategy.suggest(BOX, trials, prior, 1, np.random.default_rng(0))
    assert any("upside down" in line for line in found.because)


def test_a_past_is_put_to_the_test_when_its_favourites_stop_improving():
    """Four favourites without progress are followed by a control elsewhere; one control is enough."""
    prior, strategy, trials, controls = past_of(bowl), STRATEGIES.load("gp"), [], []
    for i in range(8):
        (s,) = strategy.suggest(BOX, trials, prior, 1, np.random.default_rng(i))
        controls += [i for line in s.because if line.startswith("a control")]
        trials.append(Trial(s.config, 1.0 + 0.01 * i + bowl(s.config)))
    assert controls == [4]
    assert bowl(trials[4].config) > 1


def test_improving_favourites_of_a_past_are_not_interrupted():
    """A search that makes progress spends nothing on controls."""
    prior, strategy, trials = past_of(bowl), STRATEGIES.load("gp"), []
    for i in range(8):
        (s,) = strategy.suggest(BOX, trials, prior, 1, np.random.default_rng(i))
        assert not any(line.startswith("a control") for line in s.because)
        trials.append(Trial(s.config, 1.0 - 0.1 * i))


def test_suggestions_name_their_evidence():
    """A suggestion of the portfolio says which run it is, what it ranked, and where it is expected to do well."""
    rows = [
        {"task": "wmt", "value": float(i), "name": f"run/{i}", "x": float(i), "y": 1.0}
        for i in range(9)
    ]
    prior = prior_from_frame(pd.DataFrame(rows), BOX)
    (found,) = STRATEGIES.load("gp").suggest(BOX, [], prior, 1, np.random.default_rng(0))
    assert found.because[0] == "run run/0 was 1st of 9 on wmt"
    assert "1st in the portfolio" in found.because[1]


def test_the_scale_of_an_explanation_is_only_a_way_to_write_it():
    """Twice the spread is four times the variances: same evidence, same predictions."""
    rng = np.random.default_rng(0)
    points = Located(rng.random((12, 2)), np.zeros(12), np.zeros((12, 0)), np.zeros((12, 0)))
    wide = Process("wide", 0.0, np.ones(2), own=1.0, noise=0.05, spread=2.0)
    tall = Process("tall", 0.0, np.ones(2), own=4.0, noise=0.2, spread=1.0)
    belief = believe([wide, tall], points.take(np.arange(9)), rng.random(9), np.zeros(9))
    assert belief.weight("wide") == pytest.approx(0.5, abs=1e-3)
    found = belief.predict(points.take(np.arange(9, 12)))
    half = len(found.weights) // 2
    assert found.mean[:half] == pytest.approx(found.mean[half:], abs=1e-3)
    assert found.deviation[:half] == pytest.approx(found.deviation[half:], abs=1e-3)


def test_predictions_are_in_the_unit_of_the_losses():
    """Most held-out values lie in the 80 % intervals, and the medians follow them."""
    strategy, hits, errors = STRATEGIES.load("gp"), [], []
    trials = [Trial(c, 1000 * bowl(c)) for c in BOX.sample(25, np.random.default_rng(0))]
    for seed in range(8):
        (s,) = strategy.suggest(BOX, trials, NO_PRIOR, 1, np.random.default_rng(seed))
        truth = 1000 * bowl(s.config)
        hits.append(s.interval[0] <= truth <= s.interval[1])
        errors.append(abs(s.predicted - truth))
    assert np.mean(hits) >= 0.5
    assert np.median(errors) < 100


def test_noise_of_repeated_seeds_is_believed():
    """A config is judged by the mean of its repeats, not by its luckiest one."""
    good, lucky = {"x": 6.0, "y": 3.0}, {"x": -5.0, "y": 15.0}
    trials = [Trial(good, v) for v in (0.1, 0.12, 0.11)] + [
        Trial(lucky, v) for v in (0.0, 0.9, 0.9)
    ]
    trials += [Trial(c, bowl(c)) for c in BOX.sample(12, np.random.default_rng(0))]
    for seed in range(3):
        (s,) = STRATEGIES.load("gp").suggest(BOX, trials, NO_PRIOR, 1, np.random.default_rng(seed))
        assert abs(s.config["x"] - 6) < abs(s.config["x"] + 5)


def test_long_studies_are_thinned_to_the_best_and_an_even_share_of_the_rest():
    """Of 2,000 trials the 250 best are kept and as many of the others, and all of them stay known."""
    losses = np.random.default_rng(0).permutation(2000).astype(float)
    trials = [Trial({"x": float(i), "y": 0.0}, loss) for i, loss in enumerate(losses)]
    seen = observe(trials)
    assert len(seen) == 500
    assert set(range(250)) <= set(seen.losses)
    assert np.median(seen.losses[seen.losses >= 250]) == pytest.approx(1125, abs=20)
    assert [losses[int(config["x"])] for config in seen.configs] == list(seen.losses)
    assert len(seen.keys) == 2000


def test_values_are_compared_at_one_budget():
    """Five long runs count and many short ones do not; with fewer long runs the short ones do."""
    configs = BOX.sample(12, np.random.default_rng(0))
    short = [Trial(c, 9.0, budget=0.1) for c in configs]
    long = [Trial(c, 1.0, budget=1.0 - 0.01 * i) for i, c in enumerate(configs[:5])]
    seen = observe(short + long)
    assert seen.configs == configs[:5]
    assert set(seen.losses) == {1.0}
    assert seen.others == configs[5:]
    assert len(observe(short + long[:4])) == 12


def test_steps_that_changed_nothing_are_not_taken_again():
    """Where neighbours gave the very same value, proposals keep their distance."""
    tried = np.array([[0.5, 0.5], [0.6, 0.5], [0.1, 0.1], [0.9, 0.9]])
    radii = plateaus(Cube(BOX), tried, np.array([1.0, 1.0, 2.0, 3.0]))
    assert radii[0] == pytest.approx(0.125)
    assert radii[2:].tolist() == [0.0, 0.0]
    asked = np.array([[0.55, 0.55], [0.15, 0.15], [0.1, 0.11]])
    assert is_near(Cube(BOX), asked, tried, radii).tolist() == [True, False, True]


def test_sobol_goes_on_where_the_trials_stopped():
    """Asked one by one or all at once, the points are those of the sequence."""
    strategy, trials = STRATEGIES.load("sobol"), []
    at_once = strategy.suggest(BOX, [], NO_PRIOR, 16, np.random.default_rng(0))
    for i in range(16):
        (s,) = strategy.suggest(BOX, trials, NO_PRIOR, 1, np.random.default_rng(i))
        trials.append(Trial(s.config, 0.0))
    assert [t.config for t in trials] == [s.config for s in at_once]
    points = BOX.to_unit([s.config for s in at_once])
    assert qmc.discrepancy(points) < qmc.discrepancy(np.random.default_rng(0).random((16, 2)))


def test_a_grid_holds_every_combination_once():
    """Ends of the ranges included, conditions respected."""
    space = space_from_spec(
        {
            "a": {"low": 0.0, "high": 1.0},
            "b": ["p", "q"],
            "c": {"type": "integer", "low": 1, "high": 2, "when": {"b": ["q"]}},
        }
    )
    assert levels(space.parameters["a"]) == [0.0, 0.25, 0.5, 0.75, 1.0]
    found = STRATEGIES.load("grid").suggest(space, [], NO_PRIOR, 15, np.random.default_rng(0))
    assert len({config_key(s.config) for s in found}) == 15
    assert Counter(s.config["b"] for s in found) == {"p": 5, "q": 10}


def test_an_absurd_grid_is_refused_with_its_size():
    """The message counts what the curse of dimensionality costs, and names a way out."""
    space = space_from_spec({f"x{i}": {"low": 0.0, "high": 1.0} for i in range(8)})
    with pytest.raises(UsageError, match="390,625 configs") as caught:
        STRATEGIES.load("grid").suggest(space, [], NO_PRIOR, 1, np.random.default_rng(0))
    assert "sobol" in caught.value.hint


def test_annealing_takes_worse_steps_while_hot_and_none_when_cold():
    """The walk leaves a better place early on, and stays once it is cold."""
    rng = np.random.default_rng(0)
    losses = np.concatenate([[0.0, 3.0, 3.0], 1.0 + rng.random(150)])
    assert any(current(losses[:n]) != 0 for n in range(4, 30))
    cold = np.concatenate([losses, [-1.0], 1.0 + rng.random(30)])
    assert current(cold) == len(losses)


def climbed(name, n, batch=1, seed=0):
    """Trials by budget after ``n`` suggestions of a halving strategy."""
    strategy, trials = STRATEGIES.load(name), []
    while len(trials) < n:
        rng = np.random.default_rng([seed, len(trials)])
        for s in strategy.suggest(BOX, trials, NO_PRIOR, batch, rng):
            value = branin(s.config) + 5 * (1 - (s.budget or 1))
            trials.append(Trial(s.config, value, "complete", s.budget, id=str(len(trials))))
    return trials


@pytest.mark.parametrize("batch", [1, 3])
def test_successive_halving_keeps_the_best_third_of_each_rung(batch):
    """27 configs at 1/27 of the budget lead to 9, 3 and 1, each the best of those below."""
    trials = climbed("successive_halving", 40, batch)[:40]
    rungs = {round(1 / b): [t for t in trials if t.budget == b] for b in {t.budget for t in trials}}
    assert {share: len(found) for share, found in rungs.items()} == {27: 27, 9: 9, 3: 3, 1: 1}
    for above, below in ((9, 27), (3, 9), (1, 3)):
        ranked = sorted(rungs[below], key=lambda t: t.value)[: len(rungs[above])]
        assert {config_key(t.config) for t in ranked} == {
            config_key(t.config) for t in rungs[above]
        }


def test_hyperband_goes_through_its_brackets():
    """Brackets of 27, 12, 6 and 4 configs start at ever larger budgets (Li et al. 2018, table 1)."""
    trials = climbed("hyperband", 40 + 17 + 8 + 4)
    firsts = Counter()
    seen = set()
    for t in trials:
        if config_key(t.config) not in seen:
            firsts[round(1 / t.budget)] += 1
        seen.add(config_key(t.config))
    assert firsts == {27: 27, 9: 12, 3: 6, 1: 4}


def test_asha_promotes_the_best_third_without_waiting():
    """Three finished trials are enough for a promotion; it names the trial it goes on from."""
    strategy = STRATEGIES.load("asha")
    configs = BOX.sample(3, np.random.default_rng(0))
    trials = [
        Trial(c, v, budget=1 / 27, id=f"n{v:.0f}")
        for c, v in zip(configs, (3.0, 1.0, 2.0), strict=True)
    ]
    (s,) = strategy.suggest(BOX, trials, NO_PRIOR, 1, np.random.default_rng(0))
    assert (s.config, s.budget, s.resumes) == (configs[1], 1 / 9, "n1")
    (again,) = strategy.suggest(
        BOX,
        [*trials, Trial(s.config, None, "running", s.budget)],
        NO_PRIOR,
        1,
        np.random.default_rng(0),
    )
    assert again.resumes is None


def test_failed_trials_are_not_promoted():
    """A rung counts its failures as finished, and as worst."""
    configs = BOX.sample(27, np.random.default_rng(0))
    trials = [Trial(c, None, "failed", 1 / 27) for c in configs[:26]] + [
        Trial(configs[26], 9.0, budget=1 / 27)
    ]
    (s,) = STRATEGIES.load("successive_halving").suggest(
        BOX, trials, NO_PRIOR, 1, np.random.default_rng(0)
    )
    assert s.config == configs[26]


def test_the_worst_members_of_a_population_copy_the_best():
    """Exploit: the worst quarter goes on from the best quarter, changed a little; the rest from themselves."""
    configs = BOX.sample(8, np.random.default_rng(0))
    trials = [Trial(c, float(i), budget=1 / 8, id=str(i)) for i, c in enumerate(configs)]
    found = STRATEGIES.load("pbt").suggest(BOX, trials, NO_PRIOR, 8, np.random.default_rng(0))
    assert [s.resumes for s in found[:6]] == [str(i) for i in range(6)]
    assert [s.config for s in found[:6]] == configs[:6]
    assert all(s.resumes in ("0", "1") for s in found[6:])
    assert all(s.config not in configs for s in found[6:])
    assert {s.budget for s in found} == {2 / 8}


@pytest.mark.parametrize("diverged", [1e3, 1e10])
def test_one_diverged_trial_does_not_end_a_search(diverged):
    """What the other trials differ in counts, however far away one of them ended."""
    space = space_from_spec({name: {"low": 0.0, "high": 1.0} for name in "xyz"})
    best = []
    for seed in range(2):
        trials = []
        for number in range(20):
            rng = np.random.default_rng([seed, number])
            config = STRATEGIES.load("gp").suggest(space, trials, NO_PRIOR, 1, rng)[0].config
            value = sum((config[n] - at) ** 2 for n, at in zip("xyz", (0.3, 0.7, 0.5), strict=True))
            trials.append(Trial(config, value if number else diverged))
        best.append(min(trial.value for trial in trials))
    assert max(best) < 0.02


def test_repeats_are_no_more_exact_than_they_were_said_to_be():
    """Two that agree by chance keep the noise they were told with, less by the root of two."""
    config = {"x": 0.0, "y": 1.0}
    assert observe([Trial(config, 1.0, noise=0.5)] * 2).noise == pytest.approx([0.5 / np.sqrt(2)])
    spread = observe([Trial(config, 1.0, noise=0.1), Trial(config, 3.0, noise=0.1)])
    assert spread.noise == pytest.approx([1.0])


def test_configs_that_run_side_by_side_are_no_near_copies():
    """Once a place is known well, a batch still teaches more than one of its configs would."""
    space = space_from_spec({name: {"low": 0.0, "high": 1.0} for name in "ab"})
    study = Study(space, strategy="gp")
    for suggestion in study.ask(20):
        a, b = suggestion.config["a"], suggestion.config["b"]
        study.tell(suggestion, (a - 0.4) ** 2 + (b - 0.6) ** 2)
    points = space.to_unit([s.config for s in study.ask(5)])
    gaps = np.linalg.norm(points[:, None] - points[None], axis=-1)[np.triu_indices(5, 1)]
    assert gaps.min() > 0.1


def points_of(study, n):
    return [s.config for s in study.ask(n)]


def test_sobol_obeys_its_seed():
    """Another seed is another scramble; the same one goes on where it stopped, whoever asks."""
    first = points_of(Study(BOX, strategy="sobol", seed=1), 6)
    assert first != points_of(Study(BOX, strategy="sobol", seed=2), 6)
    study = Study(BOX, strategy="sobol", seed=1)
    assert [points_of(study, 1)[0] for _ in range(6)] == first


def ridge(config):
    """Nearly flat where past tasks have their minimum, with a deep one elsewhere."""
    away = sum((config[name] - 0.75) ** 2 for name in "abcd")
    return 1 - np.exp(-away / 0.125) + 0.01 * sum((config[name] - 0.2) ** 2 for name in "abcd")


def corner_past(space, tasks):
    rng = np.random.default_rng(0)
    rows = [
        {"task": f"t{t}", "value": sum((v - 0.2 - 0.02 * t) ** 2 for v in c.values()), **c}
        for t in range(tasks)
        for c in space.sample(40, rng)
    ]
    return prior_from_frame(pd.DataFrame(rows), space)


def test_a_plateau_where_the_past_has_its_winners_is_no_trap():
    """Values that are all alike refute nothing, yet the search leaves for where nobody looked."""
    space = space_from_spec({name: {"low": 0.0, "high": 1.0} for name in "abcd"})
    past = corner_past(space, 8)
    assert np.median([search("gp", space, ridge, 25, past, s)[-1] for s in range(2)]) < 0.1


@pytest.mark.parametrize(
    ("tasks", "planned", "expected"),
    [(8, None, [3, 7]), (8, 30, [3, 7]), (8, 20, []), (4, None, [])],
)
def test_references_are_spent_where_they_pay(tasks, planned, expected):
    """The fourth and eighth trial look beside the past; not in short studies, nor beside a small past."""
    space = space_from_spec({name: {"low": 0.0, "high": 1.0} for name in "abcd"})
    study = Study(space, history=corner_past(space, tasks), strategy="gp", planned=planned)
    spent = []
    for i in range(10):
        s = study.ask()
        spent += [i for line in s.because if line.startswith("a reference")]
        study.tell(s, sum((v - 0.25) ** 2 for v in s.config.values()))
    assert spent == expected


def test_reasons_agree_with_numbers():
    """A chance of improvement is said as it was computed, and none where nothing is likely to improve."""
    space = space_from_spec({"x": {"low": 0.0, "high": 1.0}})
    study, lines = Study(space, "max", strategy="gp"), []
    for _ in range(20):
        s = study.ask()
        if s.predicted is not None and s.interval[1] < study.frame()["value"].max():
            lines += [line for line in s.because if "chance of improving" in line]
        study.tell(s, np.sqrt(s.config["x"]))
    assert all(int(line.split(": ")[1].rstrip("%")) < 11 for line in lines)


def test_the_best_explanation_without_a_past_keeps_a_floor():
    """However well a past fits, a tenth of the weight doubts it."""
    space = space_from_spec({name: {"low": 0.0, "high": 1.0} for name in "abcd"})
    trials = [Trial(c, sum((v - 0.25) ** 2 for v in c.values())) for c in space.sample(20, np.random.default_rng(0))]  # fmt: skip
    belief = belief_of(ask_of("gp", space, trials, corner_past(space, 8), np.random.default_rng(0)))
    assert belief.weight("cold") + belief.weight("own") >= 0.0999


def test_the_first_config_is_the_safest():
    """Good on all tasks comes before best on most and bad on one; complements follow."""
    rows = []
    for t in range(6):
        for x in np.linspace(0, 1, 21):
            special = 0.0 if t < 4 else 4.0
            value = min(0.15 + (x - 0.2) ** 2, special + 5 * abs(x - 0.8))
            rows.append({"task": f"t{t}", "value": value, "x": float(x)})
    space = space_from_spec({"x": {"low": 0.0, "high": 1.0}})
    study = Study(space, history=pd.DataFrame(rows))
    assert abs(study.ask().config["x"] - 0.2) < 0.2
