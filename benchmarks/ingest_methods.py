"""Ways of reading logs that ``ingest.py`` measures: bytes alone, parsing alone, and ingesting them.

Each takes a folder and gives the points it read. What a method says beside that goes to stderr, as JSON: ``work``
where only a part of it counts, ``bytes`` of the database.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path


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


def parse_wandb(folder):
    """logminer: every ``.wandb`` file to columns; nothing is stored."""
    from logminer.core.parsed import Resume
    from logminer.formats import Probe, wandb

    paths = sorted(Path(folder).rglob("*.wandb"))
    return sum(len(wandb.read(Probe.of(path), Resume()).points) for path in paths)


def ingest(folder, workers=1):
    """logminer: walk, recognise, parse, store on disk, checkpoint; event files only."""
    return _whole(folder, only="tensorboard", workers=workers)


def ingest_two(folder):
    """The same with two processes that parse."""
    return ingest(folder, 2)


def ingest_csv(folder):
    """logminer: the tables below the folder alone."""
    return _whole(folder, only="csv")


def ingest_all(folder):
    """logminer: everything below the folder, CSV and JSON included."""
    return _whole(folder)


def _whole(folder, **options):
    with database() as path:
        points = _ingest(path, folder, **options).points
        say(bytes=path.stat().st_size)
    return points


def again(folder):
    """logminer: a second ingest after which nothing changed (the first one is not counted)."""
    with database() as path:
        _ingest(path, folder)
        with working():
            return _ingest(path, folder).unchanged


def appended(folder):
    """logminer: an ingest after one file in a hundred got a line more (the first one is not counted)."""
    with database() as path:
        tree = shutil.copytree(folder, path.parent / "tree")
        _ingest(path, tree)
        growing = sorted(p for p in tree.rglob("*") if p.suffix in {".csv", ".jsonl"})
        for file in growing[::100]:
            with file.open("rb+") as log:
                last = log.read().splitlines()[-1]
                log.write(last + b"\n")
        with working():
            return _ingest(path, tree).points


def say(**figures):
    """Tell the process that measures."""
    print(json.dumps(figures), file=sys.stderr)


@contextmanager
def working():
    """Count the CPU seconds of this part alone as work."""
    start = time.process_time()
    yield
    say(work=time.process_time() - start)


@contextmanager
def database():
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCHMARK_DIR")) as place:
        yield Path(place) / "logminer.duckdb"


def _ingest(path, folder, **options):
    from logminer.store import open_store
    from logminer.workflows.ingest import ingest as run

    with open_store(path, write=True) as store:
        return run(store, [str(folder)], **options)
