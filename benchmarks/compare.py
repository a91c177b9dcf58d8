"""Every scalar of every event file and every cell of every CSV, as stored, against other readers.

    pip install tensorboard
    python benchmarks/compare.py FOLDER --db logminer.duckdb      after: logminer ingest FOLDER --db logminer.duckdb

Event files are read by TensorBoard's EventAccumulator with nothing sampled (tag, step, wall time, value), CSVs by
pandas (column, step, value). Printed is every curve that differs, then the totals.
"""

import argparse
import logging
import os
from pathlib import Path

import numpy as np
import pandas as pd
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

from logminer.store import open_store

STEPS = ("global_step", "step", "iteration", "epoch")
QUERY = (
    "SELECT m.name AS metric, p.step, p.wall, p.value FROM point p JOIN metric m ON m.id = p.metric "
    "JOIN source s ON s.id = p.source WHERE s.path = '{}' ORDER BY p.place"
)


def of_events(path):
    """Curves of an event file: tag, then arrays of steps, wall times and values."""
    accumulator = EventAccumulator(
        str(path), {"scalars": 0, "tensors": 0}, purge_orphaned_data=False
    )
    accumulator.Reload()
    rows = {
        tag: [(e.step, e.wall_time, e.value) for e in accumulator.Scalars(tag)]
        for tag in accumulator.Tags()["scalars"]
    }
    for tag in accumulator.Tags()["tensors"]:
        if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            rows[tag] = [
                (e.step, e.wall_time, tensor_util.make_ndarray(e.tensor_proto).item())
                for e in accumulator.Tensors(tag)
            ]
    return {tag: np.array(points, dtype=float).reshape(-1, 3) for tag, points in rows.items()}


def of_csv(path):
    """Curves of a table with a step column; blank cells are no points."""
    frame = pd.read_csv(path)
    step = next((name for name in STEPS if name in frame), None)
    if step is None:
        return None
    numbers = frame.drop(columns=step).select_dtypes("number")
    written = pd.read_csv(path, dtype=str, keep_default_na=False)
    return {
        name: np.column_stack([frame[step][filled], np.full(filled.sum(), np.nan), column[filled]])
        for name, column in numbers.items()
        if (filled := written[name].str.strip() != "").any()
    }


def same(want, got, timed):
    columns = (0, 1, 2) if timed else (0, 2)
    return want.shape == got.shape and all(
        np.array_equal(want[:, i], got[:, i], equal_nan=True) for i in columns
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--db", default="logminer.duckdb")
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    files = curves = points = different = 0
    with open_store(args.db) as store:
        for path in sorted(p for p in args.folder.absolute().rglob("*") if p.is_file()):
            timed = "tfevents" in path.name
            want = of_events(path) if timed else of_csv(path) if path.suffix == ".csv" else None
            if want is None:
                continue
            stored = store.read.sql(QUERY.format(os.fspath(path).replace("'", "''")))
            got = {
                tag: rows[["step", "wall", "value"]].to_numpy(float)
                for tag, rows in stored.groupby("metric")
            }
            files += 1
            for tag in sorted({*want, *got}):
                empty = np.empty((0, 3))
                one, other = want.get(tag, empty), got.get(tag, empty)
                curves, points = curves + 1, points + len(one)
                if not same(one, other, timed):
                    different += 1
                    print(f"{path}: {tag}: {len(one)} points there, {len(other)} here")
    print(f"{files} files, {curves} curves, {points:,} points: {different} curves differ")
    raise SystemExit(bool(different))


if __name__ == "__main__":
    main()
