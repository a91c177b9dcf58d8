"""What deciding roles costs: CPU seconds by recorded names and runs, and the growth between them.

    python benchmarks/roles.py

Draws tables of independent settings, repeated with seeds, a few planted formulas and results, as the largest logs have them
(Megatron prints a thousand arguments a run), and times ``decide_roles`` alone. Linear means that ten times the values take
about ten times as long.
"""

import time

import numpy as np
import pandas as pd

from logminer.analyses.roles import NO_CURVES, decide_roles

SHAPES = ((10, 1_000), (100, 1_000), (1_000, 100), (1_000, 1_000), (100, 10_000))


def table(names, runs, rng):
    """Runs with settings of every sort, as ``store.read.params`` lists them."""
    kinds = (
        lambda: rng.choice([16.0, 32.0, 64.0], runs),
        lambda: 10 ** rng.uniform(-5, -1, runs),
        lambda: rng.integers(0, 10, runs).astype(float),
        lambda: np.full(runs, 1.0),
    )
    columns = {f"module{i}.option": kinds[i % len(kinds)]() for i in range(names - 2)}
    columns["module.product"] = columns["module0.option"] * columns["module1.option"]
    columns["val_loss"] = rng.uniform(0, 1, runs)
    wide = pd.DataFrame(columns)
    long = wide.rename_axis("run").reset_index().melt("run", var_name="name", value_name="number")
    value = long["number"].astype(object)
    return long.assign(value=value, kind="cell", place=range(len(long)))


def main():
    print(f"{'names':>8} {'runs':>8} {'values':>10} {'CPU s':>8} {'µs a value':>11}")
    rng = np.random.default_rng(0)
    for names, runs in SHAPES:
        params = table(names, runs, rng)
        start = time.process_time()
        decide_roles(params, NO_CURVES, pd.RangeIndex(runs))
        took = time.process_time() - start
        print(
            f"{names:8,} {runs:8,} {len(params):10,} {took:8.2f} {1e6 * took / len(params):11.2f}"
        )


if __name__ == "__main__":
    main()
