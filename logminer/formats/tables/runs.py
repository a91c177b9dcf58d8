"""The runs and points of a table whose columns are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import Points, RunFacts, Status
from logminer.formats.tables.roles import Roles, combinations, distinct
from logminer.formats.tables.table import Numbers, Table, wall_times, whole_steps, wide_points

_STATUS: dict[str, Status] = {
    **dict.fromkeys(
        ("complete", "completed", "finished", "done", "success", "succeeded", "ok"), "finished"
    ),
    **dict.fromkeys(("failed", "fail", "error", "crashed", "killed", "oom", "nan"), "failed"),
    **dict.fromkeys(("running", "pending", "started", "in_progress"), "running"),
    **dict.fromkeys(("preempted", "pruned", "stopped", "timeout"), "preempted"),
}


@dataclass(frozen=True)
class Reading:
    """Runs and points of a table, or of a part of it."""

    runs: list[RunFacts]
    points: Points


def read_roles(
    table: Table,
    roles: Roles,
    root: str,
    path: str,
    *,
    first_row: int = 0,
    nested: frozenset[str] = frozenset(),
) -> Reading:
    """Runs and points of a table whose columns are known.

    Args:
        table: the rows.
        roles: what the columns are.
        root: where the run lives when the table holds one run, or names its runs.
        path: the file: root of runs that only their row tells apart.
        first_row: number of rows read before.
        nested: columns whose dots stand for folders: as metrics they get slashes.
    """
    if not table.rows:
        return Reading([], Points.empty())
    if roles.per_row:
        reading = _read_rows(table, roles, root, path, first_row)
    else:
        reading = _read_curves(table, roles, root, path, first_row)
    names = reading.points.names
    reading.points.names = [n.replace(".", "/") if n in nested else n for n in names]
    return reading


def _read_curves(table: Table, roles: Roles, root: str, path: str, first_row: int) -> Reading:
    runs, places = [RunFacts(root)], np.zeros(table.rows, dtype=np.int32)
    if roles.run is not None:
        codes, keys = distinct(table, roles.run)
        places, runs = codes.astype(np.int32), [RunFacts(root, str(key)) for key in keys]
    elif roles.group:
        codes, keys = combinations(table, roles.group)
        places, runs = codes.astype(np.int32), [RunFacts(path, key) for key in keys]
    firsts = np.unique(places, return_index=True)[1]
    for run, row in zip(runs, firsts.tolist(), strict=True):
        _describe(run, table, roles, row)
    step = whole_steps(table.numbers[roles.step]) if roles.step in table.numbers else None
    if step is None:
        step = np.arange(first_row, first_row + table.rows, dtype=np.int64)
    return Reading(runs, _points(table, roles, step, places))


def _describe(run: RunFacts, table: Table, roles: Roles, row: int) -> None:
    run.params = _cells(table, roles.params, row)
    run.meta = _cells(table, roles.meta, row)
    if roles.status in table.texts:
        run.status = _STATUS.get(
            str(table.texts[roles.status][row]).lower().rpartition(".")[2], "unknown"
        )


def _cells(table: Table, names: Sequence[str], row: int) -> dict[str, Any]:
    cells = {name: table.cell(name, row) for name in names if name in table.names}
    return {name: value for name, value in cells.items() if value is not None}


def _points(table: Table, roles: Roles, step: NDArray[np.int64], run: NDArray[np.int32]) -> Points:
    wall = wall_times(table, roles.wall)
    if roles.metric in table.texts and roles.value in table.numbers:
        return _long_points(table, roles, step, run)
    metrics = {n: c for n, c in table.numbers.items() if n not in roles.spoken_for}
    if roles.split not in table.texts:
        return wide_points(metrics, step, wall, run)
    codes, splits = distinct(table, str(roles.split))
    parts = []
    for i, split in enumerate(splits):
        rows = codes == i
        named = {f"{split}/{n}" if split else n: c.take(rows) for n, c in metrics.items()}
        parts.append(
            wide_points(named, step[rows], None if wall is None else wall[rows], run[rows])
        )
    return Points.concat(parts)


def _long_points(
    table: Table, roles: Roles, step: NDArray[np.int64], run: NDArray[np.int32]
) -> Points:
    codes, names = distinct(table, str(roles.metric))
    column: Numbers = table.numbers[str(roles.value)]
    wall = wall_times(table, roles.wall)
    walls = np.full(table.rows, np.nan) if wall is None else wall
    names = [str(name) for name in names]
    if roles.split in table.texts:
        splits = table.texts[str(roles.split)].tolist()
        joined = [
            f"{split}/{names[code]}" for split, code in zip(splits, codes.tolist(), strict=True)
        ]
        names = list(dict.fromkeys(joined))
        place = {name: i for i, name in enumerate(names)}
        codes = np.array([place[name] for name in joined], dtype=np.int64)
    points = Points(names, run, codes.astype(np.int32), step, walls, column.value)
    return points.take(column.measured)


def _read_rows(table: Table, roles: Roles, root: str, path: str, first_row: int) -> Reading:
    runs = []
    for row in range(table.rows):
        key = table.cell(roles.run, row) if roles.run else None
        run = RunFacts(path, str(first_row + row)) if key is None else RunFacts(root, str(key))
        _describe(run, table, roles, row)
        runs.append(run)
    metrics = {n: c for n, c in table.numbers.items() if n not in roles.spoken_for}
    rows = np.arange(table.rows, dtype=np.int32)
    return Reading(
        runs,
        wide_points(
            metrics, np.zeros(table.rows, dtype=np.int64), wall_times(table, roles.wall), rows
        ),
    )
