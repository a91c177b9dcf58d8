"""NePS' folder of a search: ``configs/config_<id>/`` with ``config.yaml``, ``metadata.json`` and ``report.yaml``.

Each config is a run. What is minimised is ``objective_to_minimize``; of several they are numbered in the order in which the
trial returned them. The space and the optimizer's state are pickles and never opened. Sources: neps/state/trial.py and
neps/state/filebased.py of version 0.17.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts, Status
from logminer.formats._points import PointColumns
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import read_object
from logminer.formats.documents.values import flatten, is_number, parse_time, scalar
from logminer.formats.documents.yaml_text import read_yaml
from logminer.formats.trackers.objectives import objective_meta

NAMES = (
    "config.yaml", "metadata.json", "report.yaml", "optimizer_info.yaml", "shared_errors.jsonl",
    "full.csv", "short.csv", "best_config.txt", "best_config_trajectory.txt",
)  # fmt: skip

_LARGEST = 10_000_000
_METADATA, _REPORT = "metadata.json", "report.yaml"
_MARK = '"sampling_worker_id"'
_OBJECTIVE, _CURVE = "objective_to_minimize", "learning_curve"
_STATUS: dict[str, Status] = {
    "success": "finished", "crashed": "failed", "failed": "failed", "evaluating": "running",
}  # fmt: skip


def sniff(probe: Probe) -> Match:
    """A trial's files by their place and the metadata among them; what sums the search up is a part of it."""
    folder = Path(probe.folder)
    if probe.name in {"config.yaml", _METADATA, _REPORT}:
        in_place = folder.parent.name == "configs" and folder.name.startswith("config_")
        if not in_place or not {"config.yaml", _METADATA} <= probe.siblings:
            return Match.NO
        return Match.EXACT if _is_metadata(folder / _METADATA) else Match.NO
    above = (
        folder if probe.name in {"optimizer_info.yaml", "shared_errors.jsonl"} else folder.parent
    )
    is_search = (above / "optimizer_info.yaml").is_file() and (above / "configs").is_dir()
    return Match.PARTS if is_search else Match.NO


def _is_metadata(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _MARK.encode() in file.read(_LARGEST)
    except OSError:
        return False


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """What a file tells of its trial; the three of a folder are one run.

    Raises:
        ValueError: the file is damaged or too large.
    """
    if probe.size > _LARGEST:
        raise ValueError(f"more than {_LARGEST // 1_000_000} MB: no file of a NePS trial")
    run, columns = RunFacts(probe.folder), PointColumns()
    log = ParsedLog([run], offset=probe.size)
    if probe.name == _METADATA:
        _tell(run, read_object(probe))
    else:
        loaded = read_yaml(probe, log.problems)
        if not isinstance(loaded, Mapping):
            raise ValueError("expected a mapping")
        if probe.name == _REPORT:
            _report(run, loaded, columns)
        else:
            run.params = {name: scalar(value) for name, value in flatten(loaded).items()}
    log.points = columns.points()
    return log


def _tell(run: RunFacts, told: Mapping[str, Any]) -> None:
    """Its state and times; a config that waits is known, as one that never ran."""
    run.status = _STATUS.get(str(told.get("state")), "unknown")
    run.started, run.ended = (parse_time(told.get(name)) for name in ("time_started", "time_end"))
    previous = told.get("previous_trial_id")
    run.meta = {"neps_id": str(told.get("id")), **({"previous": str(previous)} if previous else {})}


def _report(run: RunFacts, told: Mapping[str, Any], columns: PointColumns) -> None:
    """The objective at the end of its curve; cost and what the trial returned beside it are cells."""
    curve = told.get(_CURVE)
    curve = curve if isinstance(curve, list) and len(curve) > 1 else []
    for step, value in enumerate(curve):
        if is_number(value):
            columns.add(_CURVE, step, value, None, 0)
    value = told.get(_OBJECTIVE)
    several = value if isinstance(value, list) else [value]
    names = [f"{_OBJECTIVE}_{i}" for i in range(len(several))] if len(several) > 1 else [_OBJECTIVE]
    for name, one in zip(names, several, strict=True):
        if is_number(one):
            columns.add(name, max(len(curve) - 1, 0), one, None, 0)
    run.meta = objective_meta(dict.fromkeys(names, "minimize"))
    extra = told.get("extra")
    beside = {"cost": told.get("cost"), **(extra if isinstance(extra, Mapping) else {})}
    run.cells = {name: cell for name, cell in flatten(beside).items() if cell is not None}
    if told.get("err"):
        run.reason = str(told["err"])[:200]
