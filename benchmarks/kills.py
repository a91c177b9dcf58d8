"""Kill ingest with -9 at random moments, many times, and see whether anything is lost or doubled.

    python benchmarks/kills.py --kills 200

A tree of runs in several formats is ingested in calm once. Then, for each kill, a fresh process ingests into
another database and is killed after a random time; whenever it got through, the database is thrown away and
the next process starts from nothing. At the end of each such life the tables must equal the calm ones.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from logminer.store import open_store

QUERY = (
    "SELECT r.name, m.name AS metric, p.step, p.value FROM point p JOIN run_key r ON r.id = p.run "
    "JOIN metric m ON m.id = p.metric ORDER BY ALL"
)


def write_tree(folder, runs):
    for i in range(runs):
        run = folder / f"{i:03}"
        run.mkdir(parents=True)
        (run / "metrics.csv").write_text(
            "step,loss\n" + "".join(f"{s},{s / (i + 1)}\n" for s in range(2000))
        )
        lines = (json.dumps({"step": s, "accuracy": s / 500}) for s in range(500))
        (run / "eval.jsonl").write_text("\n".join(lines) + "\n")
        (run / "hparams.json").write_text(json.dumps({"lr": i}))


def start(tree, db):
    command = [sys.executable, "-m", "logminer", "ingest", str(tree), "--db", str(db)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def table(db):
    with open_store(db) as store:
        return store.read.sql(QUERY), store.read.params(["param"])


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
        tree, calm, db = (
            Path(temporary) / name for name in ("tree", "calm.duckdb", "killed.duckdb")
        )
        write_tree(tree, args.runs)
        begun = time.monotonic()
        start(tree, calm).wait()
        usual = time.monotonic() - begun
        expected, kills, lives, wrong = table(calm), 0, 0, 0
        while kills < args.kills:
            process = start(tree, db)
            try:
                process.wait(moments.uniform(0.05, 1.1 * usual))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
                continue
            found = table(db)
            same = all(
                pd.DataFrame.equals(one, other) for one, other in zip(found, expected, strict=True)
            )
            lives, wrong = lives + 1, wrong + (not same)
            for file in Path(temporary).glob("killed.duckdb*"):
                file.unlink()
        start(tree, db).wait()
        same = all(
            pd.DataFrame.equals(one, other) for one, other in zip(table(db), expected, strict=True)
        )
        wrong += not same
    print(
        f"{kills} kills over {lives + 1} databases: {wrong} ended with other tables than an undisturbed ingest"
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
