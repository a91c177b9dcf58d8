"""Search spaces that Hydra's sweeps and ConfigSpace declare."""

import pytest
from log_files import write
from tracker_files import read_log

from logminer.formats.trackers.config_space import config_space
from logminer.formats.trackers.overrides import override_spec


def floats(low, high, **more):
    return {"type": "float", "low": low, "high": high, **more}


def whole(low, high, **more):
    return {"type": "integer", "low": low, "high": high, **more}


def choices(*values):
    return {"type": "categorical", "choices": list(values)}


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("1e-3,1e-4", choices(0.001, 0.0001)),
        ("choice(adam, sgd)", choices("adam", "sgd")),
        ("choice('a,b',\"c\")", choices("a,b", "c")),
        ("[64,64],[32]", choices("[64,64]", "[32]")),
        ("true,false", {"type": "boolean"}),
        ("range(1,8)", whole(1, 7)),
        ("range(4)", whole(0, 3)),
        ("range(16, 129, 16)", whole(16, 128, step=16)),
        ("range(start=1,stop=10,step=3)", whole(1, 7, step=3)),
        ("range(0.0,1.0,0.25)", floats(0.0, 0.75, step=0.25)),
        ("interval(0, 1)", floats(0, 1)),
        ("tag(log, interval(1e-5, 1e-1))", floats(1e-5, 0.1, log=True)),
        ("int(tag(log,interval(4,64)))", whole(4, 64, log=True)),
        ("shuffle(range(1,4))", whole(1, 3)),
        ("0.1", None),
        ("glob(*)", None),
        ("${oc.env:HOME}", None),
        ("range(1,1e9,1e-9)", None),
        ("choice(", None),
        ("interval(a,b)", None),
        ("tag(log," * 99, None),
        (3, None),
    ],
)
def test_overrides_of_hydras_grammar(text, spec):
    """Lists, choices, ranges with their open end, intervals and casts; a single value sweeps over nothing."""
    assert override_spec(text) == spec


MULTIRUN = """\
hydra:
  mode: MULTIRUN
  sweeper:
    direction: maximize
    params:
      model.dropout: interval(0.0, 0.5)
      optim: null
    search_space:
      depth: {type: int, low: 1, high: 9, step: 2}
      act: {type: categorical, choices: [relu, tanh]}
    ax_config: {params: {lr: {type: range, bounds: [0.001, 0.1], log_scale: true}}}
    parametrization:
      wd: {lower: 1.0e-06, upper: 0.01, log: true}
      width: {lower: 8, upper: 64, integer: true}
  overrides:
    task: [+seed=1, ++batch=16,32]
"""


def test_multirun_declares_for_the_jobs_below(tmp_path):
    """The command's overrides and every sweeper's own way of writing a space are read."""
    text = MULTIRUN.replace("[+seed=1, ++batch=16,32]", "['+seed=1', '++batch=16,32']")
    (run,) = read_log("hydra", write(tmp_path, "multirun.yaml", text)).runs
    assert run.space == {
        "model.dropout": floats(0.0, 0.5),
        "depth": whole(1, 9, step=2),
        "act": choices("relu", "tanh"),
        "lr": floats(0.001, 0.1, log=True),
        "wd": floats(1e-6, 0.01, log=True),
        "width": whole(8, 64),
        "batch": choices(16, 32),
    }
    assert (run.root, run.meta, run.params) == (str(tmp_path), {"direction": "maximize"}, {})


def test_config_space_with_conditions():
    """Kinds of every format version; conditions by equality, membership, exclusion and conjunction."""
    condition = {"child": "mom", "parent": "opt"}
    space = config_space(
        {
            "hyperparameters": [
                {"name": "lr", "type": "uniform_float", "lower": 1e-4, "upper": 1.0, "log": True},
                {"name": "units", "type": "uniform_int", "lower": 8, "upper": 64, "q": 8, "log": False},
                {"name": "opt", "type": "categorical", "choices": ["sgd", "adam", "lamb"]},
                {"name": "size", "type": "ordinal", "sequence": ["s", "m"]},
                {"name": "seed", "type": "constant", "value": 1},
                {"name": "mom", "type": "uniform_float", "lower": 0.0, "upper": 0.9},
                {"name": "nag", "type": "normal_float", "lower": 0.0, "upper": 1.0, "mu": 0, "sigma": 1},
                {"name": "open", "type": "normal_float", "mu": 0, "sigma": 1},
                "damaged",
            ],
            "conditions": [
                {**condition, "type": "NEQ", "value": "adam"},
                {"type": "AND", "child": "nag", "conditions": [
                    {"child": "nag", "parent": "opt", "type": "EQ", "value": "sgd"},
                    {"child": "nag", "parent": "size", "type": "IN", "values": ["m"]},
                ]},
                {"type": "GT", "child": "units", "parent": "lr", "value": 0.1},
                None,
            ],
        }
    )  # fmt: skip
    assert space == {
        "lr": floats(1e-4, 1.0, log=True),
        "units": whole(8, 64, step=8),
        "opt": choices("sgd", "adam", "lamb"),
        "size": {"type": "ordered", "choices": ["s", "m"]},
        "seed": choices(1),
        "mom": floats(0.0, 0.9, when={"opt": ["sgd", "lamb"]}),
        "nag": floats(0.0, 1.0, when={"opt": ["sgd"], "size": ["m"]}),
    }


def test_space_of_a_folder_holds_for_the_runs_in_it(store, tmp_path):
    """Runs below a folder with a declaration inherit its space."""
    from logminer.workflows.ingest import ingest

    write(tmp_path, "sweep/multirun.yaml", MULTIRUN)
    for job in range(2):
        write(tmp_path, f"sweep/{job}/metrics.csv", "step,loss\n1,0.5\n2,0.4\n")
    ingest(store, [str(tmp_path)])
    spaces = store.read.spaces()
    assert set(spaces["name"]) >= {"depth", "lr", "width"}
    assert spaces["run"].nunique() == 2
