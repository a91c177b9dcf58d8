"""What reading and storing event files costs, beside the other readers there are.

    python benchmarks/ingest.py FOLDER                   all methods, three interleaved rounds
    python benchmarks/ingest.py FOLDER --methods ingest rustboard --rounds 7
    python benchmarks/ingest.py --synthetic simple 45 200000 FOLDER      write made-up event files first
    python benchmarks/ingest.py WANDB --methods parse_wandb wandb_loop        a folder of .wandb files
    python benchmarks/ingest.py MLRUNS --methods ingest_all search_runs       an MLflow file store
    python benchmarks/ingest.py FOLDER --methods ingest_csv duckdb_csv         a folder of CSVs
    python benchmarks/ingest.py --small 10000 FOLDER --methods ingest_all again appended      30,000 small files

Each method runs in a process of its own; CPU seconds are user and system time of that process, with all its
threads and with starting Python, and medians are over rounds in which every method has its turn. ``work`` leaves
out the imports (of RustBoard: the Python that starts the server). Peers are used as installed (``pip install tensorboard tbparse``); a missing one is left out.
"""

import argparse
import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time

from ingest_methods import (
    again,
    appended,
    event_files,
    ingest,
    ingest_all,
    ingest_csv,
    ingest_two,
    parse,
    parse_wandb,
    read_bytes,
)
from ingest_peers import (
    accumulator,
    duckdb_csv,
    rustboard,
    rustboard_checked,
    search_runs,
    tbparse,
    wandb_loop,
)
from synthetic import write_small, write_synthetic

METHODS = {
    f.__name__: f
    for f in (
        read_bytes, parse, ingest, ingest_two, ingest_csv, ingest_all, again, appended,
        rustboard, rustboard_checked, accumulator, tbparse, duckdb_csv, parse_wandb, wandb_loop, search_runs,
    )
}  # fmt: skip
OF_OTHER_LOGS = (
    "parse_wandb",
    "wandb_loop",
    "search_runs",
    "ingest_csv",
    "duckdb_csv",
)  # not asked for, they find nothing
NEEDS = {
    "rustboard": "tensorboard_data_server",
    "rustboard_checked": "tensorboard_data_server",
    "accumulator": "tensorboard",
    "tbparse": "tbparse",
    "wandb_loop": "wandb",
    "search_runs": "mlflow",
}


def run_child(method, folder):
    """Run one method here, and print what it took."""
    warm_up(method)
    start = time.process_time()
    points = METHODS[method](folder)
    print(json.dumps({"points": points, "work": time.process_time() - start}))


def warm_up(method):
    """Import what a method needs, so that ``work`` leaves it out."""
    for name in {
        "parse": ["logminer.formats.tensorboard"],
        "parse_wandb": ["logminer.formats.wandb", "logminer.formats.documents.values"],
        "wandb_loop": ["wandb.proto.wandb_internal_pb2"],
        "search_runs": ["mlflow", "pandas"],
        "accumulator": ["tensorboard.backend.event_processing.event_accumulator"],
        "tbparse": ["tbparse"],
    }.get(method, ["logminer.workflows.ingest", "duckdb", "pandas"] if method not in NEEDS else []):
        importlib.import_module(name)


def measure(method, folder):
    """Run a method in a child; its CPU seconds, wall seconds, peak memory and what it says."""
    start = time.monotonic()
    with subprocess.Popen(
        [sys.executable, __file__, "--child", method, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        out, err = child.stdout.read(), child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{method} failed:\n{err}")
    said = [json.loads(line) for line in [*out.splitlines(), *err.splitlines()] if line[:1] == "{"]
    return {
        "wall": time.monotonic() - start,
        "mb": usage.ru_maxrss / 1024,
        **{key: value for part in said for key, value in part.items()},
        "cpu": usage.ru_utime + usage.ru_stime,
    }


def available(method):
    """Whether what a method needs is installed."""
    return method not in NEEDS or importlib.util.find_spec(NEEDS[method]) is not None


def compare(folder, methods, rounds):
    """Interleaved rounds of all methods, then a table of medians."""
    taken = {method: [] for method in methods if available(method)}
    for _ in range(rounds):
        for method, results in taken.items():
            results.append(measure(method, folder))
    megabytes = sum(p.stat().st_size for p in event_files(folder)) / 1e6
    print(f"{len(event_files(folder))} event files, {megabytes:.0f} MB, {rounds} rounds, medians\n")
    print("| method | CPU s | work | wall s | peak MB | points | work / ingest | bytes a point |")
    print("|---|---|---|---|---|---|---|---|")
    middle = {m: {k: statistics.median(r[k] for r in rs) for k in rs[0]} for m, rs in taken.items()}
    base = middle.get("ingest", {}).get("work")
    for method, row in middle.items():
        ratio = f"{row['work'] / base:.2f}" if base else ""
        size = f"{row['bytes'] / row['points']:.1f}" if row.get("bytes") and row["points"] else ""
        print(
            f"| {method} | {row['cpu']:.2f} | {row['work']:.2f} | {row['wall']:.2f} "
            f"| {row['mb']:.0f} | {row['points']:.0f} | {ratio} | {size} |"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder")
    parser.add_argument(
        "--methods",
        nargs="+",
        choices=METHODS,
        default=[m for m in METHODS if m not in OF_OTHER_LOGS],
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--synthetic", nargs=3, metavar=("KIND", "FILES", "POINTS"))
    parser.add_argument("--small", type=int, metavar="RUNS", help="write runs of small files first")
    parser.add_argument("--child", choices=METHODS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        run_child(given.child, given.folder)
        return
    if given.synthetic:
        kind, files, points = given.synthetic
        write_synthetic(kind, int(files), int(points), given.folder)
    if given.small:
        write_small(given.small, given.folder)
    compare(given.folder, given.methods, given.rounds)


if __name__ == "__main__":
    main()
