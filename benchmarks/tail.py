"""How long after a line is appended to a log its points can be queried, while many logs grow.

    python benchmarks/tail.py --files 64 --seconds 60

``logminer ingest --watch`` follows a folder whose files (event files, CSVs and JSON lines in equal parts) each grow
by a row a second. Another process reads the database again and again, as any command would, and notes when it first
sees the last row of each file. The figure is the time from the end of the append to the answer that holds it, so the
look at the database itself is counted in.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from event_records import scalar

LAST = (
    "SELECT r.root, max(p.step) FROM point p JOIN run_key r ON r.id = p.run "
    "JOIN metric m ON m.id = p.metric WHERE m.name = 'loss' GROUP BY 1"
)


def event(step):
    """One record of an event file: a loss at a step."""
    return scalar(step, time.time(), "loss", 0.5)


KINDS = {
    "events.out.tfevents.1700000000.host": (lambda: b"", event),
    "metrics.csv": (lambda: b"step,loss\n", lambda step: f"{step},0.5\n".encode()),
    "metrics.jsonl": (lambda: b"", lambda step: b'{"step": %d, "loss": 0.5}\n' % step),
}


class Growth(threading.Thread):
    """Appends a row to every file each second, spread over the second; keeps when each row was there."""

    def __init__(self, folder, files, rows):
        super().__init__(daemon=True)
        self.logs = []
        for i in range(files):
            name, (start, row) = list(KINDS.items())[i % len(KINDS)]
            path = folder / f"run_{i:03}" / name
            path.parent.mkdir(parents=True)
            path.write_bytes(start() + b"".join(row(step) for step in range(rows)))
            self.logs.append((path, row))
        self.rows = rows
        self.appended = {}
        self.ended = threading.Event()

    def run(self):
        step = self.rows
        while not self.ended.is_set():
            begin = time.monotonic()
            for i, (path, row) in enumerate(self.logs):
                time.sleep(max(0.0, begin + i / len(self.logs) - time.monotonic()))
                with path.open("ab") as file:
                    file.write(row(step))
                self.appended[str(path.parent), step] = time.monotonic()
            step += 1


def look(db):
    """The last step of each run, as a reader of its own would get it."""
    from logminer.store import open_store

    with open_store(db, wait=30) as store:
        rows = store.read.sql(LAST)
    return dict(zip(rows.iloc[:, 0], rows.iloc[:, 1], strict=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--files", type=int, default=64)
    parser.add_argument("--rows", type=int, default=200, help="in each file before")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--interval", type=float, default=1.0, help="of --watch")
    parser.add_argument("--pause", type=float, default=0.25, help="between two looks")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        logs, db = Path(place) / "logs", Path(place) / "logminer.duckdb"
        growth = Growth(logs, given.files, given.rows)
        command = [sys.executable, "-m", "logminer", "-q", "ingest", str(logs), "--db", str(db)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        watch = subprocess.Popen(
            [*command, "--watch", "--interval", str(given.interval)], stdout=subprocess.DEVNULL
        )
        growth.start()
        try:
            delays = follow(db, growth, given.seconds, given.pause)
        finally:
            growth.ended.set()
            growth.join()
            watch.terminate()
            watch.wait()
    quantiles = {"median": 0.5, "95 %": 0.95, "99 %": 0.99, "most": 1.0}
    delays.sort()
    said = {
        name: round(delays[min(int(q * len(delays)), len(delays) - 1)], 2)
        for name, q in quantiles.items()
    }
    print(json.dumps({"rows": len(delays), "mean": round(statistics.fmean(delays), 2), **said}))


def follow(db, growth, duration, pause):
    """Seconds from append to sight of every row appended meanwhile and seen."""
    seen, delays = {}, []
    end = time.monotonic() + duration
    while time.monotonic() < end:
        last = look(db)
        now = time.monotonic()
        for root, step in last.items():
            rows = [(root, fresh) for fresh in range(seen.get(root, step) + 1, step + 1)]
            delays += [now - growth.appended[row] for row in rows if row in growth.appended]
            seen[root] = step
        time.sleep(pause)
    return delays


if __name__ == "__main__":
    main()
