"""MLflow database file: the SQLite store behind ``sqlite:///mlflow.db``.

Each run that is not deleted is keyed by its id. A NaN is stored as 0 with ``is_nan`` set, an infinity as the
largest double; both come back as what they were. Tables: mlflow/store/tracking/dbmodels/models.py.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.formats._probe import Match, Probe
from logminer.formats.trackers.mlflow import (
    DELETED,
    apply_tag,
    doubt_running,
    infinities,
    param,
    run_facts,
)
from logminer.formats.trackers.sqlite import (
    Database,
    damage_said,
    floats,
    has_table,
    integers,
    open_database,
)

NAMES = ("*.db", "*.sqlite", "*.sqlite3", "*mlflow*")


def sniff(probe: Probe) -> Match:
    """An SQLite file with MLflow's tables."""
    known = has_table(probe, "runs", "run_uuid", "lifecycle_stage", "experiment_id")
    return Match.EXACT if known else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """All runs; a damaged file yields what its intact tables hold."""
    log = ParsedLog(offset=probe.size)
    runs: dict[str, RunFacts] = {}
    with damage_said(probe.path, log.problems), open_database(probe.path) as database:
        runs.update(_runs(database, probe.path))
        stages = database.rows("SELECT lifecycle_stage FROM runs")
        deleted = sum(stage == "deleted" for (stage,) in stages)
        log.left_out = {DELETED: deleted} if deleted else {}
        _read_params(database, runs)
        place = {key: i for i, key in enumerate(runs)}
        log.points = Points.concat(list(_points(database, place)))
    last = np.zeros(len(runs))
    np.fmax.at(last, log.points.run, log.points.wall)
    for facts, time in zip(runs.values(), last, strict=True):
        doubt_running(facts, float(time))
    log.runs = list(runs.values())
    return log


def _runs(database: Database, path: str) -> dict[str, RunFacts]:
    experiments = dict(database.rows("SELECT experiment_id, name FROM experiments"))
    runs: dict[str, RunFacts] = {}
    for key, name, user, stage, status, start, end, source, version, experiment in database.rows(
        "SELECT run_uuid, name, user_id, lifecycle_stage, status, start_time, end_time, source_name, "
        "source_version, experiment_id FROM runs ORDER BY start_time, run_uuid"
    ):
        if stage == "deleted":
            continue
        fields = {
            "name": name, "user_id": user, "status": status, "start_time": start, "end_time": end,
            "source_name": source, "source_version": version, "experiment": experiments.get(experiment),
        }  # fmt: skip
        runs[key] = run_facts(path, str(key), fields)
    return runs


def _read_params(database: Database, runs: dict[str, RunFacts]) -> None:
    for run, key, value in database.rows('SELECT run_uuid, "key", value FROM params'):
        if run in runs:
            runs[run].params = {**runs[run].params, str(key): param(value)}
    for run, key, value in database.rows('SELECT run_uuid, "key", value FROM tags'):
        if run in runs:
            apply_tag(runs[run], str(key), value)


def _points(database: Database, place: dict[str, int]) -> Iterator[Points]:
    names: dict[str, int] = {}
    for rows in database.chunks(
        'SELECT run_uuid, "key", timestamp, step, value, is_nan FROM metrics'
    ):
        run, key, ms, step, value, is_nan = zip(*rows, strict=True)
        points = Points(
            list(names),
            np.array([place.get(r, -1) for r in run], dtype=np.int32),
            np.array([names.setdefault(str(k), len(names)) for k in key], dtype=np.int32),
            integers(step),
            floats(ms) / 1e3,
            _values(floats(value), floats(is_nan)),
        )
        points.names = list(names)
        yield points.take(points.run >= 0)


def _values(value: NDArray[np.float64], is_nan: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(is_nan == 1, np.nan, infinities(value))
