"""What Optuna's two storages share: how a study's trials become runs and points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import ParsedLog, Points, RunFacts, Status
from logminer.formats.documents.values import flatten, load_json, scalar
from logminer.formats.trackers.objectives import objective_meta

STATES = ("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING")
DIRECTIONS = ("NOT_SET", "MINIMIZE", "MAXIMIZE")
INTERMEDIATE = "intermediate"
_STATUS: dict[str, Status] = {
    "RUNNING": "running", "COMPLETE": "finished", "PRUNED": "finished", "FAIL": "failed",
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


class Distributions:
    """Turns Optuna's internal numbers into the user's values; each distribution is parsed once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, Any]] = {}

    def decode(self, written: Any, number: Any) -> Any:
        """The value that ``number`` stands for under the distribution's JSON; itself if that is no JSON."""
        if not isinstance(number, int | float):
            return scalar(number)
        if written not in self._known:
            self._known[written] = _distribution(written)
        kind, choices = self._known[written]
        if kind.startswith("Categorical") and 0 <= number < len(choices):
            return scalar(choices[int(number)])
        return int(number) if kind.startswith("Int") and np.isfinite(number) else number


def _distribution(written: Any) -> tuple[str, Any]:
    try:
        loaded = load_json(written)
        return str(loaded["name"]), loaded["attributes"].get("choices", ())
    except (ValueError, TypeError, KeyError, AttributeError):
        return "", ()


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
    study, reason = trial.study, trial.system.get("fail_reason")
    return RunFacts(
        path,
        key=f"{study.name}/{trial.number}",
        params=trial.params,
        meta=_meta(trial),
        status=_STATUS[trial.state],
        reason="pruned" if trial.state == "PRUNED" else reason and str(reason),
        started=trial.started,
        ended=trial.ended,
        parent=study.name,
    )


def _meta(trial: StudyTrial) -> Mapping[str, Any]:
    study = trial.study
    directions = zip(study.metric_names(), study.directions, strict=False)
    return {
        **objective_meta({n: d.lower() for n, d in directions if d != "NOT_SET"}),
        **flatten({"study": study.attributes} if study.attributes else {}),
        **flatten({"attribute": trial.attributes} if trial.attributes else {}),
    }
