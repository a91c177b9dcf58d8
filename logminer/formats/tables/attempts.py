"""Runs that one log holds one after another: the axis starts anew, as when a script is started once more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from logminer.formats.tables.shape import Shape
from logminer.formats.tables.table import Table

_MOST = 2_000  # runs of one table whose last step is remembered from piece to piece

Attempts = dict[
    str, list[int]
]  # of each run's key: which attempt it is in, its first step, its last


@dataclass(frozen=True)
class Groups:
    """Rows by run.

    Attributes:
        codes: number of each row's run, shape (rows,).
        keys: what tells each run from the others.
        attempts: which time the run was started, 1 for the first; empty where no run was started again.
    """

    codes: NDArray[np.int64]
    keys: list[str]
    attempts: list[int] = field(default_factory=list)


def split_attempts(
    table: Table,
    shape: Shape,
    step: NDArray[np.int64],
    groups: Groups,
    before: Mapping[str, Sequence[int]],
) -> tuple[Groups, Attempts]:
    """Runs told apart further where the axis starts anew.

    Falling back to a later step is the same run going on from a checkpoint; so is a row of other columns, such as a
    last test.

    Args:
        table: the rows.
        shape: what the columns are.
        step: of each row.
        groups: the rows by what the columns tell.
        before: what the part read before left to remember.
    """
    if shape.axis is None or shape.metric is not None:
        return groups, {key: list(value) for key, value in before.items()}
    if not before and len(groups.keys) == 1 and bool(np.all(step[1:] >= step[:-1])):
        return groups, {groups.keys[0]: [1, int(step[0]), int(step[-1])]}
    measured = _measured(table, shape)
    codes, keys = np.zeros(table.rows, dtype=np.int64), list[str]()
    attempts = list[int]()
    after = {key: list(value) for key, value in before.items()}
    order = np.argsort(groups.codes, kind="stable")
    ends = np.cumsum(np.bincount(groups.codes, minlength=len(groups.keys)))
    for key, rows in zip(groups.keys, np.split(order, ends[:-1]), strict=True):
        number, first, last = before.get(key) or (1, int(step[rows[0]]), int(step[rows[0]]))
        own = step[rows]
        starts = (own < np.concatenate([[last], own[:-1]])) & (own <= first)
        starts &= (measured[:, rows] & measured[:, rows[:1]]).any(axis=0)
        counts = np.cumsum(starts) + number
        for count in np.unique(counts).tolist():
            codes[rows[counts == count]] = len(keys)
            keys.append(key if count == 1 else f"{key}#{count}" if key else str(count))
            attempts.append(count)
        if len(after) < _MOST:
            after[key] = [int(counts[-1]), first, int(own[-1])]
    return Groups(codes, keys, attempts), after


def _measured(table: Table, shape: Shape) -> NDArray[np.bool_]:
    """Which metrics each row measures, shape (metrics, rows)."""
    others = shape.not_measured
    metrics = [c.measured for n, c in table.numbers.items() if n not in others]
    return np.stack(metrics) if metrics else np.ones((1, table.rows), dtype=bool)
