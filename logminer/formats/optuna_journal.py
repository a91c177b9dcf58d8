"""Optuna journal file: what ``JournalStorage(JournalFileBackend("journal.log"))`` appends to.

Each line is one operation in JSON. They are replayed as Optuna does (optuna/storages/journal/_storage.py):
studies and trials are numbered in the order of their creation, and what Optuna would refuse, such as changing a
finished trial, is left out here too. Runs, metrics and names are those of the storage file.
"""

from array import array
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import records
from logminer.formats.documents.values import parse_time
from logminer.formats.trackers.optuna import (
    DIRECTIONS,
    STATES,
    Distributions,
    Study,
    StudyTrial,
    parsed,
)

NAMES = ("*.log", "*.journal", "*.jsonl", "*optuna*", "*journal*")

_OPEN = ("RUNNING", "WAITING")
_REFUSED = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError)
Operation = Mapping[str, Any]


def sniff(probe: Probe) -> Match:
    """JSON lines that start with an operation of a journal."""
    line = probe.first_line
    if not line.startswith("{") or '"op_code"' not in line or '"worker_id"' not in line:
        return Match.NO
    return Match.EXACT


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Replay the whole journal; a last line without an end is being written and is left for next time."""
    journal, problems = _Journal(), list[Problem]()
    end = 0
    for end, operation in records(probe.path, problems):
        try:
            if operation is not None:
                journal.apply(operation)
        except _REFUSED as error:
            what = f"no operation of a journal: {type(error).__name__}: {error}"
            problems.append(Problem(probe.path, what, f"before byte {end}"))
    log = journal.parsed(probe.path)
    log.problems, log.offset = problems, end
    return log


class _Journal:
    """The studies and trials that result from the operations applied so far."""

    def __init__(self) -> None:
        self.studies: list[Study | None] = []
        self.trials: list[StudyTrial] = []
        self._names: dict[str, int] = {}
        self._counts: dict[int, int] = {}
        self._distributions = Distributions()
        self._trial, self._step, self._value = array("i"), array("q"), array("d")
        self._operations: tuple[Callable[[Operation], None], ...] = (
            self._create_study,
            self._delete_study,
            lambda op: self._study(op).attributes.update(op["user_attr"]),
            lambda op: self._study(op).system.update(op["system_attr"]),
            self._create_trial,
            self._set_param,
            self._set_state,
            self._report,
            lambda op: self.trials[op["trial_id"]].attributes.update(op["user_attr"]),
            lambda op: self.trials[op["trial_id"]].system.update(op["system_attr"]),
        )

    def apply(self, op: Operation) -> None:
        """Apply one operation by its ``op_code``; those on a deleted study change nothing."""
        self._operations[op["op_code"]](op)

    def parsed(self, path: str) -> ParsedLog:
        """All trials of studies that still exist."""
        alive = {id(study) for study in self.studies if study}
        for trial in self.trials:
            if id(trial.study) not in alive:
                trial.state = "DELETED"
        columns = (
            np.array(self._trial, np.int32),
            np.array(self._step, np.int64),
            np.array(self._value),
        )
        return parsed(path, self.trials, *columns)

    def _study(self, op: Operation) -> Study:
        return self.studies[op["study_id"]] or Study("")

    def _create_study(self, op: Operation) -> None:
        name = str(op["study_name"])
        if name in self._names:
            return  # another worker was first
        self._names[name] = len(self.studies)
        self.studies.append(Study(name, [DIRECTIONS[d] for d in op["directions"]]))

    def _delete_study(self, op: Operation) -> None:
        study = self.studies[op["study_id"]]
        if study:
            self._names.pop(study.name, None)
            self.studies[op["study_id"]] = None

    def _create_trial(self, op: Operation) -> None:
        key = op["study_id"]
        if self.studies[key] is None:
            return
        number = self._counts.get(key, 0)
        self._counts[key] = number + 1
        trial = StudyTrial(self._study(op), number, STATES[op.get("state", 0)])
        trial.started, trial.ended = _times(op)
        self.trials.append(trial)
        self._fill(trial, op)

    def _fill(self, trial: StudyTrial, op: Operation) -> None:
        """Take over what a trial was created with: ``Study.add_trial`` and ``enqueue_trial``."""
        written = op.get("distributions") or {}
        for name, number in (op.get("params") or {}).items():
            self._distributions.set_param(trial, name, written.get(name), number)
        trial.attributes.update(op.get("user_attrs") or {})
        trial.system.update(op.get("system_attrs") or {})
        _set_values(trial, op)
        for step, value in (op.get("intermediate_values") or {}).items():
            self._append(len(self.trials) - 1, step, value)

    def _set_param(self, op: Operation) -> None:
        trial = self.trials[op["trial_id"]]
        if trial.state in _OPEN:
            self._distributions.set_param(
                trial, op["param_name"], op["distribution"], op["param_value_internal"]
            )

    def _set_state(self, op: Operation) -> None:
        trial, state = self.trials[op["trial_id"]], STATES[op["state"]]
        if trial.state not in _OPEN or (state == "RUNNING" and trial.state != "WAITING"):
            return  # it has ended, or another worker took it first
        trial.state = state
        start, end = _times(op)
        trial.started, trial.ended = start or trial.started, end or trial.ended
        _set_values(trial, op)

    def _report(self, op: Operation) -> None:
        if self.trials[op["trial_id"]].state in _OPEN:
            self._append(op["trial_id"], op["step"], op["intermediate_value"])

    def _append(self, trial: int, step: Any, value: Any) -> None:
        number = float(value)
        self._step.append(int(step))
        self._trial.append(trial)
        self._value.append(number)


def _times(op: Operation) -> tuple[float | None, float | None]:
    return parse_time(op.get("datetime_start")), parse_time(op.get("datetime_complete"))


def _set_values(trial: StudyTrial, op: Operation) -> None:
    values = op.get("values") or ([] if op.get("value") is None else [op["value"]])
    trial.values.update({i: float(value) for i, value in enumerate(values)})
