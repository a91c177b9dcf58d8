"""The runs of a printed log: their settings, and whether they reached their end."""

from collections.abc import Mapping
from typing import Any

from logminer.core.parsed import ParsedLog, RunFacts
from logminer.core.problem import Problem
from logminer.core.vocabulary import describe
from logminer.formats.documents.values import is_number
from logminer.formats.printed.meaning import is_recorded
from logminer.formats.printed.reader import Reader
from logminer.formats.printed.shapes import MOST_SHAPES
from logminer.formats.printed.training import Training
from logminer.formats.trackers.objectives import best_model_meta, monitor_meta


def parsed_log(reader: Reader, root: str, path: str, *, unplaced: bool) -> ParsedLog:
    """What a reader that has come to its end read.

    Args:
        reader: closed.
        root: folder or file that is the run; further trainings of the log are told from the first by a number.
        path: file named in problems.
        unplaced: whether results count that stand at no position.
    """
    points, axes = reader.course.rows.points(unplaced=unplaced)
    runs = [_facts(root, i, training) for i, training in enumerate(reader.course.trainings)]
    for run, training, axis in zip(runs, reader.course.trainings, axes, strict=False):
        if training.is_complete(_planned(run.params), axis):
            run.status = "finished"
    problems = []
    if reader.plans.passed_over:
        what = f"{reader.plans.passed_over} lines are passed over: more than {MOST_SHAPES} kinds of lines"
        problems.append(Problem(path, what))
    return ParsedLog(runs, points, problems)


def _facts(root: str, number: int, training: Training) -> RunFacts:
    params = {k: v for k, v in training.params.items() if not is_recorded(k)}
    meta = {k: v for k, v in training.params.items() if k not in params}
    meta |= best_model_meta(training.params) or monitor_meta(_monitor(training.params))
    key = str(number + 1) if number else ""
    return RunFacts(root, key, params, meta=meta, command=training.settings.command)


def _monitor(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is monitored, and which way, among flat settings."""
    return {
        "monitor": params.get("monitor"),
        "mode": params.get("monitor_mode", params.get("mode")),
    }


def _planned(params: Mapping[str, Any]) -> Mapping[str, float]:
    """Planned epochs and steps among the settings."""
    meant = {describe(name).canonical: value for name, value in params.items() if is_number(value)}
    names = {"epochs": "epoch", "max_steps": "step", "total_timesteps": "step"}
    return {
        counter: float(meant[name]) for name, counter in names.items() if meant.get(name, 0) > 0
    }
