"""How many trials a warm search needs to reach what a cold one ends at, with real trainings on two related data sets.

    python benchmarks/warm_start.py --seeds 10
    pip install torch && python benchmarks/warm_start.py --models convolution

A small model learns handwritten digits: the past is the search on the digits 0 to 4, the new task the digits 5 to 9.
For each seed: a search on the past task; a cold search on the new task; a warm one that is given the database with
the first one's logs. A trial's value is the loss on validation images, the mean of three initialisations.

The best value of a search is the luckiest too: trained again, its config does worse, and the longer the search, the
more so. What a search has reached after each trial is therefore scored alike for all searches: its best config so far is
trained with ten initialisations that no search has seen, and tested on images that no search has seen. What counts is
the trial at which the warm search's score first is no more than the cold one's final, to the last digit; and the one
from which on that holds for good.
"""

import argparse
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from digits import LOSSES, SPACES, has_torch, thirds
from sklearn.exceptions import ConvergenceWarning

from logminer.runner.search import search

_UNSEEN = 1_000_000  # initialisations from here on belong to no search


@dataclass(frozen=True)
class Problem:
    """A model, what it learns from, and how often it is trained."""

    model: str
    digits: range
    seed: int
    args: argparse.Namespace

    def train(self, trial):
        """What a search sees: the validation loss."""
        first = self.args.inits * self.seed
        return self._loss(trial.config, 0, range(first, first + self.args.inits))

    def test(self, config):
        """What it is worth: the loss on other images and from other initialisations."""
        return self._loss(config, 1, range(_UNSEEN, _UNSEEN + self.args.tests))

    def _loss(self, config, part, starts):
        data = thirds(self.digits, self.seed)[part]
        return float(
            np.mean([LOSSES[self.model](config, data, s, self.args.epochs) for s in starts])
        )


def reached(problem, result):
    """The score of the best config so far, after each trial."""
    trials = result.trials
    values = trials["value"].fillna(np.inf).to_numpy()
    best = [int(np.argmin(values[: i + 1])) for i in range(len(values))]
    names = list(SPACES[problem.model])
    configs = {i: trials[names].astype(object).loc[trials.index[i]].to_dict() for i in set(best)}
    scores = {i: problem.test(config) for i, config in configs.items()}
    return np.array([scores[i] for i in best])


def one(model, seed, args, folder):
    """The scores of a cold and of a warm search after each of their trials."""
    options = {
        "mode": "min",
        "strategy": args.strategy,
        "runs": folder / "runs",
        "n_trials": args.trials,
    }
    first, second = (Problem(model, r, seed, args) for r in (range(5), range(5, 10)))
    space = SPACES[model]
    search(first.train, space, db=folder / "past", study="past", seed=seed, **options)
    options["seed"] = 1000 + seed
    cold = search(second.train, space, db=folder / "cold", study="cold", **options)
    past = folder / "past"
    warm = search(second.train, space, db=folder / "warm", study="warm", history=past, **options)
    return reached(second, cold), reached(second, warm)


def since(scores, wanted):
    """The trial at which the scores first are as wanted, and from which on they always are."""
    good = scores <= wanted
    always = np.logical_and.accumulate(good[::-1])[::-1]
    return [float(np.argmax(g)) + 1 if g.any() else np.inf for g in (good, always)]


def row_of(seed, cold, warm):
    own, _ = since(cold, cold[-1])
    first, good = since(warm, cold[-1])
    return {
        "seed": seed, "cold": cold[-1], "warm": warm[-1], "cold trial": own, "warm trial": first, "for good": good,
    }  # fmt: skip


def interval(values, rng, draws=2000):
    """Bootstrap interval of the median, 95 %."""
    medians = np.median(rng.choice(values, (draws, len(values))), axis=1)
    return np.quantile(medians, [0.025, 0.975], method="nearest")


def share(trials, args):
    """Median share of the trials, with its interval."""
    shares = np.asarray(trials) / args.trials
    low, high = interval(shares, np.random.default_rng(0))
    return f"{np.median(shares):.2f} of its {args.trials} trials (95 % interval {low:.2f} to {high:.2f})"


def share_of_means(pairs, args, rng, draws=2000):
    """The same for the scores averaged over seeds: where the mean warm search reaches the mean cold one's end."""
    cold, warm = (np.stack(arm) for arm in zip(*pairs, strict=True))
    picks = [np.arange(len(cold)), *rng.integers(len(cold), size=(draws, len(cold)))]
    trials = [since(warm[p].mean(0), cold[p, -1].mean())[0] for p in picks]
    low, high = np.quantile(trials, [0.025, 0.975], method="nearest") / args.trials
    return f"{trials[0] / args.trials:.2f} ({low:.2f} to {high:.2f})"


def report(model, args):
    pairs, begun = [], time.monotonic()
    for seed in range(args.seeds):
        with tempfile.TemporaryDirectory() as temporary:
            pairs.append(one(model, seed, args, Path(temporary)))
        print(model, row_of(seed, *pairs[-1]), file=sys.stderr, flush=True)
    table = pd.DataFrame([row_of(seed, *pair) for seed, pair in enumerate(pairs)])
    print(table.to_string(index=False, float_format=lambda v: f"{v:.4g}"))
    within = int((table["warm trial"] <= args.trials / 3).sum())
    print(
        f"{model}: warm reaches the cold search's final score after {share(table['warm trial'], args)}, median of "
        f"{args.seeds} seeds, and for good after {share(table['for good'], args)}; within a third of them {within} times. "
        f"The mean over seeds reaches the cold mean after {share_of_means(pairs, args, np.random.default_rng(0))}. "
        f"{time.monotonic() - begun:.0f} s",
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
    parser.add_argument("--tests", type=int, default=10)
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
