"""Spinning Up's logger: progress.txt, a tab separated table by epoch, and config.json.

The step is ``TotalEnvInteracts`` where logged, else ``Epoch``; descendants of the logger spell both in their own way. Functions and objects that the config merely names
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
from logminer.formats.trackers.plans import config_beside, first_number, note_progress

NAMES = ("progress.txt", "config.json")

_STEPS = ("totalenvinteracts", "totalenvinteractions", "totaltimesteps", "epoch")
# The return of a run; that of the training episodes is logged by every algorithm, so that runs compare.
_PERFORMANCE = (
    "averageepret", "averageepisodereturn", "averagetestepret", "averagetestepisodereturn",
)  # fmt: skip
_OBJECT = re.compile(r"<.* at 0x[0-9a-f]+>|<(function|class|module|bound method) .*>")


def sniff(probe: Probe) -> Match:
    """A header with tabs and an epoch, or a config with an experiment's name beside such a table."""
    if probe.name == "progress.txt":
        names = {_spelling(name) for name in probe.first_line.split("\t")}
        return Match.EXACT if names & set(_STEPS) and len(names) > 2 else Match.NO
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
    spelt = {_spelling(name): name for name in table.numbers}
    target = next((spelt[name] for name in _PERFORMANCE if name in spelt), None)
    facts.meta = {"target_metric": target} if target else {}
    planned = first_number(config_beside(probe.folder, "config.json"), "epochs")
    note_progress(facts, table.rows, planned)
    step = next((spelt[name] for name in _STEPS if name in spelt), None)
    steps = whole_steps(table.numbers[step]) if step else None
    if steps is not None:
        metrics = {name: column for name, column in table.numbers.items() if name != step}
        log.points = wide_points(metrics, steps)
    return log


def _spelling(name: str) -> str:
    """A column's name without case and separators: ``total-env-interacts`` is ``TotalEnvInteracts``."""
    return re.sub(r"[\W_]", "", name).lower()


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
