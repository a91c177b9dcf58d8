"""MLPerf: ``:::MLLOG`` lines of the training benchmark, between whatever else a program printed."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from logminer.core.names import is_known
from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.classify import is_measured
from logminer.formats.documents.json_text import objects
from logminer.formats.documents.values import flatten, is_number, scalar

NAMES = ("*.txt", "*.log", "*.out", "*.stdout", "*.mllog")

_MARK = b":::MLL"
_LINE = re.compile(rb":::MLL(?:OG)?(?:v[\d.]+)? +(\{.*\})")
_RESULT = re.compile(r"result_\d+\.txt")
_LOOK = 1_000_000  # bytes searched for a first line when the name promises one
_STEPS = ("step_num", "iteration_num", "samples_count", "epoch_num", "epoch_count")
_META = ("submission_", "train_samples", "eval_samples", "cache_clear")


def sniff(probe: Probe) -> Match:
    """A text with the mark of MLPerf's logger; in ``result_N.txt`` it may come late."""
    if _MARK in probe.head:
        return Match.EXACT
    if _RESULT.fullmatch(probe.name):
        with Path(probe.path).open("rb") as file:
            return Match.EXACT if _MARK in file.read(_LOOK) else Match.NO
    return Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Read the run a result file describes.

    Raises:
        ValueError: no line of the logger can be read.
    """
    data = probe.read_bytes()
    events, problems = _events(data, probe.path)
    if not events:
        raise ValueError("no :::MLLOG line can be read")
    run = RunFacts(probe.root)
    measured: dict[str, list[Mapping[str, Any]]] = {}
    params, meta = dict[str, Any](), dict[str, Any]()
    for event in events:
        key, value = str(event.get("key", "")), event.get("value")
        if event.get("event_type") != "POINT_IN_TIME":
            _mark_time(run, key, event)
        elif isinstance(value, Mapping):
            for name, inner in flatten(value).items():
                if is_number(inner):
                    measured.setdefault(f"{key}/{name}", []).append({**event, "value": inner})
        elif _is_metric(key, event):
            measured.setdefault(key, []).append(event)
        elif key.startswith(_META) or value is None:
            meta.setdefault(key, scalar(value))
        else:
            params.setdefault(key, scalar(value))
    run.params, run.meta = params, {k: v for k, v in meta.items() if v is not None}
    points = Points.concat([_curve(key, seen) for key, seen in measured.items()])
    return ParsedLog([run], points, problems, len(data))


def _events(data: bytes, path: str) -> tuple[list[Mapping[str, Any]], list[Problem]]:
    matches = ((i, _LINE.search(line)) for i, line in enumerate(data.splitlines(), start=1))
    texts = ((i, match[1]) for i, match in matches if match)
    return objects(texts, path, "a damaged :::MLLOG line is skipped")


def _is_metric(key: str, event: Mapping[str, Any]) -> bool:
    if not is_number(event.get("value")) or is_known(key) or key.startswith("opt_"):
        return False
    placed = isinstance(event.get("metadata"), Mapping) and any(
        n in event["metadata"] for n in _STEPS
    )
    return is_measured(key) or (placed and not key.startswith(_META))


def _mark_time(run: RunFacts, key: str, event: Mapping[str, Any]) -> None:
    time = event.get("time_ms")
    seconds = time / 1e3 if is_number(time) else None
    if key == "run_start":
        run.started, run.status = seconds, "running"
    elif key == "run_stop":
        metadata, value = event.get("metadata"), event.get("value")
        told = metadata.get("status") if isinstance(metadata, Mapping) else None
        told = told or (value.get("status") if isinstance(value, Mapping) else None)
        run.ended = seconds
        run.status = "finished" if told == "success" else "failed"
        run.reason = None if told == "success" else str(told or "stopped without success")


def _curve(key: str, events: Sequence[Mapping[str, Any]]) -> Points:
    """A metric over the first position that all its events tell as a whole number, else in order."""
    places = [e["metadata"] if isinstance(e.get("metadata"), Mapping) else {} for e in events]
    name = next((n for n in _STEPS if all(_whole(place.get(n)) for place in places)), None)
    rows = []
    for i, (event, place) in enumerate(zip(events, places, strict=True)):
        time = event.get("time_ms")
        wall = time / 1e3 if is_number(time) else None
        rows.append((key, int(place[name]) if name else i, wall, float(event["value"])))
    return Points.from_rows(rows)


def _whole(value: Any) -> bool:
    return is_number(value) and float(value).is_integer()
