"""What reading and storing event files costs, beside the other readers there are.

    python benchmarks/ingest.py FOLDER                   all methods, three interleaved rounds
    python benchmarks/ingest.py FOLDER --methods ingest rustboard --rounds 7
    python benchmarks/ingest.py --synthetic simple 45 200000 FOLDER      write made-up event files first
    python benchmarks/ingest.py --small 10000 FOLDER --methods ingest_all again appended      30,000 small files

Each method runs in a process of its own; CPU seconds are user and system time of that process, with all its
threads and with starting Python, and medians are over rounds in which every method has its turn. ``work`` leaves
out the imports (of RustBoard: the Python that starts the server). Peers are used as installed (``pip install tensorboard tbparse``); a missing one is left out.
"""

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

TAGS = ("train/loss", "train/accuracy", "val/loss", "val/accuracy", "lr")


def event_files(folder):
    """All event files below a folder."""
    return sorted(p for p in Path(folder).rglob("*tfevents*") if p.is_file())


def read_bytes(folder):
    """The bytes alone, into one buffer."""
    room = bytearray(1 << 20)
    for path in event_files(folder):
        with path.open("rb", buffering=0) as file:
            while file.readinto(room):
                pass
    return 0


def parse(folder):
    """logminer: bytes to columns, checksums included; nothing is stored."""
    from logminer.core.parsed import Resume
    from logminer.formats import Probe, tensorboard

    points = 0
    jobs = [(Probe.of(path), Resume()) for path in event_files(folder)]
    while jobs:
        logs = tensorboard.read_many(jobs[:256])
        points += sum(len(log.points) for log in logs)
        left = [
            (probe, Resume(log.offset, log.state))
            for (probe, resume), log in zip(jobs[:256], logs, strict=True)
            if resume.offset < log.offset < os.path.getsize(probe.path)
        ]
        jobs = left + jobs[256:]
    return points


def ingest(folder, workers=1):
    """logminer: walk, recognise, parse, store on disk, checkpoint; event files only."""
    return _ingest(folder, workers, "tensorboard")


def ingest_two(folder):
    """The same with two processes that parse."""
    return ingest(folder, 2)


def ingest_all(folder):
    """logminer: everything below the folder, CSV and JSON included."""
    return _ingest(folder, 1, None)


def _ingest(folder, workers, only):
    from logminer.store import open_store
    from logminer.workflows.ingest import ingest as run

    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCHMARK_DIR")) as place:
        path = Path(place) / "logminer.duckdb"
        with open_store(path, write=True) as store:
            points = run(store, [str(folder)], only=only, workers=workers).points
        print(json.dumps({"bytes": path.stat().st_size}), file=sys.stderr)
    return points


def again(folder):
    """logminer: a second ingest after which nothing changed (the first one is not counted)."""
    from logminer.store import open_store
    from logminer.workflows.ingest import ingest as run

    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCHMARK_DIR")) as place:
        path = Path(place) / "logminer.duckdb"
        with open_store(path, write=True) as store:
            run(store, [str(folder)])
        start = time.process_time()
        with open_store(path, write=True) as store:
            files = run(store, [str(folder)]).unchanged
        print(json.dumps({"work": time.process_time() - start}), file=sys.stderr)
    return files


def appended(folder):
    """logminer: an ingest after one file in a hundred got a line more (the first one is not counted)."""
    from logminer.store import open_store
    from logminer.workflows.ingest import ingest as run

    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCHMARK_DIR")) as place:
        tree, path = shutil.copytree(folder, Path(place) / "tree"), Path(place) / "logminer.duckdb"
        with open_store(path, write=True) as store:
            run(store, [str(tree)])
        growing = sorted(p for p in tree.rglob("*") if p.suffix in {".csv", ".jsonl"})
        for file in growing[::100]:
            with file.open("rb+") as log:
                last = log.read().splitlines()[-1]
                log.write(last + b"\n")
        start = time.process_time()
        with open_store(path, write=True) as store:
            points = run(store, [str(tree)]).points
        print(json.dumps({"work": time.process_time() - start}), file=sys.stderr)
    return points


def accumulator(folder):
    """TensorBoard's EventAccumulator, nothing sampled."""
    import logging

    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    logging.disable(logging.WARNING)
    points = 0
    for path in event_files(folder):
        read = EventAccumulator(str(path), {"tensors": 0, "scalars": 0}).Reload()
        points += sum(len(read.Scalars(tag)) for tag in read.Tags()["scalars"])
        points += sum(len(read.Tensors(tag)) for tag in read.Tags()["tensors"])
    return points


