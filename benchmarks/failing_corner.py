"""A search whose widest networks run out of memory, then one on a related data set: how many trials fail in each.

    python benchmarks/failing_corner.py --trials 16 --second 8 --seeds 3

Perceptrons learn the handwritten digits 0 to 4 (the first search) and 5 to 9 (the second), each trial in a process that may
hold 400 MB. The second search is also run with nothing to learn from.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from logminer.core.space_spec import space_from_spec
from logminer.runner._command import Command
from logminer.runner.search import Limits, SearchResult, search_command
from logminer.workflows.history import View

SPACE = {
    "lr": {"type": "float", "low": 1e-4, "high": 0.1, "log": True},
    "width": {"type": "int", "low": 16, "high": 16384, "log": True},
}
TRAIN = """
import json, sys
import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
lr, width, first = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
X, y = load_digits(return_X_y=True)
kept = (y >= first) & (y < first + 5)
X, y = X[kept] / 16, y[kept]
model = MLPClassifier((width, width // 4), learning_rate_init=lr, random_state=0)
for epoch in range(3):
    model.partial_fit(X[::2], y[::2], classes=np.unique(y))
    print(json.dumps({"epoch": epoch, "val_accuracy": model.score(X[1::2], y[1::2])}), flush=True)
"""


def searched(folder: Path, study: str, first: int, trials: int, seed: int) -> SearchResult:
    """A search for the best perceptron on five digits."""
    command = Command(
        (
            sys.executable,
            str(folder / "train.py"),
            "{lr}",
            "{width}",
            str(first),
            "--digits",
            str(first),
        )
    )
    view = View(space=space_from_spec(SPACE))
    return search_command(
        str(folder / "db"), command, view, study=study, seed=seed, limits=Limits(trials=trials), runs=folder / "runs",
        cores_per_worker=1, memory_per_worker="400MB",
    )  # fmt: skip


def main() -> None:
    """Search both, and the second from nothing."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--second", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=2)
    args = parser.parse_args()
    print("seed search failed trials best")
    for seed in range(args.seeds):
        with tempfile.TemporaryDirectory() as warm, tempfile.TemporaryDirectory() as cold:
            for folder in (warm, cold):
                Path(folder, "train.py").write_text(TRAIN)
            os.chdir(warm)
            rows = [("first", searched(Path(warm), "first", 0, args.trials, seed))]
            rows.append(("second", searched(Path(warm), "second", 5, args.second, seed)))
            os.chdir(cold)
            rows.append(("second, cold", searched(Path(cold), "second", 5, args.second, seed)))
            for name, result in rows:
                failed = int((result.trials["status"] == "failed").sum())
                print(
                    seed, name, failed, len(result.trials), f"{result.best_value:.4f}", flush=True
                )


if __name__ == "__main__":
    main()
