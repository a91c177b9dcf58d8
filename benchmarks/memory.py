"""Peak memory of ingest on single files far larger than it may hold at once.

    python benchmarks/memory.py                  # 2 GB of events, a 1 GB CSV, a 500 MB JSON array
    python benchmarks/memory.py --scale 0.05     # a quick look

Each file is written to a temporary folder, ingested by a process of its own, and thrown away. Printed are the
file's size, the points stored, seconds of CPU, and the process's peak resident memory.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from event_records import header, scalar

GIGA, MEGA = 1e9, 1e6
CHILD = """
import resource, sys, time
from logminer.store import open_store
from logminer.workflows.ingest import ingest
with open_store(sys.argv[2], write=True) as store:
    result = ingest(store, [sys.argv[1]])
used = resource.getrusage(resource.RUSAGE_SELF)
print(result.points, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, len(result.problems))
"""


def write_events(path, size):
    """Scalars with steps of equally many bytes, so that a block can be written again and again."""
    steps = range(1 << 14, 1 << 17)
    block = b"".join(scalar(step, 1.7e9 + step, "loss", 1 / (step + 1)) for step in steps)
    with open(path, "wb") as file:
        file.write(header(1.7e9))
        while file.tell() < size:
            file.write(block)


def write_csv(path, size):
    rng = np.random.default_rng(0)
    with open(path, "w") as file:
        file.write("step,train/loss,val/loss,val/accuracy\n")
        step = 0
        while file.tell() < size:
            values = rng.random((10_000, 3))
            file.writelines(
                f"{step + i},{a!r},{b!r},{c!r}\n" for i, (a, b, c) in enumerate(values.tolist())
            )
            step += len(values)


def write_json(path, size):
    rng = np.random.default_rng(0)
    with open(path, "w") as file:
        file.write("[")
        step = 0
        while file.tell() < size:
            rows = [
                {"step": step + i, "loss": v, "accuracy": 1 - v}
                for i, v in enumerate(rng.random(10_000).tolist())
            ]
            file.write(("," if step else "") + json.dumps(rows)[1:-1])
            step += len(rows)
        file.write("]")


FILES = (
    ("events.out.tfevents.1700000000.host", write_events, 2 * GIGA),
    ("metrics.csv", write_csv, 1 * GIGA),
    ("history.json", write_json, 500 * MEGA),
)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="", help="part of a file's name")
    args = parser.parse_args()
    print(f"{'file':<12} {'MB':>7} {'points':>12} {'CPU s':>7} {'peak MB':>8} {'problems':>8}")
    for name, write, size in FILES:
        if args.only not in name:
            continue
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
            path = Path(folder) / "run" / name
            path.parent.mkdir()
            write(path, size * args.scale)
            command = [sys.executable, "-c", CHILD, str(path.parent), f"{folder}/x.duckdb"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{name[:12]:<12} failed: {done.stderr.strip().splitlines()[-1]}")
                continue
            points, cpu, peak, problems = done.stdout.split()
            megabytes = path.stat().st_size / MEGA
            print(
                f"{name[:12]:<12} {megabytes:>7.0f} {int(points):>12,} {float(cpu):>7.1f} {float(peak):>8.0f} {problems:>8}"
            )


if __name__ == "__main__":
    main()
