"""PyTorch Lightning: ``version_N`` folders with ``metrics.csv`` and ``hparams.yaml``."""

import re

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats import csv
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.mappings import read_arguments

NAMES = ("metrics.csv", "hparams.yaml")
RESUMES = True

_VERSION = re.compile(r"version_\d+")


def sniff(probe: Probe) -> Match:
    """Files of a version folder, or ones that stand beside their counterpart."""
    folder = probe.folder.replace("\\", "/").rpartition("/")[2]
    versioned = _VERSION.fullmatch(folder) is not None
    if probe.name == "metrics.csv":
        columns = {name.strip() for name in probe.first_line.split(",")}
        ours = versioned or "hparams.yaml" in probe.siblings
        return Match.EXACT if ours and {"epoch", "step"} <= columns else Match.NO
    beside = versioned or any(n == "metrics.csv" or "tfevents" in n for n in probe.siblings)
    return Match.EXACT if beside and b"\0" not in probe.head else Match.NO


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """Read metrics (steps are optimizer steps) or parameters.

    Raises:
        ValueError: the table or the YAML cannot be read.
    """
    if probe.name == "metrics.csv":
        return csv.read(probe, resume)
    return read_arguments(probe, resume)
