"""Ultralytics YOLO: ``results.csv`` and ``args.yaml``; YOLOv5's ``opt.yaml`` and ``hyp.yaml``."""

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats import csv
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.mappings import read_arguments

NAMES = ("results.csv", "args.yaml", "opt.yaml", "hyp.yaml")
RESUMES = True

_MARKS = {
    "args.yaml": (b"task:", b"mode:", b"imgsz:"),
    "opt.yaml": (b"weights:", b"imgsz:", b"hyp:"),
    "hyp.yaml": (b"lr0:", b"lrf:", b"momentum:"),
}


def sniff(probe: Probe) -> Match:
    """A table by epoch of ``train/…`` and ``metrics/…``, or the arguments every such run writes."""
    if probe.name == "results.csv":
        names = [name.strip() for name in probe.first_line.split(",")]
        ours = names[:1] == ["epoch"] and any(
            name.startswith(("train/", "metrics/")) for name in names
        )
        return Match.EXACT if ours else Match.NO
    return (
        Match.EXACT if all(mark in probe.head for mark in _MARKS[probe.name.lower()]) else Match.NO
    )


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """Read metrics by epoch, or arguments.

    Raises:
        ValueError: the table or the YAML cannot be read.
    """
    if probe.suffix == ".csv":
        return csv.read(probe, resume)
    return read_arguments(probe, resume)
