"""What Optuna's two storages share: how a study's trials become runs and points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import ParsedLog, Points, RunFacts, Status
from logminer.formats.documents.values import flatten, is_number, load_json, scalar
from logminer.formats.trackers.objectives import objective_meta
from logminer.formats.trackers.silence import is_silent
from logminer.formats.trackers.spaces import Spec, choice_spec, float_spec, integer_spec

STATES = ("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING")
DIRECTIONS = ("NOT_SET", "MINIMIZE", "MAXIMIZE")
INTERMEDIATE = "intermediate"
_CONSTRAINTS = "constraints"
_STATUS: dict[str, Status] = {
    "RUNNING": "running", "COMPLETE": "finished", "PRUNED": "pruned", "FAIL": "failed",
}  # fmt: skip


@dataclass
class Study:
    """A study: what its trials have in common.

    Attributes:
        name: as the user chose it.
        directions: one of ``DIRECTIONS`` an objective.
        attributes: what the user noted on the study.
        system: what Optuna noted on the study, e.g. ``study:metric_names``.
    """

    name: str
    directions: list[str] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    system: dict[str, Any] = field(default_factory=dict)

    def metric_names(self) -> list[str]:
        """Names of the objectives: as set by the user, else as in ``Study.trials_dataframe``."""
        named = self.system.get("study:metric_names")
        if isinstance(named, list) and len(named) == len(self.directions):
            return [str(name) for name in named]
        if len(self.directions) <= 1:
            return ["value"]
        return [f"values_{i}" for i in range(len(self.directions))]


@dataclass
class StudyTrial:
    """One trial as stored.

    Attributes:
        study: the study it belongs to.
        number: its number within the study.
        state: one of ``STATES``.
        started: Unix time in seconds, or None.
        ended: Unix time in seconds, or None.
        params: hyperparameters in the user's own values.
        attributes: what the user noted on the trial.
        system: what Optuna noted on the trial.
        values: final value by number of the objective.
        space: the domain each hyperparameter was drawn from, by name.
        heartbeat: when its worker was last known to be alive as a Unix time in seconds, or None.
    """

    study: Study
    number: int
    state: str
    started: float | None = None
    ended: float | None = None
    params: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    system: dict[str, Any] = field(default_factory=dict)
    values: dict[int, float] = field(default_factory=dict)
    space: dict[str, Spec] = field(default_factory=dict)
    heartbeat: float | None = None

    def last_sign_of_life(self) -> float | None:
        """The latest time that is known of the trial."""
        return max(filter(None, (self.started, self.ended, self.heartbeat)), default=None)


@dataclass(frozen=True)
class _Distribution:
    kind: str = ""
    choices: Sequence[Any] = ()
    spec: Spec | None = None


class Distributions:
    """Turns Optuna's internal numbers into the user's values; each distribution is parsed once."""

    def __init__(self) -> None:
        self._known: dict[str, _Distribution] = {}

    def set_param(self, trial: StudyTrial, name: str, written: Any, number: Any) -> None:
        """Give a trial the value that ``number`` stands for, and the domain it was drawn from.

        Args:
            trial: the trial.
            name: of the hyperparameter.
            written: the distribution's JSON; where it is none, the number is the value.
            number: Optuna's internal number, such as the place among the choices.
        """
        found = self._distribution(written)
        trial.params[name] = _decoded(found, number)
        if found.spec:
            trial.space[name] = found.spec

    def _distribution(self, written: Any) -> _Distribution:
        if not isinstance(written, str):
            return _Distribution()
        if written not in self._known:
            self._known[written] = _parsed_distribution(written)
        return self._known[written]


def _decoded(distribution: _Distribution, number: Any) -> Any:
    kind, choices = distribution.kind, distribution.choices
    if not isinstance(number, int | float):
        return scalar(number)
    if kind.startswith("Categorical") and 0 <= number < len(choices):
        return scalar(choices[int(number)])
    return int(number) if kind.startswith("Int") and np.isfinite(number) else number


def _parsed_distribution(written: str) -> _Distribution:
    try:
        loaded = load_json(written)
        kind, attributes = str(loaded["name"]), loaded["attributes"]
        choices = attributes.get("choices", ())
    except (ValueError, TypeError, KeyError, AttributeError):
        return _Distribution()
    choices = choices if isinstance(choices, list) else ()
    return _Distribution(kind, choices, _domain(kind, attributes))


def _domain(kind: str, attributes: Mapping[str, Any]) -> Spec | None:
    """The domain of a distribution, those of Optuna before 3.0 included (``DiscreteUniformDistribution`` …)."""
    if kind.startswith("Categorical"):
        return choice_spec(attributes.get("choices"))
    make = integer_spec if kind.startswith("Int") else float_spec
    return make(
        attributes.get("low"),
        attributes.get("high"),
        log=attributes.get("log") is True or "LogUniform" in kind,
        step=attributes.get("step", attributes.get("q")),
    )


def parsed(
    path: str,
    trials: Sequence[StudyTrial],
    trial: NDArray[np.int32],
    step: NDArray[np.int64],
    value: NDArray[np.float64],
) -> ParsedLog:
    """Trials and their intermediate values as a log.

    Args:
        path: the storage file, root of all its runs.
        trials: all trials, waiting ones included: they never ran and are left out.
        trial: index of the trial of each intermediate value, shape (n,).
        step: its step, shape (n,).
        value: the value itself, shape (n,).
    """
    last = np.zeros(len(trials), np.int64)
    np.maximum.at(last, trial, step)
    ran = np.array([t.state in _STATUS for t in trials], dtype=bool)
    place = np.cumsum(ran, dtype=np.int32) - 1
    unknown = np.full(len(trial), np.nan)
    metric = np.zeros(len(trial), np.int32)
    reported = Points([INTERMEDIATE], trial, metric, step, unknown, value)
    points = Points.concat([reported, _final(trials, last)])
    points = points.take(ran[points.run])
    points.run = place[points.run]
    return ParsedLog([_facts(path, t) for t in trials if t.state in _STATUS], points)


def _final(trials: Sequence[StudyTrial], last: NDArray[np.int64]) -> Points:
    names: dict[str, int] = {}
    rows = [
        (i, names.setdefault(name, len(names)), np.nan if t.ended is None else t.ended, value)
        for i, t in enumerate(trials)
        for name, value in _named_values(t)
    ]
    if not rows:
        return Points.empty()
    run, metric, wall, value = (np.array(column) for column in zip(*rows, strict=True))
    run = run.astype(np.int32)
    return Points(list(names), run, metric.astype(np.int32), last[run], wall, value.astype(float))


def _named_values(trial: StudyTrial) -> list[tuple[str, float]]:
    names = trial.study.metric_names()
    return [(names[i], v) for i, v in sorted(trial.values.items()) if 0 <= i < len(names)]


def _facts(path: str, trial: StudyTrial) -> RunFacts:
    study = trial.study
    status, reason = _outcome(trial)
    return RunFacts(
        path,
        key=f"{study.name}/{trial.number}",
        params=trial.params,
        meta=_meta(trial),
        space=trial.space,
        status=status,
        reason=reason,
        started=trial.started,
        ended=trial.ended,
        parent=study.name,
    )


def _outcome(trial: StudyTrial) -> tuple[Status, str | None]:
    """How a trial ended: one that violates a constraint, whatever its value, is of no use."""
    violated, constraints = _violations(trial)
    if violated and trial.state == "COMPLETE":
        return "infeasible", f"violates {violated} of {constraints} constraints"
    if trial.state == "PRUNED":
        return "pruned", "pruned"
    if trial.state == "RUNNING" and is_silent(trial.last_sign_of_life()):
        return "unknown", "its worker has not been heard of for more than a day"
    reason = trial.system.get("fail_reason")
    return _STATUS[trial.state], None if reason is None else str(reason)


def _violations(trial: StudyTrial) -> tuple[int, int]:
    """How many constraints a trial violates, and how many it has: a value above 0 is a violation.

    They stand in one list, or from Optuna 5 on also one by one (``Trial.set_constraint``).
    """
    listed = trial.system.get(_CONSTRAINTS)
    values = listed if isinstance(listed, list) else []
    named = (value for key, value in trial.system.items() if key.startswith(f"{_CONSTRAINTS}:"))
    values = [*values, *named]
    return sum(is_number(value) and value > 0 for value in values), len(values)


def _meta(trial: StudyTrial) -> Mapping[str, Any]:
    study = trial.study
    directions = zip(study.metric_names(), study.directions, strict=False)
    return {
        **objective_meta({n: d.lower() for n, d in directions if d != "NOT_SET"}),
        **flatten({"study": study.attributes} if study.attributes else {}),
        **flatten({"attribute": trial.attributes} if trial.attributes else {}),
    }
