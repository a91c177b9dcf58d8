"""open_clip: ``params.txt`` with an argument a line, and ``checkpoints/results.jsonl``.

Both belong to the folder that also holds out.log. See open_clip_train/main.py and train.py.
"""

import re
from pathlib import Path

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.formats._points import PointColumns, as_step
from logminer.formats._probe import Match, Probe
from logminer.formats._run_folder import run_folder
from logminer.formats.documents.json_text import records
from logminer.formats.documents.values import is_number, parse_scalar, scalar
from logminer.formats.trackers.plans import note_progress

NAMES = ("params.txt", "results.jsonl")

_LINE = re.compile(r"^([A-Za-z_]\w*): ?(.*)$", re.MULTILINE)
_OWN = frozenset({"checkpoint_path", "tensorboard_path", "log_path", "name", "rank", "world_size"})
_LARGEST = 1_000_000


def sniff(probe: Probe) -> Match:
    """Arguments with open_clip's own paths among them; results in the folder of checkpoints."""
    if probe.name == "results.jsonl":
        inside = run_folder(probe.folder) != probe.folder
        return Match.EXACT if inside and probe.text.lstrip().startswith("{") else Match.NO
    names = {name for name, _ in _LINE.findall(probe.text)}
    return Match.EXACT if "checkpoint_path" in names and len(names & _OWN) > 1 else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """The arguments of a run, or its results by epoch."""
    facts = RunFacts(run_folder(probe.folder))
    log = ParsedLog([facts], offset=probe.size)
    if probe.name == "params.txt":
        values = _arguments(Path(probe.path))
        facts.params = {k: v for k, v in values.items() if k not in _OWN and v is not None}
        facts.meta = {k: v for k, v in values.items() if k in _OWN and v is not None}
        return log
    columns, last = PointColumns(), 0
    for _, row in records(probe.path, log.problems):
        last = as_step((row or {}).get("epoch"), last)
        for name, value in (row or {}).items():
            if name != "epoch" and is_number(value):
                columns.add(name, last, value)
    log.points = columns.points()
    planned = _arguments(Path(facts.root) / "params.txt").get("epochs")
    note_progress(facts, last, planned if is_number(planned) else None)
    return log


def _arguments(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as opened:
            text = opened.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return {}
    return {name: scalar(parse_scalar(value)) for name, value in _LINE.findall(text)}
