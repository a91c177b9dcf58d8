"""Comet offline experiment: ``<id>.zip`` with experiment.json and messages.json, a message a line.

A metric that was logged in a context (``with experiment.train():``) is called as on Comet's page, ``train_loss``.
Older versions write all messages with the type ``ws_msg``; their payloads tell what they are.
"""

import os
from collections.abc import Mapping
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.formats._points import PointColumns, as_step
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import load_object, objects
from logminer.formats.documents.values import flatten, parse_time, scalar
from logminer.formats.trackers.archive import has_members, member
from logminer.formats.trackers.wandb_values import measured

NAMES = ("*.zip",)

_AUTOMATIC = "auto-logged"  # the source of the current step and epoch among the parameters
_OF_THE_MACHINE = ("sys.", "process duration")
_OTHERS = frozenset({"offline_experiment", "hasNestedParams", "Created from"})


def sniff(probe: Probe) -> Match:
    """An archive with the two files that Comet puts into it."""
    known = has_members(probe, ("experiment.json", "messages.json"))
    return Match.EXACT if known else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """The one experiment of an archive."""
    facts, columns = RunFacts(os.path.splitext(probe.path)[0]), PointColumns()
    log = ParsedLog([facts], offset=probe.size)
    _note_experiment(facts, load_object(member(probe.path, "experiment.json")))
    lines = enumerate(member(probe.path, "messages.json").splitlines(), start=1)
    texts = ((number, line) for number, line in lines if line.strip())
    messages, log.problems = objects(texts, probe.path, "a message is no JSON object")
    for message in messages:
        payload = message.get("payload")
        if isinstance(payload, Mapping):
            _apply(facts, columns, payload)
    log.points = columns.points()
    return log


def _note_experiment(facts: RunFacts, written: Mapping[str, Any]) -> None:
    facts.parent = str(written["project_name"]) if written.get("project_name") else None
    facts.started, facts.ended = (parse_time(written.get(k)) for k in ("start_time", "stop_time"))
    tags = written.get("tags")
    facts.tags = tuple(str(scalar(tag)) for tag in tags) if isinstance(tags, list) else ()
    noted = {"experiment_id": written.get("offline_id"), "workspace": written.get("workspace")}
    facts.meta = {key: scalar(value) for key, value in noted.items() if value}
    if written.get("customer_error_reported"):
        facts.status = "failed"
        facts.reason = str(scalar(written.get("customer_error_message"))) or None
    elif facts.ended is not None:
        facts.status = "finished"


def _apply(facts: RunFacts, columns: PointColumns, payload: Mapping[str, Any]) -> None:
    metric, key = payload.get("metric"), payload.get("key")
    if isinstance(metric, Mapping):
        _add(columns, metric, payload)
    for param in (payload.get("param"), payload.get("params")):
        if isinstance(param, Mapping) and param.get("source") != _AUTOMATIC:
            name = str(param.get("paramName")).replace("|", ".")
            facts.params = {**facts.params, **flatten({name: param.get("paramValue")})}
    if isinstance(key, str) and "value" in payload and key not in _OTHERS:
        name = "name" if key == "Name" else key
        facts.meta = {**facts.meta, name: scalar(payload["value"])}


def _add(columns: PointColumns, metric: Mapping[str, Any], payload: Mapping[str, Any]) -> None:
    name = str(metric.get("metricName"))
    if name.startswith(_OF_THE_MACHINE):
        return
    if payload.get("context"):
        name = f"{payload['context']}_{name}"
    step = metric.get("step")
    step = as_step(metric.get("epoch") if step is None else step)
    time = parse_time(payload.get("local_timestamp"))
    for of, value in measured({name: metric.get("metricValue")}):
        columns.add(of, step, value, time)
