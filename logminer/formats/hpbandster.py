"""HpBandSter (BOHB, Hyperband): configs.json and results.json, arrays line by line.

A config is a run, keyed by its three numbers (``0-0-3``); its loss, and numbers in ``info``, are points at the
budget they were evaluated with. Written by hpbandster.core.result.json_result_logger.
"""

from pathlib import Path
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._points import PointColumns, numbers
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import records
from logminer.formats.documents.values import flatten, parse_time, scalar
from logminer.formats.trackers.budgets import BudgetSteps
from logminer.formats.trackers.objectives import objective_meta

NAMES = ("results.json", "configs.json")


def sniff(probe: Probe) -> Match:
    """Lines of arrays that start with a config's three numbers."""
    pair = {"configs.json", "results.json"} <= probe.siblings
    if not pair:
        return Match.NO
    if probe.size and not probe.first_line.replace(" ", "").startswith("[["):
        return Match.NO
    return Match.EXACT if probe.name == "results.json" else Match.PARTS  # read with the results


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """All configs with what came of them."""
    folder, problems = Path(probe.folder), list[Problem]()
    configs = _lines(folder / "configs.json", problems)
    results = _lines(Path(probe.path), problems)
    runs = {_key(row): _config(probe.folder, row) for row in configs if len(row) > 1}
    order = {key: i for i, key in enumerate(runs)}
    steps = BudgetSteps(row[1] for row in results if len(row) > 4)
    columns = PointColumns()
    for row in results:
        key = _key(row)
        if key in runs and len(row) > 4:
            _apply(runs[key], columns, row, steps[row[1]], order[key])
        else:
            problems.append(Problem(probe.path, f"a result without a config: {key}"))
    return ParsedLog(list(runs.values()), columns.points(), problems, probe.size)


def _lines(path: Path, problems: list[Problem]) -> list[Any]:
    return [row for _, row in records(str(path), problems, kind=list) if row is not None]


def _key(row: list[Any]) -> str:
    number = row[0] if row else None
    return "-".join(map(str, number)) if isinstance(number, list) else str(number)


def _config(root: str, row: list[Any]) -> RunFacts:
    params = flatten(row[1]) if isinstance(row[1], dict) else {}
    noted = flatten(row[2]) if len(row) > 2 and isinstance(row[2], dict) else {}
    noted |= objective_meta({"loss": "minimize"})
    return RunFacts(root, _key(row), params, meta=noted, parent=Path(root).name)


def _apply(facts: RunFacts, columns: PointColumns, row: list[Any], step: int, run: int) -> None:
    """Take over one evaluation; that of the largest budget so far says how the config did."""
    _, budget, times, result, exception = row[:5]
    times = times if isinstance(times, dict) else {}
    start, end = parse_time(times.get("started")), parse_time(times.get("finished"))
    facts.started, facts.ended = facts.started or start, end or facts.ended
    facts.meta = {**facts.meta, "budget": scalar(budget)}
    measured = dict(numbers(result, ".")) if isinstance(result, dict) else {}
    good = "loss" in measured
    facts.status, facts.reason = ("finished", None) if good else ("failed", _last_line(exception))
    for name, value in measured.items() if good else ():
        columns.add(name, step, value, end, run)


def _last_line(exception: Any) -> str:
    lines = [line.strip() for line in str(exception or "").splitlines() if line.strip()]
    return str(scalar(lines[-1])) if lines else "no result"
