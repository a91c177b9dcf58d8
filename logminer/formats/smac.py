"""SMAC's runhistory.json, versions 1 and 2, with scenario.json and configspace.json beside it.

An evaluation is a run of its config, instance and seed; evaluations at several budgets are points of one run.
Version 1 nests key and result in arrays and writes the status as an enum, version 2.0 has flat arrays and 2.1
and later objects. See smac/runhistory/runhistory.py of either.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts, Status
from logminer.core.problem import Problem
from logminer.formats._points import PointColumns, numbers
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import load_object, read_object
from logminer.formats.documents.values import flatten, is_number, parse_time, scalar
from logminer.formats.trackers.budgets import BudgetSteps
from logminer.formats.trackers.config_space import config_space
from logminer.formats.trackers.objectives import objective_meta

NAMES = (
    "runhistory.json", "configspace.json", "scenario.json", "scenario.txt", "optimization.json",
    "intensifier.json", "stats.json", "traj*.json", "traj*.csv", "trajectory.json", "configspace.pcs",
)  # fmt: skip

_NUMBERED = ("RUNNING", "SUCCESS", "CRASHED", "TIMEOUT", "MEMORYOUT")  # of version 2
_STATUS: dict[str, Status] = {
    "RUNNING": "running", "SUCCESS": "finished", "DONOTADVANCE": "finished", "CRASHED": "failed",
    "TIMEOUT": "failed", "MEMORYOUT": "failed", "MEMOUT": "failed", "ABORT": "failed",
    "CAPPED": "preempted", "STOP": "preempted",
}  # fmt: skip


@dataclass(frozen=True)
class _Evaluation:
    config: str
    instance: Any
    seed: Any
    budget: Any
    cost: Any
    seconds: Any
    status: str
    started: float | None
    ended: float | None
    info: Any

    @property
    def key(self) -> str:
        parts = [f"instance {self.instance}"] if self.instance is not None else []
        return "/".join(
            [self.config, *parts, *([f"seed {self.seed}"] if self.seed is not None else [])]
        )


def sniff(probe: Probe) -> Match:
    """runhistory.json by its fields; what SMAC keeps beside one is a part of it."""
    if probe.name == "configspace.json" and '"hyperparameters"' in probe.text:
        return Match.EXACT  # a search space, whoever searches in it
    if probe.name != "runhistory.json":
        return Match.PARTS if "runhistory.json" in probe.siblings else Match.NO
    return Match.EXACT if '"data"' in probe.text else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """All evaluations, or the space they were drawn from, which holds for the folder."""
    history = read_object(probe)
    if probe.name == "configspace.json":
        return ParsedLog([RunFacts(probe.folder, space=config_space(history))], offset=probe.size)
    configs, data = history.get("configs"), history.get("data")
    if not isinstance(configs, dict) or not isinstance(data, list):
        raise ValueError("no 'configs' and 'data'")  # noqa: TRY004
    problems: list[Problem] = []
    evaluations = list(_evaluations(data, probe.path, problems))
    names, parent = _scenario(Path(probe.folder))
    steps, columns = BudgetSteps(e.budget for e in evaluations), PointColumns()
    runs: dict[str, RunFacts] = {}
    place: dict[str, int] = {}
    for evaluation in evaluations:
        config = configs.get(evaluation.config)
        if not isinstance(config, dict):
            problems.append(Problem(probe.path, f"no config '{evaluation.config}'"))
            continue
        key = evaluation.key
        if key not in runs:
            place[key] = len(runs)
            runs[key] = RunFacts(probe.path, key, flatten(config), parent=parent)
        _apply(runs[key], evaluation, names)
        _add(columns, evaluation, names, steps[evaluation.budget], place[key])
    return ParsedLog(list(runs.values()), columns.points(), problems, probe.size)


def _scenario(folder: Path) -> tuple[list[str], str | None]:
    """Names of the objectives and of the scenario, from scenario.json of version 2 if it is there."""
    try:
        scenario = load_object((folder / "scenario.json").read_bytes())
    except (OSError, ValueError):
        return ["cost"], None
    objectives = scenario.get("objectives", "cost")
    names = [str(o) for o in objectives] if isinstance(objectives, list) else [str(objectives)]
    return names, str(scenario["name"]) if scenario.get("name") else None


def _evaluations(data: list[Any], path: str, problems: list[Problem]) -> Iterator[_Evaluation]:
    for number, entry in enumerate(data):
        try:
            yield _evaluation(entry)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            what = f"an evaluation cannot be read: {type(error).__name__}: {error}"
            problems.append(Problem(path, what, f"entry {number}"))


def _evaluation(entry: Any) -> _Evaluation:
    if isinstance(entry, dict):
        names = ("config_id", "instance", "seed", "budget", "cost", "time", "status", "starttime",
                 "endtime", "additional_info")  # fmt: skip
        values = [entry.get(name) for name in names]
    elif isinstance(entry[0], list):
        values = [*entry[0], *([None] * (4 - len(entry[0]))), *entry[1]]
    else:
        values = list(entry)
    config, instance, seed, budget, cost, seconds, status, start, end, info = values[:10]
    return _Evaluation(
        str(config), instance, seed, budget or None, cost, seconds, _status(status),
        parse_time(start), parse_time(end), info,
    )  # fmt: skip


def _status(written: Any) -> str:
    """Name of a status: ``{"__enum__": "StatusType.SUCCESS"}`` in version 1, a number in version 2."""
    if isinstance(written, Mapping):
        return str(written.get("__enum__")).rpartition(".")[2]
    if is_number(written) and 0 <= written < len(_NUMBERED):
        return _NUMBERED[int(written)]
    return str(written)


def _apply(facts: RunFacts, evaluation: _Evaluation, names: list[str]) -> None:
    """Take over how an evaluation went; the last one of a run counts."""
    facts.status = _STATUS.get(evaluation.status, "unknown")
    ended_well = facts.status in {"finished", "running"}
    facts.reason = None if ended_well else evaluation.status.lower()
    facts.started, facts.ended = facts.started or evaluation.started, evaluation.ended
    noted = {"instance": evaluation.instance, "seed": evaluation.seed, "budget": evaluation.budget}
    noted |= objective_meta(dict.fromkeys(names, "minimize"))
    facts.meta = {name: scalar(value) for name, value in noted.items() if value is not None}


def _add(columns: PointColumns, e: _Evaluation, names: list[str], step: int, run: int) -> None:
    """Costs and time as points; the cost of a failed evaluation is SMAC's stand-in and left out."""
    if _STATUS.get(e.status) == "finished":
        costs = e.cost if isinstance(e.cost, list) else [e.cost]
        for name, cost in zip(names, costs, strict=False):
            if is_number(cost):
                columns.add(name, step, cost, e.ended, run)
        for name, value in numbers({"info": e.info}, ".") if isinstance(e.info, dict) else ():
            columns.add(name, step, value, e.ended, run)
    if is_number(e.seconds):
        columns.add("time", step, e.seconds, e.ended, run)
