"""Ax's experiments as JSON: ``Client.save_to_json_file``, ``AxClient.save_to_json_file`` and ``save_experiment``.

Each arm of a trial is a run; its measurements are those of the latest data. The table of ``Client.summarize()`` is read as any
table. Sources: ax/storage/json_store/encoders.py and ax/core/data.py.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts, Status
from logminer.core.problem import Problem
from logminer.formats._points import PointColumns
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import load_object, read_object
from logminer.formats.documents.values import flatten, is_number, parse_time, scalar
from logminer.formats.trackers.objectives import objective_meta
from logminer.formats.trackers.spaces import Spec, choice_spec, float_spec, integer_spec

NAMES = ("*.json",)

_EXPERIMENT = re.compile(
    r'^\s*\{\s*(?:"_type":\s*"(?:Ax)?Client"\s*,\s*"experiment":\s*\{\s*)?"__type":\s*"(?:MultiTypeExperiment|Experiment)"'
)
_STATUS: dict[str, Status] = {
    "COMPLETED": "finished", "FAILED": "failed", "ABANDONED": "preempted", "EARLY_STOPPED": "pruned",
    "RUNNING": "running", "DISPATCHED": "running",
}  # fmt: skip
_WAITING = {"CANDIDATE", "STAGED"}
_TERM = re.compile(r"\s*(-?)\s*([^\s*+\-,()][^*+,()]*?)\s*")
_STEPS = ("step", "progression")


def sniff(probe: Probe) -> Match:
    """JSON that begins as an experiment does, or the client around it."""
    return Match.EXACT if _EXPERIMENT.match(probe.text) else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """The arms of all trials that were begun.

    Raises:
        ValueError: the file is no JSON, holds no trials, or is too large to be held at once.
    """
    loaded = read_object(probe)
    experiment = loaded.get("experiment", loaded)
    trials = experiment.get("trials") if isinstance(experiment, Mapping) else None
    if not isinstance(trials, Mapping):
        raise ValueError("an experiment of Ax without trials")  # noqa: TRY004 - of contents
    problems: list[Problem] = []
    told = _Told(experiment)
    runs = [run for trial in trials.values() for run in _runs(trial, probe.path, told, problems)]
    places = {run.key: place for place, run in enumerate(runs)}
    columns = PointColumns()
    for row in _rows(experiment.get("data_by_trial"), probe.path, problems):
        place, value = places.get(str(row.get("arm_name"))), row.get("mean")
        if place is None or not is_number(value):
            continue
        step = next((row[n] for n in _STEPS if is_number(row.get(n))), 0)
        columns.add(str(row.get("metric_name")), int(step), value, None, place)
    return ParsedLog(runs, columns.points(), problems, probe.size)


class _Told:
    """What holds for all runs of an experiment.

    Attributes:
        space: domains of its parameters.
        meta: the objectives, in order.
        name: of the experiment.
    """

    def __init__(self, experiment: Mapping[str, Any]) -> None:
        self.space = _space(_inside(experiment, "search_space", "parameters"))
        self.meta = objective_meta(
            _directions(_inside(experiment, "optimization_config", "objective"))
        )
        name = experiment.get("name")
        self.name = str(name) if name else None


def _inside(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _space(parameters: Any) -> dict[str, Spec]:
    found = {}
    for one in parameters if isinstance(parameters, list) else []:
        if isinstance(one, Mapping) and (spec := _domain(one)):
            found[str(one.get("name"))] = spec
    return found


def _domain(told: Mapping[str, Any]) -> Spec | None:
    kind, low, high = told.get("__type"), told.get("lower"), told.get("upper")
    if kind == "RangeParameter":
        log = told.get("log_scale") is True
        is_whole = _inside(told, "parameter_type", "name") == "INT"
        return integer_spec(low, high, log=log) if is_whole else float_spec(low, high, log=log)
    if kind == "ChoiceParameter":
        return choice_spec(told.get("values"), ordered=told.get("is_ordered") is True)
    return choice_spec([told.get("value")]) if kind == "FixedParameter" else None


def _directions(objective: Any) -> dict[str, str]:
    """Metrics that are optimised, with their directions; nothing of a sum of several.

    Until version 1.2 an objective names its metric and whether it is minimised; since then it is an expression,
    ``"accuracy, -cost"``, of which all parts are maximised.
    """
    if not isinstance(objective, Mapping):
        return {}
    if isinstance(parts := objective.get("objectives"), list):
        return {name: way for part in parts for name, way in _directions(part).items()}
    expression = objective.get("expression")
    if isinstance(expression, str):
        terms = [_TERM.fullmatch(part) for part in expression.split(",")]
        if not all(terms):
            return {}
        return {term[2]: "minimize" if term[1] else "maximize" for term in terms if term}
    name = _inside(objective, "metric", "name")
    if not isinstance(name, str):
        return {}
    return {name: "minimize" if objective.get("minimize") is True else "maximize"}


def _runs(trial: Any, path: str, told: _Told, problems: list[Problem]) -> Iterator[RunFacts]:
    state = str(_inside(trial, "status", "name"))
    if state in _WAITING:
        return
    arms = list(_arms(trial))
    if not arms:
        problems.append(Problem(path, "a trial without arms", f"trial {_inside(trial, 'index')}"))
    reason = trial.get("status_reason") if isinstance(trial, Mapping) else None
    for arm in arms:
        parameters = arm.get("parameters")
        parameters = parameters if isinstance(parameters, Mapping) else {}
        yield RunFacts(
            path,
            str(arm.get("name")),
            {name: scalar(value) for name, value in flatten(parameters).items()},
            meta={**told.meta, "generator": str(_generator(trial))},
            space=told.space,
            status=_STATUS.get(state, "unknown"),
            reason=str(reason) if reason else None,
            started=parse_time(_inside(trial, "time_run_started", "value")),
            ended=parse_time(_inside(trial, "time_completed", "value")),
            parent=told.name,
        )


def _generator(trial: Mapping[str, Any]) -> Any:
    made = trial.get("generator_run")
    return _inside(made, "generator_key") or _inside(made, "model_key") or "by hand"


def _arms(trial: Any) -> Iterable[Mapping[str, Any]]:
    """Arms of a trial's one generator run, or of the several of a batch, each once."""
    made = [_inside(trial, "generator_run")]
    batch = _inside(trial, "generator_run_structs")
    made += [_inside(one, "generator_run") for one in batch] if isinstance(batch, list) else []
    found = [_inside(one, "arms") for one in made]
    arms = [arm for some in found if isinstance(some, list) for arm in some]
    return {arm.get("name"): arm for arm in arms if isinstance(arm, Mapping)}.values()


def _rows(data: Any, path: str, problems: list[Problem]) -> Iterator[dict[str, Any]]:
    """Rows of the latest data of each trial: a data frame in JSON, by column and number of the row."""
    for trial, times in (data if isinstance(data, Mapping) else {}).items():
        pairs = _inside(times, "value") if isinstance(times, Mapping) else times
        pairs = (
            [p for p in pairs if isinstance(p, list) and len(p) == 2]
            if isinstance(pairs, list)
            else []
        )
        if not pairs:
            continue
        written = _inside(pairs[-1][1], "df", "value")
        try:
            frame = load_object(written) if isinstance(written, str) else {}
        except ValueError as error:
            problems.append(Problem(path, str(error), f"data of trial {trial}"))
            continue
        columns = {name: cells for name, cells in frame.items() if isinstance(cells, Mapping)}
        for number in columns.get("arm_name", {}):
            yield {name: cells.get(number) for name, cells in columns.items()}
