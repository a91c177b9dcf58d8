"""Other readers of event files and trackers' stores, as ``ingest.py`` measures them; each is used as installed."""

import json
import re
import resource
import struct
import subprocess
import zlib
from pathlib import Path

from ingest_methods import database, event_files, say


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


def duckdb_csv(folder):
    """DuckDB's own reader into a file of its own, a table a CSV; 0 points, for it does not know which columns are."""
    import duckdb

    with database() as path, duckdb.connect(str(path)) as con:
        for i, file in enumerate(sorted(Path(folder).rglob("*.csv"))):
            con.execute(f"CREATE TABLE t{i} AS FROM read_csv(?)", [str(file)])
        con.execute("CHECKPOINT")
        say(bytes=path.stat().st_size)
    return 0


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
    say(work=used.ru_utime + used.ru_stime)
    return 0


def rustboard_checked(folder):
    """The same with every checksum looked at."""
    return rustboard(folder, "--checksum")


def wandb_loop(folder):
    """W&B's own message classes in a plain loop over the records of every ``.wandb`` file."""
    from wandb.proto.wandb_internal_pb2 import Record

    points = 0
    for path in sorted(Path(folder).rglob("*.wandb")):
        columns = {}
        for data in _wandb_records(path.read_bytes()):
            record = Record.FromString(data)
            if not record.HasField("history"):
                continue
            step = record.history.step.num
            for item in record.history.item:
                name = item.key or ".".join(item.nested_key)
                value = json.loads(item.value_json)
                if name[0] != "_" and isinstance(value, int | float):
                    columns.setdefault(name, []).append((step, value))
        points += sum(map(len, columns.values()))
    return points


def _wandb_records(data, block=32_768, header=7):
    at, parts = header, []
    while at + header <= len(data):
        room = block - at % block
        if room < header:
            at += room
            continue
        crc, size, kind = struct.unpack_from("<IHB", data, at)
        part = data[at + header : at + header + size]
        if zlib.crc32(part, zlib.crc32(bytes([kind]))) != crc:
            raise SystemExit("a damaged file tells nothing about speed")
        at += header + size
        parts.append(part)
        if kind in (1, 4):  # whole, or the last part
            yield b"".join(parts)
            parts = []


def search_runs(folder):
    """MLflow's ``search_runs`` over all experiments of a file store."""
    import os

    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    import mlflow

    mlflow.set_tracking_uri(f"file:{Path(folder).absolute()}")
    return len(mlflow.search_runs(search_all_experiments=True, max_results=50_000))
