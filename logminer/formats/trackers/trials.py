"""Trials that a tuner keeps in one file, each with its result: how they become runs and points."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from logminer.core.parsed import ParsedLog, RunFacts, Status
from logminer.core.problem import Problem
from logminer.formats._points import PointColumns
from logminer.formats._probe import Probe
from logminer.formats.documents.values import is_number
from logminer.formats.trackers.objectives import objective_meta
from logminer.formats.trackers.spaces import Spec


@dataclass
class Trial:
    """One trial with its results.

    Attributes:
        key: its number or name in the file.
        params: hyperparameters.
        values: results by metric; what is no number is left out.
        status: how it ended.
        started: Unix time in seconds, or None.
        ended: Unix time in seconds, or None.
        cells: what the tool records beside, chosen or measured.
        meta: what is merely recorded.
    """

    key: str
    params: Mapping[str, Any]
    values: Mapping[str, Any]
    status: Status = "finished"
    started: float | None = None
    ended: float | None = None
    cells: Mapping[str, Any] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)


def trials_log(
    probe: Probe,
    trials: Iterable[Trial],
    problems: list[Problem],
    directions: Mapping[str, str],
    space: Mapping[str, Spec] | None = None,
) -> ParsedLog:
    """A run a trial, its results at step 0.

    Args:
        probe: the file, root of all its runs.
        trials: in order.
        problems: what could not be read.
        directions: ``"minimize"`` or ``"maximize"`` by metric, as the tool defines it.
        space: domains that the tool declares, by hyperparameter.
    """
    runs, columns = list[RunFacts](), PointColumns()
    objective = objective_meta(directions)
    for number, trial in enumerate(trials):
        for name, value in trial.values.items():
            if is_number(value):
                columns.add(name, 0, value, trial.ended, number)
        runs.append(
            RunFacts(
                probe.path,
                trial.key,
                trial.params,
                trial.cells,
                {**objective, **trial.meta},
                space or {},
                trial.status,
                started=trial.started,
                ended=trial.ended,
            )
        )
    return ParsedLog(runs, columns.points(), problems, probe.size)
