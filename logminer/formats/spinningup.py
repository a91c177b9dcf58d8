"""Spinning Up's logger: progress.txt, a tab separated table by epoch, and config.json.

The step is ``TotalEnvInteracts`` where logged, else ``Epoch``. Functions and objects that the config merely names
(``<function …>``) are no hyperparameters. Format: spinup/utils/logx.py and serialization_utils.py.
"""

import re
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import read_object
from logminer.formats.documents.values import flatten
from logminer.formats.tables.header_table import read_table
from logminer.formats.tables.table import whole_steps, wide_points

NAMES = ("progress.txt", "config.json")

_STEPS = ("TotalEnvInteracts", "Epoch")
_OBJECT = re.compile(r"<.* at 0x[0-9a-f]+>|<(function|class|module|bound method) .*>")


def sniff(probe: Probe) -> Match:
    """A header with tabs and an epoch, or a config with an experiment's name beside such a table."""
    if probe.name == "progress.txt":
        names = probe.first_line.split("\t")
        return Match.EXACT if "Epoch" in names and len(names) > 2 else Match.NO
    named = '"exp_name"' in probe.text or '"logger_kwargs"' in probe.text
    return Match.EXACT if named and "progress.txt" in probe.siblings else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """The curves or the parameters of a run."""
    facts = RunFacts(probe.folder)
    log = ParsedLog([facts], offset=probe.size)
    if probe.name == "config.json":
        config = read_object(probe)
        name = config.pop("exp_name", None)
        facts.parent = None if name is None else str(name)
        facts.params = flatten(_chosen(config), probe.path, log.problems)
        return log
    table = read_table(probe, "\t", log.problems)
    step = next((name for name in _STEPS if name in table.numbers), None)
    steps = whole_steps(table.numbers[step]) if step else None
    if steps is not None:
        metrics = {name: column for name, column in table.numbers.items() if name != step}
        log.points = wide_points(metrics, steps)
    return log


def _chosen(config: dict[str, Any]) -> dict[str, Any]:
    """The config without what is an object's or a function's description, and without the logger."""
    return {
        key: _chosen(value) if isinstance(value, dict) else value
        for key, value in config.items()
        if not key.startswith("logger") and not _names_object(key) and not _names_object(value)
    }


def _names_object(value: Any) -> bool:
    if isinstance(value, dict):
        return len(value) == 1 and _names_object(next(iter(value)))
    return isinstance(value, str) and _OBJECT.fullmatch(value) is not None
