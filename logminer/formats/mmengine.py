"""mmengine and mmcv (MMDetection and kin): ``scalars.json``, ``….log.json`` and ``config.py``.

In mmengine's lines ``step`` is an iteration in training rows and an epoch in validation rows. Both are put on
iterations here: a validation row takes the iteration of the training row before it.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import objects
from logminer.formats.documents.values import flatten, is_number
from logminer.formats.printed.python_text import read_assignments
from logminer.formats.tables.table import from_records, whole_steps, wide_points

NAMES = ("scalars.json", "*.log.json", "????????_??????.json", "config.py")

_STAMP = re.compile(r"\d{8}_\d{6}\.json")
_ENVIRONMENT = (
    "env_info",
    "mmdet_version",
    "mmcv_version",
    "CLASSES",
    "PALETTE",
    "hook_msgs",
    "work_dir",
)
_POSITIONS = ("step", "iter", "epoch", "mode")


def sniff(probe: Probe) -> Match:
    """Lines of mmengine's visualiser or mmcv's logger, and the config dumped beside them."""
    in_vis_data = PurePath(probe.folder).name == "vis_data"
    if probe.name == "config.py":
        return Match.EXACT if in_vis_data and "scalars.json" in probe.siblings else Match.NO
    if _STAMP.fullmatch(probe.name):  # the same lines as scalars.json
        return Match.PARTS if in_vis_data and "scalars.json" in probe.siblings else Match.NO
    if probe.name == "scalars.json":
        ours = b'"step":' in probe.head and (in_vis_data or b'"data_time":' in probe.head)
        return Match.EXACT if ours else Match.NO
    start = probe.head[:200]
    return Match.EXACT if b'{"env_info":' in start or b'{"mode": "' in start else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Read the lines of a run, or its config (parsed, never executed).

    Raises:
        ValueError: not one line is an object, or the config is no Python text.
    """
    data = probe.read_bytes()
    run = RunFacts(_root(probe))
    if probe.name == "config.py":
        run.params = flatten(read_assignments(data.decode("utf-8", "replace")))
        return ParsedLog([run], offset=len(data))
    rows, problems = _rows(data, probe.path)
    if not rows:
        raise ValueError("no line of it is a JSON object")
    header = [row for row in rows if "env_info" in row or "config" in row]
    rows = [row for row in rows if row not in header]
    for row in header:
        _describe(run, row)
    mmcv = any("mode" in row for row in rows)
    points = _points(
        rows, _mmcv_steps(rows) if mmcv else _mmengine_steps(rows), probe.path, problems
    )
    return ParsedLog([run], points, problems, len(data))


def _root(probe: Probe) -> str:
    folder = PurePath(probe.folder)
    return str(folder.parent) if folder.name == "vis_data" else probe.root


def _rows(data: bytes, path: str) -> tuple[list[Mapping[str, Any]], list[Problem]]:
    lines = ((i, line) for i, line in enumerate(data.splitlines(), start=1) if line.strip())
    return objects(lines, path, "no JSON object; line skipped")


def _describe(run: RunFacts, row: Mapping[str, Any]) -> None:
    """The first line of mmcv's log: its config as Python text, the seed, the environment."""
    config = row.get("config")
    if isinstance(config, str):
        try:
            run.params = flatten(read_assignments(config))
        except ValueError:
            run.meta = {"config": config[:4000]}
    rest = {k: v for k, v in row.items() if k not in _ENVIRONMENT and k != "config"}
    run.params = {**run.params, **{k: v for k, v in flatten(rest).items() if k == "seed"}}
    run.meta = {**run.meta, **{k: v for k, v in flatten(rest).items() if k != "seed"}}


def _mmengine_steps(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    steps, last = [], 0
    for row in rows:
        step = row.get("iter", row.get("step"))
        if "iter" in row or "lr" in row or "loss" in row:
            last = int(step) if is_number(step) else last
            steps.append(last)
        else:
            steps.append(last or (int(step) if is_number(step) else 0))
    return steps


def _mmcv_steps(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Iterations since the start: ``iter`` begins anew in every epoch, whose length is the largest one seen."""
    trained = [row for row in rows if row.get("mode") == "train" and is_number(row.get("iter"))]
    length = max((int(row["iter"]) for row in trained), default=0)
    steps = []
    for row in rows:
        epoch = int(row["epoch"]) if is_number(row.get("epoch")) else 1
        inner = int(row["iter"]) if is_number(row.get("iter")) else 0
        steps.append((epoch - 1) * length + inner if row.get("mode") == "train" else epoch * length)
    return steps


def _points(
    rows: Sequence[Mapping[str, Any]], steps: list[int], path: str, problems: list[Problem]
) -> Points:
    """Points of all rows; times of validation rows are told apart from those of training rows."""
    named = []
    for row, step in zip(rows, steps, strict=True):
        measured = "lr" not in row if "mode" not in row else row["mode"] != "train"
        own = {k: v for k, v in flatten(row).items() if k not in _POSITIONS}
        if measured:
            own = {
                f"val/{k}" if k in {"time", "data_time"} else k: v
                for k, v in own.items()
                if k != "lr"
            }
        named.append({"step": step, **own})
    table = from_records(named, path, problems)
    places = whole_steps(table.numbers.pop("step")) if "step" in table.numbers else None
    return wide_points(table.numbers, np.arange(table.rows) if places is None else places)
