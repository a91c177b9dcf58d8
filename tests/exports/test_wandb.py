"""Weights & Biases: the sweep is what W&B's own code expects, and names stay data."""

import json
from pathlib import Path

import pytest
import yaml
from export_contexts import BREAKING, FULL, hostile_context, make_context

from logminer.exports import wandb as target


def test_the_sweep_says_every_parameter():
    """Distributions by kind and scale."""
    sweep = yaml.safe_load(target.write(make_context(mode="max")))
    assert sweep["metric"] == {"name": "val/loss", "goal": "maximize"}
    found = sweep["parameters"]
    assert list(found) == FULL.names
    assert found["learning_rate"] == {"distribution": "log_uniform_values", "min": 1e-5, "max": 1.0}
    assert found["dropout"] == {"distribution": "uniform", "min": 0.0, "max": 0.5}
    assert found["layers"] == {"distribution": "int_uniform", "min": 1, "max": 5}
    assert found["batch_size"]["distribution"] == "q_log_uniform_values"
    assert found["optimizer"] == {"values": ["sgd", "adam", "lion"]}
    assert found["fixed"] == {"value": 0.5}


def test_names_out_of_logs_stay_names():
    """Comments end with their line, and YAML quotes the rest."""
    text = target.write(hostile_context())
    text.encode()
    sweep = yaml.safe_load(text)
    assert set(sweep) == {"name", "program", "method", "metric", "parameters"}
    fixed = {f"fixed {text}" for text in BREAKING}
    assert set(sweep["parameters"]) == {*BREAKING, "choice", "child", *fixed}
    assert sweep["parameters"]["choice"]["values"] == list(BREAKING)


def test_what_a_sweep_cannot_say_is_said():
    """Conditions, forbidden combinations, scales and orders."""
    limits = target.limits(FULL)
    assert (
        "'beta2' counts only when 'optimizer' is adam or lion; the sweep always draws it" in limits
    )
    assert "the order of the choices of 'depth' is lost" in limits
    assert len(limits) == 6
    text = target.write(make_context())
    assert all(f"# Note: {limit}\n" in text for limit in limits)
    assert text.count("\n#   python train.py --learning_rate=") == 3


def test_wandb_takes_the_sweep():
    """It fits the schema of W&B's sweep server, which then draws from the space."""
    sweeps = pytest.importorskip("sweeps")
    jsonschema = pytest.importorskip("jsonschema")
    sweep = yaml.safe_load(target.write(make_context()))
    schema = json.loads((Path(sweeps.__file__).parent / "config" / "schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(sweep)
    for run in sweeps.next_runs({**sweep, "method": "random"}, [], n=20):
        config = {name: found["value"] for name, found in run.config.items()}
        known = FULL.restrict(config)
        assert FULL.why_not(known) in ("", "a forbidden combination")
        assert set(config) == set(FULL.names)
