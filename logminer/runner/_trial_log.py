"""The logs of one trial while they grow, read by the same formats as ingest, without a database."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.objective import Objective
from logminer.core.parameters import is_number
from logminer.core.parsed import ParsedLog, Points, RunFacts
from logminer.core.problem import Problem
from logminer.core.vocabulary import describe
from logminer.engine.reading import read_batch
from logminer.runner._final_value import final_value
from logminer.store.rows import SourceRow
from logminer.workflows.changes import Found, look
from logminer.workflows.identity import fingerprint
from logminer.workflows.recognise import Recogniser
from logminer.workflows.walk import walk

Curve = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Steps in order, each once, and the values there."""
_FINAL = ""  # stands for the file that a final result was read from
_SAID = "stdout.log"
_LINES = "stdout.jsonl"
_SUMMARIES: dict[str, Callable[[Any], Any]] = {
    "min": np.min, "max": np.max, "first": lambda v: v[0], "last": lambda v: v[-1],
}  # fmt: skip


@dataclass
class TrialLog:
    """What a trial has logged so far.

    Attributes:
        folder: the trial's folder.
        recognise: tells formats.
        finals: results that no format reads, by name: see ``conclude``.
    """

    folder: Path
    recognise: Recogniser
    _known: dict[str, SourceRow] = field(default_factory=dict)
    _points: dict[str, list[Points]] = field(default_factory=dict)
    _said: int = 0
    _runs: set[tuple[str, str]] = field(default_factory=set)
    finals: dict[str, float] = field(default_factory=dict)

    @property
    def runs(self) -> frozenset[tuple[str, str]]:
        """Root and key of the runs of which something was measured."""
        return frozenset(self._runs)

    def refresh(self) -> bool:
        """Read what is new; whether there was any."""
        self._lift_lines()
        problems: list[Problem] = []
        seen = look(walk(str(self.folder), problems), self._known, self.recognise, again=False)
        for row in [*seen.unread, *(kept.source for kept in seen.kept)]:
            self._known[row.path] = replace(row, id=1)
        return sum(self._read(item) for item in seen.found) > 0

    def metrics(self) -> set[str]:
        """Names of all metrics logged."""
        return {
            name for parts in self._points.values() for part in parts for name in _present(part)
        }

    def curve(self, metric: str) -> Curve:
        """A metric by step; of several values of one step the last counts."""
        steps, values = [], []
        for parts in self._points.values():
            for part in parts:
                mine = np.isin(part.metric, [i for i, n in enumerate(part.names) if n == metric])
                steps.append(part.step[mine])
                values.append(part.value[mine].astype(float))
        if not steps:
            return np.empty(0, dtype=np.int64), np.empty(0)
        step, value = np.concatenate(steps)[::-1], np.concatenate(values)[::-1]
        unique, place = np.unique(step, return_index=True)
        return unique, value[place]

    def conclude(self, metric: str | None) -> None:
        """Look for the result of a training that has ended, where its logs do not have the metric.

        Args:
            metric: the one that is looked for, or None for any.
        """
        logged = self.metrics()
        if metric in logged or (metric is None and logged):
            return
        found = final_value(self.folder, metric)
        if found is not None:
            self.finals[found[0]] = found[1]
            rows = [(name, 0, None, value) for name, value in self.finals.items()]
            self._points[_FINAL] = [Points.from_rows(rows)]

    def _read(self, item: Found) -> bool:
        [log] = read_batch(self.recognise.reader(item.format), [(item.probe, item.resume)])
        path = item.source.path
        if not isinstance(log, ParsedLog):  # half written perhaps: looked at again when it grows
            self._known[path] = replace(item.source, id=1)
            return False
        if item.anew or log.anew:
            self._points[path] = []
        points = Points.concat([log.points, _once(log.runs)])
        self._runs |= {(log.runs[i].root, log.runs[i].key) for i in np.unique(points.run)}
        self._points.setdefault(path, []).append(points)
        self._known[path] = replace(
            item.source,
            id=1,
            head_hash=fingerprint(item.probe.path, log.offset, item.head),
            offset=log.offset,
            state=json.dumps(dict(log.state)),
        )
        return len(points) > 0

    def _lift_lines(self) -> None:
        """Copy the JSON objects among what was printed to a file of their own, which has nothing else in it."""
        printed = self.folder / _SAID
        if not printed.exists() or printed.stat().st_size <= self._said:
            return
        with printed.open("rb") as file:
            file.seek(self._said)
            data = file.read()
        data, mode = data[: data.rfind(b"\n") + 1], "ab" if self._said else "wb"
        self._said += len(data)
        lines = [
            line for line in data.splitlines() if line[:1] == b"{" and line.rstrip()[-1:] == b"}"
        ]
        if lines:
            with (self.folder / _LINES).open(mode) as out:
                out.write(b"\n".join(lines) + b"\n")


def _once(runs: Sequence[RunFacts]) -> Points:
    """Numbers that stand beside a run and may be its result, as measured once."""
    rows = [
        (name, 0, None, float(value))
        for run in runs
        for name, value in run.cells.items()
        if is_number(value) and describe(name).kind in {"measure", "companion", "time", ""}
    ]
    return Points.from_rows(rows)


def _present(points: Points) -> set[str]:
    return {points.names[i] for i in np.unique(points.metric)}


def summarise(curve: Curve, objective: Objective) -> float:
    """The value that counts; NaN for a curve that ends in no number, and for an empty one."""
    values = curve[1]
    if not len(values) or not math.isfinite(values[-1]):
        return math.nan
    kind = objective.mode if objective.summary == "best" else objective.summary
    return float(_SUMMARIES[kind](values[np.isfinite(values)]))
