# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "keras==3.15.1", "keras-tuner==1.4.8"]
# ///
"""Write the Keras Tuner sample: a random search of three trials, one of which fails."""

import os
import shutil
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import keras_tuner
import numpy as np

HERE = Path(__file__).parent / "random_search"


def build(hp):
    model = keras.Sequential(
        [
            keras.layers.Dense(hp.Int("units", 2, 8, step=2), activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    rate = hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")
    if hp.get("units") == 6:
        raise keras_tuner.errors.FailedTrialError("out of memory")
    model.compile(keras.optimizers.Adam(rate), "mse", metrics=["mae"])
    return model


def main():
    shutil.rmtree(HERE, ignore_errors=True)
    x = np.random.default_rng(0).normal(size=(64, 2)).astype("float32")
    y = x.sum(axis=1)
    tuner = keras_tuner.RandomSearch(
        build,
        "val_mae",
        max_trials=4,
        seed=3,
        directory=HERE,
        project_name="study",
        max_consecutive_failed_trials=3,
    )
    tuner.search(x, y, epochs=3, validation_split=0.25, verbose=0)
    for path in [*HERE.rglob("*.h5"), *HERE.rglob("*.keras")]:
        path.unlink()
    for path in HERE.rglob("trial.json"):
        text = (
            path.read_text().replace(sys.prefix, "/venv").replace(str(HERE.parents[2]), "/project")
        )
        path.write_text(text)


if __name__ == "__main__":
    main()
