"""Logs to look at, and ``logminer serve`` over them as a process of its own."""

import json
import math
import os
import subprocess
import tempfile
from contextlib import contextmanager

from processes import logminer

BASE_TIME = 1_700_000_000.0


def line(step, loss, **more):
    return json.dumps({"step": step, "time": BASE_TIME + step, "val_loss": loss, **more}) + "\n"


def write_run(folder, config, points=20, best=0.2, **more):
    """A run as JSON lines: its config, then a loss that falls to ``best``."""
    folder.mkdir(parents=True)
    with open(folder / "metrics.jsonl", "w", encoding="utf-8") as file:
        file.write(json.dumps({"event": "start", "config": config}) + "\n")
        file.writelines(line(step, best + 1 / step, **more) for step in range(1, points + 1))


def append_point(folder, step, loss, **more):
    with open(folder / "metrics.jsonl", "a", encoding="utf-8") as file:
        file.write(line(step, loss, **more))


def write_tree(root, runs=24):
    """Two tasks of runs whose loss is about the learning rate."""
    for task in ("digits", "words"):
        for i in range(runs):
            lr = 10 ** (-4 + 3 * i / (runs - 1))
            config = {"lr": lr, "optimizer": ("sgd", "adam")[i % 2], "batch_size": 64}
            best = 0.2 + 0.1 * (math.log10(lr) + 2.5) ** 2 + 0.05 * (i % 2)
            write_run(root / task / f"run_{i:02d}", config, best=best)


@contextmanager
def serving(db, *paths, port=0):
    """The address of a live page, and the process that serves it."""
    command = logminer("serve", *paths, "--db", db, "--port", port)
    quiet = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with (
        tempfile.TemporaryFile("w+") as words,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=words, text=True, env=quiet
        ) as process,
    ):
        try:
            url = process.stdout.readline().strip().rstrip("/")
            if not url:
                words.seek(0)
                raise RuntimeError(f"the server did not start: {words.read()}")
            yield url, process
        finally:
            process.kill()
