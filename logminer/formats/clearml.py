"""ClearML offline session: a folder ``offline-<id>/``, or its ``.zip``, with task.json and metrics.jsonl.

A line of metrics.jsonl is a list of events, each a value of a series (``variant``) in a chart (``metric``).
"""

import os
from collections.abc import Iterable, Mapping
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._points import PointColumns, as_step
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import load_object, records
from logminer.formats.documents.values import is_number, load_json, parse_scalar, parse_time, scalar
from logminer.formats.trackers.archive import has_members, member

NAMES = ("*.zip", "task.json", "metrics.jsonl", "log.jsonl")
RESUMES = True

_SCALAR = "training_stats_scalar"
_NO_ITERATION = -(2**31)  # of a single value, which stands in a table of its own
_OF_THE_MACHINE = ":monitor:"
_PLAIN_SECTIONS = frozenset({"General", "Args"})  # what connect() and argparse fill


def sniff(probe: Probe) -> Match:
    """An archive with a task, a task's description by its keys, events by theirs."""
    if probe.suffix == ".zip":
        return Match.EXACT if has_members(probe, ("task.json",)) else Match.NO
    if probe.name == "log.jsonl":
        return Match.PARTS if '"msg":' in probe.text and "task.json" in probe.siblings else Match.NO
    if probe.name == "task.json":
        known = '"hyperparams"' in probe.text or "metrics.jsonl" in probe.siblings
        return Match.EXACT if known and '"execution"' in probe.text else Match.NO
    known = probe.text.startswith("[{") and '"variant":' in probe.text and '"metric":' in probe.text
    return Match.EXACT if known else Match.NO


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """A task's description or events; events are read on from the last whole line."""
    facts, events = RunFacts(probe.folder), _Events(as_step(resume.state.get("last")))
    log = ParsedLog([facts], offset=probe.size, anew=resume.offset > 0)
    if probe.suffix == ".zip":
        facts.root = os.path.splitext(probe.path)[0]
        _describe(facts, load_object(member(probe.path, "task.json")))
        if has_members(probe, ("metrics.jsonl",)):
            lines = member(probe.path, "metrics.jsonl").splitlines()
            _add_all(events, _loaded(lines, probe.path, log.problems))
    elif probe.name == "task.json":
        _describe(facts, load_object(probe.read_bytes()))
    else:
        log.offset, log.anew = resume.offset, False
        for end, line in records(probe.path, log.problems, resume.offset, list):
            log.offset = end
            _add_all(events, [line])
    log.points, log.state = events.columns.points(), {"last": events.last}
    return log


def _loaded(lines: Iterable[bytes], path: str, problems: list[Problem]) -> Iterable[Any]:
    for number, line in enumerate(lines, start=1):
        try:
            yield load_json(line) if line.strip() else None
        except ValueError as error:
            problems.append(Problem(path, str(error), f"metrics.jsonl, line {number}"))


class _Events:
    """Points, and the last iteration so far, at which single values are put."""

    def __init__(self, last: int) -> None:
        self.columns, self.last = PointColumns(), last

    def add(self, event: Mapping[str, Any]) -> None:
        """Add the value of one event; those of the machine are left out."""
        chart, series, value = (
            str(event.get("metric")),
            str(event.get("variant")),
            event.get("value"),
        )
        if (
            event.get("type") != _SCALAR
            or chart.startswith(_OF_THE_MACHINE)
            or not is_number(value)
        ):
            return
        iteration = as_step(event.get("iter"))
        single = iteration == _NO_ITERATION
        self.last = self.last if single else max(self.last, iteration)
        name = series if single or series == chart else f"{chart}/{series}"
        step = self.last if single else iteration
        self.columns.add(name, step, value, parse_time(event.get("timestamp")))


def _add_all(events: _Events, lines: Iterable[Any]) -> None:
    for line in lines:
        for event in line if isinstance(line, list) else ():
            if isinstance(event, Mapping):
                events.add(event)


def _describe(facts: RunFacts, task: Mapping[str, Any]) -> None:
    script, tags = task.get("script"), task.get("tags")
    facts.parent = str(task["project_name"]) if task.get("project_name") else None
    facts.tags = tuple(str(scalar(tag)) for tag in tags) if isinstance(tags, list) else ()
    noted = {"name": task.get("name"), "task_id": task.get("id"), "type": task.get("type")}
    if isinstance(script, Mapping):
        facts.command = str(script["entry_point"]) if script.get("entry_point") else None
        facts.commit = str(script["version_num"]) if script.get("version_num") else None
        noted["branch"] = script.get("branch")
    facts.meta = {key: scalar(value) for key, value in noted.items() if value}
    sections = task.get("hyperparams")
    for section, params in sections.items() if isinstance(sections, Mapping) else ():
        prefix = "" if section in _PLAIN_SECTIONS else f"{section}."
        for name, param in params.items() if isinstance(params, Mapping) else ():
            value = param.get("value") if isinstance(param, Mapping) else param
            value = parse_scalar(value) if isinstance(value, str) else value
            facts.params = {**facts.params, prefix + str(name).replace("/", "."): scalar(value)}
