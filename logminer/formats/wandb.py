"""Weights & Biases run folder: ``run-<id>.wandb`` and ``files/`` with config.yaml and wandb-summary.json.

The ``.wandb`` file holds everything an offline run logged: config, history, host and how it ended. The summary,
and what the run printed (output.log), are read only where that file is missing. Message numbers: wandb/proto/wandb_internal.proto.
"""

import re
import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._points import PointColumns, as_step
from logminer.formats._probe import Match, Probe
from logminer.formats._run_folder import run_folder
from logminer.formats.documents.json_text import read_object
from logminer.formats.documents.values import parse_time, scalar
from logminer.formats.documents.yaml_text import read_yaml
from logminer.formats.trackers.framed_records import FIRST_RECORD, records
from logminer.formats.trackers.silence import is_silent
from logminer.formats.trackers.wandb_run import RecordedRun
from logminer.formats.trackers.wandb_values import config_values, measured, public

NAMES = (
    "*.wandb", "config.yaml", "wandb-summary.json", "wandb-metadata.json", "debug*.log", "output.log", "requirements.txt",
    "conda-environment.yaml", "config-*.yaml", "*.table.json", "*.plotly.json",
)  # fmt: skip
RESUMES = True

_MAGIC = b":W&B\xe1\xbe"
_BLOCK = 64_000_000  # bytes read at once
_SILENT_FOR = 300.0  # seconds without a heartbeat after which W&B calls a run crashed
_OWN_KEYS = re.compile(
    r"^(wandb_version|_wandb):", re.MULTILINE
)  # sorted or not, they may come first
_DEBUG = re.compile(r"debug(-internal|-core|-cli)?(\.[\w.-]+)?\.log")
_TAIL = 16_384
_CLOSING_LINES = 12  # of an error message, and of what W&B prints when a run ends


def sniff(probe: Probe) -> Match:
    """The record file by its first bytes, the others by where they lie and what they hold."""
    name = probe.name
    if name.endswith(".wandb"):
        return Match.EXACT if probe.head.startswith(_MAGIC) else Match.NO
    if name == "config.yaml":
        return Match.EXACT if _OWN_KEYS.search(probe.text) else Match.NO
    if name.startswith("config-"):  # a sweep's copy of one run's config
        return Match.PARTS if _OWN_KEYS.search(probe.text) else Match.NO
    if name == "wandb-metadata.json":
        return Match.EXACT
    if name == "wandb-summary.json":
        return Match.PARTS if _has_records(probe) else Match.EXACT
    if name == "output.log":
        return Match.PARTS if _has_records(probe) else Match.NO
    return Match.PARTS if _is_bookkeeping(probe) else Match.NO


def _is_bookkeeping(probe: Probe) -> bool:
    """Whether a file is W&B's own diary, the environment of a run, or a table or plot that it logged."""
    if _DEBUG.fullmatch(probe.name):
        return "/wandb/" in probe.path.replace("\\", "/") or "wandb" in probe.text
    return _has_records(probe) or str(_folder(probe)) != probe.folder != run_folder(probe.folder)


def _folder(probe: Probe) -> Path:
    """The folder of this part of the run; a resumed run has several."""
    folder = Path(probe.folder)
    return folder.parent if folder.name in {"files", "logs"} else folder


def _root(probe: Probe) -> str:
    return run_folder(str(_folder(probe)))


def _has_records(probe: Probe) -> bool:
    """Whether the record file of the run is there, and more than its header was written."""
    folder = _folder(probe)
    if str(folder) == probe.folder:
        return False
    return any(file.stat().st_size > FIRST_RECORD for file in folder.glob("*.wandb"))


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """One file of a run; the record file is read on from the last whole record."""
    if probe.name.endswith(".wandb"):
        return _read_records(probe, resume)
    facts = RunFacts(_root(probe))
    log = ParsedLog([facts], offset=probe.size, anew=resume.offset > 0)
    if probe.name == "config.yaml":
        facts.params = config_values(read_yaml(probe, log.problems))
        return log
    loaded = read_object(probe)
    if probe.name == "wandb-metadata.json":
        _note_metadata(facts, loaded)
    else:
        log.points = _summary_points(loaded)
        _note_exit(facts, loaded, Path(probe.folder) / "output.log")
    return log


def _summary_points(summary: Mapping[str, Any]) -> Points:
    """The numbers of a summary as points at its step."""
    columns, step = PointColumns(), as_step(summary.get("_step"))
    for name, value in measured(public(summary)):
        columns.add(name, step, value, parse_time(summary.get("_timestamp")))
    return columns.points()


def _note_exit(facts: RunFacts, summary: Mapping[str, Any], printed: Path) -> None:
    """A summary holds the runtime once the run has exited; how, only what it printed last can tell."""
    own = summary.get("_wandb")
    if not isinstance(own, dict) or "runtime" not in own:
        return
    facts.status = "finished"
    error = _error(_last_lines(printed))
    if error:
        facts.status = "preempted" if error.startswith("KeyboardInterrupt") else "failed"
        facts.reason = str(scalar(error))


def _last_lines(file: Path) -> list[str]:
    try:
        with file.open("rb") as opened:
            opened.seek(max(file.stat().st_size - _TAIL, 0))
            text = opened.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def _error(lines: list[str]) -> str | None:
    """The error of a traceback that ends what was printed; one that the run went on after is none."""
    start = next(
        (i for i in reversed(range(len(lines))) if lines[i].startswith("Traceback (")), None
    )
    if start is None:
        return None
    after = [line for line in lines[start + 1 :] if not line.startswith(" ")]
    return after[0] if after and len(after) <= _CLOSING_LINES else None


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
    run = RecordedRun(_root(probe), resume.state)
    log = ParsedLog([run.facts], offset=resume.offset)
    path, whole, damaged = Path(probe.path), True, []
    with path.open("rb") as file:
        for payload, end in records(file, resume.offset, probe.path, log.problems):
            log.offset = end
            try:
                run.apply(payload, end)
            except (ValueError, struct.error) as error:
                damaged.append((str(error), end))
            if end - resume.offset > _BLOCK:
                whole = False
                break
    log.points, log.state = run.conclude(), run.state
    log.problems += [
        Problem(probe.path, f"a record is skipped: {what}", f"byte {end}")
        for what, end in (*damaged, *run.history.damaged)
    ]
    if whole and not run.exited:
        _guess_status(run, time.time() - path.stat().st_mtime)
    return log


def _guess_status(run: RecordedRun, silent: float) -> None:
    """Running while it writes, else crashed: a run that ends by itself leaves an exit record.

    A copied file is as young as the copy, so the time of the last row counts too.
    """
    facts = run.facts
    if silent < _SILENT_FOR and not is_silent(run.history.last_time):
        facts.status = "running"
    else:
        facts.status, facts.reason = "failed", "crashed: no exit was recorded"
