"""The runs and points of a table whose shape is decided."""

from collections.abc import Mapping, Sequence

from logminer.core.parsed import Points
from logminer.formats.tables.curve_runs import read_curves
from logminer.formats.tables.reading import Place, Reading
from logminer.formats.tables.row_runs import read_runs
from logminer.formats.tables.shape import Shape
from logminer.formats.tables.table import Table


def read_shape(
    table: Table, shape: Shape, place: Place, attempts: Mapping[str, Sequence[int]] | None = None
) -> Reading:
    """Runs and points of a table.

    Args:
        table: the rows.
        shape: what the columns are.
        place: where they stand.
        attempts: what the part read before left to remember.
    """
    before = {key: list(value) for key, value in (attempts or {}).items()}
    if not table.rows:
        return Reading([], Points.empty(), before)
    if shape.kind == "rows":
        reading = read_runs(table, shape, place)
    else:
        reading = read_curves(table, shape, place, before)
    for run in reading.runs:
        run.meta = {**place.meta, **run.meta}
    names = reading.points.names
    reading.points.names = [n.replace(".", "/") if n in place.nested else n for n in names]
    return reading
