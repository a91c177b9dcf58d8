"""Fixed against adaptive repeats: how often the truly best of 20 noisy configs is found, and in how many runs.

    python benchmarks/repeats.py --draws 300

Means of the configs are normal with standard deviation 1, runs scatter around them with the standard deviation shown.
"""

import argparse

import numpy as np

from logminer.runner._repeats import Repeats, grouped, judged
from logminer.store.trials import TrialRow

CONFIGS, FIXED = 20, 10


def race(
    repeats: Repeats, means: np.ndarray, noise: float, seed: int, most: int
) -> tuple[bool, float, int]:
    """Whether the best was found, by how much the found one is worse, and the runs it took."""
    rng, rows, new = np.random.default_rng(seed), list[TrialRow](), iter(range(len(means)))
    while len(rows) < most:
        again = repeats.due(rows, 1.0)
        place = again.config["i"] if again else next(new, None)
        if place is None:
            again = repeats.due(rows, 1.0, exhausted=True)
            if again is None:
                break
            place = again.config["i"]
        value = float(means[place] + noise * rng.standard_normal())
        rows.append(TrialRow("s", len(rows), {"i": place}, "complete", value=value))
    groups, worth = judged(grouped(rows), 1.0)
    found = groups[worth.best].first.config["i"] if worth else 0
    return bool(found == means.argmin()), float(means[found] - means.min()), len(rows)


def main() -> None:
    """Race both and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=300)
    args = parser.parse_args()
    print("noise repeats found regret runs")
    for noise in (0.3, 0.5, 1.0):
        for name, repeats, most in (
            ("fixed", Repeats(FIXED), CONFIGS * FIXED),
            ("confident", Repeats(confident=True), CONFIGS * FIXED // 2),
        ):
            means = [
                np.random.default_rng(1000 + s).standard_normal(CONFIGS) for s in range(args.draws)
            ]
            rows = [race(repeats, m, noise, s, most) for s, m in enumerate(means)]
            found, regret, runs = np.mean(rows, axis=0)
            print(f"{noise} {name} {found:.3f} {regret:.4f} {runs:.1f}")


if __name__ == "__main__":
    main()
