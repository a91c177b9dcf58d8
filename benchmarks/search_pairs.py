"""How much of the difference between two searches of a rig is chance.

    python benchmarks/search_pairs.py --rig DIR --others smac_enqueue optuna_gp_enqueue     against other methods
    python benchmarks/search_pairs.py --rig DIR --others logminer --other-hist none         against itself without a past
    python benchmarks/search_pairs.py --rig DIR --hist none --others logminer --other-hist none --shift 1     its next seed

Reads the results that ``benchmarks/search.py --rig`` and the rig's ``run.py`` have written. After so many trials: the mean
over families of the difference in regret, the other's less logminer's, on the same tasks and seeds, with a 95 %
interval from a bootstrap over tasks; and the shares of tasks and seeds where logminer is worse, and better, by more than .05.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

FAMILIES = ("lcbench", "rbv2_xgboost", "svm", "taskset", "mlp", "algoperf")
TRIALS = (5, 10, 25, 50)
DRAWS = 2000
MUCH = 0.05


def regrets(report, hist, family, method, split):
    """By task and seed: regret of the best so far after each trial."""
    found = report.load(hist, split, family, method)
    return found[0] if found else {}


def differences(report, args, other, family, k):
    """By task: the other's regret less logminer's after ``k`` trials, one a seed."""
    ours = regrets(report, args.hist, family, "logminer", args.split)
    theirs = regrets(report, args.other_hist, family, other, args.split)
    found = []
    for task in sorted(ours.keys() & theirs.keys()):
        pairs = [(s, (s + args.shift) % args.seeds) for s in range(args.seeds)]
        known = [(a, b) for a, b in pairs if a in ours[task] and b in theirs[task]]
        if known and min(len(ours[task][a]) for a, _ in known) >= k:
            found.append([theirs[task][b][k - 1] - ours[task][a][k - 1] for a, b in known])
    return found


def compare(report, args, other):
    """One line for each number of trials."""
    rng = np.random.default_rng(0)
    for k in TRIALS:
        by_family = [differences(report, args, other, family, k) for family in FAMILIES]
        by_family = [tasks for tasks in by_family if tasks]
        if not by_family:
            sys.exit(
                f"no results of '{other}' beside logminer's: run both with benchmarks/search.py or the rig's run.py"
            )
        means = [np.array([np.mean(task) for task in tasks]) for tasks in by_family]
        draws = [np.mean([rng.choice(m, len(m)).mean() for m in means]) for _ in range(DRAWS)]
        low, high = np.percentile(draws, [2.5, 97.5])
        every = np.concatenate([task for tasks in by_family for task in tasks])
        print(
            f"{other:<20} after {k:>2}: {np.mean([m.mean() for m in means]):+.3f} [{low:+.3f}, {high:+.3f}]  "
            f"worse {np.mean(every < -MUCH):4.0%}  better {np.mean(every > MUCH):4.0%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rig", type=Path, required=True)
    parser.add_argument("--others", nargs="+", required=True)
    parser.add_argument("--hist", default="real", help="history that logminer had")
    parser.add_argument("--other-hist", default="real", help="history that the others had")
    parser.add_argument("--split", default="dev")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--shift", type=int, default=0, help="pair seed s with s + this")
    args = parser.parse_args()
    if not (args.rig / "report.py").exists():
        sys.exit(f"{args.rig} is no rig: it has no report.py")
    sys.path.insert(0, str(args.rig))
    import report

    for other in args.others:
        compare(report, args, other)


if __name__ == "__main__":
    main()
