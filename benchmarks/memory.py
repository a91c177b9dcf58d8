"""Peak memory of ingest on single files far larger than it may hold at once.

    python benchmarks/memory.py                  # 2 GB of events, a 1 GB CSV, a 500 MB JSON array, and bombs
    python benchmarks/memory.py --only bomb      # tables that nobody writes on purpose
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


def write_line(path, size):
    """One line, without an end."""
    with open(path, "wb") as file:
        while file.tell() < size:
            file.write(b"0.125," * 1_000_000)


def write_long_row(path, size):
    """A table in which one row is the rest of the file."""
    with open(path, "wb") as file:
        file.write(b"step,loss\n1,0.5\n2,0.25\n")
        while file.tell() < size:
            file.write(b"0.125," * 1_000_000)


def write_wide(path, size):
    """Two hundred thousand columns."""
    with open(path, "w") as file:
        file.write("step," + ",".join(f"metric_{i}" for i in range(200_000)) + "\n")
        while file.tell() < size:
            file.write("1" + ",0.5" * 200_000 + "\n")


def write_quotes(path, size):
    """A quote that nothing closes, in every tenth row."""
    with open(path, "w") as file:
        file.write("step,note,loss\n")
        step = 0
        while file.tell() < size:
            rows = range(step, step + 10_000)
            file.writelines(f"{i},{chr(34) * (i % 10 == 0)}text,0.{i}\n" for i in rows)
            step += 10_000


def write_short(path, size):
    """Cells of one digit: as many points as bytes can make."""
    with open(path, "wb") as file:
        file.write(b"a_loss,b_loss,c_loss,d_loss\n")
        while file.tell() < size:
            file.write(b"1,2,3,4\n" * 100_000)


def write_runs(path, size):
    """A run a row."""
    with open(path, "w") as file:
        file.write("lr,batch_size,val_accuracy\n")
        i = 0
        while file.tell() < size:
            i += 1
            file.write(f"{(i * 7919) % 1000 / 1000},{2 ** (i % 9)},0.{(i * 104729) % 99991}\n")


FILES = (
    ("bomb_line.csv", write_line, 200 * MEGA),
    ("bomb_row.csv", write_long_row, 200 * MEGA),
    ("bomb_wide.csv", write_wide, 100 * MEGA),
    ("bomb_quotes.csv", write_quotes, 100 * MEGA),
    ("bomb_short.csv", write_short, 100 * MEGA),
    ("bomb_runs.csv", write_runs, 10 * MEGA),
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
    print(f"{'file':<15} {'MB':>7} {'points':>12} {'CPU s':>7} {'peak MB':>8} {'problems':>8}")
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
                print(f"{name[:15]:<15} failed: {done.stderr.strip().splitlines()[-1]}")
                continue
            points, cpu, peak, problems = done.stdout.split()
            megabytes = path.stat().st_size / MEGA
            print(
                f"{name[:15]:<15} {megabytes:>7.0f} {int(points):>12,} {float(cpu):>7.1f} {float(peak):>8.0f} {problems:>8}"
            )


if __name__ == "__main__":
    main()
