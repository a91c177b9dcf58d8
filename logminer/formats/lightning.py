"""PyTorch Lightning: ``version_N`` folders with ``metrics.csv``, ``hparams.yaml`` and LightningCLI's ``config.yaml``.

What checkpoints or early stopping monitor is the target. A run has finished when the last of ``max_epochs`` epochs
has a value of every metric that the one before has, or when ``max_steps`` were made.
"""

import re

import numpy as np

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats import csv
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.mappings import read_arguments
from logminer.formats.documents.yaml_text import read_yaml
from logminer.formats.tables.header_table import read_table
from logminer.formats.tables.table import Table
from logminer.formats.trackers.objectives import monitor_meta
from logminer.formats.trackers.plans import config_beside, first_number, note_progress

NAMES = ("metrics.csv", "hparams.yaml", "config.yaml")
RESUMES = True

_VERSION = re.compile(r"version_\d+")
_CLI = re.compile(r"^(trainer|model):", re.MULTILINE)
_EPOCHS = (
    "trainer.max_epochs",
    "max_epochs",
    "trainer_args.max_epochs",
    "num_epochs",
    "n_epochs",
    "epochs",
)
_STEPS = ("trainer.max_steps", "max_steps")
_LARGEST = 64_000_000  # bytes of a table that is looked through for its end


def sniff(probe: Probe) -> Match:
    """Files of a version folder, or ones that stand beside their counterpart."""
    folder = probe.folder.replace("\\", "/").rpartition("/")[2]
    versioned = _VERSION.fullmatch(folder) is not None
    if probe.name == "metrics.csv":
        columns = {name.strip() for name in probe.first_line.split(",")}
        ours = versioned or "hparams.yaml" in probe.siblings
        return Match.EXACT if ours and {"epoch", "step"} <= columns else Match.NO
    beside = versioned or any(n == "metrics.csv" or "tfevents" in n for n in probe.siblings)
    if not beside or b"\0" in probe.head:
        return Match.NO
    if probe.name == "config.yaml":
        ours = len(set(_CLI.findall(probe.text))) == 2
        return Match.EXACT if ours and "hparams.yaml" in probe.siblings else Match.NO
    return Match.EXACT


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """Read metrics (steps are optimizer steps) or parameters.

    Raises:
        ValueError: the table or the YAML cannot be read.
    """
    if probe.name == "metrics.csv":
        log = csv.read(probe, resume)
        if len(log.runs) == 1 and probe.size <= _LARGEST:
            _note_end(log.runs[0], probe)
        return log
    log = read_arguments(probe, resume)
    loaded = read_yaml(probe, log.problems)
    if isinstance(loaded, dict):
        for facts in log.runs:
            facts.meta = {**facts.meta, **monitor_meta(loaded)}
    return log


def _note_end(facts: RunFacts, probe: Probe) -> None:
    config = {
        **config_beside(probe.folder, "hparams.yaml"),
        **config_beside(probe.folder, "config.yaml"),
    }
    epochs, steps = first_number(config, *_EPOCHS), first_number(config, *_STEPS)
    if epochs is None and steps is None:
        return
    problems: list[Problem] = []
    table = read_table(probe, ",", problems)
    if not {"epoch", "step"} <= table.numbers.keys() or not table.rows:
        return
    note_progress(facts, _whole_epochs(table), epochs)
    last_step = table.numbers["step"].present
    note_progress(facts, float(last_step.max()) + 1 if len(last_step) else None, steps)


def _whole_epochs(table: Table) -> float:
    """Epochs that were logged to their end: the last one has all that the one before it has."""
    epoch = table.numbers["epoch"]
    known = np.unique(epoch.value[epoch.measured])
    if not len(known):
        return 0.0
    last = _measured_in(table, known[-1])
    earlier = _measured_in(table, known[-2]) if len(known) > 1 else set(table.numbers)
    return float(known[-1]) + (1.0 if last >= earlier else 0.0)


def _measured_in(table: Table, epoch: float) -> set[str]:
    rows = table.numbers["epoch"].value == epoch
    return {name for name, column in table.numbers.items() if np.any(column.measured[rows])}
