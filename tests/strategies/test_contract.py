"""What every strategy promises, whatever it does inside."""

import numpy as np
import pandas as pd
import pytest

from logminer.core.prior import NO_PRIOR, Prior, Published
from logminer.core.space import config_key
from logminer.core.space_spec import space_from_spec
from logminer.core.trial import Trial
from logminer.strategies import STRATEGIES
from logminer.transfer.past import prior_from_frame

SPACE = space_from_spec(
    {
        "parameters": {
            "lr": {"type": "float", "low": 1e-5, "high": 1.0, "log": True},
            "layers": {"type": "integer", "low": 1, "high": 12},
            "optimizer": ["adam", "sgd", "lion"],
            "momentum": {"type": "float", "low": 0.0, "high": 0.99, "when": {"optimizer": ["sgd"]}},
            "size": {"type": "ordered", "choices": ["small", "medium", "large"]},
            "seed": 7,
            "dropout": {"type": "float", "low": 0.05, "high": 0.32, "step": 0.2},
            "width": {"type": "integer", "low": 48, "high": 100, "factor": 2},
        },
        "forbidden": [{"optimizer": "lion", "size": "large"}],
    }
)
ALWAYS_NEW = set(STRATEGIES.names()) - {"pbt"}  # a population member goes on with its own config
every_strategy = pytest.mark.parametrize("name", STRATEGIES.names())


def loss(config):
    """A smooth valley in the learning rate, with the optimizer as a step."""
    step = {"adam": 0.0, "sgd": 0.3, "lion": 0.6}[config["optimizer"]]
    return (np.log10(config["lr"]) + 2) ** 2 + 0.05 * config["layers"] + step


def past(tasks=3, size=20, seed=0):
    rng = np.random.default_rng(seed)
    rows = [
        {"task": f"t{t}", "value": (1 + t) * loss(c) + t, "name": f"run{t}-{i}", **c}
        for t in range(tasks)
        for i, c in enumerate(SPACE.sample(size, rng))
    ]
    return prior_from_frame(pd.DataFrame(rows), SPACE)


PAST = past()


def run(name, space=SPACE, prior=NO_PRIOR, batches=(1,) * 12, value=loss, seed=0):
    """Ask and tell in batches; the suggestions and the trials."""
    strategy, trials, asked = STRATEGIES.load(name), [], []
    for number, n in enumerate(batches):
        rng = np.random.default_rng([seed, number])
        found = strategy.suggest(space, trials, prior, n, rng)
        assert len(found) == n
        asked += found
        for s in found:
            got = value(s.config)
            status = "failed" if got is None else "complete"
            trials.append(Trial(s.config, got, status, s.budget, id=str(len(trials))))
    return asked, trials


@every_strategy
@pytest.mark.parametrize("prior", [NO_PRIOR, PAST], ids=["cold", "warm"])
def test_suggestions_are_allowed_new_and_explained(name, prior):
    """Every config lies inside the space, none comes twice at one budget, and each says why."""
    asked, _ = run(name, prior=prior)
    for s in asked:
        assert SPACE.why_not(s.config) == ""
        assert s.strategy
        assert s.because
        assert s.budget is None or 0 < s.budget <= 1
    assert len({(config_key(s.config), s.budget) for s in asked}) == len(asked)
    if name in ALWAYS_NEW:
        fresh = [s for s in asked if s.resumes is None]
        assert len({config_key(s.config) for s in fresh}) == len(fresh)


@every_strategy
def test_same_seed_and_trials_give_the_same_answer(name):
    """An ask can be replayed from the trials alone."""
    _, trials = run(name, prior=PAST, batches=(10,))
    strategy = STRATEGIES.load(name)
    first, second = (
        strategy.suggest(SPACE, trials, PAST, 2, np.random.default_rng(5)) for _ in range(2)
    )
    assert first == second


@every_strategy
def test_a_batch_holds_different_configs_and_leaves_out_pending_ones(name):
    """Several machines that ask at once get different work."""
    _, trials = run(name, batches=(9,))
    pending = [Trial(c, None, "running") for c in SPACE.sample(2, np.random.default_rng(3))]
    found = STRATEGIES.load(name).suggest(
        SPACE, trials + pending, PAST, 5, np.random.default_rng(0)
    )
    fresh = {config_key(s.config) for s in found if s.resumes is None}
    assert len({(config_key(s.config), s.budget) for s in found}) == 5
    assert not fresh & {config_key(t.config) for t in pending}


@every_strategy
def test_a_space_of_one_config_is_answered(name):
    """Nothing to choose is no reason to fail."""
    space = space_from_spec({"lr": 0.1, "optimizer": ["adam"]})
    asked, _ = run(name, space=space, batches=(1, 1, 2), value=lambda _: 1.0)
    assert all(s.config == {"lr": 0.1, "optimizer": "adam"} for s in asked)


