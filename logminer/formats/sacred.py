"""Sacred's FileStorageObserver: a numbered folder a run with config.json, run.json, metrics.json, info.json.

metrics.json holds steps, times and values a metric; ``result`` and the numbers in ``info`` are points at step 0,
a list of numbers or of evaluations in ``info`` a curve, at the steps in ``<metric>_T`` where they are kept so. Values that jsonpickle
wrapped are read as the plain data in them, never built. See https://sacred.readthedocs.io/en/stable/observers.html.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts, Status
from logminer.core.problem import Problem
from logminer.formats._points import PointColumns, as_step, numbers
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import read_object
from logminer.formats.documents.values import flatten, is_number, parse_time, scalar
from logminer.formats.trackers.jsonpickle import plain
from logminer.formats.trackers.silence import is_silent

NAMES = ("config.json", "run.json", "metrics.json", "info.json", "cout.txt")

_FILES = frozenset({"config.json", "run.json", "metrics.json", "info.json", "cout.txt"})
_STEPS = "_T"
_LONGEST_SILENCE = 600.0  # seconds; Sacred's heart beats every ten
_STATUS: dict[str, Status] = {
    "COMPLETED": "finished", "RUNNING": "running", "FAILED": "failed", "DIED": "failed",
    "INTERRUPTED": "preempted", "TIMED_OUT": "preempted",
}  # fmt: skip


def sniff(probe: Probe) -> Match:
    """run.json by its fields, the others by standing beside one and at least two more of Sacred's files."""
    if probe.name == "run.json":
        own = '"heartbeat"' in probe.text
        known = (own and '"experiment"' in probe.text) or "config.json" in probe.siblings
        return Match.EXACT if known and (own or "cout.txt" in probe.siblings) else Match.NO
    beside = _FILES & probe.siblings
    if probe.name == "cout.txt":  # what was printed is read where nothing was logged
        measured = any(_holds_values(probe, name) for name in ("metrics.json", "info.json"))
        return Match.PARTS if "run.json" in beside and measured else Match.NO
    return Match.EXACT if "run.json" in beside and len(beside) > 2 else Match.NO


def _holds_values(probe: Probe, name: str) -> bool:
    file = Path(probe.folder) / name
    return name in probe.siblings and file.stat().st_size > len("{}\r\n")


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """One of a run's files."""
    loaded = plain(read_object(probe))
    if not isinstance(loaded, dict):
        raise ValueError("no object of named values")  # noqa: TRY004
    facts, columns = RunFacts(probe.folder), PointColumns()
    log = ParsedLog([facts], offset=probe.size)
    if probe.name == "config.json":
        facts.params = flatten(loaded, probe.path, log.problems)
    elif probe.name == "run.json":
        _note(facts, loaded)
        if is_number(loaded.get("result")):
            columns.add("result", 0, loaded["result"], facts.ended)
    elif probe.name == "metrics.json":
        _add_metrics(columns, loaded, log.problems, probe.path)
    else:
        _add_info(columns, loaded)
    log.points = columns.points()
    return log


def _part(mapping: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = mapping.get(name)
    return part if isinstance(part, dict) else {}


def _note(facts: RunFacts, run: Mapping[str, Any]) -> None:
    experiment, host, meta = (_part(run, name) for name in ("experiment", "host", "meta"))
    facts.status = _STATUS.get(str(run.get("status")), "unknown")
    if facts.status == "running" and is_silent(parse_time(run.get("heartbeat")), _LONGEST_SILENCE):
        facts.status, facts.reason = "failed", "died: its heartbeat stopped"
    trace = run.get("fail_trace")
    if facts.status == "failed" and isinstance(trace, list) and trace:
        facts.reason = str(scalar(str(trace[-1]).strip()))
    elif facts.status == "preempted":
        facts.reason = str(run["status"]).lower().replace("_", " ")
    facts.started = parse_time(run.get("start_time"))
    facts.ended = parse_time(run.get("stop_time"))
    facts.host = host.get("hostname") and str(host["hostname"])
    words = [experiment.get("mainfile"), run.get("command") or meta.get("command")]
    facts.command = " ".join(str(word) for word in words if word) or None
    facts.parent = experiment.get("name") and str(experiment["name"])
    repositories = experiment.get("repositories")
    if isinstance(repositories, list) and repositories and isinstance(repositories[0], dict):
        commit = repositories[0].get("commit")
        facts.commit = commit and str(commit)
    facts.meta = {
        "number": Path(facts.root).name,
        **{key: scalar(host[key]) for key in ("cpu", "python_version") if host.get(key)},
    }


def _add_metrics(
    columns: PointColumns, metrics: Mapping[str, Any], problems: list[Problem], path: str
) -> None:
    for name, metric in metrics.items():
        lists = [metric.get(key) for key in ("steps", "timestamps", "values")] if metric else []
        if len(lists) != 3 or not all(isinstance(one, list) for one in lists):
            problems.append(Problem(path, f"metric '{name}' is not steps, timestamps and values"))
            continue
        for step, wall, value in zip(*lists, strict=False):
            if is_number(value):
                columns.add(name, as_step(step), value, parse_time(wall))


def _add_info(columns: PointColumns, info: Mapping[str, Any]) -> None:
    """Numbers and lists in ``info``; ``<metric>_T`` holds the steps of the values of ``<metric>``."""
    for name, value in info.items():
        if is_number(value):
            columns.add(name, 0, value)
        elif isinstance(value, list) and not _are_steps(name, info):
            steps = info.get(f"{name}{_STEPS}")
            places = steps if isinstance(steps, list) else list(range(len(value)))
            for step, item in zip(places, value, strict=False):
                if is_number(item):
                    columns.add(name, as_step(step), item)
                elif isinstance(item, dict):  # one evaluation after another
                    for key, number in numbers(item, "."):
                        columns.add(f"{name}.{key}", as_step(step), number)
        elif isinstance(value, dict):
            for key, item in numbers(value, "."):
                columns.add(f"{name}.{key}", 0, item)


def _are_steps(name: str, info: Mapping[str, Any]) -> bool:
    """Whether a list holds the steps of the list whose name it has with an ending."""
    metric = info.get(name.removesuffix(_STEPS)) if name.endswith(_STEPS) else None
    return isinstance(info.get(name), list) and isinstance(metric, list)
