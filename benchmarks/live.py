"""How long the live page's answers take, what the server needs, and when an appended point arrives.

    python benchmarks/live.py DATABASE                    each answer, memory
    python benchmarks/live.py DATABASE --logs FOLDER      also follow a tree of benchmarks/live_tree.py, append
                                                          rows to one of its runs, and time their events

The server is a process of its own, as people run it. Answers are asked three times and the median is given, but for
those that are computed once and kept.
"""

import argparse
import json
import signal
import statistics
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

SLOW = ("importance", "suggestions", "advice")


def ask(site, path, **query):
    """Status and body of an answer."""
    connection = HTTPConnection(site, timeout=600)
    connection.request("GET", f"/api/{path}?{urlencode(query, doseq=True)}")
    answer = connection.getresponse()
    return answer.status, answer.read()


def timed(site, path, rounds=3, **query):
    """Median seconds of an answer, its size, and the answer."""
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        _, body = ask(site, path, **query)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), len(body), json.loads(body)


def until(site, path, done, **query):
    """Seconds until an answer is as it should be."""
    started = time.perf_counter()
    while not done(*ask(site, path, **query)):
        time.sleep(0.05)
    return time.perf_counter() - started


def memory(pid):
    """Megabytes the process holds now, and the most it has held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    sizes = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
    return int(sizes["VmRSS"]) / 1e3, int(sizes["VmHWM"]) / 1e3


def say(what, seconds, size=None):
    print(f"{what:<42}{seconds:>9.3f} s" + (f"{size / 1e6:>9.2f} MB" if size else ""), flush=True)


def answers(site):
    """Every endpoint, as the page asks it."""
    state_seconds, size, state = timed(site, "state")
    say("state", state_seconds, size)
    seconds, size, table = timed(site, "runs")
    say(f"runs ({len(table['id'])})", seconds, size)
    task = max(state["tasks"], key=lambda task: task["runs"])
    own = [run for run, of in zip(table["id"], table["task"], strict=True) if of == task["name"]]
    metric = task["metric"]
    for runs in (own[:1], own[:50], table["id"][:1000]):
        seconds, size, found = timed(site, "curves", metric=metric, run=runs)
        points = sum(curve["points"] for curve in found["curves"])
        say(f"curves of {len(runs)} runs ({points:,} points)", seconds, size)
    for path in SLOW:
        say(path, until(site, path, lambda status, _: status == 200, task=task["name"]))


def append_rows(file, rows, gap, written):
    """Append rows to a CSV of live_tree.py, and note when."""
    last = file.read_text().splitlines()[-1].split(",")
    for number in range(1, rows + 1):
        step = int(last[0]) + number
        with file.open("a") as opened:
            opened.write(",".join([str(step), f"{time.time():.3f}", *last[2:]]) + "\n")
        written[step] = time.perf_counter()
        time.sleep(gap)


def latency(site, folder, rows):
    """Seconds from the end of each append to its event."""
    table = json.loads(ask(site, "runs")[1])
    run = table["id"][next(i for i, n in enumerate(table["name"]) if n.endswith("run_0000"))]
    file = next(folder.rglob("run_0000")) / "metrics.csv"
    connection = HTTPConnection(site, timeout=600)
    query = {"revision": table["revision"], "metric": "val_loss", "run": run}
    connection.request("GET", f"/api/events?{urlencode(query)}")
    lines, written, seconds = connection.getresponse(), {}, []
    writer = threading.Thread(target=append_rows, args=(file, rows, 3.0, written))
    writer.start()
    for line in lines:
        if line.startswith(b"data: ") and b'"curves"' in line:
            now = time.perf_counter()
            curves = json.loads(line[6:])["curves"]
            # The first event of a young log may only say that its curve has to be asked for again.
            seconds += [now - max(written.values()) for curve in curves if "reset" in curve]
            seconds += [now - written[step] for curve in curves for step in curve.get("step", [])]
        if len(seconds) >= rows:
            break
    writer.join()
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("db")
    parser.add_argument("--logs", type=Path)
    parser.add_argument("--rows", type=int, default=10)
    parser.add_argument("--only-latency", action="store_true")
    args = parser.parse_args()
    logs = [str(args.logs)] if args.logs else []
    command = [sys.executable, "-m", "logminer", "serve", *logs, "--db", args.db, "--port", "0"]
    started = time.perf_counter()
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, text=True)
    site = urlsplit(process.stdout.readline().strip()).netloc
    say("address printed", time.perf_counter() - started)
    until(site, "state", lambda _, body: bool(json.loads(body)["tasks"]))
    say("first answer with runs", time.perf_counter() - started)
    print(f"{'memory':<42}{memory(process.pid)[0]:>9.0f} MB")
    if not args.only_latency:
        answers(site)
    if logs:
        seconds = latency(site, args.logs, args.rows)
        say(f"append to event, median of {len(seconds)}", statistics.median(seconds))
        say("append to event, slowest", max(seconds))
    print("{:<42}{:>9.0f} MB, most {:.0f} MB".format("memory", *memory(process.pid)))
    started = time.perf_counter()
    process.send_signal(signal.SIGINT)
    code = process.wait()
    say(f"Ctrl-C to the end (exit code {code})", time.perf_counter() - started)


if __name__ == "__main__":
    main()
