"""Made-up logs on disk: event files of any length, and many runs of small files."""

import json
from pathlib import Path

import numpy as np
from event_records import header, scalar

TAGS = ("train/loss", "train/accuracy", "val/loss", "val/accuracy", "lr")


def write_synthetic(kind, files, points, folder):
    """Write event files of made-up curves: scalars as ``simple`` values or as ``tensor`` ones."""
    for number in range(files):
        place = Path(folder) / f"run_{number}"
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"events.out.tfevents.{1_700_000_000 + number}.host.{number}.0"
        path.write_bytes(b"".join(synthetic_records(kind, points, number)))


def synthetic_records(kind, points, seed):
    """Records of one file, each metric in turn."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(points).tolist()
    walls = (1.7e9 + np.cumsum(rng.exponential(0.05, points))).tolist()
    yield header(walls[0])
    for i, (wall, value) in enumerate(zip(walls, values, strict=True)):
        step, tag = divmod(i, len(TAGS))
        yield scalar(step, wall, TAGS[tag], value, tensor=kind == "tensor")


def write_small(runs, folder, rows=20, lines=5):
    """Write runs of three small files each: a CSV of so many rows, JSON lines and hyperparameters."""
    for number in range(runs):
        place = Path(folder) / f"{number // 100:03}" / f"{number:05}"
        place.mkdir(parents=True, exist_ok=True)
        table = "".join(f"{step},{step / (number + 1)}\n" for step in range(rows))
        (place / "metrics.csv").write_text("step,loss\n" + table)
        records = (json.dumps({"step": step, "accuracy": step / 9}) for step in range(lines))
        (place / "eval.jsonl").write_text("\n".join(records) + "\n")
        (place / "hparams.json").write_text(json.dumps({"lr": number * 1e-4}))
