"""What a search costs beside the trainings themselves, with few and with many trials in the study.

    python benchmarks/search_overhead.py --trials 100 --before 0 10000

The training is a function that returns at once, and a command that prints one line: what a trial costs is the whole
search divided by its trials, opening and ingesting included. ``suggest`` is ``logminer suggest --study`` without the
start of Python: every call opens the database and reads the study anew; ``process`` is the command itself, Python
and its imports included. For these the median and the 95th percentile of one call are told. ``--before`` puts so
many finished trials into the study first.
"""

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from logminer.core.space_spec import space_from_spec
from logminer.runner._command import Command
from logminer.runner.claims import claim
from logminer.runner.search import Limits, search, search_command
from logminer.store import open_store
from logminer.store.trials import StudyRow, TrialRow
from logminer.workflows.history import View

SPEC = {
    "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
    "wd": {"type": "float", "low": 1e-6, "high": 1.0, "log": True},
}


def loss(config):
    return abs(math.log10(config["lr"]) + 2) + abs(math.log10(config["wd"]) + 4)


def fill(db, study, folder, count, strategy):
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
        store.studies.put(StudyRow(study, SPEC, "loss", "min", strategy, 0, str(folder)))
        store.studies.write(rows, 1)


def run(work, db, runs, strategy, count):
    """Seconds of wall time and of CPU: of each suggestion, or of a trial of the whole search."""
    view, before = View(space=space_from_spec(SPEC), metric="loss", mode="min"), studied(db)
    if work == "suggest":
        return [
            timed(lambda: claim(str(db), "s", view, strategy=strategy, runs=runs))
            for _ in range(count)
        ]
    if work == "process":
        return [timed(lambda: suggested(db)) for _ in range(count)]
    whole = timed(lambda: searched(work, db, runs, strategy, before + count, view))
    return [[seconds / count for seconds in whole]]


def searched(work, db, runs, strategy, trials, view):
    options = {"strategy": strategy, "study": "s", "runs": runs}
    if work == "function":
        search(lambda trial: loss(trial.config), SPEC, n_trials=trials, db=db, **options)
    else:
        command = Command(("echo", '{"metric": "loss", "value": {lr}}'))
        search_command(str(db), command, view, limits=Limits(trials=trials), **options)


def suggested(db):
    command = [sys.executable, "-m", "logminer", "suggest", "--study", "s", "--db", str(db), "-n", "1"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)


def timed(call):
    """Wall time and CPU, that of processes it has started included."""
    begun, cpu = time.perf_counter(), cpu_time()
    call()
    return time.perf_counter() - begun, cpu_time() - cpu


def cpu_time():
    return time.process_time() + sum(os.times()[2:4])


def studied(db):
    if not db.exists():
        return 0
    with open_store(db) as store:
        return len(store.studies.changes("s")[0])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--before", type=int, nargs="+", default=[0, 1000])
    parser.add_argument("--strategies", nargs="+", default=["random", "tpe", "auto"])
    parser.add_argument(
        "--works", nargs="+", default=["function", "command", "suggest"],
        choices=["function", "command", "suggest", "process"],
    )  # fmt: skip
    args = parser.parse_args()
    print("strategy  before  work      ms/trial   p95    CPU   p95")
    for before in args.before:
        for strategy in args.strategies:
            for work in args.works:
                with tempfile.TemporaryDirectory() as temporary:
                    db, runs = Path(temporary) / "db", Path(temporary) / "runs"
                    if before:
                        fill(db, "s", runs / "s", before, strategy)
                    milliseconds = 1e3 * np.array(run(work, db, runs, strategy, args.trials))
                wall, cpu = np.median(milliseconds, axis=0)
                late, high = np.quantile(milliseconds, 0.95, axis=0)
                tail = (f"{late:6.0f}", f"{high:6.0f}") if len(milliseconds) > 1 else ("      ", "")
                print(
                    f"{strategy:8}  {before:6}  {work:8}  {wall:8.1f}{tail[0]}{cpu:7.1f}{tail[1]}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
