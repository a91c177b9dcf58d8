"""What a search costs beside the trainings themselves: seconds per trial, with few and with many trials in the study.

    python benchmarks/search_overhead.py --trials 100 --before 0 10000

The training is a function that returns at once, and a command that prints one line. ``--before`` puts so many
finished trials into the study first.
"""

import argparse
import math
import tempfile
import time
from pathlib import Path

import numpy as np

from logminer.core.space_spec import space_from_spec
from logminer.store import open_store
from logminer.store.trials import StudyRow, TrialRow
from logminer.workflows._command import Command
from logminer.workflows.history import View
from logminer.workflows.search import Limits, search, search_command

SPEC = {
    "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
    "wd": {"type": "float", "low": 1e-6, "high": 1.0, "log": True},
}


def loss(config):
    return abs(math.log10(config["lr"]) + 2) + abs(math.log10(config["wd"]) + 4)


def fill(db, study, folder, count):
    """A study with so many finished trials."""
    configs = space_from_spec(SPEC).sample(count, np.random.default_rng(0))
    rows = [
        TrialRow(
            study,
            i,
            c,
            "complete",
            value=loss(c),
            attempt=1,
            folder=str(folder / str(i)),
            ended=float(i),
        )
        for i, c in enumerate(configs)
    ]
    with open_store(db, write=True) as store, store.transaction():
        store.studies.put(StudyRow(study, SPEC, "loss", "min", "random", 0, str(folder)))
        store.studies.write(rows, 1)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--before", type=int, nargs="+", default=[0, 1000])
    parser.add_argument("--strategies", nargs="+", default=["random", "tpe", "auto"])
    args = parser.parse_args()
    print("strategy  before  work      ms/trial  CPU ms/trial")
    for before in args.before:
        for strategy in args.strategies:
            for work in ("function", "command"):
                with tempfile.TemporaryDirectory() as temporary:
                    db, runs = Path(temporary) / "db", Path(temporary) / "runs"
                    if before:
                        fill(db, "s", runs / "s", before)
                    wall, cpu = time.perf_counter(), time.process_time()
                    limits = Limits(trials=before + args.trials)
                    if work == "function":
                        search(
                            lambda trial: loss(trial.config), SPEC, n_trials=before + args.trials,
                            strategy=strategy, study="s", db=db, runs=runs,
                        )  # fmt: skip
                    else:
                        line = '{"metric": "loss", "value": {lr}}'
                        search_command(
                            str(db), Command(("echo", line)), View(space=space_from_spec(SPEC)),
                            strategy=strategy, study="s", limits=limits, runs=runs,
                        )  # fmt: skip
                    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                print(
                    f"{strategy:8}  {before:6}  {work:8}  {1e3 * wall / args.trials:8.1f}  {1e3 * cpu / args.trials:8.1f}"
                )


if __name__ == "__main__":
    main()
