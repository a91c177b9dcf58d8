"""Optuna's tables, in a file or on a database server: studies and trials as they are stored.

Plain SELECTs that SQLite, PostgreSQL and MySQL understand alike (``a.key``, as MySQL takes ``"key"`` for a text);
nothing is created, migrated or written. Tables: optuna/storages/_rdb/models.py (schema of Optuna 2 and later).
"""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import ParsedLog
from logminer.formats.documents.values import load_json, parse_time, scalar
from logminer.formats.trackers.optuna import Distributions, Study, StudyTrial, parsed
from logminer.formats.trackers.sqlite import floats, integers

_SPECIAL = {"INF_POS": np.inf, "INF_NEG": -np.inf, "NAN": np.nan}
_Reports = tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]
_NO_REPORTS: _Reports = (np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))


class Tables(Protocol):
    """Tables that can be asked."""

    def has(self, table: str, *columns: str) -> bool:
        """Whether there is such a table with at least these columns."""
        ...

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one at a time; times are ISO texts."""
        ...

    def chunks(self, sql: str) -> Iterator[Sequence[tuple[Any, ...]]]:
        """The rows of a query in lists of bounded length."""
        ...


def read_studies(tables: Tables) -> dict[int, Study]:
    """All studies by their number in the tables."""
    studies = {
        key: Study(str(name))
        for key, name in tables.rows("SELECT study_id, study_name FROM studies")
    }
    for key, direction in tables.rows(
        "SELECT study_id, direction FROM study_directions ORDER BY study_id, objective"
    ):
        if key in studies:
            studies[key].directions.append(str(direction))
    for table, field in (
        ("study_user_attributes", "attributes"),
        ("study_system_attributes", "system"),
    ):
        for key, name, value in _attributes(tables, table, "study_id"):
            if key in studies:
                getattr(studies[key], field)[name] = value
    return studies


class StoredTrials:
    """Trials as far as they could be read: what was read stays when a later table turns out to be damaged."""

    def __init__(self) -> None:
        self._trials: dict[int, StudyTrial] = {}
        self._reports: list[_Reports] = [_NO_REPORTS]

    def read(self, tables: Tables, studies: dict[int, Study], which: str = "") -> None:
        """Read trials with all that belongs to them.

        Args:
            tables: where they are stored.
            studies: by their number in the tables.
            which: SQL condition on the trial ``t``; empty for all.
        """
        rows = tables.rows(
            "SELECT t.trial_id, t.study_id, t.number, t.state, t.datetime_start, t.datetime_complete "  # noqa: S608
            f"FROM trials t{f' WHERE {which}' if which else ''} ORDER BY t.trial_id"
        )
        for key, study, number, state, start, end in rows:
            if study in studies:
                times = parse_time(start), parse_time(end)
                self._trials[key] = StudyTrial(studies[study], number, str(state), *times)
        of_trials = f" JOIN trials t ON t.trial_id = a.trial_id WHERE {which}" if which else ""
        self._read_params(tables, of_trials)
        self._read_attributes(tables, of_trials)
        self._read_heartbeats(tables, of_trials)
        self._read_values(tables, of_trials)
        self._read_reports(tables, of_trials)

    def log(self, root: str) -> ParsedLog:
        """What was read, as runs below a file or an address."""
        columns = (np.concatenate(parts) for parts in zip(*self._reports, strict=True))
        return parsed(root, list(self._trials.values()), *columns)

    def _read_params(self, tables: Tables, of_trials: str) -> None:
        distributions = Distributions()
        for key, name, number, written in tables.rows(
            "SELECT a.trial_id, a.param_name, a.param_value, a.distribution_json "  # noqa: S608
            f"FROM trial_params a{of_trials}"
        ):
            if key in self._trials:
                distributions.set_param(self._trials[key], str(name), written, number)

    def _read_attributes(self, tables: Tables, of_trials: str) -> None:
        for table, field in (
            ("trial_user_attributes", "attributes"),
            ("trial_system_attributes", "system"),
        ):
            for key, name, value in _attributes(tables, table, "trial_id", of_trials):
                if key in self._trials:
                    getattr(self._trials[key], field)[name] = value

    def _read_heartbeats(self, tables: Tables, of_trials: str) -> None:
        if not tables.has("trial_heartbeats", "trial_id", "heartbeat"):
            return
        for key, time in tables.rows(
            f"SELECT a.trial_id, a.heartbeat FROM trial_heartbeats a{of_trials}"  # noqa: S608
        ):
            if key in self._trials:
                self._trials[key].heartbeat = parse_time(time)

    def _read_values(self, tables: Tables, of_trials: str) -> None:
        kind = "a.value_type" if tables.has("trial_values", "value_type") else "NULL"
        for key, objective, value, special in tables.rows(
            f"SELECT a.trial_id, a.objective, a.value, {kind} FROM trial_values a{of_trials}"  # noqa: S608
        ):
            if key in self._trials and isinstance(objective, int):
                number = _SPECIAL.get(special, value)
                self._trials[key].values[objective] = float(floats([number])[0])

    def _read_reports(self, tables: Tables, of_trials: str) -> None:
        """Intermediate values as columns: index of the trial, step, value."""
        kind = "intermediate_value_type"
        kind = f"a.{kind}" if tables.has("trial_intermediate_values", kind) else "NULL"
        place = {key: i for i, key in enumerate(self._trials)}
        for rows in tables.chunks(
            f"SELECT a.trial_id, a.step, a.intermediate_value, {kind} "  # noqa: S608
            f"FROM trial_intermediate_values a{of_trials}"
        ):
            key, step, value, special = zip(*rows, strict=True)
            values = floats(value)
            for name, number in _SPECIAL.items():
                values[np.array(special, dtype=object) == name] = number
            trial = np.array([place.get(k, -1) for k in key], dtype=np.int32)
            known = trial >= 0
            self._reports.append((trial[known], integers(step)[known], values[known]))


def _attributes(
    tables: Tables, table: str, owner: str, of_trials: str = ""
) -> Iterator[tuple[int, str, Any]]:
    if not tables.has(table, owner, "key", "value_json"):
        return
    for key, name, written in tables.rows(
        f"SELECT a.{owner}, a.key, a.value_json FROM {table} a{of_trials}"  # noqa: S608 - constants of this module
    ):
        try:
            yield key, str(name), load_json(written)
        except (ValueError, TypeError):
            yield key, str(name), scalar(written)
