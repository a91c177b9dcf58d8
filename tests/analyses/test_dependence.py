"""Which names follow from others: independent draws never do, planted copies and formulas do.

Measured on 6,500 tables of independent draws (3 to 700 configs, each run 1 to 10 times with seeds or on tasks, told
or not; random search, grids, Latin hypercubes, one factor at a time, sorted by hand; with and without measured
columns): a draw was taken for dependent in one, before whole numbers that are one to one in half of the rows were
left undecided, and in none of 4,500 since. Planted dependences were found in all of five seeds from the numbers of
configs that `PLANTED` names on; with fewer configs some stay independent.
"""

import itertools

import numpy as np
import pandas as pd
import pytest

from logminer.analyses.dependence import (
    Dependence,
    determined_by,
    distinct_configs,
    find_dependences,
)

SEEDS = range(5)


def draws(rng, n):
    """Columns drawn apart, of every kind that searches hold."""
    return {
        "lr": 10 ** rng.uniform(-5, -1, n),
        "dropout": rng.uniform(0, 0.5, n),
        "bs": 2 ** rng.integers(4, 9, n),
        "accum": rng.choice([1, 2, 4, 8], n),
        "opt": rng.choice(np.array(["adam", "sgd", "lion"], dtype=object), n),
        "width": rng.integers(16, 512, n),
        "depth": rng.integers(2, 9, n),
        "bias": rng.choice([True, False], n),
        "wd": rng.choice([0.0, 0.01, 0.1], n),
    }


def random_search(rng, n):
    return pd.DataFrame(draws(rng, n))


def grid(rng, n):
    levels = [[1e-4, 1e-3, 1e-2], [16, 32, 64], ["adam", "sgd"], [True, False], [0.1, 0.2, 0.3]]
    kept = [levels[i] for i in rng.choice(len(levels), 3, replace=False)]
    return pd.DataFrame(itertools.product(*kept), columns=list("abc"))


def latin_hypercube(rng, n):
    """Every column has the same values, each once, in its own order."""
    return pd.DataFrame({f"p{i}": (rng.permutation(n) + 0.5) / n for i in range(6)})


