"""What MLflow's file store, database and server share: facts of a run, the words for status, what tags mean."""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import RunFacts, Status
from logminer.formats.documents.values import is_number, parse_scalar, scalar
from logminer.formats.trackers.silence import is_silent

_STATUS: dict[str, Status] = {
    "RUNNING": "running", "SCHEDULED": "unknown", "FINISHED": "finished", "FAILED": "failed",
    "KILLED": "preempted",
}  # fmt: skip
DELETED = "runs deleted in MLflow"
_NOTED = {"mlflow.runName": "name", "mlflow.user": "user"}
_NUMBERED = ("", "RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")


def run_facts(root: str, key: str, fields: Mapping[str, Any]) -> RunFacts:
    """Facts of a run from what MLflow's database and server call the same.

    Args:
        root: file or address of all runs.
        key: the run's id.
        fields: ``name``, ``user_id``, ``status``, ``start_time``, ``end_time`` (ms), ``experiment`` (its name),
            ``source_name`` and ``source_version``; any may be missing.
    """
    meta = {"name": fields.get("name"), "user": fields.get("user_id")}
    facts = RunFacts(
        root,
        key,
        meta={name: scalar(value) for name, value in meta.items() if value},
        started=seconds(fields.get("start_time")),
        ended=seconds(fields.get("end_time")),
        command=fields.get("source_name") or None,
        commit=fields.get("source_version") or None,
        parent=fields.get("experiment"),
    )
    set_status(facts, fields.get("status"))
    return facts


def doubt_running(facts: RunFacts, last_value: float) -> None:
    """A killed run is called running for ever: the times of its start and of its last value tell.

    Args:
        facts: of the run.
        last_value: Unix time in seconds, 0 or NaN where none is known.
    """
    if facts.status == "running" and is_silent(
        float(np.fmax(facts.started or 0.0, last_value)) or None
    ):
        facts.status = "unknown"


def infinities(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values as they were logged: MLflow's database keeps an infinity as the largest double."""
    largest = np.abs(value) == sys.float_info.max
    return np.where(largest, np.copysign(np.inf, value), value)


def set_status(facts: RunFacts, written: Any) -> None:
    """Take over a status by its name or by its number in MLflow's protobuf enum."""
    if is_number(written):
        written = _NUMBERED[int(written)] if 0 < written < len(_NUMBERED) else ""
    facts.status = _STATUS.get(str(written), "unknown")
    if written == "KILLED":
        facts.reason = "killed"


def seconds(milliseconds: Any) -> float | None:
    """Unix time in seconds of MLflow's milliseconds; None where not set."""
    return float(milliseconds) / 1e3 if is_number(milliseconds) and milliseconds > 0 else None


def param(text: Any) -> Any:
    """A parameter's value; MLflow keeps the texts of all values."""
    return scalar(parse_scalar(text)) if isinstance(text, str) else scalar(text)


def apply_tag(facts: RunFacts, key: str, value: Any) -> None:
    """Sort a tag in: MLflow's own ones are facts of the run, the user's are labels."""
    if key == "mlflow.source.git.commit":
        facts.commit = str(value)
    elif key == "mlflow.source.name":
        facts.command = str(value)
    elif key.startswith("mlflow."):
        facts.meta = {**facts.meta, _NOTED.get(key, key): scalar(value)}
    else:
        facts.tags = (*facts.tags, str(scalar(f"{key}={value}")))
