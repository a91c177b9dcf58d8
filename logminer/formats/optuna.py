"""Optuna storage file: the SQLite database behind ``storage="sqlite:///study.db"``.

Each trial of each study is a run of its own, keyed ``study/number``. Reported values become the metric
``intermediate``; the final value stands at the last reported step as ``value``, ``values_0``, … or
under the study's own metric names. Tables: optuna/storages/_rdb/models.py (schema of Optuna 2 and later).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.values import load_json, parse_time, scalar
from logminer.formats.trackers.optuna import Distributions, Study, StudyTrial, parsed
from logminer.formats.trackers.sqlite import (
    Database,
    damage_said,
    floats,
    has_table,
    integers,
    open_database,
)

NAMES = ("*.db", "*.sqlite", "*.sqlite3", "*optuna*")

_SPECIAL = {"INF_POS": np.inf, "INF_NEG": -np.inf, "NAN": np.nan}


def sniff(probe: Probe) -> Match:
    """An SQLite file with Optuna's tables."""
    known = has_table(probe, "trial_params", "trial_id", "distribution_json")
    return Match.EXACT if known else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """All trials that ever ran; a damaged file yields what its intact tables hold."""
    problems: list[Problem] = []
    trials: dict[int, StudyTrial] = {}
    reported = [(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))]
    with damage_said(probe.path, problems), open_database(probe.path) as database:
        trials.update(_trials(database, _studies(database)))
        _read_params(database, trials)
        _read_attributes(database, trials)
        _read_heartbeats(database, trials)
        _read_values(database, trials)
        reported += _reported(database, trials)
    columns = (np.concatenate(parts) for parts in zip(*reported, strict=True))
    log = parsed(probe.path, list(trials.values()), *columns)
    log.problems, log.offset = problems, probe.size
    return log


def _studies(database: Database) -> dict[int, Study]:
    rows = database.rows("SELECT study_id, study_name FROM studies")
    studies = {key: Study(str(name)) for key, name in rows}
    for key, direction in database.rows(
        "SELECT study_id, direction FROM study_directions ORDER BY study_id, objective"
    ):
        if key in studies:
            studies[key].directions.append(str(direction))
    for table, field in (
        ("study_user_attributes", "attributes"),
        ("study_system_attributes", "system"),
    ):
        for key, name, value in _attributes(database, table, "study_id"):
            if key in studies:
                getattr(studies[key], field)[name] = value
    return studies


def _trials(database: Database, studies: dict[int, Study]) -> dict[int, StudyTrial]:
    rows = database.rows(
        "SELECT trial_id, study_id, number, state, datetime_start, datetime_complete "
        "FROM trials ORDER BY trial_id"
    )
    return {
        key: StudyTrial(studies[study], number, str(state), parse_time(start), parse_time(end))
        for key, study, number, state, start, end in rows
        if study in studies
    }


def _read_params(database: Database, trials: dict[int, StudyTrial]) -> None:
    distributions = Distributions()
    for key, name, number, written in database.rows(
        "SELECT trial_id, param_name, param_value, distribution_json FROM trial_params"
    ):
        if key in trials:
            distributions.set_param(trials[key], str(name), written, number)


def _read_attributes(database: Database, trials: dict[int, StudyTrial]) -> None:
    for table, field in (
        ("trial_user_attributes", "attributes"),
        ("trial_system_attributes", "system"),
    ):
        for key, name, value in _attributes(database, table, "trial_id"):
            if key in trials:
                getattr(trials[key], field)[name] = value


def _read_heartbeats(database: Database, trials: dict[int, StudyTrial]) -> None:
    if database.has("trial_heartbeats", "trial_id", "heartbeat"):
        for key, time in database.rows("SELECT trial_id, heartbeat FROM trial_heartbeats"):
            if key in trials:
                trials[key].heartbeat = parse_time(time)


def _attributes(database: Database, table: str, owner: str) -> Iterator[tuple[int, str, Any]]:
    if not database.has(table, owner, "key", "value_json"):
        return
    # Both names are constants of this module.
    for key, name, written in database.rows(f'SELECT {owner}, "key", value_json FROM {table}'):  # noqa: S608
        try:
            yield key, str(name), load_json(written)
        except (ValueError, TypeError):
            yield key, str(name), scalar(written)


def _read_values(database: Database, trials: dict[int, StudyTrial]) -> None:
    kind = "value_type" if database.has("trial_values", "value_type") else "NULL"
    for key, objective, value, special in database.rows(
        f"SELECT trial_id, objective, value, {kind} FROM trial_values"  # noqa: S608
    ):
        if key in trials and isinstance(objective, int):
            number = _SPECIAL.get(special, value)
            trials[key].values[objective] = float(floats([number])[0])


def _reported(database: Database, trials: dict[int, StudyTrial]) -> Iterator[tuple[Any, Any, Any]]:
    """Intermediate values as columns: index of the trial, step, value."""
    kind = "intermediate_value_type"
    kind = kind if database.has("trial_intermediate_values", kind) else "NULL"
    place = {key: i for i, key in enumerate(trials)}
    for rows in database.chunks(
        f"SELECT trial_id, step, intermediate_value, {kind} FROM trial_intermediate_values"  # noqa: S608
    ):
        key, step, value, special = zip(*rows, strict=True)
        values = floats(value)
        for name, number in _SPECIAL.items():
            values[np.array(special, dtype=object) == name] = number
        trial = np.array([place.get(k, -1) for k in key], dtype=np.int32)
        known = trial >= 0
        yield trial[known], integers(step)[known], values[known]
