"""Kill ingest with -9 at random moments, many times, and see whether anything is lost or doubled.

    python benchmarks/kills.py --kills 200

A tree of runs in several formats is ingested in calm once. Then, for each kill, a fresh process ingests into
another database and is killed after a random time; whenever it got through, the database is thrown away and
the next process starts from nothing. At the end of each such life the tables must equal the calm ones.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import pandas as pd
from synthetic import write_small

from logminer.store import open_store

QUERY = (
    "SELECT r.name, m.name AS metric, p.step, p.value FROM point p JOIN run_key r ON r.id = p.run "
    "JOIN metric m ON m.id = p.metric ORDER BY ALL"
)


def start(tree, db):
    command = [sys.executable, "-m", "logminer", "ingest", str(tree), "--db", str(db)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def tables(db):
    with open_store(db) as store:
        return store.read.sql(QUERY), store.read.params(["param"])


def same(found, expected):
    return all(pd.DataFrame.equals(one, other) for one, other in zip(found, expected, strict=True))


def calm(tree, db):
    """The tables of an ingest that nobody disturbs, and its seconds."""
    begun = time.monotonic()
    start(tree, db).wait()
    return tables(db), time.monotonic() - begun


def survives(process, seconds):
    """Let a process run so long and kill it then; whether it got through."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True


def verdicts(tree, db, expected, kills, seconds):
    """Kill ingests so many times; of each database that one got through with, whether its tables are right."""
    while kills:
        if not survives(start(tree, db), seconds()):
            kills -= 1
            continue
        yield same(tables(db), expected)
        for file in db.parent.glob(f"{db.name}*"):
            file.unlink()
    start(tree, db).wait()
    yield same(tables(db), expected)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--runs", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    moments = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_small(args.runs, folder / "tree", rows=2000, lines=500)
        expected, usual = calm(folder / "tree", folder / "calm.duckdb")
        seconds = partial(moments.uniform, 0.05, 1.1 * usual)
        db = folder / "killed.duckdb"
        right = list(verdicts(folder / "tree", db, expected, args.kills, seconds))
    wrong = right.count(False)
    print(
        f"{args.kills} kills over {len(right)} databases: {wrong} ended with other tables than an undisturbed ingest"
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