def one_factor_at_a_time(rng, n):
    base = {name: values[0] for name, values in draws(rng, 1).items()}
    changed = draws(rng, len(base) * 2)
    rows = [base] + [
        base | {name: changed[name][2 * i + j]} for i, name in enumerate(base) for j in range(2)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("design", [random_search, grid, latin_hypercube, one_factor_at_a_time])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_independent_draw_ever_disappears(design, seed):
    """Not with 3 configs, not with 300, and not when each is run with several seeds or on several tasks."""
    rng = np.random.default_rng(seed)
    for n, copies in (
        (3, (2, 10)),
        (4, (1, 3)),
        (6, (1, 5)),
        (12, (2, 10)),
        (30, (1, 3)),
        (300, (3,)),
    ):
        table = design(rng, n)
        for k in copies:
            again = pd.concat([table.assign(again=j) for j in range(k)], ignore_index=True)
            tasks = again.assign(again=[f"task {j}" for j in again["again"]])
            measured = again.assign(loss=rng.normal(size=len(again)))
            assert find_dependences(again, repeats=["again"]) == {}
            assert find_dependences(again) == {}
            assert find_dependences(tasks) == {}
            assert find_dependences(tasks.sample(frac=0.9, random_state=seed)) == {}
            assert find_dependences(measured, repeats=["again"]) == {}
            assert find_dependences(measured.drop(columns="again")) == {}


def composed(c):
    parts = zip(c["opt"], c["lr"], c["bs"], strict=True)
    return np.array([f"{o}_lr{v:.2e}_b{b}" for o, v, b in parts], dtype=object)


NAMES = {"adam": "torch.optim.Adam", "sgd": "SGD(momentum)", "lion": "L"}
# What is planted, from how many configs on it is found, its kind, and its formula.
PLANTED = {
    "equal": (4, "copy", "equals lr", lambda c: c["lr"].copy()),
    "text": (4, "copy", "equals lr", lambda c: np.array([f"{v:.6e}" for v in c["lr"]], dtype=object)),
    "printed": (5, "copy", "equals lr", lambda c: np.array([float(f"{v:.3g}") for v in c["lr"]])),
    "words": (20, "copy", "equals opt", lambda c: np.array([o.upper() for o in c["opt"]], dtype=object)),
    "renamed": (25, "copy", "one to one with opt", lambda c: np.array([NAMES[o] for o in c["opt"]], dtype=object)),
    "scaled": (4, "formula", "z = lr / 10", lambda c: c["lr"] / 10),
    "whole": (5, "formula", "z = 4 * width", lambda c: 4 * c["width"]),
    "one_minus": (4, "formula", "z = 1 - dropout", lambda c: 1 - c["dropout"]),
    "log10": (4, "formula", "z = log10(lr)", lambda c: np.log10(c["lr"])),
    "exp": (4, "formula", "z = exp(dropout)", lambda c: np.exp(c["dropout"])),
    "sqrt": (4, "formula", "z = sqrt(lr)", lambda c: np.sqrt(c["lr"])),
    "inverse": (4, "formula", "z = 1 / lr", lambda c: 1 / c["lr"]),
    "product": (25, "formula", "z = bs * accum", lambda c: c["bs"] * c["accum"]),
    "linear_scaling": (6, "formula", "z = lr * bs / 256", lambda c: c["lr"] * c["bs"] / 256),
    "root_scaling": (6, "formula", "z = lr * sqrt(bs)", lambda c: c["lr"] * np.sqrt(c["bs"])),
    "ratio": (6, "formula", "z = width / depth", lambda c: c["width"] / c["depth"]),
    "sum": (10, "formula", "z = width + depth", lambda c: c["width"] + c["depth"]),
    "difference": (10, "formula", "z = width - depth", lambda c: c["width"] - c["depth"]),
    "mixture": (8, "formula", "z = 0.7 * lr + 0.3 * dropout", lambda c: 0.7 * c["lr"] + 0.3 * c["dropout"]),
    "steps": (20, "formula", "z = floor(5000000 / (bs * accum))", lambda c: 5_000_000 // (c["bs"] * c["accum"])),
    "warmup": (20, "formula", "z = floor(width / 10)", lambda c: c["width"] // 10),
    "rounded": (20, "formula", "z = round(dropout * width)", lambda c: np.round(c["width"] * c["dropout"]).astype(int)),
    "zeros": (20, "formula", "z = lr * wd", lambda c: c["lr"] * c["wd"]),
    "four": (25, "formula", "z = bs * accum * width * depth", lambda c: c["bs"] * c["accum"] * c["width"] * c["depth"]),
    "order": (12, "copy", "in the order of dropout", lambda c: np.tanh(3 * c["dropout"]) + c["dropout"] ** 2),
    "composed": (16, "composed", "names lr, bs and opt", composed),
}  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_planted_is_found(planted, seed):
    """With its formula, with repeats, and nothing else; computed again as recorded."""
    least, kind, formula, made = PLANTED[planted]
    for n in (least, 60, 200):
        c = draws(np.random.default_rng(100 + seed), n)
        table = pd.DataFrame(c).assign(z=made(c))
        again = pd.concat([table.assign(seed=j) for j in range(2)], ignore_index=True)
        found = find_dependences(again, repeats=["seed"])
        assert list(found) == ["z"]
        assert found["z"].kind == kind
        if n >= 60:
            if kind == "composed":
                assert set(found["z"].of) == {"lr", "bs", "opt"}
            else:
                assert set(found["z"].formula.split()) == set(formula.split())
            if kind == "formula":
                config = table.iloc[3].to_dict()
                assert found["z"].evaluate(config) == pytest.approx(config["z"])


def tokens_table():
    rng = np.random.default_rng(1)
    bs, tokens = rng.choice([32, 64, 96, 352], 40), rng.choice([1e9, 2.5e9, 4e9, 8e9], 40)
    return pd.DataFrame(
        {"max_steps": tokens // (bs * 2048), "batch_size": bs, "tokens": tokens, "lr": rng.uniform(size=40)}
    ).astype({"max_steps": int})  # fmt: skip


def test_rounded_steps_follow_from_tokens_and_batch_size():
    """Only the quotient is rounded, so it is what follows, wherever its column stands."""
    found = find_dependences(tokens_table(), priority={"max_steps": -1})
    assert list(found) == ["max_steps"]
    steps = found["max_steps"]
    assert steps.formula == "max_steps = floor(tokens / (batch_size * 2048))"
    assert steps.evidence.startswith("exact in 40 distinct configs")
    assert steps.evaluate({"tokens": 3e9, "batch_size": "64"}) == 22888
    assert steps.evaluate({"tokens": None, "batch_size": 64}) is None
    assert steps.evaluate({"tokens": "many", "batch_size": 64}) is None


def test_tokens_printed_in_billions_still_give_the_steps():
    """14.2 billion stands for any number near it."""
    rng = np.random.default_rng(2)
    bs, seq = rng.choice([32, 64, 128, 192, 256], 60), 2048
    steps = rng.choice([13570, 27141, 36188, 57856], 60) * 32 // bs * 8
    meant = steps * bs * seq
    table = pd.DataFrame(
        {"bs": bs, "D": np.round(meant, -8), "ti": steps, "lr": rng.uniform(size=60)}
    )
    found = find_dependences(table, priority={"ti": -1.0})
    assert found["ti"].formula == "ti = D / (bs * 2048)"
    assert "as printed" in found["ti"].evidence


def test_priority_chooses_the_original():
    """The likelier choice stays, else the earlier column."""
    lr = np.random.default_rng(0).uniform(size=8)
    table = pd.DataFrame({"a": lr, "b": lr * 2})
    assert list(find_dependences(table)) == ["b"]
    assert find_dependences(table, priority={"b": 0.9, "a": 0.1})["a"].formula == "a = b / 2"


def test_settings_moved_together_by_hand_stay_independent():
    """More epochs and a smaller rate from run to run are two choices."""
    table = pd.DataFrame(
        {"epochs": [10 + 3 * i for i in range(12)], "lr": [0.1 / (i + 1.5) for i in range(12)]}
    )
    assert find_dependences(table) == {}


def test_model_and_its_name_need_crossed_configs():
    """Two values in 4 configs prove nothing; in 12 crossed configs they do."""
    few = pd.DataFrame(
        {"model": ["a", "a", "b", "b"], "model_name": ["A1", "A1", "B1", "B1"], "lr": [1, 2, 1, 2]}
    )
    assert find_dependences(few) == {}
    many = pd.DataFrame(
        [(m, f"net {m} v1", lr, bs) for m in "xy" for lr in (0.1, 0.01, 0.001) for bs in (16, 32)],
        columns=["model", "model_name", "lr", "bs"],
    )
    found = find_dependences(many)
    assert {n: (d.kind, d.of) for n, d in found.items()} == {"model_name": ("copy", ("model",))}
    assert found["model_name"].evaluate({"model": "y"}) == "net y v1"
    assert found["model_name"].evaluate({"model": "z"}) is None


def test_size_is_set_by_width_and_depth_and_not_the_reverse():
    """The number of parameters is derived, first column or not."""
    rows = itertools.product([64, 128, 256], [2, 4, 6], [1e-3, 1e-2], ["adam", "sgd"])
    table = pd.DataFrame(rows, columns=["width", "depth", "lr", "opt"])
    table.insert(0, "N", 12 * table["depth"] * table["width"] ** 2 + 50257 * table["width"])
    (found,) = find_dependences(table).items()
    assert found[0] == "N"
    assert (found[1].kind, set(found[1].of)) == ("function", {"width", "depth"})
    assert found[1].evaluate({"width": 64, "depth": 4}) == 12 * 4 * 64**2 + 50257 * 64


def test_number_of_parameters_follows_from_a_list_of_layers():
    """Lists are compared as text."""
    sizes = {(512,): 407050, (512, 256): 535818, (256, 128): 235146, (64, 64, 64): 59210}
    rows = [
        (list(h), p, lr, bs)
        for h, p in sizes.items()
        for lr in (0.1, 0.01, 0.001)
        for bs in (32, 64)
    ]
    found = find_dependences(pd.DataFrame(rows, columns=["hidden", "params", "lr", "bs"]))
    assert {n: (d.kind, d.formula) for n, d in found.items()} == {
        "params": ("function", "set by hidden")
    }


@pytest.mark.parametrize("form", ["lr={lr}_bs={bs}", "gcn_{bs}_{lr}", "run-{bs}-x{lr}"])
def test_run_names_are_composed(form):
    """Whatever stands between the values."""
    rows = itertools.product([0.1, 0.01, 0.003], [32, 48, 64])
    table = pd.DataFrame(rows, columns=["lr", "bs"])
    table["name"] = [form.format(lr=a, bs=b) for a, b in zip(table["lr"], table["bs"], strict=True)]
    found = find_dependences(table)
    assert {n: (d.kind, set(d.of)) for n, d in found.items()} == {
        "name": ("composed", {"lr", "bs"})
    }


def test_a_data_set_is_not_made_of_its_number_of_classes():
    """cifar10 holds a 10, and is the choice all the same."""
    rows = itertools.product([("cifar10", 10), ("cifar100", 100)], [0.1, 0.01, 0.001], [16, 32, 64])
    table = pd.DataFrame(
        [(*d, lr, bs) for d, lr, bs in rows], columns=["data", "classes", "lr", "bs"]
    )
    assert "data" not in find_dependences(table)


def test_bad_tables_have_no_dependences():
    """Empty, constant, unset and infinite columns are no evidence and no error."""
    assert find_dependences(pd.DataFrame()) == {}
    odd = pd.DataFrame(
        {
            "a": [None] * 5,
            "b": [1] * 5,
            "c": [np.inf, -np.inf, 1, 2, 3],
            "d": [[1], {}, "x", 2, None],
        }
    )
    assert find_dependences(odd) == {}


def test_distinct_configs_leave_out_repeats():
    """1e-3 as text is the number; seeds make no new config."""
    frame = pd.DataFrame(
        {"lr": [0.001, "1e-3", 0.01], "seed": [0, 1, 0], "layers": [[1], [1], [1]]}
    )
    assert distinct_configs(frame, ["seed"]).index.tolist() == [0, 2]
    assert list(distinct_configs(frame, ["seed"])) == ["lr", "layers"]


def test_a_context_is_determined_only_where_groups_repeat():
    """Every value its own group proves nothing."""
    size = pd.Series(["S", "S", "S", "L", "L", "L"])
    params = pd.Series([10, 10, 10, 70, 70, 70])
    assert determined_by(params, size.to_frame("size"))
    assert not determined_by(params, pd.DataFrame({"id": range(6)}))
    assert not determined_by(pd.Series([10, 10, 10, 70, 70, 71]), size.to_frame("size"))
    assert not determined_by(pd.Series([5] * 6), size.to_frame("size"))


@pytest.mark.parametrize(("names", "configs"), [(300, 1000), (2000, 60)])
def test_many_names_take_seconds(names, configs):
    """Costs grow with the number of cells, and planted formulas are still found."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({f"c{i}": rng.uniform(size=configs) for i in range(names)})
    table["z"] = table["c0"] * table["c5"]
    assert isinstance(find_dependences(table)["z"], Dependence)
