"""timm's train script: ``summary.csv`` by epoch and ``args.yaml``."""

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats import csv
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.mappings import read_arguments

NAMES = ("summary.csv", "args.yaml")
RESUMES = True


def sniff(probe: Probe) -> Match:
    """A table that begins ``epoch,train_loss,eval_…``, or arguments beside such a table."""
    if probe.name == "summary.csv":
        return Match.EXACT if probe.first_line.startswith("epoch,train_loss,eval_") else Match.NO
    ours = "summary.csv" in probe.siblings and all(
        m in probe.head for m in (b"model:", b"opt:", b"sched:")
    )
    return Match.EXACT if ours else Match.NO


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """Read metrics by epoch, or arguments.

    Raises:
        ValueError: the table or the YAML cannot be read.
    """
    if probe.suffix == ".csv":
        return csv.read(probe, resume)
    return read_arguments(probe, resume)
