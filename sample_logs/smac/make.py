# /// script
# requires-python = ">=3.11"
# dependencies = ["smac==2.4.1"]
# ///
"""Write the SMAC samples: two optimisations by SMAC 2 itself, and a run history of version 1.

The latter is built to the layout of smac/runhistory/runhistory.py in SMAC 1.4, which needs an older Python.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from ConfigSpace import Categorical, ConfigurationSpace, EqualsCondition, Float  # noqa: E402
from scratch import keep, scratch_folder  # noqa: E402
from smac import HyperparameterOptimizationFacade, MultiFidelityFacade, Scenario  # noqa: E402
from tiny_training import train  # noqa: E402


def space():
    lr, optimizer = (
        Float("lr", (1e-3, 1e3), log=True),
        Categorical("optimizer", ["sgd", "momentum"]),
    )
    momentum = Float("momentum", (0.1, 0.9))
    space = ConfigurationSpace(seed=0)
    space.add(lr, optimizer, momentum)
    space.add(EqualsCondition(momentum, optimizer, "momentum"))
    return space


def loss(config, seed=0, budget=4):
    if config["lr"] > 100:
        raise FloatingPointError("loss is not finite")
    rows = train(
        config["lr"], momentum=config.get("momentum", 0.0), epochs=int(budget), seed=seed % 100
    )
    return list(rows)[-1]["val_loss"]


def optimise(facade, name, **options):
    scenario = Scenario(
        space(), name=name, deterministic=True, output_directory="smac3_output", seed=0, **options
    )
    facade(scenario, loss, overwrite=True, logging_level=40).optimize()


def version_1(folder):
    """Four evaluations: a success, a crash, a time limit and a second seed."""

    def status(name):
        return {"__enum__": f"StatusType.{name}"}

    start = 1_690_360_530.5
    data = [
        [[1, None, 0, 0.0], [0.2377, 0.84, status("SUCCESS"), start, start + 0.84, {}]],
        [
            [2, None, 0, 0.0],
            [
                2147483647.0,
                1.86,
                status("CRASHED"),
                start + 1,
                start + 2.86,
                {"error": "ValueError"},
            ],
        ],
        [[3, "iris", 0, 0.0], [2147483647.0, 9.5, status("TIMEOUT"), start + 3, start + 12.5, {}]],
        [
            [3, "iris", 7, 0.0],
            [0.21, 1.5, status("SUCCESS"), start + 13, start + 14.5, {"train_loss": 0.125}],
        ],
    ]
    configs = {
        "1": {"alpha": 0.001, "optimizer": "sgd"},
        "2": {"alpha": 0.5, "optimizer": "momentum", "momentum": 0.9},
        "3": {"alpha": 1e-07, "optimizer": "sgd"},
    }
    folder.mkdir(parents=True)
    origins = dict.fromkeys(configs, "Random Search")
    history = {"data": data, "config_origins": origins, "configs": configs}
    (folder / "runhistory.json").write_text(json.dumps(history))
    (folder / "stats.json").write_text(json.dumps({"submitted_ta_runs": 4, "finished_ta_runs": 4}))


if __name__ == "__main__":
    with scratch_folder() as folder:
        optimise(HyperparameterOptimizationFacade, "clouds", n_trials=8)
        optimise(MultiFidelityFacade, "clouds_budgets", n_trials=12, min_budget=1, max_budget=9)
        keep(folder / "smac3_output", HERE / "version_2")
        version_1(folder / "v1" / "run_1")
        keep(folder / "v1", HERE / "version_1")
