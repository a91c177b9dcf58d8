"""How many trials a warm search needs to reach what a cold one ends at, with real trainings on two related data sets.

    python benchmarks/warm_start.py --seeds 10

A multilayer perceptron learns handwritten digits: the past is the search on the digits 0 to 4, the new task the
digits 5 to 9. For each seed: a cold search on the new task, then a warm one that has only the logs of a search
on the past task. What counts is the trial at which the warm one first reaches the cold one's final score.
"""

import argparse
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from logminer.workflows.search import search

SPACE = {
    "learning_rate": {"type": "float", "low": 1e-5, "high": 1.0, "log": True},
    "alpha": {"type": "float", "low": 1e-6, "high": 10.0, "log": True},
    "beta1": {"type": "float", "low": 0.5, "high": 0.999, "scale": "one_minus"},
    "batch_size": {"type": "integer", "low": 8, "high": 256, "log": True},
    "hidden": {"type": "integer", "low": 4, "high": 128, "log": True},
}


def trainer(digits, seed, epochs):
    """A function that trains on some of the digits and returns the loss on held-out images."""
    X, y = load_digits(return_X_y=True)
    mine = np.isin(y, digits)
    halves = train_test_split(X[mine] / 16, y[mine], test_size=0.5, random_state=seed)

    def train(trial):
        c = trial.config
        model = MLPClassifier(
            (c["hidden"],), alpha=c["alpha"], batch_size=c["batch_size"], learning_rate_init=c["learning_rate"],
            beta_1=c["beta1"], max_iter=epochs, random_state=seed, n_iter_no_change=epochs,
        )  # fmt: skip
        model.fit(halves[0], halves[2])
        chances = model.predict_proba(halves[1])[np.arange(len(halves[3])), halves[3] - min(digits)]
        return float(-np.log(np.maximum(chances, 1e-9)).mean())

    return train


def best_so_far(result):
    return result.trials["value"].fillna(np.inf).cummin().to_numpy()


def one(seed, args, folder):
    options = {"mode": "min", "strategy": args.strategy, "seed": seed, "runs": folder / "runs"}
    options["n_trials"] = args.trials
    past = search(
        trainer(range(5), seed, args.epochs), SPACE, db=folder / "past", study="past", **options
    )
    rows = past.trials[[*SPACE, "value"]].assign(task="digits 0-4")
    train = trainer(range(5, 10), seed, args.epochs)
    options["seed"] = 1000 + seed
    cold = best_so_far(search(train, SPACE, db=folder / "cold", study="cold", **options))
    warm = best_so_far(
        search(
            train, SPACE, db=folder / "warm", study="warm", history=pd.DataFrame(rows), **options
        )
    )
    reached = np.flatnonzero(warm <= cold[-1])
    return {
        "seed": seed,
        "cold": cold[-1],
        "warm": warm[-1],
        "cold trial": int(np.flatnonzero(cold <= cold[-1])[0]) + 1,
        "warm trial": int(reached[0]) + 1 if len(reached) else np.inf,
    }


def interval(values, rng, draws=2000):
    """Bootstrap interval of the median, 95 %."""
    medians = np.median(rng.choice(values, (draws, len(values))), axis=1)
    return np.quantile(medians, [0.025, 0.975], method="nearest")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--strategy", default="auto")
    args = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    rows, begun = [], time.monotonic()
    for seed in range(args.seeds):
        with tempfile.TemporaryDirectory() as temporary:
            rows.append(one(seed, args, Path(temporary)))
    table = pd.DataFrame(rows)
    print(table.to_string(index=False, float_format=lambda v: f"{v:.4g}"))
    shares = table["warm trial"].to_numpy() / args.trials
    low, high = interval(shares, np.random.default_rng(0))
    print(
        f"warm reaches the cold search's final score after {np.median(shares):.2f} of its {args.trials} trials "
        f"(median of {args.seeds} seeds, 95 % interval {low:.2f} to {high:.2f}); {time.monotonic() - begun:.0f} s"
    )


if __name__ == "__main__":
    main()
