"""Does a past that misleads cost anything? Measured on past tasks, each of which takes its turn as the target.

    python benchmarks/search_turns.py --rig DIR

A rig's targets are few. Its past tasks are more: one after another is searched with all others as the past, as they are
(real), with the metric's sign turned (flipped), with mirrored hyperparameters (foreign), with values shuffled within each task,
and without a past (none). Mean regret after so many trials: the median over seeds, then the mean over tasks and over families.
Families whose past tasks can be evaluated anywhere, not only where they were logged, are asked for.
"""

import argparse
import os
import sys
import warnings
import zlib
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from logminer.workflows.study import Study

HISTORIES = ("real", "none", "flipped", "foreign", "shuffled")
FAMILIES = ("lcbench", "rbv2_xgboost", "svm")
TRIALS = (1, 2, 5, 10, 25, 50)


def family_of(rig, name):
    if str(rig) not in sys.path:
        sys.path.insert(0, str(rig))
    import families

    return families.get(name)


def targets(family, most):
    """Some of the past tasks, the same in every run."""
    tasks = family.split()["history"]
    order = np.random.default_rng(0).permutation(len(tasks))
    return [tasks[i] for i in order[:most]]


def history(family, target, seed, kind):
    """The other past tasks; the rig leaves none of them out for a target that is none of its past tasks."""
    if kind == "none":
        return None
    past = family.history(family.split()["dev"][0], seed % 5, kind)
    return past[past["task"].astype(str) != str(target)].reset_index(drop=True)


def searched(job):
    """Rows of one search: regret of the best so far after each trial."""
    rig, name, target, seed, kind = job
    warnings.filterwarnings("ignore")
    family = family_of(rig, name)
    known = family.ref()[target]
    rng = np.random.default_rng(zlib.crc32(f"{name}|{target}|{seed}".encode()))
    study = Study(family.space.spec, history=history(family, target, seed, kind), seed=seed)
    best, regret, rows = np.inf, 1.0, []
    for trial in range(1, min(max(TRIALS), family.horizon) + 1):
        config = family.space.clean(dict(study.ask().config))
        value = float(family.obs(target, [config], rng)[0])
        study.tell(config, value)
        if value < best:
            true = float(family.true(target, [config])[0])
            best = value
            regret = float(np.clip((true - known["best"]) / (known["med"] - known["best"]), 0, 1))
        if trial in TRIALS:
            rows.append((kind, name, target, seed, trial, regret))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rig", type=Path, required=True)
    parser.add_argument("--families", nargs="+", default=FAMILIES)
    parser.add_argument("--histories", nargs="+", default=HISTORIES, choices=HISTORIES)
    parser.add_argument("--tasks", type=int, default=12, help="targets a family, at most")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    if not (args.rig / "families.py").exists():
        sys.exit(f"{args.rig} is no rig: it has no families.py")
    jobs = [
        (args.rig, name, target, seed, kind)
        for name in args.families
        for target, seed, kind in product(
            targets(family_of(args.rig, name), args.tasks), range(args.seeds), args.histories
        )
    ]
    with ProcessPoolExecutor(args.jobs) as pool:
        rows = [row for found in pool.map(searched, jobs) for row in found]
    table = pd.DataFrame(rows, columns=["history", "family", "target", "seed", "trial", "regret"])
    print(f"{table.groupby('family')['target'].nunique().to_dict()}, {args.seeds} seeds")
    table = table.groupby(["history", "family", "target", "trial"])["regret"].median()
    table = table.groupby(["history", "family", "trial"]).mean()
    print(table.groupby(["history", "trial"]).mean().unstack().round(3).to_string())


if __name__ == "__main__":
    main()
