"""Hyperopt's trials as JSON (``json.dump(trials.trials, file, default=str)``, an export of its MongoDB) or as a table.

The table is ``pandas.json_normalize(trials.trials)`` as CSV: the fields of a document as columns joined by dots.

The pickle of a Trials object is never opened. Each document is a run; its loss is minimised. What ``hp.choice`` picked stands
there as its place among the choices. Source: hyperopt/base.py.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, Status
from logminer.core.problem import Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import MAX_OBJECT
from logminer.formats.documents.values import flatten, load_json, parse_scalar, parse_time, scalar
from logminer.formats.tables.header_table import header_names, read_table
from logminer.formats.tables.table import Table
from logminer.formats.trackers.trials import Trial, trials_log

NAMES = ("*.json", "*.csv")

_MARKS = ('"tid"', '"misc"', '"vals"', '"result"')
_COLUMNS = {"tid", "state", "misc.tid"}
_DRAWN = "misc.vals."
_LISTED = re.compile(r"\[\s*(?:(?:np|numpy)\.\w+\()?(.*?)\)?\s*\]", re.DOTALL)
_STATES: dict[Any, Status] = {
    0: "unknown",
    1: "running",
    2: "finished",
    3: "failed",
    4: "preempted",
}


def sniff(probe: Probe) -> Match:
    """An array of documents with the fields of a trial, or a table of them."""
    if probe.suffix == ".csv":
        names = {*header_names(probe.text.partition("\n")[0], ",")}
        has_all = names >= _COLUMNS and any(name.startswith(_DRAWN) for name in names)
        return Match.EXACT if has_all else Match.NO
    is_array = probe.text.lstrip().startswith("[")
    return Match.EXACT if is_array and all(m in probe.text for m in _MARKS) else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """All trials that were begun.

    Raises:
        ValueError: no JSON, no table, or too large to be held at once.
    """
    if probe.size > MAX_OBJECT:
        raise ValueError(f"trials of more than {MAX_OBJECT // 1_000_000} MB are not read at once")
    problems: list[Problem] = []
    if probe.suffix == ".csv":
        loaded = list(_documents(read_table(probe, ",", problems)))
    else:
        loaded = load_json(probe.read_bytes())
    trials = list(_trials(loaded if isinstance(loaded, list) else [], probe.path, problems))
    return trials_log(probe, trials, problems, {"loss": "minimize"})


def _documents(table: Table) -> Iterator[dict[str, Any]]:
    """The documents whose fields the columns of a table are; of a trial's draws only those it made."""
    for row in range(table.rows):
        cells = {n: cell for n in table.names if (cell := table.cell(n, row)) is not None}
        drawn = {
            name.removeprefix(_DRAWN): [listed[1]]
            for name, cell in cells.items()
            if name.startswith(_DRAWN) and (listed := _LISTED.fullmatch(str(cell))) and listed[1]
        }
        result = {
            name.removeprefix("result."): cell
            for name, cell in cells.items()
            if name.startswith("result.")
        }
        yield {**cells, "misc": {"vals": drawn}, "result": result}


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
