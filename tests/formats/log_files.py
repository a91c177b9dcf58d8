"""Writing a log of any format in a test, reading it whole, and the curves that came out."""

import json
import os

from logminer.core.parsed import Resume
from logminer.formats import Match, Probe, csv
from logminer.formats import json as json_format

LONG_AGO = 1_600_000_000  # a Unix time


def write(folder, name, data):
    """Write a file that nobody has written to for long, so that its last line counts as ended."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(data, bytes):
        path.write_bytes(data)
    else:
        path.write_text(data if isinstance(data, str) else json.dumps(data))
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def read(path, module):
    return module.read(Probe.of(path), Resume())


def read_table(folder, text, name="metrics.csv"):
    return read(write(folder, name, text), csv)


def read_document(folder, name, data, module=json_format):
    """What a general format makes of a file that it claims."""
    probe = Probe.of(write(folder, name, data))
    assert module.sniff(probe) is Match.GENERIC
    return module.read(probe, Resume())


def curve(log, name, run=0):
    """Points of one metric of one run as ``[(step, value)]``, in the order of the log."""
    points = log.points
    rows = (points.run == run) & (points.metric == points.names.index(name))
    return list(zip(points.step[rows].tolist(), points.value[rows].tolist(), strict=True))


def curves(log, run=0):
    """All curves of one run by metric."""
    points = log.points
    shown = {points.names[i] for i in points.metric[points.run == run]}
    return {name: curve(log, name, run) for name in points.names if name in shown}
