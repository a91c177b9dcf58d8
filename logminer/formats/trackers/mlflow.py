"""What MLflow's file store and SQLite store share: the words for status, and what tags mean."""

from typing import Any

from logminer.core.parsed import RunFacts, Status
from logminer.formats.documents.values import is_number, parse_scalar, scalar

_STATUS: dict[str, Status] = {
    "RUNNING": "running", "SCHEDULED": "unknown", "FINISHED": "finished", "FAILED": "failed",
    "KILLED": "preempted",
}  # fmt: skip
DELETED = "runs deleted in MLflow"
_NOTED = {"mlflow.runName": "name", "mlflow.user": "user"}
_NUMBERED = ("", "RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")


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
