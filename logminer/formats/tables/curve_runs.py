"""The runs and points of a table of curves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.names import words
from logminer.core.parsed import Points, RunFacts
from logminer.formats.documents.name_values import name_values
from logminer.formats.documents.values import is_number
from logminer.formats.tables.attempts import Groups, split_attempts
from logminer.formats.tables.columns import status_of
from logminer.formats.tables.groups import combinations, distinct
from logminer.formats.tables.reading import Place, Reading, cells_of
from logminer.formats.tables.shape import Shape
from logminer.formats.tables.table import Floats, Table, wall_times, whole_steps, wide_points
from logminer.formats.tables.wide import WideColumn


def read_curves(
    table: Table, shape: Shape, place: Place, attempts: Mapping[str, Sequence[int]]
) -> Reading:
    """Runs and points of curves, one run or several.

    Args:
        table: the rows, at least one.
        shape: what the columns are.
        place: where they stand.
        attempts: of the part read before.
    """
    step = _steps(table, shape, place.first_row)
    groups, after = split_attempts(table, shape, step, _groups(table, shape), attempts)
    firsts = np.unique(groups.codes, return_index=True)[1].tolist()
    lasts = (table.rows - 1 - np.unique(groups.codes[::-1], return_index=True)[1]).tolist()
    runs = []
    numbers = groups.attempts or [1] * len(groups.keys)
    for key, number, first, last in zip(groups.keys, numbers, firsts, lasts, strict=True):
        root = place.path if shape.keys or key else place.root
        run = _facts(RunFacts(root, key), table, shape, first)
        if number > 1:
            run.meta = {**run.meta, "attempt": number}
        if shape.rows.status in table.texts:
            run.status = status_of(table.texts[str(shape.rows.status)][last])
        elif _is_plan_reached(shape.axis, run.cells, int(step[last])):
            run.status = "finished"
        runs.append(run)
    curves = _Curves(
        table, shape, step, groups.codes.astype(np.int32), wall_times(table, shape.wall)
    )
    if shape.wide:
        return Reading(*_side_by_side(curves, runs, place), after)
    return Reading(runs, curves.points(), after)


def _steps(table: Table, shape: Shape, first_row: int) -> NDArray[np.int64]:
    """The step of each row: the axis, further on where it starts anew within an outer one, or the row number."""
    step = whole_steps(table.numbers[shape.axis]) if shape.axis in table.numbers else None
    if step is None:
        return np.arange(first_row, first_row + table.rows, dtype=np.int64)
    outer = whole_steps(table.numbers[shape.outer]) if shape.outer in table.numbers else None
    return step if outer is None else outer * max(shape.span, 1) + step


def _groups(table: Table, shape: Shape) -> Groups:
    if not shape.keys:
        return Groups(np.zeros(table.rows, dtype=np.int64), [""])
    codes, keys = combinations(table, shape.keys)
    return Groups(codes, [key.partition("=")[2] for key in keys] if shape.named else keys)


def _facts(run: RunFacts, table: Table, shape: Shape, row: int) -> RunFacts:
    """What the columns that are constant within a run say of it."""
    settings = [name for name in shape.settings if name != shape.rows.status]
    run.cells = cells_of(table, settings, row)
    if not shape.named:
        run.cells = {**cells_of(table, shape.keys, row), **run.cells}
    elif shape.keys:
        name = {shape.keys[0]: table.cell(shape.keys[0], row)}
        run.meta = name
        run.cells = {**name_values(run.key), **run.cells} or dict(name)
    return run


def _is_plan_reached(axis: str | None, cells: Mapping[str, Any], reached: int) -> bool:
    """Whether the run's last step is the one it was to end at, such as ``total_steps`` beside ``current_steps``."""
    if axis is None:
        return False
    unit = {word.removesuffix("s") for word in words(axis)[-1:]}
    plans = [
        value
        for name, value in cells.items()
        if is_number(value)
        and words(name)[:1] in {("total",), ("max",), ("num",)}
        and {word.removesuffix("s") for word in words(name)[-1:]} == unit
    ]
    return any(reached >= plan > 0 for plan in plans)


