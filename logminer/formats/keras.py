"""Keras: the log of its CSVLogger, and the history of ``fit`` dumped as JSON."""

import re

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats import csv
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.mappings import read_mapping
from logminer.formats.documents.values import load_json

NAMES = ("*.csv", "*.log", "*history*.json")
RESUMES = True

_HISTORY = re.compile(rb'\s*\{\s*"(loss|val_loss|accuracy|acc|mae|mse|auc)"\s*:\s*\[')


def sniff(probe: Probe) -> Match:
    """``epoch`` first and the other names sorted, a loss among them; or lists of losses by epoch."""
    if probe.suffix == ".json":
        return Match.EXACT if _HISTORY.match(probe.head) and b'"loss"' in probe.head else Match.NO
    names = re.split(r"[,;]", probe.first_line)
    if len(names) < 3 or names[0] != "epoch" or "loss" not in names or b"\0" in probe.head:
        return Match.NO
    paired = any(f"val_{name}" in names for name in names[1:])
    return Match.EXACT if names[1:] == sorted(names[1:]) and paired else Match.NO


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """Read metrics by epoch, counted from 0 as Keras does.

    Raises:
        ValueError: the table or the JSON cannot be read.
    """
    if probe.suffix != ".json":
        return csv.read(probe, resume)
    data = probe.read_bytes()
    log = read_mapping(load_json(data), probe.root, probe.path, "results")
    log.offset, log.anew = len(data), bool(resume.offset)
    return log
