"""Strategies that grant short budgets first, and stopping rules, against random search at the same total epochs.

    python benchmarks/budgets.py --seeds 5 --budget 540

A multilayer perceptron learns handwritten digits for up to 27 epochs. Each row is one way to spend the same number of
epochs; the score is the best validation loss of any trial that was trained to the end, lower is better.
"""

import argparse
import tempfile
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from logminer.workflows.search import Limits, search

FULL = 27
SPACE = {
    "learning_rate": {"type": "float", "low": 1e-5, "high": 1.0, "log": True},
    "alpha": {"type": "float", "low": 1e-6, "high": 10.0, "log": True},
    "batch_size": {"type": "integer", "low": 16, "high": 256, "log": True},
    "hidden": {"type": "integer", "low": 4, "high": 128, "log": True},
}
WAYS = {
    "random": ("random", None),
    "random, median": ("random", "median"),
    "random, curves": ("random", "curves"),
    "hyperband": ("hyperband", None),
    "asha": ("asha", None),
    "asha, curves": ("asha", "curves"),
}


def trainer(seed):
    X, y = load_digits(return_X_y=True)
    halves = train_test_split(X / 16, y, test_size=0.5, random_state=seed)

    def train(trial):
        c, file = trial.config, trial.checkpoint_dir / "state.npz"
        model = MLPClassifier(
            (c["hidden"],), alpha=c["alpha"], batch_size=c["batch_size"], learning_rate_init=c["learning_rate"],
            random_state=seed,
        )  # fmt: skip
        done = 0
        if file.exists():  # our own file, written below in this very search
            done, model = joblib.load(file)
        for epoch in range(done, trial.budget):
            model.partial_fit(halves[0], halves[2], classes=range(10))
            chances = model.predict_proba(halves[1])[np.arange(len(halves[3])), halves[3]]
            trial.report(epoch + 1, val_loss=float(-np.log(np.maximum(chances, 1e-9)).mean()))
            if trial.should_stop():
                return
        joblib.dump((trial.budget, model), file)

    return train


def one(way, seed, budget):
    strategy, stop = WAYS[way]
    with tempfile.TemporaryDirectory() as temporary:
        result = search(
            trainer(seed), SPACE, metric="val_loss", mode="min", strategy=strategy, stop=stop, seed=seed,
            fidelity=("epochs", 1, FULL), n_trials=None, limits=Limits(budget=budget),
            db=Path(temporary) / "db", runs=Path(temporary) / "runs",
        )  # fmt: skip
    trials = result.trials
    full = trials[(trials["status"] == "complete") & (trials["spent"].notna())]
    full = full[full["budget"].fillna(FULL) >= FULL]
    return {
        "way": way, "seed": seed, "trials": len(trials), "full": len(full), "epochs": trials["spent"].sum(),
        "best": full["value"].min(),
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--budget", type=float, default=270)
    args = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    rows = [one(way, seed, args.budget) for seed in range(args.seeds) for way in WAYS]
    table = pd.DataFrame(rows).groupby("way", sort=False).mean().drop(columns="seed")
    print(table.to_string(float_format=lambda v: f"{v:.4g}"))


if __name__ == "__main__":
    main()
