"""Strategies that grant short budgets first, and stopping rules, against random search at the same total epochs.

    python benchmarks/budgets.py --seeds 5 --budget 270

A multilayer perceptron learns handwritten digits for up to 27 epochs. Each row is one way to spend the same number of
epochs, with the same seeds; the score is the best validation loss of any trial that was trained to the end, lower is
better. A promoted trial goes on from its checkpoint, and only the epochs that it adds are counted.
"""

import argparse
import sys
import tempfile
import time
import warnings
from pathlib import Path

import joblib
import pandas as pd
from digits import SPACES, halves, log_loss, perceptron
from sklearn.exceptions import ConvergenceWarning

from logminer.runner.search import Limits, search

FULL = 27
WAYS = {
    "random": ("random", None),
    "random, median": ("random", "median"),
    "random, curves": ("random", "curves"),
    "hyperband": ("hyperband", None),
    "hyperband, median": ("hyperband", "median"),
    "hyperband, curves": ("hyperband", "curves"),
    "asha": ("asha", None),
    "asha, median": ("asha", "median"),
    "asha, curves": ("asha", "curves"),
}


def trainer(seed):
    data = halves(range(10), seed)

    def train(trial):
        file = trial.checkpoint_dir / "state"
        done, model = 0, perceptron(trial.config, seed, FULL)
        if trial.resumes:  # our own file, written below in this very search
            done, model = joblib.load(file)
        for epoch in range(done, trial.budget):
            model.partial_fit(data[0], data[2], classes=range(10))
            trial.report(epoch + 1, val_loss=log_loss(model.predict_proba(data[1]), data[3]))
            joblib.dump((epoch + 1, model), file)
            if trial.should_stop():
                return

    return train


def one(way, seed, budget):
    strategy, stop = WAYS[way]
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as temporary:
        result = search(
            trainer(seed), SPACES["perceptron"], metric="val_loss", mode="min", strategy=strategy, stop=stop, seed=seed,
            fidelity=("epochs", 1, FULL), n_trials=None, limits=Limits(budget=budget),
            db=Path(temporary) / "db", runs=Path(temporary) / "runs",
        )  # fmt: skip
    trials = result.trials
    full = trials[(trials["status"] == "complete") & (trials["budget"].fillna(FULL) >= FULL)]
    return {
        "way": way, "seed": seed, "trials": len(trials), "stopped": (trials["status"] == "stopped").sum(),
        "trained to the end": len(full),
        "epochs": trials["spent"].sum(), "best": full["value"].min(), "CPU s": time.process_time() - begun,
    }  # fmt: skip


def table_of(rows):
    frame = pd.DataFrame(rows)
    random = frame[frame["way"] == "random"].set_index("seed")["best"]
    frame["better than random"] = frame["best"] < frame["seed"].map(random)
    groups = frame.groupby("way", sort=False)
    table = groups[["trials", "stopped", "trained to the end", "epochs", "best"]].mean()
    table["± of the mean"] = groups["best"].sem()
    table["better than random"] = groups["better than random"].sum()
    return table.assign(**{"CPU s": groups["CPU s"].mean()})


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--budget", type=float, default=10 * FULL)
    args = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    begun = time.monotonic()
    rows = []
    for seed in range(args.seeds):
        for way in args.ways:
            rows.append(one(way, seed, args.budget))
            print(rows[-1], file=sys.stderr, flush=True)
    print(table_of(rows).to_string(float_format=lambda v: f"{v:.4g}"))
    print(f"{args.seeds} seeds, {args.budget:g} epochs each way; {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