@dataclass(frozen=True)
class _Curves:
    """A table of curves with what is known of each row.

    Attributes:
        table: the rows.
        shape: what the columns are.
        step: of each row, shape (rows,).
        run: index of each row's run, shape (rows,).
        wall: Unix time of each row, or None.
    """

    table: Table
    shape: Shape
    step: NDArray[np.int64]
    run: NDArray[np.int32]
    wall: Floats | None

    def points(self) -> Points:
        """Points of all columns that are metrics of the rows' own runs."""
        table, shape = self.table, self.shape
        if shape.metric in table.texts and shape.value in table.numbers:
            return self._long_points()
        taken = shape.not_measured | {column.column for column in shape.wide}
        metrics = {n: c for n, c in table.numbers.items() if n not in taken}
        if shape.split not in table.texts:
            return wide_points(metrics, self.step, self.wall, self.run)
        codes, splits = distinct(table, str(shape.split))
        parts = []
        for i, split in enumerate(splits):
            rows = codes == i
            named = {f"{split}/{n}" if split else n: c.take(rows) for n, c in metrics.items()}
            wall = None if self.wall is None else self.wall[rows]
            parts.append(wide_points(named, self.step[rows], wall, self.run[rows]))
        return Points.concat(parts)

    def _long_points(self) -> Points:
        table, shape, step = self.table, self.shape, self.step
        codes, names = distinct(table, str(shape.metric))
        names = [str(name) for name in names]
        if shape.split in table.texts:
            splits = table.texts[str(shape.split)].tolist()
            joined = [f"{s}/{names[c]}" for s, c in zip(splits, codes.tolist(), strict=True)]
            names = list(dict.fromkeys(joined))
            numbers = {name: i for i, name in enumerate(names)}
            codes = np.array([numbers[name] for name in joined], dtype=np.int64)
        if shape.axis is None and shape.keys:  # measured once for each run
            step = np.zeros(table.rows, dtype=np.int64)
        column = table.numbers[str(shape.value)]
        walls = np.full(table.rows, np.nan) if self.wall is None else self.wall
        points = Points(names, self.run, codes.astype(np.int32), step, walls, column.value)
        return points.take(column.measured)


def _side_by_side(
    curves: _Curves, above: Sequence[RunFacts], place: Place
) -> tuple[list[RunFacts], Points]:
    """Runs that share their steps, each with columns of its own; columns of none belong to each."""
    shape, table = curves.shape, curves.table
    shared = Points.empty() if shape.is_chart else curves.points()
    keys = {key: i for i, key in enumerate(dict.fromkeys(c.key for c in shape.wide))}
    first = {column.key: column for column in reversed(shape.wide)}
    runs = [_beside(run, first[key], place) for key in keys for run in above]
    parts = [replace(shared, run=shared.run + _offset(i, above)) for i in range(len(keys))]
    for column in shape.wide:
        if column.column in table.numbers:
            own = {column.metric: table.numbers[column.column]}
            run = curves.run + _offset(keys[column.key], above)
            parts.append(wide_points(own, curves.step, curves.wall, run))
    return runs, Points.concat(parts)


def _offset(place: int, above: Sequence[RunFacts]) -> NDArray[np.int32]:
    return np.array(place * len(above), dtype=np.int32)


def _beside(run: RunFacts, column: WideColumn, place: Place) -> RunFacts:
    """A run of the rows as one of several that stand side by side."""
    if not column.key:
        return run
    cells = {column.kind: column.number} if column.kind else name_values(column.run)
    key = f"{run.key},{column.key}" if run.key else column.key
    return replace(run, root=place.path, key=key, cells={**run.cells, **cells})
