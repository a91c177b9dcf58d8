"""Syne Tune's folder of an experiment: ``results.csv.zip`` with what trials reported, ``metadata.json`` with the space.

Each trial is a run keyed by its number. The folders of the trials repeat what stands there. Sources:
syne_tune/tuner_callback.py, syne_tune/tuner.py, syne_tune/config_space.py.
"""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts, Status
from logminer.core.problem import Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import load_object, read_object
from logminer.formats.documents.values import load_json
from logminer.formats.tables.csv_rows import from_frame, read_csv
from logminer.formats.tables.header_table import header_names
from logminer.formats.tables.table import Table, step_column, wall_times, whole_steps, wide_points
from logminer.formats.trackers.objectives import objective_meta
from logminer.formats.trackers.spaces import Spec
from logminer.formats.trackers.sweeps import syne_tune_space

NAMES = ("results.csv.zip", "metadata.json", "config.json", "std.out", "std.err", "stop", "end")

_RESULTS, _METADATA, _MARK = "results.csv.zip", "metadata.json", '"st_tuner_creation_timestamp"'
_LARGEST = 200_000_000
_TRIAL, _CONFIG = "trial_id", "config_"
_OWN = re.compile(r"st_.+|config_.+|trial_id")
_STATUS: dict[str, Status] = {
    "Completed": "finished", "Stopped": "pruned", "Stopping": "pruned", "Paused": "pruned", "Failed": "failed",
}  # fmt: skip


def sniff(probe: Probe) -> Match:
    """The archive beside its metadata, the metadata itself, or what stands in a trial's folder."""
    if probe.name == _METADATA:
        return Match.EXACT if _MARK in probe.text else Match.NO
    if probe.name == _RESULTS:
        return Match.EXACT if probe.head.startswith(b"PK") else Match.NO
    is_trial = {"config.json", "std.out", "std.err"} <= probe.siblings
    return Match.PARTS if is_trial and Path(probe.folder).name.isdecimal() else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """The trials, or of the metadata the space and the objective, which hold for the folder.

    Raises:
        ValueError: the file is damaged or too large.
    """
    if probe.name == _METADATA:
        told = read_object(probe)
        facts = RunFacts(probe.folder, space=_space(told), meta=_objective(told))
        return ParsedLog([facts], offset=probe.size)
    problems: list[Problem] = []
    table = _table(probe, problems)
    if _TRIAL not in table.numbers:
        raise ValueError("no column 'trial_id'")
    return _log(probe, table, _metadata(Path(probe.folder)), problems)


def _metadata(folder: Path) -> Mapping[str, Any]:
    try:
        return load_object((folder / _METADATA).read_bytes())
    except (OSError, ValueError):
        return {}


def _space(told: Mapping[str, Any]) -> dict[str, Spec]:
    written = told.get("config_space")
    try:
        loaded = load_json(written) if isinstance(written, str) else written
    except ValueError:
        return {}
    return syne_tune_space(loaded) if isinstance(loaded, Mapping) else {}


def _objective(told: Mapping[str, Any]) -> dict[str, str]:
    """Each metric with its direction; one mode may stand for all."""
    names, modes = told.get("metric_names"), told.get("metric_mode")
    if not isinstance(names, list):
        return {}
    each = modes if isinstance(modes, list) else [modes] * len(names)
    ways = {"min": "minimize", "max": "maximize"}
    pairs = zip(map(str, names), each, strict=False)
    return objective_meta({name: ways[mode] for name, mode in pairs if mode in ways})


def _table(probe: Probe, problems: list[Problem]) -> Table:
    try:
        with zipfile.ZipFile(probe.path) as archive:
            inner = archive.infolist()[:1]
            if not inner:
                raise ValueError("an empty archive")
            with archive.open(inner[0]) as file:
                data = file.read(_LARGEST + 1)
    except zipfile.BadZipFile as error:
        raise ValueError(f"a damaged archive: {error}") from None
    if len(data) > _LARGEST:
        raise ValueError(f"a table of more than {_LARGEST // 1_000_000} MB is not read at once")
    line, _, rows = data.partition(b"\n")
    names = header_names(line.decode("utf-8-sig", "replace"), ",")
    if not rows.strip():
        return Table(0)
    frame = read_csv(rows, names, ",", path=probe.path, problems=problems, first_line=2)
    return from_frame(frame, probe.path, problems)


@dataclass(frozen=True)
class _Steps:
    """Where reports lie on the curves of their trials, each of length n."""

    step: NDArray[np.int64]
    name: str | None

    @property
    def last(self) -> int:
        return int(self.step.max()) if len(self.step) else 0


def _steps(table: Table, told: Mapping[str, Any]) -> _Steps:
    """Steps by the resource the scheduler counts, else by a column of that kind, else by the number of the report."""
    arguments = told.get("scheduler_kwargs")
    wanted = arguments.get("time_attr") if isinstance(arguments, Mapping) else None
    free = [name for name in table.numbers if not _OWN.fullmatch(name)]
    for name in (wanted, step_column(free), "st_worker_iter"):
        if name in table.numbers and (found := whole_steps(table.numbers[str(name)])) is not None:
            return _Steps(found, str(name))
    return _Steps(np.zeros(table.rows, np.int64), None)


def _log(probe: Probe, table: Table, told: Mapping[str, Any], problems: list[Problem]) -> ParsedLog:
    trial = table.numbers[_TRIAL].value
    numbers, first, run = np.unique(trial, return_index=True, return_inverse=True)
    steps, objective, space = _steps(table, told), _objective(told), _space(told)
    configs = [name for name in table.names if name.startswith(_CONFIG)]
    last = {int(r): row for row, r in enumerate(run)}
    runs = []
    for place, number in enumerate(numbers):
        params = {n.removeprefix(_CONFIG): table.cell(n, int(first[place])) for n in configs}
        status = _status(table, last[place], steps)
        runs.append(
            RunFacts(
                probe.path,
                str(int(number)),
                {n: v for n, v in params.items() if v is not None},
                meta=objective,
                space=space,
                status=status,
                reason="stopped by the scheduler" if status == "pruned" else None,
            )
        )
    metrics = {
        name: column for name, column in table.numbers.items()
        if name != steps.name and not _OWN.fullmatch(name)
    }  # fmt: skip
    clock = wall_times(table, "st_worker_timestamp")
    points = (
        wide_points(metrics, steps.step, clock, run.astype(np.int32)) if runs else Points.empty()
    )
    return ParsedLog(runs, points, problems, probe.size)


def _status(table: Table, row: int, steps: _Steps) -> Status:
    """How a trial ended, by its last report: one told to stop at the last step of all had reached its end."""
    cells = {n: table.cell(n, row) for n in ("st_status", "st_decision") if n in table}
    known = _STATUS.get(str(cells.get("st_status")))
    if known:
        return known
    if steps.name != "st_worker_iter" and int(steps.step[row]) >= steps.last:
        return "finished"
    return "pruned" if cells.get("st_decision") in {"STOP", "PAUSE"} else "unknown"
