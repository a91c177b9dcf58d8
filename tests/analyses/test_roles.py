"""Recorded names get their roles from declarations, designs of experiment, names and places."""

import itertools

import numpy as np
import pandas as pd
import pytest

from logminer.analyses.roles import NO_CURVES, decide_roles, in_roles, with_results


def recorded(rows, kind="cell"):
    """Runs given as mappings, as ``store.read.params`` lists them."""
    found = [
        (run, name, value, float(value) if type(value) in {int, float} else np.nan, kind)
        for run, row in enumerate(rows)
        for name, value in row.items()
        if value is not None
    ]
    frame = pd.DataFrame(found, columns=["run", "name", "value", "number", "kind"])
    return frame.astype({"value": object}).assign(place=range(len(found)))


def roles_of(rows, kind="cell", curves=NO_CURVES, **options):
    """The role of every name of a table of runs."""
    roles = decide_roles(recorded(rows, kind), curves, pd.RangeIndex(len(rows)), **options)
    return {name: decision.role for name, decision in roles.decisions.items()}


def test_a_results_first_table_of_a_grid():
    """Results stand left, settings right; a constant is a constant, whatever it is called."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "test_loss": rng.uniform(2, 3), "val_ndcg@10": rng.uniform(), "used_epochs": int(rng.integers(20, 60)),
            "experiment": "grid", "heads": 4, "learning_rate": lr, "hidden_layer_size": size, "pad_length": pad,
        }
        for lr, size, pad in itertools.product((1e-4, 5e-4), (128, 256), (50, 100, 200))
    ]  # fmt: skip
    roles = roles_of(rows)
    assert {n for n, role in roles.items() if role == "hyperparameter"} == {
        "learning_rate", "hidden_layer_size", "pad_length",
    }  # fmt: skip
    assert roles["test_loss"] == roles["val_ndcg@10"] == "result"
    assert roles["heads"] == "constant"
    assert roles["used_epochs"] in {"result", "budget"}


@pytest.mark.parametrize(("configs", "seeds"), [(5, 3), (15, 2), (40, 4)])
def test_random_draws_that_are_repeated_stay_hyperparameters(configs, seeds):
    """Every float is one to one with every other when each config ran several times; that means nothing."""
    rng = np.random.default_rng(configs)
    rows = []
    for _ in range(configs):
        config = {
            "lr": float(10 ** rng.uniform(-5, -1)), "weight_decay": float(10 ** rng.uniform(-6, -2)),
            "dropout": float(rng.uniform(0, 0.5)), "width": int(rng.integers(16, 512)),
        }  # fmt: skip
        rows += [{**config, "seed": s, "val_acc": float(rng.uniform())} for s in range(seeds)]
    roles = roles_of(rows)
    assert [roles[n] for n in ("lr", "weight_decay", "dropout", "width")] == ["hyperparameter"] * 4
    assert roles["seed"] == "repeat"
    assert roles["val_acc"] == "result"


def test_an_unknown_number_that_differs_among_repeats_was_measured():
    """Whatever a column is called, what changes while everything chosen stays is a result."""
    rng = np.random.default_rng(1)
    rows = [
        {"alpha": a, "beta": b, "zorp": float(a + rng.normal()), "seed": s}
        for a, b, s in itertools.product((0.1, 0.2, 0.4), (1, 2), range(3))
    ]
    roles = roles_of(rows)
    assert roles["zorp"] == "result"
    assert roles["alpha"] == roles["beta"] == "hyperparameter"


def test_an_unknown_number_that_moves_with_a_known_measure_is_a_result():
    """A home-made score that ranks runs as the accuracy does was measured."""
    rng = np.random.default_rng(2)
    accuracy = rng.uniform(0.5, 0.9, 30)
    rows = [
        {"lr": float(10 ** rng.uniform(-4, -1)), "quux": float(np.exp(3 * a)), "val_acc": float(a)}
        for a in accuracy
    ]
    assert roles_of(rows)["quux"] == "result"


def test_statistics_of_the_data_among_what_was_chosen_are_no_results():
    """Measured, different in every run, and written between settings: it describes the data drawn."""
    rng = np.random.default_rng(3)
    rows = [
        {
            "learning_rate": 0.01, "batch_size": 16, "dataset_size": 4096, "mu_1": rng.normal(), "mu_2": rng.normal(),
            "n_epochs": epochs, "final_loss": rng.uniform(),
        }
        for epochs in (1, 2, 4, 8) * 5
    ]  # fmt: skip
    roles = roles_of(rows)
    assert roles["mu_1"] == roles["mu_2"] == "context"
    assert roles["final_loss"] == "result"


def test_row_numbers_names_prose_and_places_are_set_aside():
    """Counters, unique names, long texts and paths are neither chosen nor measured."""
    rows = [
        {
            "row": i, "label": f"try {i}-{i * 7 % 5}", "thoughts": "I changed the head because " + "it was bad " * 9,
            "weights": f"/data/ckpt/{i}.pt", "when": f"2026-01-{i + 1:02} 10:00:00", "lr": 10.0 ** -(i % 3),
            "val_acc": 0.5 + i / 40,
        }
        for i in range(12)
    ]  # fmt: skip
    roles = roles_of(rows)
    assert roles["row"] == roles["label"] == "identity"
    assert {roles["thoughts"], roles["weights"], roles["when"]} <= {
        "identity",
        "circumstance",
        "constant",
    }
    assert roles["lr"] == "hyperparameter"


def test_a_budget_that_is_crossed_with_the_rest_was_chosen():
    """Epochs as a factor of a grid are searched, epochs that follow from patience or mood are not."""
    grid = [
        {"epochs": e, "batch_size": b, "optimizer": o, "val_acc": 0.5 + 0.001 * e + 0.01 * b}
        for e, b, o in itertools.product((10, 50, 100), (16, 32), ("adam", "sgd"))
    ]
    assert roles_of(grid)["epochs"] == "hyperparameter"
    rng = np.random.default_rng(7)
    by_hand = [
        {
            "epochs": int(rng.integers(5, 90)),
            "batch_size": 16 * (1 + i % 3),
            "lr": float(10 ** rng.uniform(-4, -1)),
            "val_acc": float(rng.uniform()),
        }
        for i in range(12)
    ]
    assert roles_of(by_hand)["epochs"] == "budget"


def test_the_ingredients_of_a_model_size_belong_to_it():
    """Width and depth that only move with the number of parameters are no search of widths and depths."""
    sizes = {30: (256, 4), 60: (384, 6), 120: (512, 8), 240: (768, 12)}
    rows = [
        {
            "num_params": n * 1_000_000,
            "n_embd": w,
            "n_layer": d,
            "lr": lr,
            "val_loss": 3 - n / 200 + lr,
        }
        for (n, (w, d)), lr in itertools.product(sizes.items(), (1e-4, 3e-4, 1e-3))
    ]
    roles = roles_of(rows)
    assert roles["num_params"] == "context"
    assert {roles["n_embd"], roles["n_layer"]} <= {"context", "derived"}
    assert roles["lr"] == "hyperparameter"
    crossed = [
        {"num_params": 12 * d * w * w, "n_embd": w, "n_layer": d, "lr": lr, "val_loss": 3 - d / 20}
        for w, d, lr in itertools.product((256, 384, 512), (4, 6, 8), (1e-4, 1e-3))
    ]
    roles = roles_of(crossed)
    assert roles["n_embd"] == roles["n_layer"] == "hyperparameter"
    assert roles["num_params"] == "derived"
    ranks = [
        {"r": r, "lora_alpha": a, "trainable_params": 1000 * r, "trainable_pct": round(r / 7, 4), "acc": r / 99 + a / 990}
        for r, a in itertools.product((4, 8, 16, 32), (8, 16, 32))
    ]  # fmt: skip
    assert roles_of(ranks)["r"] == "hyperparameter"


def test_what_a_tool_declares_holds():
    """A parameter of a tracker is none of the results, whatever its values look like; a seed is a repeat."""
    rng = np.random.default_rng(4)
    rows = [
        {"loss": kind, "gain": float(rng.uniform()), "seed": s} for kind in "ab" for s in range(6)
    ]
    roles = roles_of(rows, kind="param")
    assert roles == {"loss": "hyperparameter", "gain": "hyperparameter", "seed": "repeat"}
    assert roles_of(rows, kind="param", declared={"seed", "gain"})["seed"] == "repeat"


def test_the_user_decides():
    """A role that is given goes before all evidence, and is not explained away as derived."""
    rows = [{"lr": 0.1 * i, "zorp": float(i * i), "acc": i / 9} for i in range(1, 10)]
    assert roles_of(rows, chosen={"zorp": "context"})["zorp"] == "context"
    roles = decide_roles(recorded(rows), NO_CURVES, pd.RangeIndex(9), chosen={"zorp": "context"})
    assert roles.decisions["zorp"].confidence == 1
    assert roles.decisions["zorp"].evidence == ("as you say",)


def test_without_any_known_measure_the_last_number_is_the_result():
    """Somebody ran these for something: what stands last and was not shared by many runs."""
    rng = np.random.default_rng(5)
    rows = [{"a": a, "b": b, "zorp": float(rng.uniform())} for a in (1, 2, 3) for b in (4, 5, 6)]
    roles = roles_of(rows)
    assert (roles["a"], roles["b"], roles["zorp"]) == ("hyperparameter", "hyperparameter", "result")


def test_doubts_name_the_command_that_settles_them():
    """A role that is unsure and would change the search is said with what to type."""
    rows = [{"lr": 0.1 / i, "zorp": 0.1234567 * i, "acc": (i * 7 % 10) / 9} for i in range(1, 7)]
    roles = decide_roles(recorded(rows), NO_CURVES, pd.RangeIndex(6))
    lines = [line for line in roles.doubts_in(roles.decisions) if "zorp" in line]
    assert len(lines) == 1
    assert "logminer roles set zorp " in lines[0]


def test_results_beside_runs_become_metrics_unless_a_curve_says_more():
    """One row a run and metric, values exact, truth as 0 and 1; the curve of the same name counts."""
    rows = [{"lr": 0.1 * i, "val_loss": float(i), "converged": bool(i % 2)} for i in range(6)]
    params = recorded(rows)
    roles = decide_roles(params, NO_CURVES, pd.RangeIndex(6), chosen={"converged": "result"})
    left, results = in_roles(roles, params)
    assert set(left["name"]) == {"lr"}
    assert set(left["kind"]) == {"param"}
    assert results[results["metric"] == "val_loss"]["last"].tolist() == [float(i) for i in range(6)]
    assert results[results["metric"] == "converged"]["end"].tolist() == [0.0, 1.0] * 3
    curve = results[:1].assign(run=2, metric="val_loss", points=10, last=0.5)
    both = with_results(curve, results)
    assert both[(both["run"] == 2) & (both["metric"] == "val_loss")]["last"].tolist() == [0.5]
    assert len(both) == len(results)


def test_roles_are_decided_in_linear_time_for_many_names():
    """A million recorded values are no obstacle: the time grows with names times runs."""
    rng = np.random.default_rng(6)
    names, runs = 400, 250
    values = rng.integers(0, 50, (runs, names)).astype(float)
    frame = pd.DataFrame(
        {
            "run": np.repeat(np.arange(runs), names), "name": np.tile([f"layer{i}.gain" for i in range(names)], runs),
            "value": values.ravel().astype(object), "number": values.ravel(), "kind": "param",
        }
    )  # fmt: skip
    roles = decide_roles(frame, NO_CURVES, pd.RangeIndex(runs))
    assert len(roles.decisions) == names
