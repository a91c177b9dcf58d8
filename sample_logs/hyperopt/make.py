# /// script
# requires-python = ">=3.11"
# dependencies = ["hyperopt==0.3.0", "pandas==3.1.1", "setuptools"]
# ///
"""Write the Hyperopt samples: six trials of a space with a branch, as documents and as a table."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
from hyperopt import STATUS_FAIL, STATUS_OK, Trials, fmin, hp, rand

HERE = Path(__file__).parent
SPACE = {
    "lr": hp.loguniform("lr", -9, -2),
    "optimizer": hp.choice("optimizer", ["adam", {"momentum": hp.uniform("momentum", 0, 1)}]),
}


def objective(config):
    if config["lr"] > 0.05:
        return {"status": STATUS_FAIL}
    return {
        "loss": (math.log10(config["lr"]) + 2) ** 2,
        "status": STATUS_OK,
        "val_acc": config["lr"],
    }


def main():
    trials = Trials()
    fmin(
        objective,
        SPACE,
        rand.suggest,
        6,
        trials=trials,
        rstate=np.random.default_rng(3),
        show_progressbar=False,
    )
    folder = HERE / "documents"
    folder.mkdir(exist_ok=True)
    with open(folder / "trials.json", "w") as file:
        json.dump(trials.trials, file, default=str)
    folder = HERE / "table"
    folder.mkdir(exist_ok=True)
    pd.json_normalize(trials.trials).to_csv(folder / "trials.csv", index=False)


if __name__ == "__main__":
    main()
