"""Weights & Biases run folder: ``run-<id>.wandb`` and ``files/`` with config.yaml and wandb-summary.json.

The ``.wandb`` file holds everything an offline run logged: config, history, host and how it ended. The summary,
and what the run printed (output.log), are read only where that file is missing. Message numbers: wandb/proto/wandb_internal.proto.
"""

import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._points import PointColumns
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import read_object
from logminer.formats.documents.values import flatten, parse_time, scalar
from logminer.formats.documents.yaml_text import load_yaml
from logminer.formats.trackers.wandb_records import MAGIC, records
from logminer.formats.trackers.wandb_run import RecordedRun, add_row

NAMES = (
    "*.wandb", "config.yaml", "wandb-summary.json", "wandb-metadata.json", "debug*.log", "output.log", "requirements.txt",
    "conda-environment.yaml", "config-*.yaml",
)  # fmt: skip
RESUMES = True

_BLOCK = 64_000_000  # bytes read at once
_SILENT_FOR = 300.0  # seconds without a heartbeat after which W&B calls a run crashed


def sniff(probe: Probe) -> Match:
    """The record file by its first bytes, the others by where they lie and what they hold."""
    if probe.name.endswith(".wandb"):
        return Match.EXACT if probe.head.startswith(MAGIC) else Match.NO
    if probe.name == "config.yaml":
        return (
            Match.EXACT if "wandb_version:" in probe.text or "\n_wandb:" in probe.text else Match.NO
        )
    if probe.name.startswith("config-"):  # a sweep's copy of one run's config
        return Match.PARTS if probe.first_line.startswith("wandb_version:") else Match.NO
    if probe.name == "wandb-metadata.json":
        return Match.EXACT
    if probe.name == "wandb-summary.json":
        return Match.PARTS if _has_records(probe) else Match.EXACT
    return Match.PARTS if _has_records(probe) else Match.NO


def _root(probe: Probe) -> Path:
    folder = Path(probe.folder)
    return folder.parent if folder.name in {"files", "logs"} else folder


def _has_records(probe: Probe) -> bool:
    root = _root(probe)
    return str(root) != probe.folder and any(root.glob("*.wandb"))


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """One file of a run; the record file is read on from the last whole record."""
    if probe.name.endswith(".wandb"):
        return _read_records(probe, resume)
    facts = RunFacts(str(_root(probe)))
    log = ParsedLog([facts], offset=probe.size, anew=resume.offset > 0)
    if probe.name == "config.yaml":
        facts.params = _config(load_yaml(probe.read_bytes()))
        return log
    loaded = read_object(probe)
    if probe.name == "wandb-metadata.json":
        _note_metadata(facts, loaded)
    else:
        columns = PointColumns()
        add_row(columns, loaded, None)
        log.points = columns.points()
    return log


def _config(loaded: Any) -> dict[str, Any]:
    """Parameters of ``{name: {desc: …, value: …}}``, W&B's own entries left out."""
    if not isinstance(loaded, dict):
        raise ValueError("config.yaml holds no mapping")  # noqa: TRY004
    return flatten(
        {
            name: entry["value"]
            for name, entry in loaded.items()
            if isinstance(entry, dict) and "value" in entry and name != "_wandb"
        }
    )


def _note_metadata(facts: RunFacts, metadata: Mapping[str, Any]) -> None:
    git, args = metadata.get("git"), metadata.get("args")
    facts.host = metadata.get("host") and str(metadata["host"])
    facts.commit = str(git["commit"]) if isinstance(git, dict) and git.get("commit") else None
    words = [metadata.get("program"), *(args if isinstance(args, list) else [])]
    facts.command = " ".join(str(word) for word in words if word) or None
    facts.started = parse_time(metadata.get("startedAt"))
    known = ("os", "python", "gpu", "gpu_count", "cpu_count", "username")
    facts.meta = {key: scalar(metadata[key]) for key in known if metadata.get(key) is not None}


def _read_records(probe: Probe, resume: Resume) -> ParsedLog:
    run = RecordedRun(probe.folder, resume.state)
    log = ParsedLog([run.facts], offset=resume.offset)
    path = Path(probe.path)
    with path.open("rb") as file:
        for payload, end in records(file, resume.offset, probe.path, log.problems):
            log.offset = end
            try:
                run.apply(payload)
            except (ValueError, struct.error) as error:
                where = f"byte {end}"
                log.problems.append(Problem(probe.path, f"a record is skipped: {error}", where))
            if end - resume.offset > _BLOCK:
                break
        else:
            if not run.exited:
                _guess_status(run.facts, time.time() - path.stat().st_mtime)
    run.conclude()
    log.points, log.state = run.columns.points(), run.state
    return log


def _guess_status(facts: RunFacts, silent: float) -> None:
    """Running while it writes, else crashed: a run that ends by itself leaves an exit record."""
    if silent < _SILENT_FOR:
        facts.status = "running"
    else:
        facts.status, facts.reason = "failed", "crashed: no exit was recorded"
