"""Laws of scale: what moved the optimum is found, what did not is said, and nothing breaks at odd inputs."""

import numpy as np
import pandas as pd
import pytest

import logminer as lm
from logminer.core.errors import UsageError
from logminer.core.space_spec import space_from_spec
from logminer.transfer.alignment import Tasks, _cost, _Prior
from logminer.transfer.contexts import at_scale

SPACE = space_from_spec(
    {
        "lr": {"type": "float", "low": 1e-5, "high": 1.0, "log": True},
        "batch": {"type": "integer", "low": 8, "high": 4096, "log": True},
        "act": {"type": "categorical", "choices": ["relu", "gelu"]},
    }
)
MOVES = {"lr": -0.5, "batch": 0.3}


def history(sizes=(1e6, 4e6, 16e6), runs=40, moves=MOVES, seed=0, **more):
    """Runs at several sizes N, whose best lr and batch move as powers of N."""
    rng = np.random.default_rng(seed)
    rows = []
    for size in sizes:
        best = {name: start * (size / 1e6) ** moves[name] for name, start in OPTIMUM.items()}
        for _ in range(runs):
            lr, batch = 10 ** rng.uniform(-5, 0), int(2 ** rng.uniform(3, 12))
            act = str(rng.choice(["relu", "gelu"]))
            off = np.log10(lr / best["lr"]) ** 2 + 0.3 * np.log2(batch / best["batch"]) ** 2 / 4
            value = 10 / np.log(size) + 0.2 * off + 0.05 * (act == "relu") + rng.normal(0, 0.003)
            rows.append({"lr": lr, "batch": batch, "act": act, "N": size, "value": value, **more})
    return pd.DataFrame(rows)


OPTIMUM = {"lr": 1e-2, "batch": 64}


def laws(frame, contexts=("N",), at=None, sign=1.0):
    found = at_scale(frame, SPACE, contexts, at or {"N": 256e6}, sign=sign)
    return {(law.parameter, law.context): law for law in found.laws}


def test_exponents_are_found_with_their_intervals():
    """And the config asked for first lies at the optimum of a scale that was never run."""
    scaled = at_scale(history(runs=80, seed=1), SPACE, ["N"], {"N": 256e6})
    found = {law.parameter: law for law in scaled.laws}
    for name, exponent in MOVES.items():
        assert abs(found[name].exponent - exponent) < 3 * found[name].deviation + 0.05
        assert found[name].holds
        assert found[name].power
    best = {name: start * 256 ** MOVES[name] for name, start in OPTIMUM.items()}
    config = scaled.first[0].config
    assert abs(np.log10(config["lr"] / best["lr"])) < 0.35
    assert abs(np.log2(config["batch"] / best["batch"])) < 1.5
    assert config["act"] == "gelu"


def test_an_optimum_that_stays_has_no_law():
    """The exponent is near 0, and its interval says so."""
    found = laws(history(moves={"lr": 0.0, "batch": 0.0}))
    assert not found["lr", "N"].holds
    assert abs(found["lr", "N"].exponent) < 0.1


def test_where_higher_is_better_the_laws_are_the_same():
    """Only the sign of the value differs."""
    frame = history()
    there = laws(frame.assign(value=-frame["value"]), sign=-1.0)
    assert there["lr", "N"].exponent == pytest.approx(laws(frame)["lr", "N"].exponent)


def test_the_scale_asked_about_does_not_change_the_laws():
    """It is where they are read, not what they are."""
    frame = history()
    near, far = laws(frame, at={"N": 32e6}), laws(frame, at={"N": 1e12})
    assert near["lr", "N"].exponent == pytest.approx(far["lr", "N"].exponent, abs=0.03)


ODD = {
    "a context of words": (history(data="c4"), ["N", "data"], {"N": 1e8, "data": "pile"}),
    "a context that is missing here and there": (
        history().assign(D=lambda f: f["N"].where(f.index % 3 > 0)),
        ["N", "D"],
        {"N": 1e8, "D": 1e8},
    ),
    "failed runs": (
        history().assign(value=lambda f: f["value"].where(f.index % 5 > 0)),
        ["N"],
        {"N": 1e8},
    ),
    "numbers around 0": (
        history().assign(shift=lambda f: np.log10(f["N"]) - 6.5),
        ["shift"],
        {"shift": 2.0},
    ),
    "texts of numbers": (
        history().assign(N=lambda f: f["N"].map("{:.0f}".format)),
        ["N"],
        {"N": 1e8},
    ),
    "tasks of their own": (history(task="a"), ["N"], {"N": 1e8}),
    "an unset hyperparameter": (
        history().assign(batch=lambda f: f["batch"].where(f.index % 4 > 0)),
        ["N"],
        {"N": 1e8},
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_contexts_come_in_many_forms(name):
    """A study over them asks and is told as any other."""
    frame, contexts, at = ODD[name]
    study = lm.Study(SPACE, history=frame, contexts=contexts, at=at)
    for _ in range(3):
        suggestion = study.ask()
        assert SPACE.contains(suggestion.config)
        study.tell(suggestion, 1.0)
    assert study.laws


@pytest.mark.parametrize("sizes", [(1e6,), (1e6, 4e6)])
def test_too_few_scales_have_no_law(sizes):
    """The search is one like any other, and says no law."""
    study = lm.Study(SPACE, history=history(sizes), contexts=["N"], at={"N": 1e9})
    assert study.laws == ()
    assert SPACE.contains(study.ask().config)


@pytest.mark.parametrize(
    ("contexts", "at", "word"),
    [
        (["M"], {"M": 1}, "'M'"),
        (["N"], {}, "'N'"),
        (["N"], {"N": 1, "D": 2}, "'D'"),
        ([], {"N": 1}, "'N'"),
    ],
)
def test_what_is_missing_is_named(contexts, at, word):
    """The context, and what to write."""
    with pytest.raises(UsageError, match=word):
        lm.Study(SPACE, history=history(), contexts=contexts, at=at)


def test_contexts_need_a_table():
    """A prior has no columns."""
    with pytest.raises(UsageError, match="contexts"):
        lm.Study(SPACE, contexts=["N"], at={"N": 1})


def test_the_gradient_is_the_slope_of_the_cost():
    """By differences, at a point off the peak."""
    rng = np.random.default_rng(0)
    task = np.repeat(np.arange(4), 8)
    tasks = Tasks(
        rng.normal(size=(32, 3)),
        rng.normal(size=(4, 2))[task],
        task,
        rng.normal(size=32),
        np.array([True, False, True]),
    )
    prior = _Prior(tasks)
    p = prior.center + 0.1 * rng.normal(size=len(prior.center))
    steps = np.eye(len(p)) * 1e-5
    slopes = [(_cost(p + s, tasks, prior)[0] - _cost(p - s, tasks, prior)[0]) / 2e-5 for s in steps]
    np.testing.assert_allclose(_cost(p, tasks, prior)[1], slopes, atol=1e-5)
