"""fastai: the ``history.csv`` of its CSVLogger."""

import csv
import re

import numpy as np

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.tables.table import from_records, whole_steps, wide_points

NAMES = ("*.csv",)

_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d\d)")


def sniff(probe: Probe) -> Match:
    """A table of epochs with train and valid loss whose last column is the time as a clock."""
    names = probe.first_line.split(",")
    ours = names[:3] == ["epoch", "train_loss", "valid_loss"] and names[-1] == "time"
    return Match.EXACT if ours else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Read metrics by epoch; the clock becomes seconds.

    Raises:
        ValueError: the file is no table of epochs.
    """
    data = probe.read_bytes()
    rows = list(csv.DictReader(data.decode("utf-8-sig", "replace").splitlines()))
    rows = [
        row for row in rows if row.get("epoch") != "epoch"
    ]  # fit called again writes its header again
    problems: list[Problem] = []
    flat = [
        {k: _seconds(v) if k == "time" else v for k, v in row.items() if k is not None}
        for row in rows
    ]
    table = from_records(flat, probe.path, problems)
    step = whole_steps(table.numbers.pop("epoch")) if "epoch" in table.numbers else None
    if step is None and table.rows:
        raise ValueError("epochs are no whole numbers")
    points = wide_points(table.numbers, np.empty(0, np.int64) if step is None else step)
    return ParsedLog([RunFacts(probe.root)], points, problems, len(data))


def _seconds(clock: str | None) -> float | None:
    match = _CLOCK.fullmatch(clock or "")
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(3600 * hours + 60 * minutes + seconds)
