"""CatBoost's ``catboost_info/``: catboost_training.json, or learn_error.tsv and test_error.tsv; or what it prints.

Metrics are named ``learn/<metric>`` and ``<test set>/<metric>``; the step is the iteration. The event files beside
them hold the same once more. Format: catboost/private/libs/algo/logger in CatBoost's sources.
A round is printed as ``7:<tab>learn: 0.25<tab>test: 0.31``, the metric's name is not: it becomes ``learn`` and ``test``.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.formats._points import PointColumns, as_step
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import read_object
from logminer.formats.documents.values import flatten, is_number
from logminer.formats.tables.header_table import read_table
from logminer.formats.tables.table import whole_steps, wide_points
from logminer.formats.trackers import boosting
from logminer.formats.trackers.objectives import objective_meta

NAMES = (
    "catboost_training.json", "learn_error.tsv", "test*_error.tsv", "time_left.tsv", *boosting.CONSOLE
)  # fmt: skip

_DIRECTIONS = {"Max": "maximize", "Min": "minimize"}
_WHOLE = "catboost_training.json"
_LINE = re.compile(r"(\d{1,9}):((?:\t[^\t:]+: [^\t]+)+)\s*")
_CELL = re.compile(r"\t(learn|test\d*): (\S+)")


def sniff(probe: Probe) -> Match:
    """The training's JSON; the tables are its repetition unless it is missing."""
    if probe.name == _WHOLE:
        return Match.EXACT if '"iterations"' in probe.text and '"meta"' in probe.text else Match.NO
    if probe.suffix != ".tsv":
        return Match.EXACT if boosting.is_console(probe, _round) else Match.NO
    if not probe.first_line.startswith("iter\t"):
        return Match.NO
    repeats = _WHOLE in probe.siblings or probe.name == "time_left.tsv"
    return Match.PARTS if repeats else Match.EXACT


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """The curves of one training."""
    if probe.suffix not in {".tsv", ".json"}:
        return boosting.read_console(probe, _round)
    facts = RunFacts(probe.folder)
    log = ParsedLog([facts], offset=probe.size)
    if probe.name != _WHOLE:
        table = read_table(probe, "\t", log.problems)
        steps = whole_steps(table.numbers["iter"]) if "iter" in table.numbers else None
        if steps is not None:
            prefix = Path(probe.name).stem.removesuffix("_error")
            metrics = {f"{prefix}/{n}": c for n, c in table.numbers.items() if n != "iter"}
            log.points = wide_points(metrics, steps)
        return log
    training = read_object(probe)
    meta, iterations = training.get("meta"), training.get("iterations")
    if not isinstance(meta, dict) or not isinstance(iterations, list):
        raise ValueError("no 'meta' and 'iterations'")  # noqa: TRY004
    _note(facts, meta, iterations)
    log.points = _curves(meta, iterations).points()
    return log


def _note(facts: RunFacts, meta: Mapping[str, Any], iterations: list[Any]) -> None:
    parameters, planned = meta.get("parameters"), meta.get("iteration_count")
    if isinstance(parameters, dict):
        facts.params = flatten(parameters)
    # The first metric is the one that is optimised, on the first test set where there is one.
    measured = [
        (f"{place}/{name}", _DIRECTIONS[best])
        for place in reversed(_places(meta)[:2])
        for name, best in _metrics(meta, place)
        if best in _DIRECTIONS
    ]
    noted: dict[str, Any] = objective_meta(dict(measured[:1]))
    if isinstance(planned, int):
        noted["iteration_count"] = planned
        last = iterations[-1] if iterations and isinstance(iterations[-1], dict) else {}
        finished = as_step(last.get("iteration"), -1) + 1 >= planned
        facts.status = "finished" if finished else "unknown"
    facts.meta = noted


def _places(meta: Mapping[str, Any]) -> list[str]:
    sets = [meta.get(key) for key in ("learn_sets", "test_sets")]
    return [str(name) for names in sets if isinstance(names, list) for name in names]


def _metrics(meta: Mapping[str, Any], place: str) -> list[tuple[str, Any]]:
    """Names of a data set's metrics, each with what is best of it."""
    learn = meta.get("learn_sets")
    kind = "learn" if isinstance(learn, list) and place in learn else "test"
    metrics = meta.get(f"{kind}_metrics")
    return [
        (str(m.get("name")), m.get("best_value"))
        for m in (metrics if isinstance(metrics, list) else [])
        if isinstance(m, dict)
    ]


def _curves(meta: Mapping[str, Any], iterations: list[Any]) -> PointColumns:
    columns = PointColumns()
    names = {place: [name for name, _ in _metrics(meta, place)] for place in _places(meta)}
    for number, iteration in enumerate(iterations):
        if not isinstance(iteration, dict):
            continue
        step = as_step(iteration.get("iteration"), number)
        for place, metrics in names.items():
            values = iteration.get(place)
            for name, value in zip(
                metrics, values if isinstance(values, list) else (), strict=False
            ):
                if is_number(value):
                    columns.add(f"{place}/{name}", step, value)
    return columns


def _round(line: str) -> boosting.Round | None:
    found = _LINE.fullmatch(line) if line[:1].isdigit() and "\ttotal: " in line else None
    return (int(found[1]), _cells(found[2])) if found else None


def _cells(text: str) -> Iterator[tuple[str, float]]:
    for place, written in _CELL.findall(text):
        try:
            yield place, float(written)
        except ValueError:
            continue
