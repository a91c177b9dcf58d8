"""bayesian-optimization: the lines of its JSONLogger (before 3.0) and the state that ``save_state`` writes (from 3.0 on).

A point probed is a run; its ``target`` is maximised. Sources: bayes_opt/logger.py of version 2,
``_state_to_dict`` in bayes_opt/bayesian_optimization.py of version 3.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import read_object, records
from logminer.formats.documents.values import flatten, is_number, parse_time
from logminer.formats.trackers.spaces import Spec, float_spec
from logminer.formats.trackers.trials import Trial, trials_log

NAMES = ("*.json", "*.log", "*.jsonl", "*.txt")

_TARGET = "target"
_LINE = ('{"target":', '"params": {', '"datetime": {"datetime":')
_STATE = ('"pbounds"', '"keys"', '"params"')


def sniff(probe: Probe) -> Match:
    """Lines of target, params and datetime, or the fields of a state."""
    line = probe.first_line
    if line.startswith(_LINE[0]) and all(part in line for part in _LINE):
        return Match.EXACT
    is_state = probe.suffix == ".json" and all(part in probe.text for part in _STATE)
    return Match.EXACT if is_state else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """All points that were probed.

    Raises:
        ValueError: neither lines nor a state.
    """
    problems: list[Problem] = []
    if probe.first_line.startswith(_LINE[0]):
        trials = list(_of_lines(probe, problems))
        return trials_log(probe, trials, problems, {_TARGET: "maximize"})
    state = read_object(probe)
    bounds = state.get("pbounds")
    if not isinstance(bounds, Mapping):
        raise ValueError("no 'pbounds'")  # noqa: TRY004
    trials = list(_of_state(state, bounds, probe.path, problems))
    return trials_log(probe, trials, problems, {_TARGET: "maximize"}, _space(bounds))


def _of_lines(probe: Probe, problems: list[Problem]) -> Iterator[Trial]:
    for number, (_, row) in enumerate(records(probe.path, problems)):
        if row is None or not isinstance(row.get("params"), Mapping):
            continue
        clock = row.get("datetime")
        clock = clock if isinstance(clock, Mapping) else {}
        yield Trial(
            str(number),
            flatten(row["params"]),
            {_TARGET: row.get(_TARGET)},
            "infeasible" if row.get("allowed") is False else "finished",
            ended=parse_time(clock.get("datetime")),
        )


def _of_state(
    state: Mapping[str, Any], bounds: Mapping[str, Any], path: str, problems: list[Problem]
) -> Iterator[Trial]:
    points, targets = state.get("params"), state.get(_TARGET)
    if not isinstance(points, list) or not isinstance(targets, list):
        raise ValueError("no 'params' and 'target'")  # noqa: TRY004
    for number, (point, target) in enumerate(zip(points, targets, strict=False)):
        params = _params(point, bounds)
        if params is None:
            problems.append(
                Problem(path, "a point that does not fit the bounds", f"point {number}")
            )
            continue
        yield Trial(str(number), params, {_TARGET: target})


def _params(point: Any, bounds: Mapping[str, Any]) -> dict[str, Any] | None:
    """Values by name; of a choice, which takes a number for each of its values, the place of the one taken."""
    if not isinstance(point, list) or not all(map(is_number, point)):
        return None
    found: dict[str, Any] = {}
    rest = point
    for name, bound in bounds.items():
        width = len(bound) if _is_choice(bound) else 1
        own, rest = rest[:width], rest[width:]
        if len(own) < width:
            return None
        found[name] = own.index(max(own)) if _is_choice(bound) else own[0]
    return found if not rest else None


def _is_choice(bound: Any) -> bool:
    return isinstance(bound, list) and bool(bound) and isinstance(bound[0], list)


def _space(bounds: Mapping[str, Any]) -> dict[str, Spec]:
    pairs = {n: b for n, b in bounds.items() if isinstance(b, list) and len(b) == 2}
    found = {name: float_spec(*pair) for name, pair in pairs.items() if not _is_choice(pair)}
    return {name: spec for name, spec in found.items() if spec}
