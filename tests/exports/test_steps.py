"""Steps and fixed values reach every tool: as steps where it has them, as lists, or as a note."""

import ast
import json
import runpy

import numpy as np
import pytest
import yaml
from export_contexts import STEPPED, make_context

from logminer.core.space import Space
from logminer.exports import EXPORTS
from logminer.exports._context import ExportContext

FIXED = {"epochs": 10, "optim": "adam w", "sizes": [64, 64], "nesterov": False}


def written(name, context=None):
    """The text of a target, its parameters' lines by name where it is a Python module."""
    text = EXPORTS.load(name).write(context or make_context(space=STEPPED))
    if name in ("wandb", "hydra"):
        return yaml.safe_load(text)
    if name in ("configspace", "hypermapper"):
        return json.loads(text)
    lines = text.splitlines()
    return {
        n: next(line.strip() for line in lines if line.strip().startswith(f"{n!r}:"))
        for n in STEPPED.names
    }


def test_optuna_has_steps_on_a_linear_scale():
    """Powers and steps on a logarithm are choices there."""
    found = written("optuna")
    assert found["dropout"] == "'dropout': FloatDistribution(0.1, 0.5, step=0.05),"
    assert found["kernel"] == "'kernel': IntDistribution(3, 9, step=2),"
    assert found["width"] == "'width': CategoricalDistribution([16, 32, 64, 128, 256]),"
    assert found["mesh"] == "'mesh': IntDistribution(5, 4996, log=True),"


def test_ray_rounds_to_multiples():
    """A lattice that is none of multiples becomes a list; upper bounds are inclusive where values are rounded."""
    found = written("ray")
    assert found["dropout"] == "'dropout': quniform(0.1, 0.5, 0.05),"
    assert found["units"] == "'units': qrandint(32, 1024, 32),"
    assert found["kernel"] == "'kernel': choice([3, 5, 7, 9]),"
    assert found["hidden"] == "'hidden': qlograndint(8, 64, 8),"
    assert found["decay"] == "'decay': choice([0.9, 0.99, 0.999]),"
    assert found["cut"] == "'cut': quniform(0.0, 1.0, 0.001),"


def test_wandb_rounds_to_multiples():
    """As distributions that begin with ``q_``."""
    found = written("wandb")["parameters"]
    assert found["units"] == {"distribution": "q_uniform", "q": 32, "min": 32, "max": 1024}
    assert found["hidden"] == {"distribution": "q_log_uniform_values", "q": 8, "min": 8, "max": 64}
    assert found["kernel"] == {"values": [3, 5, 7, 9]}
    assert found["rate"] == {"values": [1e-4, 1e-3, 1e-2, 1e-1]}


def test_hydra_has_ranges():
    """Whose end the sweeper includes."""
    found = written("hydra")["hydra"]["sweeper"]["params"]
    assert found["dropout"] == "range(0.1, 0.5, 0.05)"
    assert found["units"] == "range(32, 1024, 32)"
    assert found["width"] == "16,32,64,128,256"
    assert found["mesh"] == "tag(log, int(interval(5, 4996)))"


def test_syne_tune_has_finite_ranges():
    """By their number of values, on both scales."""
    found = written("syne_tune")
    assert found["dropout"] == "'dropout': finrange(0.1, 0.5, 9),"
    assert found["width"] == "'width': logfinrange(16, 256, 5, cast_int=True),"
    assert found["hidden"] == "'hidden': ordinal([8, 16, 24, 32, 40, 48, 56, 64]),"
    assert found["cut"] == "'cut': finrange(0.0, 1.0, 1001),"


def test_tools_without_steps_get_ordered_values():
    """Where they are few; a note says what is lost where they are many."""
    parameters = {p["name"]: p for p in written("configspace")["hyperparameters"]}
    assert parameters["width"]["sequence"] == [16, 32, 64, 128, 256]
    assert parameters["width"]["default_value"] in parameters["width"]["sequence"]
    assert parameters["cut"]["type"] == "uniform_float"
    values = written("hypermapper")["input_parameters"]
    assert values["kernel"]["values"] == [3, 5, 7, 9]
    assert values["kernel"]["parameter_type"] == "ordinal"
    assert written("neps")["rate"].startswith("'rate': Categorical([0.0001, 0.001, 0.01, 0.1]")
    for name in ("configspace", "hypermapper", "neps", "sklearn"):
        notes = EXPORTS.load(name).limits(STEPPED)
        assert any("'cut' comes in steps of 0.001, 1,001 values" in note for note in notes)
        assert not any("'width' comes" in note for note in notes)


@pytest.mark.usefixtures("optuna")
def test_what_a_study_of_the_script_draws_is_in_the_space(optuna, tmp_path):
    """And the past trials and first configs fit its distributions."""
    few = Space({n: p for n, p in STEPPED.parameters.items() if n != "mesh"})
    (tmp_path / "warm.py").write_text(
        EXPORTS.load("optuna").write(make_context(space=few, fixed=FIXED))
    )
    script = runpy.run_path(str(tmp_path / "warm.py"))
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    script["warm"](study)
    for _ in range(30):
        config = script["suggest"](study.ask())
        assert {name: config.pop(name) for name in FIXED} == FIXED
        assert few.why_not(config) == ""


def test_a_search_of_scikit_learn_draws_values_of_the_lattice():
    """Lists are drawn from evenly, which is right for powers too."""
    target = EXPORTS.load("sklearn")
    (branch,) = target.distributions(STEPPED)
    assert branch["width"] == [16, 32, 64, 128, 256]
    assert branch["kernel"] == [3, 5, 7, 9]


def test_fixed_values_are_handed_to_the_training():
    """Each tool gets them in its own way: as constants of the space, as overrides, or beside it."""
    context = make_context(space=STEPPED, fixed=FIXED)
    sweep = written("wandb", context)["parameters"]
    assert (sweep["epochs"], sweep["sizes"]) == ({"value": 10}, {"value": [64, 64]})
    sweeper = written("hydra", context)["hydra"]["sweeper"]["params"]
    assert (sweeper["epochs"], sweeper["nesterov"], sweeper["optim"]) == ("10", "false", "'adam w'")
    for name in ("ray", "syne_tune"):
        assert "    'epochs': 10,\n" in EXPORTS.load(name).write(context)
    for name in ("optuna", "neps", "sklearn"):
        tree = ast.parse(EXPORTS.load(name).write(context))
        values = {n.targets[0].id: n.value for n in tree.body if isinstance(n, ast.Assign)}
        assert ast.literal_eval(values["FIXED"]) == FIXED


@pytest.mark.parametrize("name", EXPORTS.names())
def test_a_fixed_value_that_a_tool_cannot_hold_is_no_fault(name):
    """A name with a line break in it, say."""
    context = ExportContext(STEPPED, fixed={"a\nb": "${x}", "c": 1.5})
    assert EXPORTS.load(name).write(context)


def test_past_values_are_written_as_the_steps_have_them():
    """0.30000000000000004 is 0.3 in the space, and so it is in the file."""
    from logminer.exports._context import declared

    assert declared(STEPPED, {"dropout": 0.1 + 0.2, "width": np.float64(64.0)}) == {"dropout": 0.3, "width": 64}  # fmt: skip
