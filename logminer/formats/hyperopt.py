"""Hyperopt's trials as JSON (``json.dump(trials.trials, file, default=str)``, an export of its MongoDB).

The pickle of a Trials object is never opened. Each document is a run; its loss is minimised. What ``hp.choice`` picked stands
there as its place among the choices. Source: hyperopt/base.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, Status
from logminer.core.problem import Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import MAX_OBJECT
from logminer.formats.documents.values import flatten, load_json, parse_scalar, parse_time, scalar
from logminer.formats.trackers.trials import Trial, trials_log

NAMES = ("*.json",)

_MARKS = ('"tid"', '"misc"', '"vals"', '"result"')
_STATES: dict[Any, Status] = {
    0: "unknown",
    1: "running",
    2: "finished",
    3: "failed",
    4: "preempted",
}


def sniff(probe: Probe) -> Match:
    """An array of documents with the fields of a trial."""
    is_array = probe.text.lstrip().startswith("[")
    return Match.EXACT if is_array and all(m in probe.text for m in _MARKS) else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """All trials that were begun.

    Raises:
        ValueError: no JSON, or too large to be held at once.
    """
    if probe.size > MAX_OBJECT:
        raise ValueError(f"a JSON array of more than {MAX_OBJECT // 1_000_000} MB is not read")
    loaded = load_json(probe.read_bytes())
    problems: list[Problem] = []
    trials = list(_trials(loaded if isinstance(loaded, list) else [], probe.path, problems))
    return trials_log(probe, trials, problems, {"loss": "minimize"})


def _trials(documents: list[Any], path: str, problems: list[Problem]) -> Iterator[Trial]:
    for place, document in enumerate(documents):
        misc = document.get("misc") if isinstance(document, Mapping) else None
        drawn = misc.get("vals") if isinstance(misc, Mapping) else None
        if not isinstance(drawn, Mapping):
            problems.append(Problem(path, "no trial of Hyperopt", f"entry {place}"))
            continue
        if document.get("state") == 0:
            continue  # waits
        result = document.get("result")
        result = result if isinstance(result, Mapping) else {}
        told = flatten({k: v for k, v in result.items() if k not in {"loss", "status"}})
        yield Trial(
            str(document.get("tid", place)),
            # An empty list: this branch of the space was not taken.
            {str(k): _value(v[0]) for k, v in drawn.items() if isinstance(v, list) and v},
            {"loss": result.get("loss")},
            _status(document.get("state"), result.get("status")),
            parse_time(document.get("book_time")),
            parse_time(document.get("refresh_time")),
            cells={name: value for name, value in told.items() if value is not None},
        )


def _value(written: Any) -> Any:
    """A value that was drawn; whole numbers of NumPy stand there as text."""
    return parse_scalar(written) if isinstance(written, str) else scalar(written)


def _status(state: Any, status: Any) -> Status:
    if status == "fail":
        return "failed"
    return _STATES.get(state, "unknown") if isinstance(state, int) else "unknown"
