"""Optuna storage file: the SQLite database behind ``storage="sqlite:///study.db"``.

Each trial of each study is a run of its own, keyed ``study/number``. Reported values become the metric
``intermediate``; the final value stands at the last reported step as ``value``, ``values_0``, … or
under the study's own metric names.
"""

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.trackers.optuna_tables import StoredTrials, read_studies
from logminer.formats.trackers.sqlite import damage_said, has_table, open_database

NAMES = ("*.db", "*.sqlite", "*.sqlite3", "*optuna*")


def sniff(probe: Probe) -> Match:
    """An SQLite file with Optuna's tables."""
    known = has_table(probe, "trial_params", "trial_id", "distribution_json")
    return Match.EXACT if known else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """All trials that ever ran; a damaged file yields what its intact tables hold."""
    problems: list[Problem] = []
    trials = StoredTrials()
    with damage_said(probe.path, problems), open_database(probe.path) as database:
        trials.read(database, read_studies(database))
    log = trials.log(probe.path)
    log.problems, log.offset = problems, probe.size
    return log
