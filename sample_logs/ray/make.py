# /// script
# requires-python = ">=3.11"
# dependencies = ["ray[tune]==2.60.0"]
# ///
"""Write the Ray Tune sample: two trials, one of which fails, by Ray itself.

Left out: tuner.pkl and error.pkl, which hold code and paths, and the event files, which repeat the results.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
os.environ |= {"RAY_AIR_NEW_OUTPUT": "0", "PYTHONPATH": str(HERE.parent)}
import ray  # noqa: E402
from ray import tune  # noqa: E402
from scratch import keep, scratch_folder  # noqa: E402
from tiny_training import train  # noqa: E402


def train_clouds(config):
    for row in train(config["lr"], momentum=config["optimizer"]["momentum"], epochs=4):
        if config["lr"] > 100 and row["epoch"] == 3:
            raise FloatingPointError("loss is not finite")
        accuracy = float("nan") if row["epoch"] == 1 else row["val_accuracy"]
        tune.report(
            {"loss": row["train_loss"], "val": {"loss": row["val_loss"], "accuracy": accuracy}}
        )


if __name__ == "__main__":
    with scratch_folder() as folder:
        ray.init(
            num_cpus=1, include_dashboard=False, object_store_memory=80 << 20, logging_level="ERROR"
        )
        space = {
            "lr": tune.grid_search([0.3, 800.0]),
            "optimizer": {"name": "sgd", "momentum": 0.5},
        }
        where = tune.RunConfig(name="clouds", storage_path=str(folder / "ray_results"))
        tune.Tuner(train_clouds, param_space=space, run_config=where).fit()
        ray.shutdown()
        left_out = ("tuner.pkl", "error.pkl", "events.out.*", ".validate*", "basic-variant*")
        keep(folder / "ray_results", HERE / "tune", left_out)
