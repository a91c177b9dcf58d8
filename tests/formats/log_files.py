"""Writing a log of any format in a test, reading it whole, and the curves that came out."""

import json

from logminer.core.parsed import Resume
from logminer.formats import Probe, csv


def write(folder, name, data):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(data, bytes):
        path.write_bytes(data)
    else:
        path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def read(path, module):
    return module.read(Probe.of(path), Resume())


def read_table(folder, text, name="metrics.csv"):
    return read(write(folder, name, text), csv)


def curve(log, name, run=0):
    """Points of one metric of one run as ``[(step, value)]``, in the order of the log."""
    points = log.points
    rows = (points.run == run) & (points.metric == points.names.index(name))
    return list(zip(points.step[rows].tolist(), points.value[rows].tolist(), strict=True))
