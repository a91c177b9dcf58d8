"""Guild AI run folder: ``<run>/.guild/attrs/`` with a YAML file an attribute; scalars lie in event files beside it.

Layout: guild/run.py. What the run printed (``.guild/output``) is where Guild found its scalars, so it is not read again.
"""

import os
from pathlib import PurePath
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.values import flatten, is_number, parse_time, scalar
from logminer.formats.documents.yaml_text import load_yaml

NAMES = ("*",)  # attributes have names of words alone

_OWN = frozenset({"output", "manifest", "LOCK", "LOCK.remote"})
_READ = frozenset(
    {"flags", "exit_status", "started", "stopped", "cmd", "label", "host", "user", "id"}
)
_NOTED = {"label": "name", "user": "user", "id": "run_id"}


def sniff(probe: Probe) -> Match:
    """An attribute of a run by where it lies; of the other files only the operation's name is read."""
    folder = PurePath(probe.folder)
    if folder.parts[-2:] == (".guild", "attrs"):
        return Match.EXACT if probe.name in _READ else Match.PARTS
    if folder.name != ".guild" or "attrs" not in probe.siblings:
        return Match.NO
    if probe.name == "opref":
        return Match.EXACT
    return Match.PARTS if probe.name in _OWN else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """One attribute of a run."""
    is_name = probe.name == "opref"
    facts = RunFacts(os.path.dirname(probe.folder if is_name else os.path.dirname(probe.folder)))
    if is_name:
        words = probe.text.split()
        facts.parent = str(scalar(words[-1].strip("'\""))) if words else None
    else:
        _apply(facts, probe.name, load_yaml(probe.read_bytes()))
    return ParsedLog([facts], offset=probe.size)


def _apply(facts: RunFacts, name: str, value: Any) -> None:
    if name == "flags":
        facts.params = flatten(value) if isinstance(value, dict) else {}
    elif name == "exit_status":
        facts.status = "finished" if value == 0 else "failed" if is_number(value) else "unknown"
        facts.reason = f"exit status {value}" if facts.status == "failed" else None
    elif name == "started":
        facts.started = parse_time(value)
    elif name == "stopped":
        facts.ended = parse_time(value)
    elif name == "cmd":
        facts.command = " ".join(map(str, value)) if isinstance(value, list) else None
    elif name == "host":
        facts.host = str(scalar(value))
    elif value is not None:
        facts.meta = {_NOTED[name]: scalar(value)}
