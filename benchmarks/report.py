"""How long the report takes, how large its page is, and how soon a browser shows it.

    python benchmarks/report.py                        # 1,000 and 10,000 runs with 10 hyperparameters
    python benchmarks/report.py --db logminer.duckdb   # of logs that were ingested

Each command is a process of its own, as a user starts it: seconds of wall and CPU, and peak resident memory. The first
paint is Chromium's own measurement, where Chromium is installed.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PAINT = "<script>setTimeout(()=>document.title='paint '+performance.getEntriesByName('first-contentful-paint')[0]?.startTime,3000)</script>"


def write_runs(folder, runs, steps=50):
    """Runs of four tasks, each a JSON-lines log beside its config; one in ten diverges."""
    rng = np.random.default_rng(0)
    step = np.arange(1, steps + 1)
    for number in range(runs):
        config = {
            "learning_rate": float(10 ** rng.uniform(-5, -1)),
            "weight_decay": float(10 ** rng.uniform(-6, -2)),
            "batch_size": int(2 ** rng.integers(4, 9)),
            "width": int(2 ** rng.integers(5, 10)),
            "depth": int(rng.integers(1, 7)),
            "optimizer": str(rng.choice(["sgd", "adam", "lion"])),
            "schedule": str(rng.choice(["cosine", "linear", "step"])),
            **{f"dropout_{i}": float(rng.uniform(0, 0.5)) for i in range(3)},
        }
        floor = 0.2 + 0.1 * (np.log10(config["learning_rate"]) + 3) ** 2 + 0.02 * config["depth"]
        loss = floor + 2 * step**-0.5 + 0.02 * rng.standard_normal(steps)
        if rng.random() < 0.1:
            loss[steps // 2 :] = np.nan
        run = folder / f"task_{number % 4}" / f"run_{number:05d}"
        run.mkdir(parents=True)
        (run / "config.json").write_text(json.dumps(config))
        lines = [
            json.dumps({"step": int(s), "val_loss": float(v)})
            for s, v in zip(step, loss, strict=True)
        ]
        (run / "metrics.jsonl").write_text("\n".join(lines))


def command(*words):
    """Wall seconds, CPU seconds and peak megabytes of one command."""
    began = time.perf_counter()
    started = subprocess.Popen(
        [sys.executable, "-m", "logminer", *words], stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(started.pid, 0)
    if status:
        sys.exit(
            f"logminer {' '.join(words)} ended with status {os.waitstatus_to_exitcode(status)}"
        )
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def first_paint(page, profile):
    """Milliseconds until the browser shows something, or None."""
    if CHROMIUM is None:
        return None
    text = page.read_text(encoding="utf-8")
    timed = profile / "timed.html"  # the page forbids scripts, so the copy drops that rule
    timed.write_text(re.sub(r"<meta http-equiv=[^>]*>", "", text) + PAINT, encoding="utf-8")
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
         "--virtual-time-budget=8000", "--dump-dom", timed.as_uri()],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    found = re.search(r"<title>paint ([\d.]+)", done.stdout)
    return float(found[1]) if found else None


def report(name, db, folder):
    page = folder / "report.html"
    wall, cpu, memory = command("report", "--db", str(db), "-o", str(page))
    paint = first_paint(page, folder)
    print(
        f"{name:<14}report {wall:6.1f} s, CPU {cpu:6.1f} s, {memory:5.0f} MB, page {page.stat().st_size / 1e6:5.2f} MB, "
        f"first paint {'not measured' if paint is None else f'{paint:.0f} ms'}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--db", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if args.db:
            report(args.db.name, args.db, folder)
            return
        for runs in args.runs:
            write_runs(folder / str(runs), runs)
            db = folder / f"{runs}.duckdb"
            wall, cpu, memory = command("ingest", str(folder / str(runs)), "--db", str(db))
            print(
                f"{runs:,} runs".ljust(14)
                + f"ingest {wall:6.1f} s, CPU {cpu:6.1f} s, {memory:5.0f} MB"
            )
            report(f"{runs:,} runs", db, folder)


if __name__ == "__main__":
    main()
