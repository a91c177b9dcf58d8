"""Keras Tuner: one ``trial.json`` a trial, inside the folder of a search."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts, Status
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.values import flatten, is_number, load_json

NAMES = ("trial.json", "oracle.json", "tuner*.json", "build_config.json")

_STATUS: dict[str, Status] = {
    "COMPLETED": "finished", "STOPPED": "preempted", "FAILED": "failed", "INVALID": "failed", "RUNNING": "running",
    "IDLE": "running",
}  # fmt: skip


def sniff(probe: Probe) -> Match:
    """A trial with its hyperparameters; what the search keeps for itself is skipped."""
    if probe.name != "trial.json":
        beside = "trial.json" in probe.siblings or "oracle.json" in probe.siblings
        return Match.PARTS if beside or b'"ongoing_trials"' in probe.head else Match.NO
    ours = b'"hyperparameters"' in probe.head and (
        b'"trial_id"' in probe.head or b'"space"' in probe.head
    )
    return Match.EXACT if ours else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Read a trial: its values, its metrics and how it ended.

    Raises:
        ValueError: not JSON, or no object.
    """
    data = probe.read_bytes()
    trial = load_json(data)
    if not isinstance(trial, Mapping):
        raise ValueError("a trial is a JSON object")  # noqa: TRY004
    values = flatten(_mapping(trial, "hyperparameters", "values"))
    run = RunFacts(
        probe.folder,
        params={name: value for name, value in values.items() if not name.startswith("tuner/")},
        meta={name: value for name, value in values.items() if name.startswith("tuner/")},
        status=_STATUS.get(str(trial.get("status")), "unknown"),
        parent=PurePath(probe.folder).parent.name,
    )
    message = trial.get("message")
    if run.status == "failed" and isinstance(message, str) and message.strip():
        run.reason = message.strip().splitlines()[-1][:300]
    points = _points(_mapping(trial, "metrics", "metrics"))
    score, best = trial.get("score"), trial.get("best_step")
    if is_number(score):
        points = Points.concat(
            [
                points,
                Points.from_rows(
                    [("score", best if isinstance(best, int) else 0, None, float(score))]
                ),
            ]
        )
    return ParsedLog([run], points, offset=len(data))


def _mapping(record: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    for name in path:
        inner = record.get(name)
        record = inner if isinstance(inner, Mapping) else {}
    return record


def _points(metrics: Mapping[str, Any]) -> Points:
    """Observations of every metric; several executions of one trial are averaged, as the tuner does."""
    rows = []
    for name, metric in metrics.items():
        for seen in metric.get("observations", []) if isinstance(metric, Mapping) else []:
            values = (
                [v for v in seen.get("value", []) if is_number(v)]
                if isinstance(seen, Mapping)
                else []
            )
            if values:
                step = seen.get("step", 0)
                rows.append(
                    (
                        str(name),
                        step if isinstance(step, int) else 0,
                        None,
                        sum(values) / len(values),
                    )
                )
    return Points.from_rows(rows)
