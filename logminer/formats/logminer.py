"""What ``logminer search`` writes beside a trial's logs when it has ended: ``outcome.json``.

It says what the logs themselves do not: that the trial failed or was stopped and why, and values that were told by hand.
Written by ``runner/_outcome_file.py``.
"""

import os
from collections.abc import Mapping
from typing import Any

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts, Status
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.values import is_number, load_json
from logminer.formats.trackers.objectives import objective_meta

NAMES = ("outcome.json",)

_STATUS: dict[str, Status] = {
    "finished": "finished", "failed": "failed", "pruned": "pruned", "infeasible": "infeasible",
    "preempted": "preempted",
}  # fmt: skip
_DIRECTIONS = {"min": "minimize", "max": "maximize"}


def sniff(probe: Probe) -> Match:
    """A document that names its writer."""
    return Match.EXACT if '"logminer_trial"' in probe.text else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """The facts of the runs in the trial's folder; of values only those that no other log has."""
    loaded = load_json(probe.read_bytes())
    told = _mapping(_mapping(loaded).get("logminer_trial"))
    if not told:
        raise ValueError("no outcome of a trial")
    runs = [
        _facts(told, os.path.normpath(os.path.join(probe.folder, str(run.get("folder", "")))), run)
        for run in map(_mapping, told.get("runs") or [{}])
    ]
    step = told.get("step")
    rows = [
        (str(name), int(step) if is_number(step) else 0, None, float(value))
        for name, value in _mapping(told.get("values")).items()
        if is_number(value)
    ]
    return ParsedLog(runs, Points.from_rows(rows), offset=probe.size)


def _facts(told: Mapping[str, Any], root: str, run: Mapping[str, Any]) -> RunFacts:
    known = _mapping(told.get("objectives"))
    modes = {name: _DIRECTIONS[mode] for name, mode in known.items() if mode in _DIRECTIONS}
    return RunFacts(
        root,
        str(run.get("key", "")),
        _mapping(told.get("config")),
        meta=objective_meta(modes) if modes else {},
        status=_STATUS.get(str(told.get("status")), "unknown"),
        reason=str(told["reason"]) if told.get("reason") else None,
        started=_time(told.get("started")),
        ended=_time(told.get("ended")),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _time(value: Any) -> float | None:
    return float(value) if is_number(value) else None
