"""detectron2: ``metrics.json`` (JSON lines by iteration) and ``config.yaml``."""

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats import jsonl
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.mappings import read_arguments

NAMES = ("metrics.json", "config.yaml")
RESUMES = True


def sniff(probe: Probe) -> Match:
    """Lines with an iteration and a total loss, or a config with a meta architecture and a solver."""
    if probe.name == "metrics.json":
        line = probe.first_line
        ours = line.startswith("{") and '"iteration":' in line
        return (
            Match.EXACT
            if ours and ('"total_loss":' in line or '"data_time":' in line)
            else Match.NO
        )
    ours = b"META_ARCHITECTURE:" in probe.head or (
        b"SOLVER:" in probe.head and b"DATALOADER:" in probe.head
    )
    return Match.EXACT if ours else Match.NO


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """Read metrics by iteration, or the config.

    Raises:
        ValueError: no line is an object, or the YAML cannot be read.
    """
    if probe.name == "metrics.json":
        return jsonl.read(probe, resume)
    return read_arguments(probe, resume)
