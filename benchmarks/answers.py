"""CPU seconds of every command that answers, at 100 to 100,000 runs.

    python benchmarks/answers.py --runs 100 1000 10000 --rounds 3

Runs are made up: 12 hyperparameters, two data sets as tasks, a curve of twenty epochs, and every fiftieth still under
way. A database is made once for each size, in ``--folder``, and each command runs in a process of its own; the table
gives medians of user and system time together, and the largest memory.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

COMMANDS = {
    "suggest, new task": ("suggest",),
    "suggest --task": ("suggest", "--task", "cifar"),
    "tasks": ("tasks",),
    "space": ("space",),
    "top": ("top",),
    "runs": ("runs",),
    "curves": ("curves",),
    "mine": ("mine", "-o", "prior.json"),
    "backtest": ("backtest",),
    "report": ("report", "-o", "report.html"),
    "re-ingest": ("ingest", "logs"),
    "--help": ("--help",),
}
EPOCHS = 20
_ACTIVATIONS = ("relu", "gelu", "tanh")


def write_runs(count, folder):
    """Write ``count`` runs of a made-up network, a folder each, below ``folder``."""
    rng = np.random.default_rng(count)
    epochs = np.arange(1, EPOCHS + 1)
    for number in range(count):
        place = folder / f"{number // 1000:03}" / f"run_{number:06}"
        place.mkdir(parents=True)
        config = _config(rng, number)
        loss = _loss(config) + 2 * np.exp(-epochs / 5) + rng.normal(0, 0.01, EPOCHS)
        last = 7 if number % 50 == 0 else EPOCHS
        rows = "".join(f"{e},{value:.5f}\n" for e, value in zip(epochs[:last], loss, strict=False))
        (place / "metrics.csv").write_text("epoch,val_loss\n" + rows)
        (place / "config.json").write_text(json.dumps(config))


def _config(rng, number):
    return {
        "dataset": ("cifar", "svhn")[number % 2],
        "learning_rate": float(10 ** rng.uniform(-5, -1)),
        "weight_decay": float(10 ** rng.uniform(-6, -2)),
        "momentum": float(rng.uniform(0.5, 0.99)),
        "dropout": float(rng.uniform(0, 0.6)),
        "batch_size": int(2 ** rng.integers(4, 10)),
        "layers": int(rng.integers(1, 9)),
        "width": int(2 ** rng.integers(5, 11)),
        "activation": _ACTIVATIONS[rng.integers(3)],
        "optimizer": ("adam", "sgd")[rng.integers(2)],
        "warmup": float(rng.uniform(0, 0.2)),
        "label_smoothing": float(rng.uniform(0, 0.2)),
        "augment": bool(rng.integers(2)),
        "epochs": EPOCHS,
    }


def _loss(config):
    return (
        0.1 * (np.log10(config["learning_rate"]) + 3) ** 2
        + 0.5 * (config["dropout"] - 0.2) ** 2
        + 0.05 * (np.log2(config["width"]) - 8) ** 2 / 4
        + 0.02 * _ACTIVATIONS.index(config["activation"])
    )


def measure(command, folder):
    """CPU seconds and megabytes of one command in a process of its own.

    Raises:
        SystemExit: the command failed.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "logminer", *command],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        _, status, usage = os.wait4(process.pid, 0)
        code = process.returncode = os.waitstatus_to_exitcode(status)
        if code not in {0, 3}:  # 3: something could not be read
            errors.seek(0)
            raise SystemExit(f"{' '.join(command)}: {errors.read().decode()[-500:]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def prepared(count, folder):
    """The folder of a database with so many runs, made where it is not there yet."""
    own = folder / str(count)
    if not (own / "logminer.duckdb").exists():
        write_runs(count, own / "logs")
        print(f"ingest of {count:,} runs: {measure(('ingest', 'logs'), own)[0]:.1f} CPU s")
    return own


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "answers")
    given = parser.parse_args()
    for count in given.runs:
        folder = prepared(count, given.folder)
        for name in given.commands:
            took = [measure(COMMANDS[name], folder) for _ in range(given.rounds)]
            seconds, memory = statistics.median(t for t, _ in took), max(m for _, m in took)
            print(f"{count:>8,}  {name:<20} {seconds:7.2f} CPU s {memory:7.0f} MB", flush=True)


if __name__ == "__main__":
    main()
