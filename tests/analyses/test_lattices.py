"""Numbers that people chose from a grid keep to it; numbers that were drawn from a range do not get one."""

import itertools

import numpy as np
import pandas as pd
import pytest

from logminer.analyses.lattice import on_lattice
from logminer.analyses.space import infer
from logminer.core.parameters import Float, Integer


def inferred(runs):
    rows = [(i, n, v, "param") for i, run in enumerate(runs) for n, v in run.items()]
    params = pd.DataFrame(rows, columns=["run", "name", "value", "kind"], dtype=object)
    return infer(params, pd.Series("t", index=range(len(runs))))


def drawn(n=24, seed=0, **choices):
    """Runs of a random search: a learning rate, and each other value one of its choices."""
    rng = np.random.default_rng(seed)
    return [
        {"lr": float(10 ** rng.uniform(-5, -1))}
        | {name: values[int(rng.integers(len(values)))] for name, values in choices.items()}
        for _ in range(n)
    ]


@pytest.mark.parametrize(
    ("name", "values", "lattice"),
    [
        ("batch_size", [16, 32, 128], [16, 32, 64, 128]),
        ("batch_size", [500, 1000, 2000], [500, 1000, 2000]),
        ("n_units_l0", [32, 64, 96], [32, 64, 96]),
        ("hidden", [100, 300, 350], [100, 150, 200, 250, 300, 350]),
        ("kernel_size", [3, 5, 9], [3, 5, 7, 9]),
        ("drop", [0.1, 0.15, 0.3], [0.1, 0.15, 0.2, 0.25, 0.3]),
        ("label_smoothing", [0.0, 0.1], [0.0, 0.1]),
        ("drop", [0.0, 0.1, 0.3], [0.0, 0.1, 0.2, 0.3]),
        ("buffer", [100, 200, 500], [100, 200, 300, 400, 500]),
        ("layers", [1, 2, 4], [1, 2, 3, 4]),
        ("num_heads", [4, 8, 16], [4, 8, 16]),
        ("batch_size", [16.0, 64.0], [16.0, 32.0, 64.0]),
        ("depth", [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]),
        ("momentum", [0.5, 0.9], [0.5, 0.6, 0.7, 0.8, 0.9]),
    ],
)
def test_values_from_a_list_are_a_lattice(name, values, lattice):
    """Powers, multiples and steps, offsets from zero included; what lies between is filled in."""
    parameter = inferred(drawn(**{name: values})).space.parameters[name]
    assert list(parameter.values()) == lattice
    assert type(parameter.low) is type(values[0])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [6, 24, 200])
def test_draws_from_a_range_are_none(n, seed):
    """Whole and real numbers, on both scales, however many runs there are."""
    rng = np.random.default_rng(seed)
    runs = [
        {
            "lr": float(10 ** rng.uniform(-5, -1)), "depth": int(rng.integers(1, 13)), "drop": float(rng.uniform(0, 0.5)),
            "units": int(rng.integers(16, 513)), "batch_size": int(2 ** rng.uniform(3, 9)), "momentum": float(rng.uniform(0.5, 0.99)),
        }
        for _ in range(n)
    ]  # fmt: skip
    assert not any(p.is_stepped for p in inferred(runs).space.parameters.values())


@pytest.mark.parametrize(
    ("name", "values"),
    [("lr", [1e-4, 1e-3, 1e-2]), ("weight_decay", [1e-5, 1e-3]), ("beta2", [0.9, 0.99, 0.999]), ("noise_scale", [0.001, 0.01, 0.1, 1.0])],
)  # fmt: skip
def test_real_numbers_on_a_log_scale_stay_continuous(name, values):
    """Decades are how a grid is listed: what lies between them can be searched."""
    runs = [
        {name: v, "width": w, "drop": d}
        for v, w, d in itertools.product(values, (64, 128, 256), (0.0, 0.1, 0.2))
    ]
    parameters = inferred(runs).space.parameters
    assert isinstance(parameters[name], Float)
    assert not parameters[name].is_stepped
    assert list(parameters["width"].values()) == [64, 128, 256]
    assert list(parameters["drop"].values()) == [0.0, 0.1, 0.2]


def test_a_grid_that_is_used_up_is_refined():
    """With all combinations tried, real numbers are searched between their steps; whole ones keep theirs."""
    runs = [{"width": w, "drop": d} for w, d in itertools.product((64, 128, 256), (0.0, 0.1, 0.2, 0.4))]  # fmt: skip
    parameters = inferred(runs).space.parameters
    assert list(parameters["width"].values()) == [64, 128, 256]
    assert not parameters["drop"].is_stepped


def test_repeats_and_the_base_of_an_ablation_are_no_draws():
    """Ten seeds of two configs are two draws, and so are nine configs of which one alone has another value."""
    seeds = [{"units": u, "lr": lr, "seed": s} for u, lr in ((40, 0.1), (60, 0.2)) for s in range(10)]  # fmt: skip
    assert inferred(seeds).space.parameters["units"] == Integer(
        40, 60, step=20
    )  # a size, by its name
    seeds = [{"wait": r["units"] + 5, "lr": r["lr"], "seed": r["seed"]} for r in seeds]
    assert inferred(seeds).space.parameters["wait"] == Integer(45, 65)
    base = {"wait": 12, "lr": 0.1, "drop": 0.2}
    runs = [base, *({**base, "lr": v} for v in (0.2, 0.3, 0.4)), {**base, "drop": 0.4}, {**base, "wait": 20}]  # fmt: skip
    assert inferred(runs).space.parameters["wait"] == Integer(12, 20)


def test_the_evidence_names_the_lattice():
    """In the words of the field, beside what the range rests on."""
    result = inferred(drawn(batch_size=[16, 32, 128], kernel=[3, 5, 9], drop=[0.05, 0.15, 0.2]))
    because = {d.name: d.because for d in result.decisions}
    assert because["batch_size"].endswith("all are powers of two")
    assert because["kernel"].endswith("all are 3 and steps of 2")
    assert because["drop"].endswith("all are multiples of 0.05")
    assert "are the extremes of 24 runs, not a declared range" in because["drop"]
    searched = result.to_frame().set_index("name")["searched"]
    assert searched["batch_size"] == "integer 16 to 128, powers of two, log"
    assert searched["drop"] == "float 0.05 to 0.2 in steps of 0.05"


@pytest.mark.parametrize(
    "values", [[1e300, 2e300, 4e300] * 9, [10**400, 1, 2] * 9, [-4, -2, 0] * 9, [1e-9, 2e-9] * 9, [3] * 9, []]
)  # fmt: skip
def test_odd_values_are_no_fault(values):
    """Numbers beyond a double, below any digit, negative or all alike."""
    finite = [v for v in values if abs(v) < 1e305] or [0]
    kind = Integer if all(isinstance(v, int) for v in finite) else Float
    parameter = kind(min(finite), max(*finite, min(finite) + 1))
    found = on_lattice("x", parameter, values)
    assert all(found.contains(v) for v in finite if values)
