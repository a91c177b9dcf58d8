"""What a format yields of one log: facts of its runs, and columns of points.

Points are columns, never a Python object each, so that a million of them cost a few arrays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logminer.core.problem import Problem

Status = Literal["finished", "running", "failed", "preempted", "pruned", "infeasible", "unknown"]


@dataclass
class RunFacts:
    """What one log says of one run; several logs of one run are merged by the store.

    Attributes:
        root: absolute path of the folder (or file) that is the run.
        key: which of several runs under one root this is, e.g. a trial number; empty otherwise.
        params: hyperparameters as the tool declares them. Nested mappings are flattened with dots.
        cells: what stands beside the run and nothing declares (columns of a table, keys of a document): chosen or
            measured, an analysis over all runs decides.
        meta: what is merely recorded: host facts, versions, totals.
        space: the search space that the tool declares, by hyperparameter, each described as in a ``space.yaml``.
        status: how the run ended, as far as this log tells: a tuner's ``pruned`` run was not worth going on with, an
            ``infeasible`` one violates a constraint.
        reason: why it failed or stopped, if known.
        started: start as a Unix time in seconds, or None.
        ended: end as a Unix time in seconds, or None.
        command: command line, or None.
        host: machine, or None.
        commit: git commit of the training code, or None.
        tags: free labels.
        parent: name of the study, experiment or project the run belongs to, or None: within it runs compare, unless
            what is recorded says otherwise.
    """

    root: str
    key: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    cells: Mapping[str, Any] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)
    space: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    status: Status = "unknown"
    reason: str | None = None
    started: float | None = None
    ended: float | None = None
    command: str | None = None
    host: str | None = None
    commit: str | None = None
    tags: tuple[str, ...] = ()
    parent: str | None = None


@dataclass
class Points:
    """Measurements as five columns of equal length n.

    Attributes:
        names: metric names; ``metric`` indexes them.
        run: int32 (n,), index into the runs of the same ParsedLog.
        metric: int32 (n,), index into ``names``.
        step: int64 (n,), position on the curve.
        wall: float64 (n,), Unix time in seconds, NaN where unknown.
        value: float64 (n,) or float32 (n,) when the log itself holds single precision.
    """

    names: list[str]
    run: NDArray[np.int32]
    metric: NDArray[np.int32]
    step: NDArray[np.int64]
    wall: NDArray[np.float64]
    value: NDArray[np.floating[Any]]

    def __len__(self) -> int:
        return len(self.value)

    @classmethod
    def empty(cls) -> "Points":
        """No points."""
        none = np.empty(0)
        return cls([], none.astype("i4"), none.astype("i4"), none.astype("i8"), none, none)

    @classmethod
    def from_wide(
        cls,
        columns: Mapping[str, ArrayLike],
        step: ArrayLike,
        wall: ArrayLike | None = None,
        run: ArrayLike | int = 0,
        *,
        drop_nan: bool = False,
    ) -> "Points":
        """Points of a table with one column a metric and one row a step.

        Args:
            columns: float columns by metric name, each of length n.
            step: length n.
            wall: length n, or None where the log keeps no time.
            run: run index of each row, or of all.
            drop_nan: whether NaN means "not measured in this row", as in a CSV with blanks.
        """
        names = list(columns)
        if not names:
            return cls.empty()
        steps = np.asarray(step, dtype=np.int64)
        rows, k = len(steps), len(names)
        values = [np.asarray(columns[name], dtype=np.float64) for name in names]
        if any(len(column) != rows for column in values):
            raise ValueError(f"columns of unequal length beside {rows} steps")
        value = np.concatenate(values)
        walls = np.full(rows, np.nan) if wall is None else np.asarray(wall, dtype=np.float64)
        runs = np.broadcast_to(np.asarray(run, dtype=np.int32), rows)
        points = cls(
            names,
            np.tile(runs, k),
            np.repeat(np.arange(k, dtype=np.int32), rows),
            np.tile(steps, k),
            np.tile(walls, k),
            value,
        )
        return points.take(~np.isnan(value)) if drop_nan else points

    @classmethod
    def from_rows(
        cls, rows: Sequence[tuple[str, int, float | None, float]], run: int = 0
    ) -> "Points":
        """Points of a short list of ``(metric, step, wall, value)``: for small logs only."""
        names = list(dict.fromkeys(row[0] for row in rows))
        place = {name: i for i, name in enumerate(names)}
        n = len(rows)
        return cls(
            names,
            np.full(n, run, dtype=np.int32),
            np.fromiter((place[row[0]] for row in rows), np.int32, n),
            np.fromiter((row[1] for row in rows), np.int64, n),
            np.fromiter((np.nan if row[2] is None else row[2] for row in rows), np.float64, n),
            np.fromiter((row[3] for row in rows), np.float64, n),
        )

    @classmethod
    def concat(cls, parts: Sequence["Points"]) -> "Points":
        """Several sets of points as one; names are joined."""
        parts = [part for part in parts if len(part)]
        if not parts:
            return cls.empty()
        place: dict[str, int] = {}
        metrics = []
        for part in parts:
            ids = [place.setdefault(name, len(place)) for name in part.names]
            metrics.append(np.asarray(ids, dtype=np.int32)[part.metric])
        return cls(
            list(place),
            np.concatenate([p.run for p in parts]),
            np.concatenate(metrics),
            np.concatenate([p.step for p in parts]),
            np.concatenate([p.wall for p in parts]),
            np.concatenate([p.value for p in parts]),
        )

    def take(self, rows: NDArray[Any]) -> "Points":
        """The points at a mask or at indices."""
        return Points(
            self.names, self.run[rows], self.metric[rows], self.step[rows], self.wall[rows],
            self.value[rows],
        )  # fmt: skip


@dataclass(frozen=True)
class Resume:
    """How far a log was read before: what ``ParsedLog`` reported last time.

    Attributes:
        offset: bytes already read; 0 the first time.
        state: what the format itself needs to go on, JSON-serialisable.
    """

    offset: int = 0
    state: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class ParsedLog:
    """Everything one log yields.

    Attributes:
        runs: one entry a run; most logs hold one.
        points: columns of measurements.
        problems: what could not be read, with places.
        offset: bytes read so far, for logs that are appended to; else the size of the file.
        state: what the format needs to go on from ``offset``, JSON-serialisable.
        anew: whether the file was read from its start although it was to be read on: what was
            stored of it before is replaced.
        left_out: how many things were left out on purpose, by what they are; that is no problem.
    """

    runs: list[RunFacts] = field(default_factory=list)
    points: Points = field(default_factory=Points.empty)
    problems: list[Problem] = field(default_factory=list)
    offset: int = 0
    state: Mapping[str, Any] = field(default_factory=dict)
    anew: bool = False
    left_out: Mapping[str, int] = field(default_factory=dict)
