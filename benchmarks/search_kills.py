"""Kill searches and their trainings with -9 at random moments, and see whether any trial is lost or run twice.

    python benchmarks/search_kills.py --kills 200

A search runs short trainings, two at a time. It, or now and then one of its trainings, is killed again and again
until so many kills have hit; then it may end. Every trial must be complete, and started once and once more
for each time its own training was killed.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from logminer.store import open_store

TRAIN = """
import os, sys, time
with open(sys.argv[2], "a") as file:
    file.write(os.environ["LOGMINER_TRIAL"] + "\\n")
time.sleep(0.2)
print('{"metric": "loss", "value": ' + sys.argv[1] + '}')
"""


def search(folder, trials):
    return [
        sys.executable, "-m", "logminer", "search", "--db", str(folder / "db"), "--runs", str(folder / "runs"),
        "--study", "s", "--strategy", "random", "--space", str(folder / "space.yaml"), "--trials", str(trials),
        "--workers", "2", "--", sys.executable, str(folder / "train.py"), "{lr}", str(folder / "started"),
    ]  # fmt: skip


def modified(path):
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def wait_for_a_training(folder, process):
    """Until the search that was just started runs one of its own."""
    begun = time.time()
    while process.poll() is None:
        pids = (folder / "runs/s/.control").glob("*-*/pid")
        if any(modified(p) >= begun for p in pids):
            return
        time.sleep(0.01)


def kill_a_training(folder, moments):
    """Kill one training with all its processes; its trial, or None when none was caught."""
    running = list((folder / "runs/s/.control").glob("*-*/pid"))
    if not running:
        return None
    chosen = moments.choice(running)
    try:
        os.killpg(int(chosen.read_text()), signal.SIGKILL)
    except (OSError, ValueError):
        return None
    return int(chosen.parent.name.partition("-")[0])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--trials", type=int, help="Trials in all [three per kill].")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    trials, moments = args.trials or 3 * args.kills, random.Random(args.seed)
    kills, hit = 0, Counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "train.py").write_text(TRAIN)
        (folder / "space.yaml").write_text("lr: {type: float, low: 0.0, high: 1.0}\n")
        with (folder / "log").open("w") as log:
            while True:
                process = subprocess.Popen(search(folder, trials), stdout=log, stderr=log)
                while kills < args.kills and process.poll() is None:
                    if moments.random() < 0.8:  # else while it still starts up
                        wait_for_a_training(folder, process)
                    time.sleep(moments.uniform(0.0, 0.8))
                    kills += 1
                    if moments.random() < 0.3:
                        number = kill_a_training(folder, moments)
                        hit.update([number] if number is not None else [])
                    else:
                        process.kill()
                        break
                if process.wait() == 0:
                    break
        with open_store(folder / "db") as store:
            rows, _ = store.studies.changes("s")
        started = Counter(int(n) for n in (folder / "started").read_text().split())
        print((folder / "log").read_text()[-200:], file=sys.stderr)
    twice = {n: c for n, c in started.items() if c > 1 + hit[n]}
    # A training that is killed twice has failed, and so it should.
    lost = [r.number for r in rows if r.status != "complete" and hit[r.number] < 2]
    print(
        f"{kills} kills, {sum(hit.values())} of them of trainings: of {len(rows)} trials (asked for: {trials}), "
        f"lost {lost}, run twice {twice}"
    )
    sys.exit(bool(lost or twice or len(rows) != trials))


if __name__ == "__main__":
    main()
