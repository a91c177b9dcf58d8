"""Make a tree of many runs, each with several metrics, as CSV files beside their configs.

python benchmarks/live_tree.py FOLDER --runs 2000 --metrics 10 --steps 1000
"""

import argparse
import json
from pathlib import Path

import numpy as np

START = 1_760_000_000.0
SECONDS_A_STEP = 0.5
NAMES = ("val_loss", "loss", "accuracy", "val_accuracy", "lr", "grad_norm", "epoch")


def names_of(metrics):
    """Names of so many metrics: those that people know first."""
    return [*NAMES, *(f"metric_{i}" for i in range(metrics))][:metrics]


def config_of(rng, task):
    return {
        "task": task,
        "learning_rate": float(10 ** rng.uniform(-4, -1)),
        "batch_size": int(2 ** rng.integers(4, 9)),
        "dropout": round(float(rng.uniform(0, 0.5)), 3),
        "optimizer": str(rng.choice(["sgd", "adam", "lion"])),
        "seed": int(rng.integers(0, 3)),
    }


def columns_of(rng, config, metrics, steps):
    """One row a step: the wall time, then losses that fall, accuracies that rise, and noise."""
    step = np.arange(1, steps + 1)
    floor = 0.2 + 0.1 * (np.log10(config["learning_rate"]) + 2.5) ** 2
    loss = floor + 2 * step**-0.5
    columns = []
    for name in names_of(metrics):
        if "loss" in name:
            column = loss + 0.02 * rng.standard_normal(steps)
        elif "accuracy" in name:
            column = 1 - loss / 4 + 0.01 * rng.standard_normal(steps)
        elif name == "epoch":
            column = step // 100
        elif name == "lr":
            column = config["learning_rate"] * (1 - step / (steps + 1))
        else:
            column = rng.gamma(2.0, 1.0, steps)
        columns.append(column)
    return step, np.column_stack(columns)


def write_run(folder, seed, metrics, steps, start):
    rng = np.random.default_rng(seed)
    config = config_of(rng, f"task_{seed % 4}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    step, values = columns_of(rng, config, metrics, steps)
    wall = start + step * SECONDS_A_STEP
    with (folder / "metrics.csv").open("w") as file:
        file.write(",".join(["step", "timestamp", *names_of(metrics)]) + "\n")
        np.savetxt(
            file,
            np.column_stack([step, wall, values]),
            delimiter=",",
            fmt=["%d", "%.3f"] + ["%.6g"] * metrics,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--metrics", type=int, default=10)
    parser.add_argument("--steps", type=int, default=1000)
    args = parser.parse_args()
    for number in range(args.runs):
        folder = args.folder / f"task_{number % 4}" / f"run_{number:04d}"
        write_run(folder, number, args.metrics, args.steps, START + 600 * number)
    print(f"{args.runs} runs x {args.metrics} metrics x {args.steps} steps in {args.folder}")


if __name__ == "__main__":
    main()