@pytest.mark.parametrize("name", sorted(ALWAYS_NEW))
def test_a_small_space_is_used_up_before_anything_comes_twice(name):
    """Twenty of twenty-four configs are twenty different ones, many of them alike in their values."""
    space = space_from_spec({"a": list("uvwxyz"), "b": {"type": "integer", "low": 1, "high": 4}})
    asked, _ = run(name, space=space, batches=(1,) * 20, value=lambda c: float(c["b"] > 2))
    fresh = [s for s in asked if s.resumes is None]
    assert len({config_key(s.config) for s in fresh}) == len(fresh)


@pytest.mark.parametrize("name", sorted(ALWAYS_NEW))
@pytest.mark.parametrize(
    "spec",
    [
        {"x": {"low": 0.0, "high": 0.75, "step": 0.05}},
        {"x": {"low": 1, "high": 2**15, "factor": 2}},
        {"x": {"low": 0.9, "high": 0.999, "scale": "one_minus", "factor": 1.4}},
        {"x": {"type": "int", "low": 4, "high": 19, "log": True}, "y": {"low": 0.5, "high": 0.6, "step": 0.3}},
    ],
    ids=["step", "powers", "decay", "log"],
)  # fmt: skip
def test_a_space_in_steps_is_used_up_before_anything_comes_twice(name, spec):
    """Values between two steps are never proposed, so that the last ones left are found."""
    space = space_from_spec(spec)
    count = min(int(space.size), 16)
    if name == "grid":  # five levels of each, then again
        count = 5
    asked, _ = run(name, space=space, batches=(1,) * count, value=lambda c: float(c["x"]))
    assert all(s.config["x"] in space.parameters["x"].values() for s in asked)
    fresh = [s for s in asked if s.resumes is None]
    assert len({config_key(s.config) for s in fresh}) == len(fresh)


@every_strategy
@pytest.mark.parametrize("prior", [NO_PRIOR, PAST], ids=["cold", "warm"])
def test_a_study_in_which_all_failed_goes_on(name, prior):
    """Failures alone still lead to new, allowed configs."""
    asked, _ = run(name, prior=prior, batches=(1,) * 9, value=lambda _: None)
    assert len({config_key(s.config) for s in asked}) >= 8


@every_strategy
def test_equal_values_do_not_stop_a_search(name):
    """A metric that never changes leaves every config as likely as another."""
    run(name, prior=PAST, batches=(4, 4, 2), value=lambda _: 0.25)


@every_strategy
def test_trials_outside_the_space_inform_and_are_never_proposed(name):
    """Values beyond the bounds and unknown choices may be told; they do not come back."""
    odd = [
        {"lr": 50.0, "layers": 40, "optimizer": "adam", "size": "small", "seed": 7},
        {"lr": 0.01, "layers": 3, "optimizer": "rmsprop", "size": "small", "seed": 7},
        {"lr": 0.01, "optimizer": "adam"},
    ]
    _, trials = run(name, batches=(8,))
    trials += [Trial(config, -5.0) for config in odd]
    for s in STRATEGIES.load(name).suggest(SPACE, trials, PAST, 3, np.random.default_rng(0)):
        assert SPACE.contains(s.config)


LED_BY_THE_PAST = sorted(set(STRATEGIES.names()) - {"grid", "sobol"})


@pytest.mark.parametrize("name", LED_BY_THE_PAST)
def test_past_winners_lead_where_less_is_searched_than_they_recorded(name):
    """A space of the learning rate alone begins with learning rates of runs that did well."""
    space = space_from_spec({"lr": {"type": "float", "low": 1e-5, "high": 1.0, "log": True}})
    (first,), _ = run(name, space, PAST, batches=(1,), value=lambda c: 1.0)
    best = {config["lr"] for task in PAST.tasks for config in task.configs}
    assert first.config["lr"] in best
    assert 1e-3 < first.config["lr"] < 0.1


@pytest.mark.parametrize("name", LED_BY_THE_PAST)
def test_past_winners_lead_where_something_new_is_searched(name):
    """What no past run has is drawn, and the reasons say so; all else is that of a run that did well."""
    spec = {
        "lr": {"type": "float", "low": 1e-5, "high": 1.0, "log": True},
        "warmup": [0, 100, 1000],
    }
    (first,), _ = run(name, space_from_spec(spec), PAST, batches=(1,), value=lambda c: 1.0)
    assert 1e-3 < first.config["lr"] < 0.1
    assert any(reason == "warmup drawn: no past run has one" for reason in first.because)


