"""Studies and their trials: what a search remembers, one row each.

A trial's row is the one truth about who runs it. It is written in the transaction that hands it out, so that
several searches on one study never hand out the same trial.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

import duckdb

from logminer.core.space import Config

TrialState = Literal["waiting", "running", "complete", "cut", "stopped", "infeasible", "failed"]
VALUED = ("complete", "cut")
"""States of trials whose value was measured, and that may be best."""


@dataclass(frozen=True)
class StudyRow:
    """A search for the best config of one objective.

    Attributes:
        name: unique in the database.
        space: the search space as plain data.
        metric: the objective, or None until a run has shown its metrics.
        mode: ``"min"`` or ``"max"``, or None until the metric is known.
        strategy: name of the strategy.
        seed: seed of all suggestions.
        folder: where the trials' folders are.
        aims: what stands beside the objective: see ``core.aims.Aims.to_dict``.
    """

    name: str
    space: dict[str, Any]
    metric: str | None
    mode: str | None
    strategy: str
    seed: int
    folder: str
    aims: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TrialRow:
    """One trial of a study.

    Attributes:
        study: name of the study.
        number: 0 for the first trial of the study.
        config: active hyperparameters by name.
        status: ``waiting`` to be started again, ``running``, ``complete``, ``cut`` by a time limit with what it had
            logged, ``stopped`` early with what it is expected to reach, ``infeasible`` with a value that counts for nothing
            as it violates a constraint, or ``failed``.
        strategy: who proposed it.
        because: what speaks for it.
        share: budget as a share of a full run, or None for a full run.
        budget: budget in the user's unit, or None.
        resumes: number of the trial it goes on from, or None.
        attempt: how often it was started.
        owner: the search process that runs it.
        folder: where its logs are.
        value: the objective in its own unit.
        noise: standard deviation of ``value`` where that is a forecast.
        spent: fidelity spent on it.
        reason: why it failed or was stopped.
        started: Unix time in seconds.
        ended: Unix time in seconds.
        repeat: which run of its config it is, from 0.
        results: values of all objectives and constraints, by metric.
        cost: what it cost, in whatever unit the study counts; seconds if nothing is said.
    """

    study: str
    number: int
    config: Config
    status: TrialState = "running"
    strategy: str = ""
    because: tuple[str, ...] = ()
    share: float | None = None
    budget: float | None = None
    resumes: int | None = None
    attempt: int = 0
    owner: str = ""
    folder: str = ""
    value: float | None = None
    noise: float = 0.0
    spent: float | None = None
    reason: str = ""
    started: float | None = None
    ended: float | None = None
    repeat: int = 0
    results: Mapping[str, float] = field(default_factory=dict)
    cost: float | None = None


_TRIAL = [of.name for of in fields(TrialRow)]


class Studies:
    """The studies of an open store."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def names(self) -> list[str]:
        """Names of all studies."""
        rows = self._con.execute("SELECT name FROM study ORDER BY name").fetchall()
        return [row[0] for row in rows]

    def get(self, name: str) -> StudyRow | None:
        """The study of that name, or None."""
        query = "SELECT name, space, metric, mode, strategy, seed, folder, aims FROM study WHERE name = ?"
        rows = self._con.execute(query, [name]).fetchall()
        if not rows:
            return None
        row = dict(zip([of.name for of in fields(StudyRow)], rows[0], strict=True))
        plain = {"space": json.loads(row["space"]), "aims": json.loads(row["aims"] or "{}")}
        return StudyRow(**(row | plain))

    def put(self, study: StudyRow) -> None:
        """Write a study, in place of the one of that name."""
        plain = {"space": json.dumps(study.space), "aims": json.dumps(study.aims)}
        values = list((asdict(study) | plain).values())
        self._con.execute("DELETE FROM study WHERE name = ?", [study.name])
        names = ", ".join(of.name for of in fields(StudyRow))
        marks = ", ".join("?" * len(values))
        self._con.execute(f"INSERT INTO study ({names}) VALUES ({marks})", values)  # noqa: S608

    def remove(self, name: str) -> None:
        """Forget a study and its trials."""
        self._con.execute("DELETE FROM trial WHERE study = ?", [name])
        self._con.execute("DELETE FROM study WHERE name = ?", [name])

    def rename(self, old: str, new: str) -> None:
        """Call a study by another name, which no study has; its folder stays."""
        self._con.execute("UPDATE trial SET study = ? WHERE study = ?", [new, old])
        self._con.execute("UPDATE study SET name = ? WHERE name = ?", [new, old])

    def changes(self, name: str, since: int = 0) -> tuple[list[TrialRow], int]:
        """Trials written after change number ``since``, and the number of the last change.

        Change numbers only grow, so who asks again with the last one sees each change once.
        """
        rows = self._con.execute(
            f"SELECT changed, {', '.join(_TRIAL)} FROM trial WHERE study = ? AND changed > ? ORDER BY number",  # noqa: S608
            [name, since],
        ).fetchall()
        return _trials([row[1:] for row in rows]), max((row[0] for row in rows), default=since)

    def write(self, trials: Sequence[TrialRow], change: int) -> None:
        """Write trials, each in place of the one of its number.

        Args:
            trials: trials of one study.
            change: number of this change, above all before it.
        """
        for trial in trials:
            values = asdict(trial) | {
                "config": json.dumps(trial.config),
                "because": list(trial.because),
                "results": json.dumps(dict(trial.results)),
            }
            self._con.execute(
                "DELETE FROM trial WHERE study = ? AND number = ?", [trial.study, trial.number]
            )
            marks = ", ".join("?" * (len(_TRIAL) + 1))
            self._con.execute(
                f"INSERT INTO trial ({', '.join(_TRIAL)}, changed) VALUES ({marks})",  # noqa: S608
                [*values.values(), change],
            )


def _trials(rows: Sequence[Sequence[Any]]) -> list[TrialRow]:
    """Rows as trials; a study may have ten thousands of them, so all configs are parsed in one go."""
    config, because, results = (_TRIAL.index(name) for name in ("config", "because", "results"))
    configs = json.loads(f"[{','.join(row[config] for row in rows)}]")
    found = []
    for row, given in zip(rows, configs, strict=True):
        values = list(row)
        values[config], values[because] = given, tuple(row[because] or ())
        told = row[results]
        values[results] = {} if told in (None, "{}") else json.loads(told)
        found.append(TrialRow(*values))
    return found
