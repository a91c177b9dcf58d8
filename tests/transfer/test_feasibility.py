"""Where configs fail: the corner is found in whatever form it comes, and said in the words of the space."""

import numpy as np
import pytest

from logminer.core.failure import Failure, failure_kind
from logminer.core.prior import PastTask, Prior
from logminer.core.space_spec import space_from_spec
from logminer.core.trial import Trial
from logminer.transfer.feasibility import believe_feasibility

SPACE = space_from_spec({
    "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
    "width": {"type": "int", "low": 8, "high": 4096, "log": True},
    "batch": {"type": "int", "low": 8, "high": 1024, "log": True},
    "optimizer": ["sgd", "adam", "lion"],
    "nesterov": [True, False],
})  # fmt: skip
WAYS = {
    "width > ": lambda c: c["width"] > 600,
    "lr < ": lambda c: c["lr"] < 1e-3,
    "large width * batch": lambda c: c["width"] * c["batch"] > 40_000,
    "optimizer = lion": lambda c: c["optimizer"] == "lion",
    "nesterov = True": lambda c: c["nesterov"],
}


def trials_of(fails, n, seed=0, kind="memory"):
    return [
        Trial(c, None, "failed", failure=kind) if fails(c) else Trial(c, 1.0)
        for c in SPACE.sample(n, np.random.default_rng(seed))
    ]


@pytest.mark.parametrize("words", WAYS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_corner_is_told_from_the_rest(words, seed):
    """After 40 trials nine of ten new configs are judged rightly, and the reason names what matters."""
    fails = WAYS[words]
    belief = believe_feasibility(SPACE, trials_of(fails, 40, seed), Prior())
    new = SPACE.sample(300, np.random.default_rng(99))
    chance = belief.success(SPACE.to_unit(new))
    right = (chance < 0.5) == np.array([fails(c) for c in new])
    assert right.mean() > 0.9
    (line,) = belief.lessons()
    assert words in line
    assert line.endswith("ran out of memory")


def test_each_kind_of_failure_has_its_own_corner():
    """Two corners at once, for two reasons, are both found."""
    trials = [
        Trial(t.config, None, "failed", failure="memory")
        if t.config["width"] > 800
        else Trial(t.config, None, "failed", failure="divergence")
        if t.config["lr"] > 0.2
        else t
        for t in trials_of(lambda _: False, 60)
    ]
    lessons = believe_feasibility(SPACE, trials, Prior()).lessons()
    assert any("width > " in line and line.endswith("ran out of memory") for line in lessons)
    assert any("lr > " in line and line.endswith("diverged") for line in lessons)


def test_failures_everywhere_blame_no_place():
    """Failures that follow no rule leave success about as likely anywhere, and nothing is said."""
    rng = np.random.default_rng(3)
    trials = trials_of(lambda _: rng.random() < 0.3, 40)
    belief = believe_feasibility(SPACE, trials, Prior())
    chance = belief.success(SPACE.to_unit(SPACE.sample(200, rng)))
    assert np.quantile(chance, 0.05) > 0.5 * np.quantile(chance, 0.95)


def test_without_failures_nothing_is_believed():
    """Nor does a past without any."""
    assert believe_feasibility(SPACE, trials_of(lambda _: False, 10), Prior()) is None


def test_the_study_overrules_its_past():
    """What failed on past tasks is avoided at first, and tried again once it works here."""
    past = trials_of(lambda c: c["width"] > 600, 30)
    fine = [t.config for t in past if t.status == "complete"]
    bad = [Failure(t.config, "memory", "a") for t in past if t.status == "failed"]
    task = PastTask("a", tuple(fine), np.arange(len(fine), dtype=float), ("",) * len(fine))
    prior = Prior((task,), failures=tuple(bad))
    wide = SPACE.to_unit([{**c, "width": 3000} for c in SPACE.sample(20, np.random.default_rng(5))])
    before = believe_feasibility(SPACE, [], prior).success(wide)
    here = [Trial({**c, "width": 2000}, 1.0) for c in SPACE.sample(12, np.random.default_rng(6))]
    after = believe_feasibility(SPACE, here, prior).success(wide)
    assert before.max() < 0.3
    assert after.min() > 0.6


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("out of memory (exit 1): MemoryError: CUDA out of memory", "memory"),
        ("ended by SIGKILL, perhaps for want of memory", "memory"),
        ("RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate: cannot allocate memory", "memory"),
        ("DUE TO TIME LIMIT", "time"),
        ("time limit of 60 s", "time"),
        ("diverged: 'loss' ends in nan", "divergence"),
        ("violates latency_ms<=20", "constraint"),
        ("exit 1: ImportError: no module named nanopore", "error"),
        ("", "error"),
        (None, "error"),
    ],
)  # fmt: skip
def test_reasons_have_kinds(reason, kind):
    """As search processes, schedulers and libraries word them."""
    assert failure_kind(reason) == kind
