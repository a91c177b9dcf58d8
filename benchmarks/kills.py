"""Kill ingest at random moments while its logs grow, and see whether anything is lost, doubled or hidden.

    python benchmarks/kills.py --kills 200
    python benchmarks/kills.py --kills 100 --signal INT

A life begins with no database and the sample logs cut off in their middle. Processes ingest them and are killed after a
random time, one after the other, while the logs grow by whole lines (event files by any bytes), and some of them are
replaced by a file with fewer lines under the same name, and back. After each kill, what
was committed must be visible: no run with points is hidden, points of files add up, and where runs are stored without
their labels it is said that an ingest did not end. Then the logs grow to their end, one ingest gets through, and its
tables must equal those of an ingest that nobody disturbed.
"""

import argparse
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import pandas as pd

from logminer.core.errors import NothingFoundError
from logminer.store import open_store
from logminer.workflows.doctor import examine
from logminer.workflows.unfinished import unfinished

SAMPLES = Path(__file__).parent.parent / "sample_logs"
GROWING = re.compile(r"\.(csv|tsv|jsonl|log|txt)$|tfevents")
LEAST = 2000  # bytes of a file that grows
QUERY = (
    "SELECT r.name, m.name AS metric, p.step, p.value FROM point p JOIN run_key r ON r.id = p.run "
    "JOIN metric m ON m.id = p.metric ORDER BY ALL"
)
HIDDEN = "SELECT count(*) AS n FROM run_key WHERE NOT measured AND id IN (SELECT run FROM piece)"
UNLABELLED = "SELECT count(*) AS n FROM run_key WHERE key = '' AND name = root"


class Tree:
    """Copies of the sample logs, some of which are cut off and grow."""

    def __init__(self, folder, copies, moments):
        self.folder, self.moments = folder, moments
        self.whole = {}
        self.replaced = set()
        for copy in range(copies):
            shutil.copytree(SAMPLES, folder / f"copy_{copy}")
        for path in sorted(folder.rglob("*")):
            if path.is_file() and GROWING.search(path.name) and path.stat().st_size >= LEAST:
                self.whole[path] = path.read_bytes()

    def cut(self):
        self.replaced.clear()
        for path, data in self.whole.items():
            path.write_bytes(data[: self._end(path, data, len(data) // 2)])

    def grow(self, share):
        """Let some files grow by a share of their length."""
        for path in self._some():
            if path in self.replaced:
                continue
            data, size = self.whole[path], path.stat().st_size
            end = self._end(path, data, min(len(data), size + max(1, int(share * len(data)))))
            with path.open("ab") as file:
                file.write(data[size:end])

    def replace(self):
        """Put other files in the place of some, or back what stood there."""
        for path in self._some():
            data = self.whole[path]
            if path in self.replaced:
                self.replaced.remove(path)
                _put(path, data[: self._end(path, data, len(data) // 2)])
            else:
                self.replaced.add(path)
                lines = data.splitlines(keepends=True)
                _put(path, b"".join(lines[:2] + lines[2::2]))

    def finish(self):
        for path in self.replaced:
            _put(path, self.whole[path])
        for path, data in self.whole.items():
            with path.open("ab") as file:
                file.write(data[path.stat().st_size :])

    def _some(self):
        return self.moments.sample(sorted(self.whole), k=max(1, len(self.whole) // 10))

    @staticmethod
    def _end(path, data, at):
        """A place near ``at``: any in a binary file, the end of a line in a text."""
        if "tfevents" in path.name or at >= len(data):
            return at
        return data.rfind(b"\n", 0, at) + 1


def _put(path, data):
    """A new file in the place of one, as editors and copies write them."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)


def start(tree, db):
    command = [sys.executable, "-m", "logminer", "-q", "ingest", str(tree), "--db", str(db)]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 -- ignored in the background
    )  # fmt: skip


def tables(db):
    with open_store(db) as store:
        params = store.read.params(["param", "path"])[["run", "name", "value", "number", "kind"]]
        frames = [store.read.sql(QUERY), params]
        names = store.read.runs()["name"]
        frames[1] = frames[1].assign(
            run=frames[1]["run"].map(names), value=frames[1]["value"].map(repr)
        )
        return [frame.sort_values(list(frame.columns)).reset_index(drop=True) for frame in frames]


def same(found, expected):
    return all(pd.DataFrame.equals(one, other) for one, other in zip(found, expected, strict=True))


def check(db):
    """What is wrong with a database after a kill, as a list; and whether it held any run."""
    try:
        opened = open_store(db, wait=60)
    except NothingFoundError:  # killed before anything was there
        return [], False
    with opened as store:
        counts = store.read.counts()
        wrong = [] if not store.read.sql(HIDDEN)["n"][0] else ["runs with points are hidden"]
        wrong += [f.what for f in examine(store) if not f.ok and "point" in f.what]
        if store.read.sql(UNLABELLED)["n"][0] and not unfinished(store):
            wrong.append("runs without labels, and nothing says why")
        return wrong, bool(counts["runs"])


def live(tree, db, expected, args, moments):
    """One life of a database: kills, then an ingest that gets through. What was seen, by kind."""
    seen = Counter()
    tree.cut()
    number = getattr(signal, f"SIG{args.signal}")
    growing = threading.Event()

    def grow():
        while not growing.wait(0.1):
            tree.grow(0.02)
            if moments.random() < args.replace:
                tree.replace()

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        for _ in range(moments.randint(4, 12)):
            process = start(tree.folder, db)
            time.sleep(moments.uniform(0.2, args.longest))
            process.send_signal(number)
            words = process.communicate()[1]
            seen["kills"] += 1
            seen["got through before"] += process.returncode in (0, 3)
            if "Traceback" in words or "fault of logminer" in words:
                seen["loud"] += 1
                print(words[-600:])
            wrong, held = check(db)
            seen["with runs stored"] += held
            for what in wrong:
                seen[f"wrong: {what}"] += 1
    finally:
        growing.set()
        thread.join()
    tree.finish()
    start(tree.folder, db).communicate()
    seen["lives"] += 1
    seen["wrong: other tables"] += not same(tables(db), expected)
    with open_store(db) as store:
        seen["wrong: still said to be unfinished"] += bool(unfinished(store))
    for file in db.parent.glob(f"{db.name}*"):
        file.unlink()
    return seen


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--copies", type=int, default=3, help="of the sample logs")
    parser.add_argument("--longest", type=float, default=6.0, help="seconds until a kill, at most")
    parser.add_argument(
        "--replace", type=float, default=0.1, help="chance each 0.1 s that files are replaced"
    )
    parser.add_argument("--signal", choices=["KILL", "INT", "TERM"], default="KILL")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    moments, seen = random.Random(args.seed), Counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        tree = Tree(folder / "tree", args.copies, random.Random(args.seed))
        begun = time.monotonic()
        start(tree.folder, folder / "calm.duckdb").communicate()
        print(f"undisturbed: {time.monotonic() - begun:.1f} s", flush=True)
        expected = tables(folder / "calm.duckdb")
        while seen["kills"] < args.kills:
            seen += live(tree, folder / "killed.duckdb", expected, args, moments)
            print(dict(seen), flush=True)
    sys.exit(any(count for what, count in seen.items() if what.startswith(("wrong", "loud"))))


if __name__ == "__main__":
    main()
