"""NNI's experiment database ``nni.sqlite``: trials with parameters and metrics.

Each trial is a run keyed by its id. A final result that is a number is ``default``, as in NNI's own
page, one reported on the way ``intermediate``; a mapping gives each of its entries by name. The
experiment's profile declares the search space and the direction.
Tables: nni's ts/nni_manager/core/sqlDatabase.ts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts, Status
from logminer.formats._points import PointColumns, as_step
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.values import (
    flatten,
    is_number,
    load_json,
    parse_scalar,
    parse_time,
)
from logminer.formats.trackers.objectives import objective_meta
from logminer.formats.trackers.silence import is_silent
from logminer.formats.trackers.spaces import Spec
from logminer.formats.trackers.sqlite import Database, damage_said, has_table, open_database
from logminer.formats.trackers.sweeps import nni_space

NAMES = ("*.sqlite", "*.sqlite3", "*.db", "trial.log", "parameter.cfg")

_METRIC, _INTERMEDIATE = "default", "intermediate"
_STATUS: dict[str, Status] = {
    "WAITING": "unknown", "RUNNING": "running", "SUCCEEDED": "finished", "FAILED": "failed",
    "USER_CANCELED": "preempted", "SYS_CANCELED": "preempted", "EARLY_STOPPED": "pruned",
}  # fmt: skip
_CANCELED = ("USER_CANCELED", "SYS_CANCELED", "EARLY_STOPPED")
_ENDED = frozenset(_STATUS) - {"WAITING", "RUNNING"}


@dataclass
class _Experiment:
    name: str | None = None
    space: dict[str, Spec] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)


def sniff(probe: Probe) -> Match:
    """An SQLite file with NNI's tables; a trial's own files repeat what stands there."""
    if probe.name in {"trial.log", "parameter.cfg"}:
        return Match.PARTS if "parameter.cfg" in probe.siblings else Match.NO
    known = has_table(probe, "TrialJobEvent", "trialJobId", "event", "data")
    return Match.EXACT if known else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """All trials that were started; a damaged file yields what its intact tables hold."""
    log, columns = ParsedLog(offset=probe.size), PointColumns()
    runs: dict[str, RunFacts] = {}
    with damage_said(probe.path, log.problems), open_database(probe.path) as database:
        experiment = _experiment(database)
        runs.update(_trials(database, probe.path, experiment))
        _add_metrics(database, columns, {key: i for i, key in enumerate(runs)})
    log.runs, log.points = list(runs.values()), columns.points()
    return log


def _experiment(database: Database) -> _Experiment:
    """What the last revision of the profile declares."""
    found = _Experiment()
    if not database.has("ExperimentProfile", "params", "revision"):
        return found
    for (written,) in database.rows("SELECT params FROM ExperimentProfile ORDER BY revision"):
        profile = _mapping(written)
        name = profile.get("experimentName")
        space, tuner = _mapping(profile.get("searchSpace")), _mapping(profile.get("tuner"))
        mode = _mapping(tuner.get("classArgs")).get("optimize_mode")
        found.name = str(name) if name else found.name
        found.space = nni_space(space) or found.space
        if mode in {"minimize", "maximize"}:
            found.meta = objective_meta({_METRIC: mode})
    return found


def _mapping(written: Any) -> Mapping[str, Any]:
    """A mapping, also one in a text of JSON; empty for all else."""
    if isinstance(written, str):
        try:
            written = load_json(written)
        except ValueError:
            return {}
    return written if isinstance(written, Mapping) else {}


def _trials(
    database: Database, path: str, experiment: _Experiment
) -> Iterator[tuple[str, RunFacts]]:
    runs: dict[str, RunFacts] = {}
    heard: dict[str, float | None] = {}
    for key, event, written, time in database.rows(
        "SELECT trialJobId, event, data, timestamp FROM TrialJobEvent ORDER BY timestamp"
    ):
        facts = runs.setdefault(
            str(key),
            RunFacts(
                path, str(key), meta=experiment.meta, space=experiment.space, parent=experiment.name
            ),
        )
        facts.params = flatten(_mapping(_mapping(written).get("parameters"))) or facts.params
        if str(event) not in _STATUS:
            continue  # parameters added, an image updated
        heard[str(key)] = when = parse_time(time)
        facts.status = _STATUS[str(event)]
        facts.reason = str(event).lower().replace("_", " ") if event in _CANCELED else None
        facts.started = when if event == "RUNNING" else facts.started
        facts.ended = when if event in _ENDED else None
    for key, facts in runs.items():
        if facts.status == "running" and is_silent(heard[key]):
            facts.status = "unknown"
        yield key, facts


def _add_metrics(database: Database, columns: PointColumns, place: Mapping[str, int]) -> None:
    """Intermediate results at their number, the final one at the last of these."""
    if not database.has("MetricData", "trialJobId", "type", "sequence", "data"):
        return
    last: dict[str, int] = {}
    for key, kind, number, written, time in database.rows(
        "SELECT trialJobId, type, sequence, data, timestamp FROM MetricData "
        "WHERE type IN ('PERIODICAL', 'FINAL') ORDER BY type DESC, timestamp"
    ):
        run = place.get(str(key))
        if run is None:
            continue
        final = kind == "FINAL"
        step = last.get(str(key), 0) if final else as_step(number)
        last[str(key)] = max(step, last.get(str(key), 0))
        for metric, value in _values(written):
            name = _INTERMEDIATE if metric == _METRIC and not final else metric
            columns.add(name, step, value, parse_time(time), run)


def _values(written: Any) -> Iterator[tuple[str, float]]:
    """Metrics in NNI's text: JSON of a number or mapping, which is in a JSON text once more."""
    for _ in range(3):
        if isinstance(written, str):
            try:
                written = load_json(written)
            except ValueError:
                written = parse_scalar(written)
                break
    for name, value in written.items() if isinstance(written, Mapping) else ((_METRIC, written),):
        if is_number(value):
            yield str(name), value
