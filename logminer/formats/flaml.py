"""FLAML's log of an AutoML search (``log_file_name``): a JSON object a line, each a learner with its config.

``validation_loss`` is minimised whatever the metric is (1 - accuracy, …). Source: flaml/automl/training_log.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import records
from logminer.formats.documents.values import flatten
from logminer.formats.trackers.trials import Trial, trials_log

NAMES = ("*.log", "*.json", "*.jsonl", "*.txt")

_MARKS = ('{"record_id":', '"iter_per_learner":', '"validation_loss":', '"learner":')
_LOSS = "validation_loss"


def sniff(probe: Probe) -> Match:
    """A first record with the fields of FLAML's."""
    return Match.EXACT if all(mark in probe.first_line for mark in _MARKS) else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """A run a record; the last line, which tells the best one, is none."""
    problems: list[Problem] = []
    trials = list(_trials(probe.path, problems))
    return trials_log(probe, trials, problems, {_LOSS: "minimize"})


def _trials(path: str, problems: list[Problem]) -> Iterator[Trial]:
    for _, record in records(path, problems):
        config = record.get("config") if record else None
        if not record or not isinstance(config, Mapping):
            continue
        inner = config.get("ml")
        own = inner if isinstance(inner, Mapping) else config
        learner = record.get("learner")
        params: dict[str, Any] = {} if learner is None else {"learner": str(learner)}
        logged = record.get("logged_metric")
        yield Trial(
            str(record.get("record_id")),
            params | flatten(own),
            {
                **(flatten(logged) if isinstance(logged, Mapping) else {}),
                _LOSS: record.get(_LOSS),
                "time": record.get("trial_time"),
            },
            cells={"sample_size": record["sample_size"]} if "sample_size" in record else {},
        )
