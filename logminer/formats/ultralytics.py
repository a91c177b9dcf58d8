"""Ultralytics YOLO: ``results.csv``, ``args.yaml`` and ``tune_results.csv``; YOLOv5's and v7's ``opt.yaml``, ``hyp.yaml``.

A run has finished when its table has a row for each of the epochs of args.yaml, or when its own patience ended it:
the fitness (0.1 mAP50 + 0.9 mAP50-95 for boxes) did not rise for so long. In ``tune_results`` each row is a training:
its fitness, then the values that were tried.
"""

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats import csv
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import records
from logminer.formats.documents.mappings import read_arguments
from logminer.formats.documents.values import flatten, is_number
from logminer.formats.tables.header_table import read_table
from logminer.formats.tables.table import Table
from logminer.formats.trackers.objectives import objective_meta
from logminer.formats.trackers.plans import (
    STOPPED_EARLY,
    config_beside,
    first_number,
    note_progress,
    stopped_early,
)

NAMES = (
    "results.csv", "args.yaml", "opt.yaml", "hyp.yaml", "tune_results.csv", "tune_results.ndjson",
    "best_hyperparameters.yaml",
)  # fmt: skip
RESUMES = True

_MARKS = {
    "args.yaml": (b"task:", b"mode:", b"imgsz:"),
    "opt.yaml": (b"weights:", b"hyp:", b"epochs:"),
    "hyp.yaml": (b"lr0:", b"lrf:", b"momentum:"),
}
_CONFIGS = ("args.yaml", "opt.yaml")
_FITNESS = {
    "metrics/map50": 0.1, "metrics/map50-95": 0.9, "metrics/map_0.5": 0.1, "metrics/map_0.5:0.95": 0.9,
    "metrics/accuracy_top1": 1.0,
}  # fmt: skip


def sniff(probe: Probe) -> Match:
    """A table by epoch of ``train/…`` and ``metrics/…``, a tuner's table, or the arguments every such run writes."""
    if probe.name == "results.csv":
        names = [name.strip() for name in probe.first_line.split(",")]
        ours = names[:1] == ["epoch"] and any(
            name.startswith(("train/", "metrics/")) for name in names
        )
        return Match.EXACT if ours else Match.NO
    if probe.name.startswith("tune_results"):
        start = '"fitness"' if probe.suffix == ".ndjson" else "fitness,"
        found = start in probe.first_line.replace(" ", "")
        return Match.EXACT if found else Match.NO
    if probe.name == "best_hyperparameters.yaml":  # a row of the table beside it
        beside = any(name.startswith("tune_results") for name in probe.siblings)
        return Match.PARTS if beside else Match.NO
    return (
        Match.EXACT if all(mark in probe.head for mark in _MARKS[probe.name.lower()]) else Match.NO
    )


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """Read metrics by epoch, trials of a tuner, or arguments.

    Raises:
        ValueError: the table or the YAML cannot be read.
    """
    if probe.name.startswith("tune_results"):
        return _read_trials(probe, resume)
    if probe.suffix == ".csv":
        log = csv.read(probe, resume)
        if len(log.runs) == 1:
            _note_objective(log.runs[0], probe.first_line.split(","))
            _note_end(log.runs[0], probe)
        return log
    log = read_arguments(probe, resume)
    for facts in log.runs:
        _note_data(facts)
    return log


def _note_data(facts: RunFacts) -> None:
    """``data`` is what was trained on: a file, folder or list of files; it is no hyperparameter."""
    data = facts.params.get("data")
    if isinstance(data, str) and data:
        facts.params = {name: value for name, value in facts.params.items() if name != "data"}
        facts.meta = {**facts.meta, "dataset": _data_name(data)}


def _data_name(path: str) -> str:
    """The name of a data set that is the same wherever its files lie: of ``/x/pothole/data.yaml`` it is ``pothole``."""
    place = PurePath(path.replace("\\", "/"))
    stem = place.stem if place.suffix in {".yaml", ".yml"} else place.name
    folder = place.parent.name
    return folder if stem.lower() in {"data", "dataset"} and folder else stem


def _note_objective(facts: RunFacts, names: list[str]) -> None:
    """The best weights are kept by the fitness, most of which is one measure; of masks or poses it comes last."""
    weighted = [(_weight(name), place, name) for place, name in enumerate(names) if _weight(name)]
    if weighted:
        facts.meta = {**facts.meta, **objective_meta({max(weighted)[2].strip(): "maximize"})}


def _weight(column: str) -> float:
    """The share of a column in the fitness, 0 for most."""
    return _FITNESS.get(re.sub(r"\((B|M|P)\)$", "", column.strip()).lower(), 0.0)


def _note_end(facts: RunFacts, probe: Probe) -> None:
    config = config_beside(probe.folder, *_CONFIGS)
    planned = first_number(config, "epochs")
    if planned is None:
        return
    problems: list[Problem] = []
    table = read_table(probe, ",", problems)
    note_progress(facts, table.rows, planned)
    fitness = _fitness(table)
    if facts.status == "unknown" and stopped_early(fitness, first_number(config, "patience")):
        facts.status, facts.reason = "finished", STOPPED_EARLY


def _fitness(table: Table) -> list[float]:
    """The measure by which Ultralytics stops early, by row; empty where it has none."""
    total, found = np.zeros(table.rows), False
    for name, column in table.numbers.items():
        weight = _weight(name)
        if weight:
            total, found = total + weight * column.value, True
    return total.tolist() if found else []


def _read_trials(probe: Probe, resume: Resume) -> ParsedLog:
    log = ParsedLog(offset=probe.size, anew=resume.offset > 0)
    root = str(PurePath(probe.path).with_suffix(""))
    rows: list[tuple[str, int, float | None, float]] = []
    points = []
    for number, (fitness, params) in enumerate(_trials(probe, log.problems)):
        meta = objective_meta({"fitness": "maximize"})
        measured = is_number(fitness) and math.isfinite(fitness)
        facts = RunFacts(root, str(number), params, meta=meta)
        facts.status = "finished" if measured else "failed"
        log.runs.append(facts)
        rows = [("fitness", 0, None, float(fitness))] if measured else []
        points.append(Points.from_rows(rows, number))
    log.points = Points.concat(points)
    return log


def _trials(probe: Probe, problems: list[Problem]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Fitness and values of each training that the tuner made."""
    if probe.suffix == ".ndjson":
        for _, row in records(probe.path, problems):
            if row:
                inner = row.get("hyperparameters")
                yield row.get("fitness"), flatten(inner) if isinstance(inner, Mapping) else {}
        return
    table = read_table(probe, ",", problems)
    names = [name for name in table.names if name.strip() != "fitness"]
    (score,) = (name for name in table.names if name.strip() == "fitness")
    for row in range(table.rows):
        cells = ((name.strip(), table.cell(name, row)) for name in names)
        yield table.cell(score, row), {name: value for name, value in cells if value is not None}
