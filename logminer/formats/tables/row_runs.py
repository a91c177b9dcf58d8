"""The runs of a table with one run a row."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from logminer.core.parsed import Points, RunFacts, Status
from logminer.formats.documents.values import parse_time
from logminer.formats.tables.columns import is_violated, status_of
from logminer.formats.tables.list_cells import list_columns, list_points
from logminer.formats.tables.reading import Place, Reading, cells_of
from logminer.formats.tables.shape import Shape
from logminer.formats.tables.table import Table, wall_times, wide_points
from logminer.formats.tables.wide import WideColumn


def read_runs(table: Table, shape: Shape, place: Place) -> Reading:
    """A run a row: declared parameters and results, and all else as cells.

    Args:
        table: the rows.
        shape: what the columns are.
        place: where they stand.
    """
    columns, wide = shape.rows, {column.column for column in shape.wide}
    started, ended = _times(table, columns.started), _times(table, columns.ended)
    lists = list_columns(table)
    taken = columns.taken | wide | {*lists}
    cells = [name for name in table.names if name not in taken]
    runs, keys = list[RunFacts](), set[str]()
    for row in range(table.rows):
        key = _key(table, columns.key, row, place.first_row)
        key = key if key not in keys else str(place.first_row + row)
        keys.add(key)
        declared = cells_of(table, columns.params, row)
        run = RunFacts(
            place.path,
            key,
            params={columns.params[name]: value for name, value in declared.items()},
            cells=cells_of(table, cells, row),
            meta=cells_of(table, columns.meta, row),
            status=_status(table, shape, row),
            started=started[row],
            ended=ended[row],
        )
        runs.append(run)
    if wide:
        return _repeated(table, shape, runs)
    points = {columns.points[n]: table.numbers[n] for n in columns.points if n in table.numbers}
    steps, places = np.zeros(table.rows, dtype=np.int64), np.arange(table.rows, dtype=np.int32)
    single = wide_points(points, steps, wall_times(table, shape.wall), places)
    return Reading(runs, Points.concat([single, list_points(table, lists)]) if lists else single)


def _key(table: Table, column: str | None, row: int, first_row: int) -> str:
    own = table.cell(str(column), row) if column in table else None
    return str(first_row + row) if own is None else str(own)


def _status(table: Table, shape: Shape, row: int) -> Status:
    columns = shape.rows
    if any(is_violated(n, table.cell(n, row)) for n in columns.violation if n in table):
        return "infeasible"
    if columns.status in table.texts:
        return status_of(table.texts[str(columns.status)][row])
    return "unknown"


def _times(table: Table, name: str | None) -> list[float | None]:
    if name is None or name not in table:
        return [None] * table.rows
    return [parse_time(table.cell(name, row)) for row in range(table.rows)]


def _repeated(table: Table, shape: Shape, runs: Sequence[RunFacts]) -> Reading:
    """Each row as several runs that differ by a seed, a fold or a repeat."""
    split = []
    groups: dict[str, list[WideColumn]] = {}
    for column in shape.wide:
        if column.column in table:
            groups.setdefault(column.key, []).append(column)
    for row, run in enumerate(runs):
        for key, columns in groups.items():
            own = {c.metric: table.cell(c.column, row) for c in columns}
            own = {name: value for name, value in own.items() if value is not None}
            if own:
                cells = {**run.cells, columns[0].kind: columns[0].number, **own}
                split.append(replace(run, key=f"{run.key},{key}", cells=cells))
    return Reading(split, Points.empty())