@every_strategy
def test_ten_thousand_past_trials_are_no_obstacle(name):
    """A large past is thinned out, not refused."""
    rng = np.random.default_rng(0)
    configs = SPACE.sample(200, rng)
    frame = pd.DataFrame([{"value": loss(c), **c} for c in configs])
    rows = [frame.assign(task=f"t{t}", value=frame["value"] * (1 + t)) for t in range(50)]
    prior = prior_from_frame(pd.concat(rows, ignore_index=True), SPACE)
    assert prior.used == 10_000
    assert len(STRATEGIES.load(name).suggest(SPACE, [], prior, 2, rng)) == 2


@every_strategy
def test_many_own_trials_are_no_obstacle(name):
    """A long study is thinned out by strategies whose cost would explode."""
    rng = np.random.default_rng(0)
    trials = [Trial(c, loss(c)) for c in SPACE.sample(2000, rng)]
    assert len(STRATEGIES.load(name).suggest(SPACE, trials, NO_PRIOR, 1, rng)) == 1


@pytest.mark.parametrize("name", sorted(set(STRATEGIES.names()) - {"grid"}))
def test_a_long_study_repeats_nothing(name):
    """What models leave out of a long study is still known to have been tried; a grid repeats once all is tried."""
    space = space_from_spec({"x": {"type": "integer", "low": 1, "high": 2000}})
    trials = [Trial({"x": x}, float(x)) for x in range(1, 1901)]
    for s in STRATEGIES.load(name).suggest(space, trials, NO_PRIOR, 2, np.random.default_rng(0)):
        assert s.config["x"] > 1900 or s.resumes is not None


@pytest.mark.parametrize("name", sorted(set(STRATEGIES.names()) - {"grid", "sobol"}))
def test_the_config_in_use_comes_first_and_published_ones_follow(name):
    """What the user runs today is the yardstick of a study."""
    today, paper = SPACE.sample(2, np.random.default_rng(8))
    prior = Prior(default=today, published=(Published(paper, "a paper"),))
    asked, _ = run(name, prior=prior, batches=(1, 1))
    assert [s.config for s in asked] == [today, paper]
    assert asked[1].because[0] == "published: a paper"


@every_strategy
@pytest.mark.parametrize("prior", [NO_PRIOR, PAST], ids=["cold", "warm"])
def test_the_largest_numbers_do_not_stop_a_search(name, prior):
    """Some trainings give 1e300 where another would fail; failed trials stand beside them."""
    values = iter([0.3, None, 1e300, 0.5, 1.7e308, -1.7e308, *[0.4] * 8])
    run(name, prior=prior, value=lambda _: next(values), batches=(1,) * 14)


def test_a_past_with_the_largest_numbers_is_used():
    """They are as bad as any trial, and what the others say holds."""
    rng, rows = np.random.default_rng(0), []
    for i, c in enumerate(SPACE.sample(60, rng)):
        value = 1.7e308 if i % 15 == 0 else -1.7e308 if i % 15 == 1 else loss(c)
        rows.append({"task": f"t{i % 3}", "value": value, **c})
    run("gp", prior=prior_from_frame(pd.DataFrame(rows), SPACE), batches=(1,) * 4)


@pytest.mark.parametrize(
    "name", sorted(ALWAYS_NEW - {"successive_halving", "hyperband", "asha", "bohb"})
)
def test_the_last_configs_of_a_space_that_is_mostly_forbidden_are_found(name):
    """Eight of two hundred combinations are allowed: each comes once before any comes twice."""
    allowed = [(3 * i % 14, 5 * i % 14) for i in range(8)]
    pairs = [(a, b) for a in range(14) for b in range(14)]
    forbidden = [{"a": a, "b": b} for a, b in pairs if (a, b) not in allowed]
    choices = list(range(14))
    space = space_from_spec({"parameters": {"a": choices, "b": choices}, "forbidden": forbidden})
    asked, _ = run(name, space=space, batches=(2, 2, 1, 1, 1, 1), value=lambda c: float(c["a"]))
    assert len({config_key(s.config) for s in asked}) == 8


@pytest.mark.parametrize("name", ["random", "tpe"])
def test_what_no_past_run_has_is_searched_everywhere(name):
    """Past winners say nothing of a hyperparameter they do not have: draws around them cover all of its range."""
    spec = {
        "lr": {"type": "float", "low": 1e-5, "high": 1.0, "log": True},
        "warmup": {"type": "float", "low": 0.0, "high": 1.0},
    }
    asked, _ = run(name, space_from_spec(spec), PAST, batches=(60,), value=lambda c: 1.0)
    counts, _ = np.histogram([s.config["warmup"] for s in asked], bins=4, range=(0, 1))
    assert counts.min() >= 6
