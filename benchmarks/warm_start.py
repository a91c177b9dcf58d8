"""How many trials a warm search needs to reach what a cold one ends at, with real trainings on two related data sets.

    python benchmarks/warm_start.py --seeds 10
    pip install torch && python benchmarks/warm_start.py --models convolution

A small model learns handwritten digits: the past is the search on the digits 0 to 4, the new task the digits 5 to 9.
For each seed: a search on the past task; a cold search on the new task; a warm one that is given the database with
the first one's logs. A trial's value is the loss on held-out images, the mean of three initialisations, since that
of one says more about luck than about its config. What counts is the trial at which the warm search first reaches
the cold one's final value: no more than that, to the last digit.
"""

import argparse
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from digits import LOSSES, SPACES, halves, has_torch
from sklearn.exceptions import ConvergenceWarning

from logminer.runner.search import search


def trainer(model, digits, seed, args):
    """A function that trains a model on some of the digits and returns the loss on held-out images."""
    data = halves(digits, seed)

    def train(trial):
        starts = range(args.inits * seed, args.inits * (seed + 1))
        return float(np.mean([LOSSES[model](trial.config, data, s, args.epochs) for s in starts]))

    return train


def best_so_far(result):
    return result.trials["value"].fillna(np.inf).cummin().to_numpy()


def one(model, seed, args, folder):
    options = {
        "mode": "min",
        "strategy": args.strategy,
        "runs": folder / "runs",
        "n_trials": args.trials,
    }
    first, second = trainer(model, range(5), seed, args), trainer(model, range(5, 10), seed, args)
    space = SPACES[model]
    search(first, space, db=folder / "past", study="past", seed=seed, **options)
    options["seed"] = 1000 + seed
    cold = best_so_far(search(second, space, db=folder / "cold", study="cold", **options))
    warm = search(
        second, space, db=folder / "warm", study="warm", history=folder / "past", **options
    )
    reached = np.flatnonzero(best_so_far(warm) <= cold[-1])
    return {
        "seed": seed,
        "cold": cold[-1],
        "warm": best_so_far(warm)[-1],
        "cold trial": int(np.flatnonzero(cold <= cold[-1])[0]) + 1,
        "warm trial": int(reached[0]) + 1 if len(reached) else np.inf,
    }


def interval(values, rng, draws=2000):
    """Bootstrap interval of the median, 95 %."""
    medians = np.median(rng.choice(values, (draws, len(values))), axis=1)
    return np.quantile(medians, [0.025, 0.975], method="nearest")


def report(model, args):
    rows, begun = [], time.monotonic()
    for seed in range(args.seeds):
        with tempfile.TemporaryDirectory() as temporary:
            rows.append(one(model, seed, args, Path(temporary)))
        print(model, rows[-1], file=sys.stderr, flush=True)
    table = pd.DataFrame(rows)
    print(table.to_string(index=False, float_format=lambda v: f"{v:.4g}"))
    shares = table["warm trial"].to_numpy() / args.trials
    low, high = interval(shares, np.random.default_rng(0))
    print(
        f"{model}: warm reaches the cold search's final value after {np.median(shares):.2f} of its {args.trials} trials "
        f"(median of {args.seeds} seeds, 95 % interval {low:.2f} to {high:.2f}), within a third of them "
        f"{np.sum(shares <= 1 / 3)} times; {time.monotonic() - begun:.0f} s",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", choices=list(SPACES), default=list(SPACES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--inits", type=int, default=3)
    parser.add_argument("--strategy", default="auto")
    args = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    for model in args.models:
        if model == "convolution" and not has_torch():
            print("convolution: skipped, PyTorch is not installed")
            continue
        report(model, args)


if __name__ == "__main__":
    main()
