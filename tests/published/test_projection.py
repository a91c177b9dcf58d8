"""Published configs in the user's space: inside it, told where changed, and without repeats."""

import numpy as np
import pytest

from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.prior import PastTask, Prior
from logminer.core.published import (
    Belief,
    PublishedConfig,
    PublishedParameter,
    PublishedPrior,
    Source,
)
from logminer.core.published_file import parse_prior, prior_to_text
from logminer.core.space import Space
from logminer.published.portable import MOST_TRIALS, past_tasks, portable
from logminer.published.projection import configs


def parameter(space, centre):
    shares = ((centre, 1.0),)
    return PublishedParameter(
        space, (Belief({}, centre, 2.0, None, None, shares, ("s1",), 3, 5, 0.5),)
    )


def prior(*found):
    return PublishedPrior(
        name="toys",
        origin="published",
        matches={},
        conditioned_on=("optimizer",),
        parameters={
            "learning_rate": parameter(Float(1e-5, 10.0, log=True), 0.1),
            "batch_size": parameter(Integer(8, 4096, log=True), 256),
            "weight_decay": parameter(Float(1e-6, 0.1, log=True), 1e-4),
            "optimizer": parameter(Categorical(("sgd", "adamw")), "sgd"),
        },
        configs=tuple(found),
        spaces=(),
        sources={"s1": Source("a/b", "1.0", "MIT")},
    )


def config(optimizer="sgd", ref="s1:x", **values):
    return PublishedConfig(
        {"optimizer": optimizer, **values}, 0.5, {"optimizer": optimizer}, (ref,)
    )


SPACE = Space({
    "lr": Float(1e-4, 1.0, log=True),
    "optim": Categorical(("SGD", "torch.optim.AdamW")),
    "bs": Integer(16, 512, log=True),
})  # fmt: skip


def test_names_and_values_meet_by_meaning():
    """The config comes in the user's names and spelling, and cites its source."""
    (found,) = configs(prior(config("adamw", learning_rate=0.001, batch_size=64)), SPACE, 3)
    assert found.config == {"lr": 0.001, "optim": "torch.optim.AdamW", "bs": 64}
    assert found.refs == ("a/b@1.0 x (MIT)",)
    assert found.notes == ()


def test_a_value_close_outside_is_clipped_and_said():
    """A little beyond the bounds is the bound, and the note names the value."""
    (found,) = configs(prior(config(learning_rate=2.0, batch_size=64)), SPACE, 3)
    assert found.config["lr"] == 1.0
    assert found.notes == ("lr 2 clipped",)


def test_a_value_far_outside_leaves_the_config_out():
    """A batch of 16,384 says nothing of a search up to 512."""
    assert configs(prior(config(learning_rate=0.1, batch_size=16384)), SPACE, 3) == []


def test_what_a_config_does_not_set_is_filled_from_the_centre():
    """Missing values come from what the sources commonly use, and are said."""
    (found,) = configs(prior(config(learning_rate=0.1)), SPACE, 3)
    assert found.config["bs"] == 256
    assert found.notes == ("bs filled in",)


def test_the_learning_rate_is_scaled_with_the_batch():
    """Where sources scale linearly, a smaller batch takes a smaller learning rate along."""
    given = config(learning_rate=0.4, learning_rate_per_256=0.1, batch_size=1024)
    (found,) = configs(prior(given), SPACE, 3)
    assert found.config == {"lr": 0.2, "optim": "SGD", "bs": 512}
    assert "scaled" in found.notes[0]


def test_another_optimizer_is_left_out():
    """In a search with AdamW no config for SGD is proposed."""
    given = prior(config("sgd", learning_rate=0.1), config("adamw", learning_rate=0.001))
    space = Space({"learning_rate": Float(1e-4, 1.0, log=True)})
    found = configs(given, space, 5, {"optimizer": "adamw"})
    assert [c.config for c in found] == [{"learning_rate": 0.001}]


def test_first_configs_are_spread():
    """Near twins of a config wait until everything else has been taken."""
    rates = [0.1, 0.101, 0.102, 0.001]
    given = prior(*(config(ref=f"s1:{r}", learning_rate=r, batch_size=64) for r in rates))
    assert [c.config["lr"] for c in configs(given, SPACE, 2)] == [0.1, 0.001]
    assert len(configs(given, SPACE, 4)) == 4


def test_an_optimizer_nobody_used_gets_no_config():
    """What is known of SGD is not proposed for an optimizer that no source tells of."""
    given = prior(config("sgd", learning_rate=0.1))
    space = Space({"learning_rate": Float(1e-4, 1.0, log=True)})
    assert configs(given, space, 5, {"optimizer": "lion"}) == []


def test_an_optimizer_is_never_filled_in():
    """A learning rate without its optimizer is not paired with a guessed one."""
    silent = PublishedConfig({"learning_rate": 4.0}, 1.0, {}, ("s1:x",))
    assert configs(prior(silent), SPACE, 3) == []


def test_equal_projections_are_one():
    """Two sources of the same config are one suggestion with both citations."""
    given = prior(
        config(ref="s1:x", learning_rate=0.1, batch_size=64),
        config(ref="s1:y", learning_rate=0.1, batch_size=64),
    )
    (found,) = configs(given, SPACE, 3)
    assert found.refs == ("a/b@1.0 x (MIT)", "a/b@1.0 y (MIT)")
    assert found.weight == 1.0


