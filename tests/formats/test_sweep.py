"""Sweeps that people declare in a file: what is searched, and what for."""

import json

import pytest
from log_files import write
from tracker_files import match, read_log

from logminer.formats import Match

WANDB = """\
program: train.py
method: bayes
metric:
  name: val/loss
  goal: minimize
parameters:
  lr: {distribution: log_uniform_values, min: 1e-5, max: 1e-1}
  wd:
    distribution: log_uniform
    min: -4
    max: 0
  dropout: {min: 0.0, max: 0.5}
  batch: {distribution: q_log_uniform_values, q: 8, min: 32, max: 256}
  width: {distribution: q_uniform, q: 16, min: 16, max: 256}
  depth: {min: 2, max: 8}
  act: {values: [relu, gelu], probabilities: [0.5, 0.5]}
  epochs: {value: 10}
  init: {distribution: normal, mu: 0, sigma: 1}
  optimizer:
    parameters:
      name: {values: [adam, sgd]}
      betas: {parameters: {first: {min: 0.8, max: 0.99}}}
"""


def test_wandb_sweep_declares_space_and_objective(tmp_path):
    """Every distribution with bounds is read, nested parameters by dotted names."""
    (run,) = read_log("sweep", write(tmp_path, "sweep.yaml", WANDB)).runs
    wd = run.space.pop("wd")
    assert (wd["type"], wd["log"]) == ("float", True)
    assert (wd["low"], wd["high"]) == (pytest.approx(0.0183156, rel=1e-5), 1.0)
    assert run.space == {
        "lr": {"type": "float", "low": 1e-5, "high": 0.1, "log": True},
        "dropout": {"type": "float", "low": 0.0, "high": 0.5},
        "batch": {"type": "integer", "low": 32, "high": 256, "log": True},
        "width": {"type": "integer", "low": 16, "high": 256, "step": 16},
        "depth": {"type": "integer", "low": 2, "high": 8},
        "act": {"type": "categorical", "choices": ["relu", "gelu"]},
        "epochs": {"type": "categorical", "choices": [10]},
        "optimizer.name": {"type": "categorical", "choices": ["adam", "sgd"]},
        "optimizer.betas.first": {"type": "float", "low": 0.8, "high": 0.99},
    }
    assert run.meta == {"target_metric": "val/loss", "direction": "minimize"}
    assert (run.root, run.params) == (str(tmp_path), {})


@pytest.mark.parametrize("indent", [None, 2])
def test_sweep_written_as_json(tmp_path, indent):
    """The same on one line or several; a folder of configs speaks for the folder above."""
    sweep = {"method": "grid", "metric": {"name": "acc", "goal": "maximize"},
             "parameters": {"lr": {"values": [0.1, 0.01]}}}  # fmt: skip
    path = write(tmp_path, "sweeps/first.json", json.dumps(sweep, indent=indent))
    (run,) = read_log("sweep", path).runs
    assert run.space == {"lr": {"type": "categorical", "choices": [0.1, 0.01]}}
    assert (run.meta["direction"], run.root) == ("maximize", str(tmp_path))


def test_nni_search_space(tmp_path):
    """The upper end of randint is left out; rounding keeps its step."""
    space = {
        "lr": {"_type": "loguniform", "_value": [1e-4, 0.1]},
        "batch": {"_type": "choice", "_value": [16, 32]},
        "layers": {"_type": "randint", "_value": [1, 5]},
        "width": {"_type": "quniform", "_value": [16, 128, 16]},
        "noise": {"_type": "normal", "_value": [0, 1]},
    }
    (run,) = read_log("sweep", write(tmp_path, "search_space.json", space)).runs
    assert run.space == {
        "lr": {"type": "float", "low": 1e-4, "high": 0.1, "log": True},
        "batch": {"type": "categorical", "choices": [16, 32]},
        "layers": {"type": "integer", "low": 1, "high": 4},
        "width": {"type": "integer", "low": 16, "high": 128, "step": 16},
    }


def test_nni_experiment_and_determined_experiment(tmp_path):
    """A space inside the experiment's own config is read with its direction."""
    nni = (
        "searchSpace:\n  lr: {_type: uniform, _value: [0.0, 1.0]}\n"
        "tuner: {name: TPE, classArgs: {optimize_mode: maximize}}\n"
    )
    (run,) = read_log("sweep", write(tmp_path / "nni", "config.yml", nni)).runs
    assert (set(run.space), run.meta) == ({"lr"}, {"direction": "maximize"})
    determined = (
        "searcher:\n  name: random\n  metric: val_acc\n  smaller_is_better: false\n"
        "hyperparameters:\n  lr: {type: log, base: 10, minval: -4, maxval: -1}\n"
        "  hidden: {type: int, minval: 8, maxval: 64}\n  batch: 32\n"
    )
    (run,) = read_log("sweep", write(tmp_path / "det", "const.yaml", determined)).runs
    assert run.meta == {"target_metric": "val_acc", "direction": "maximize"}
    assert run.space["lr"] == {
        "type": "float",
        "low": pytest.approx(1e-4),
        "high": 0.1,
        "log": True,
    }
    assert run.space["batch"] == {"type": "categorical", "choices": [32]}


@pytest.mark.parametrize(
    "text",
    [
        "method: ppo\nlr: 0.1\n",  # a config
        "model:\n  parameters:\n    lr: 1\n",
        "method: bayes\nparameters:\n",
        "method: [1\nparameters:\n",
        "optimizer:\n  method: sgd\n  parameters: 3\n",
    ],
)
def test_configs_with_such_words_are_no_sweeps(tmp_path, text):
    """A config may have a method or parameters without being a declaration."""
    assert match("sweep", write(tmp_path, "config.yaml", text)) is Match.NO
