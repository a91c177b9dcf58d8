# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "keras==3.15.1"]
# ///
"""Write the Keras sample: CSVLogger's log and the history that fit returns, as people dump it."""

import json
import os
import shutil
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np

HERE = Path(__file__).parent


def main():
    keras.utils.set_random_seed(1)
    x = np.random.default_rng(0).normal(size=(128, 2)).astype("float32")
    y = (x.sum(axis=1) > 0).astype("float32")
    for sample, lr in [("csv_logger", 0.1), ("history", 0.01)]:
        folder = HERE / sample
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        model = keras.Sequential(
            [keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
        )
        model.compile(keras.optimizers.SGD(lr), "binary_crossentropy", metrics=["accuracy"])
        log = [keras.callbacks.CSVLogger(folder / "training.log")] if sample == "csv_logger" else []
        history = model.fit(x, y, epochs=4, validation_split=0.25, callbacks=log, verbose=0)
        if sample == "history":
            (folder / "history.json").write_text(json.dumps(history.history))


if __name__ == "__main__":
    main()
