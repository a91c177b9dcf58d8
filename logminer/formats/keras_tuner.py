"""Keras Tuner: one ``trial.json`` a trial, inside the folder of a search.

A trial holds its hyperparameters with the space they were drawn from (conditions included), its metrics with the
direction of each, and its status; ``score`` is the value of the objective, which goes by the metric's own name too.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts, Status
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import load_object
from logminer.formats.documents.values import flatten, is_number
from logminer.formats.trackers.objectives import objective_meta
from logminer.formats.trackers.spaces import (
    Spec,
    choice_spec,
    condition,
    float_spec,
    integer_spec,
    join_conditions,
)

NAMES = ("trial.json", "oracle.json", "tuner*.json", "build_config.json")

_STATUS: dict[str, Status] = {
    "COMPLETED": "finished", "STOPPED": "preempted", "FAILED": "failed", "INVALID": "infeasible",
    "RUNNING": "running", "IDLE": "unknown",
}  # fmt: skip
_DIRECTIONS = {"min": "minimize", "max": "maximize"}


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
    trial = load_object(data)
    values = flatten(_mapping(trial, "hyperparameters", "values"))
    metrics = _mapping(trial, "metrics", "metrics")
    rows = list(_observations(metrics))
    score, best = trial.get("score"), trial.get("best_step")
    run = RunFacts(
        probe.folder,
        params={name: value for name, value in values.items() if not name.startswith("tuner/")},
        meta={name: value for name, value in values.items() if name.startswith("tuner/")},
        space=dict(_space(_mapping(trial, "hyperparameters").get("space"))),
        status=_STATUS.get(str(trial.get("status")), "unknown"),
        parent=PurePath(probe.folder).parent.name,
    )
    run.meta = {**run.meta, **_objective(metrics, rows, score)}
    message = trial.get("message")
    if run.status in {"failed", "infeasible"} and isinstance(message, str) and message.strip():
        run.reason = message.strip().splitlines()[-1][:300]
    if is_number(score):
        rows.append(("score", best if isinstance(best, int) else 0, None, float(score)))
    return ParsedLog([run], Points.from_rows(rows), offset=len(data))


def _mapping(record: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    for name in path:
        inner = record.get(name)
        record = inner if isinstance(inner, Mapping) else {}
    return record


def _observations(metrics: Mapping[str, Any]) -> Iterator[tuple[str, int, float | None, float]]:
    """Values of every metric; several executions of one trial are averaged, as the tuner does."""
    for name, metric in metrics.items():
        for observation in metric.get("observations", []) if isinstance(metric, Mapping) else []:
            if not isinstance(observation, Mapping):
                continue
            values = [v for v in observation.get("value", []) if is_number(v)]
            step = observation.get("step", 0)
            if values:
                mean = sum(values) / len(values)
                yield str(name), step if isinstance(step, int) else 0, None, mean


def _objective(
    metrics: Mapping[str, Any], rows: list[tuple[str, int, float | None, float]], score: Any
) -> dict[str, str]:
    """Directions as written, and as target the one metric that has the value of the score."""
    directions = {
        str(name): _DIRECTIONS[metric["direction"]]
        for name, metric in metrics.items()
        if isinstance(metric, Mapping) and metric.get("direction") in _DIRECTIONS
    }
    equal = {name for name, _, _, value in rows if value == score and name in directions}
    meta = {f"direction.{name}": direction for name, direction in directions.items()}
    if len(equal) != 1:
        return meta
    (target,) = equal
    direction = directions[target]
    return {**meta, **objective_meta({target: direction}), "direction.score": direction}


def _space(entries: Any) -> Iterator[tuple[str, Spec]]:
    """Domains by name; one that is declared under several values of its parent is in use under each."""
    found: dict[str, Spec] = {}
    for entry in entries if isinstance(entries, list) else ():
        kind, config = _kind_and_config(entry)
        spec = _domain(kind, config)
        if spec is None or not isinstance(config.get("name"), str):
            continue
        when = condition(dict(_parents(config.get("conditions"))))
        name = config["name"]
        found[name] = join_conditions(found.get(name), spec, when)
    yield from found.items()


def _kind_and_config(entry: Any) -> tuple[str, Mapping[str, Any]]:
    if not isinstance(entry, Mapping):
        return "", {}
    config = entry.get("config")
    return str(entry.get("class_name")), config if isinstance(config, Mapping) else {}


def _domain(kind: str, config: Mapping[str, Any]) -> Spec | None:
    if kind == "Boolean":
        return {"type": "boolean"}
    if kind == "Fixed":
        return choice_spec([config.get("value")])
    if kind == "Choice":
        return choice_spec(config.get("values"), ordered=config.get("ordered") is True)
    make = {"Int": integer_spec, "Float": float_spec}.get(kind)
    if make is None:
        return None
    # Under reverse_log it is the distance from the upper end that is drawn by ratio: no plain logarithm.
    log = config.get("sampling") == "log"
    low, high = config.get("min_value"), config.get("max_value")
    return make(low, high, log=log, step=config.get("step"))


def _parents(conditions: Any) -> Iterator[tuple[str, Any]]:
    for entry in conditions if isinstance(conditions, list) else ():
        kind, config = _kind_and_config(entry)
        if kind == "Parent" and isinstance(config.get("name"), str):
            yield config["name"], config.get("values")