def test_changed_configs_wait():
    """A config that fits as it is goes before one that had to be changed."""
    given = prior(
        config(learning_rate=2.0, batch_size=64), config(learning_rate=0.1, batch_size=64)
    )
    assert [c.config["lr"] for c in configs(given, SPACE, 2)] == [0.1, 1.0]


def test_conditions_of_the_space_are_kept():
    """A parameter that exists for one choice only is set for that choice only."""
    space = Space({
        "optimizer": Categorical(("sgd", "adamw")),
        "weight_decay": Float(1e-6, 0.1, log=True, when={"optimizer": ("adamw",)}),
    })  # fmt: skip
    given = prior(config("sgd", weight_decay=1e-4), config("adamw", weight_decay=0.05))
    for found in configs(given, space, 5):
        assert space.contains(found.config)


def past(n=12, name="digits", **extra):
    rng = np.random.default_rng(0)
    rates = 10 ** rng.uniform(-4, 0, n)
    found = tuple({"lr": float(r), "bs": 64, **extra} for r in rates)
    return PastTask(
        name, found, np.log10(rates / 0.01) ** 2, tuple(f"host7:/data/run{i}" for i in range(n))
    )


LOGGED = Space({
    "lr": Float(1e-4, 1.0, log=True),
    "bs": Integer(16, 512, log=True),
    "log_dir": Categorical(("/home/ann/a", "/home/ann/b")),
    "init": Categorical(("/mnt/weights.pt", "none")),
    "seed": Integer(0, 9),
    "optim": Categorical(("sgd", "adam")),
    "nesterov": Categorical((False, True), when={"optim": ("sgd",)}),
})  # fmt: skip


def test_a_mined_prior_travels_in_the_same_schema():
    """What was mined from logs passes the checks of a stranger's file and comes back with its trials."""
    tasks = tuple(past(name=f"task{i}") for i in range(5))
    shared = portable(Prior(tasks=tasks), LOGGED)
    back = parse_prior(prior_to_text(shared))
    assert back == shared
    assert back.origin == "mined"
    assert back.evidence.held_out == 5
    home = past_tasks(back, Space({"LR": Float(1e-4, 1.0, log=True)}))
    assert [len(t) for t in home] == [12] * 5
    assert set(home[0].configs[0]) == {"LR", "batch_size"}


def test_paths_hosts_and_seeds_stay_at_home():
    """No path, host, user or seed of the machine is in a shared prior, not even in a task's name."""
    tasks = (
        past(name="/home/ann/runs/digits", log_dir="/home/ann/a", init="/mnt/weights.pt", seed=3),
    )
    text = prior_to_text(portable(Prior(tasks=tasks), LOGGED))
    for secret in ("ann", "/home", "/mnt", "weights.pt", "host7", "seed", "log_dir"):
        assert secret not in text
    assert '"name":"digits"' in text


def test_conditions_travel():
    """A parameter that exists for one optimizer only does so where the prior is read."""
    shared = parse_prior(
        prior_to_text(portable(Prior(tasks=(past(optim="sgd", nesterov=True),)), LOGGED))
    )
    assert shared.parameters["nesterov"].parameter.when == {"optimizer": ("sgd",)}
    assert shared.space.is_active("nesterov", {"optimizer": "sgd"})
    assert not shared.space.is_active("nesterov", {"optimizer": "adam"})


def test_the_optimizer_of_the_logs_decides_too():
    """Where the logs vary the optimizer, what is believed of the learning rate depends on it."""
    rates = 10 ** np.random.default_rng(2).uniform(-1, 0, 20)
    pairs = [
        ({"lr": float(r), "optim": "sgd"}, {"lr": float(r) / 1000, "optim": "adam"}) for r in rates
    ]
    trials = tuple(config for pair in pairs for config in pair)
    tasks = tuple(PastTask(f"t{k}", trials, np.arange(40.0) + k, ("",) * 40) for k in range(3))
    shared = portable(Prior(tasks=tasks), LOGGED)
    known = shared.parameters["learning_rate"]
    assert shared.conditioned_on == ("optimizer",)
    assert known.belief({"optimizer": "sgd"}).centre > 0.05
    assert known.belief({"optimizer": "adam"}).centre < 0.005


def test_a_long_task_is_thinned_but_keeps_its_best_and_its_worst():
    """A shared prior stays small and still knows what is bad."""
    task = past(n=2_000)
    (thin,) = portable(Prior(tasks=(task,)), LOGGED).tasks
    assert len(thin) == MOST_TRIALS
    assert thin.losses.min() == pytest.approx(task.losses.min(), rel=1e-5)
    assert thin.losses.max() == pytest.approx(task.losses.max(), rel=1e-5)
    assert len(prior_to_text(portable(Prior(tasks=(task,)), LOGGED))) < 60_000


def test_winners_shape_what_is_believed():
    """The mined centre lies near the best learning rate of the tasks."""
    shared = portable(Prior(tasks=tuple(past(n=40, name=f"t{i}") for i in range(4))), LOGGED)
    assert 0.003 < shared.parameters["learning_rate"].beliefs[0].centre < 0.03