def tbparse(folder):
    """tbparse to data frames."""
    import logging

    from tbparse import SummaryReader

    logging.disable(logging.WARNING)
    reader = SummaryReader(str(folder), extra_columns={"wall_time", "dir_name"})
    return len(reader.scalars) + len(reader.tensors)


def rustboard(folder, *flags):
    """TensorBoard's data server, one load with all scalars kept."""
    import tensorboard_data_server

    command = [
        tensorboard_data_server.server_binary(), "--logdir", str(folder), "--reload", "once",
        "--samples-per-plugin", "scalars=all", "-v", "--port", "0", *flags,
    ]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as server:
        for line in server.stderr:
            if re.search(rb"Finished load cycle", line):
                break
        server.kill()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"work": used.ru_utime + used.ru_stime}), file=sys.stderr)
    return 0


def rustboard_checked(folder):
    """The same with every checksum looked at."""
    return rustboard(folder, "--checksum")


METHODS = {
    f.__name__: f
    for f in (
        read_bytes, parse, ingest, ingest_two, ingest_all, again, appended,
        rustboard, rustboard_checked, accumulator, tbparse,
    )
}  # fmt: skip
NEEDS = {
    "rustboard": "tensorboard_data_server",
    "rustboard_checked": "tensorboard_data_server",
    "accumulator": "tensorboard",
    "tbparse": "tbparse",
}


def run_child(method, folder):
    """Run one method here, and print what it took."""
    warm_up(method)
    start = time.process_time()
    points = METHODS[method](folder)
    print(json.dumps({"points": points, "work": time.process_time() - start}))


def warm_up(method):
    """Import what a method needs, so that ``work`` leaves it out."""
    import importlib

    for name in {
        "parse": ["logminer.formats.tensorboard"],
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
    import importlib.util

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
        size = f"{row['bytes'] / row['points']:.1f}" if row.get("bytes") else ""
        print(
            f"| {method} | {row['cpu']:.2f} | {row['work']:.2f} | {row['wall']:.2f} "
            f"| {row['mb']:.0f} | {row['points']:.0f} | {ratio} | {size} |"
        )


def write_synthetic(kind, files, points, folder):
    """Write event files of made-up curves: scalars as ``simple`` values or as ``tensor`` ones."""
    for number in range(files):
        place = Path(folder) / f"run_{number}"
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"events.out.tfevents.{1_700_000_000 + number}.host.{number}.0"
        path.write_bytes(b"".join(synthetic_records(kind, points, number)))


def write_small(runs, folder):
    """Write runs of three small files each: a CSV, JSON lines and hyperparameters."""
    for number in range(runs):
        place = Path(folder) / f"{number // 100:03}" / f"{number:05}"
        place.mkdir(parents=True, exist_ok=True)
        rows = "".join(f"{step},{step / (number + 1)}\n" for step in range(20))
        (place / "metrics.csv").write_text("step,loss\n" + rows)
        lines = (json.dumps({"step": step, "accuracy": step / 9}) for step in range(5))
        (place / "eval.jsonl").write_text("\n".join(lines) + "\n")
        (place / "hparams.json").write_text(json.dumps({"lr": number * 1e-4}))


def synthetic_records(kind, points, seed):
    """Records of one file, each metric in turn."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(points).astype("<f4").tobytes()
    walls = (1.7e9 + np.cumsum(rng.exponential(0.05, points))).tobytes()
    plugin = _field(0x4A, _field(0x0A, _field(0x0A, b"scalars")))
    yield _record(b"\x09" + walls[:8] + _field(0x1A, b"brain.Event:2"))
    for i in range(points):
        step, tag = divmod(i, len(TAGS))
        value = values[4 * i : 4 * i + 4]
        if kind == "tensor":
            value = _field(0x42, b"\x08\x01\x12\x00\x22\x04" + value) + plugin
        else:
            value = b"\x15" + value
        summary = _field(0x2A, _field(0x0A, _field(0x0A, TAGS[tag].encode()) + value))
        yield _record(b"\x09" + walls[8 * i : 8 * i + 8] + b"\x10" + _varint(step) + summary)


def _varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def _field(key, content):
    return bytes([key]) + _varint(len(content)) + content


def _record(payload):
    length = struct.pack("<Q", len(payload))
    return length + _masked_crc(length) + payload + _masked_crc(payload)


def _masked_crc(data):
    from crc32c import crc32c

    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
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
