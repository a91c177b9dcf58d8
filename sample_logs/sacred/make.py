# /// script
# requires-python = ">=3.11"
# dependencies = ["sacred==0.8.7", "setuptools<81", "numpy"]
# ///
"""Write the Sacred sample: a run that completed and one that failed, by Sacred's file observer itself."""

import contextlib
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import numpy as np  # noqa: E402
from sacred import SETTINGS, Experiment  # noqa: E402
from sacred.observers import FileStorageObserver  # noqa: E402
from scratch import keep, scratch_folder  # noqa: E402
from tiny_training import train  # noqa: E402

SETTINGS.CAPTURE_MODE = "sys"
experiment = Experiment("clouds", save_git_info=False)


@experiment.config
def configuration():
    lr = 0.3  # noqa: F841
    optimizer = {"name": "sgd", "momentum": 0.0}  # noqa: F841
    layers = (2, 1)  # noqa: F841


@experiment.main
def main(_run, lr, optimizer):
    losses = []
    for row in train(lr, momentum=optimizer["momentum"], epochs=4):
        _run.log_scalar("train.loss", row["train_loss"], row["epoch"])
        _run.log_scalar("val.accuracy", np.float64(row["val_accuracy"]), row["epoch"])
        losses.append(row["val_loss"])
        if lr > 100 and row["epoch"] == 3:
            raise FloatingPointError("loss is not finite")
    _run.info["val_losses"] = losses
    _run.info["best"] = {"loss": min(losses)}
    return losses[-1]


if __name__ == "__main__":
    with scratch_folder() as folder:
        experiment.observers.append(FileStorageObserver(folder / "runs"))
        experiment.run(config_updates={"seed": 1})
        with contextlib.suppress(FloatingPointError):
            experiment.run(config_updates={"lr": 800.0, "seed": 2})
        keep(folder / "runs", HERE / "runs", leave_out=("_sources",), home=HERE)
