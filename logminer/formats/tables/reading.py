"""Where a table stands, and what is read of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from logminer.core.parsed import Points, RunFacts
from logminer.formats.documents.values import parse_scalar
from logminer.formats.tables.table import Table, plain


@dataclass(frozen=True)
class Place:
    """Where a table stands.

    Attributes:
        root: where the run lives when the table holds one run.
        path: root of runs that only their place in the table, or a name in it, tells apart.
        first_row: number of rows read before.
        nested: columns whose dots stand for folders: as metrics they get slashes.
        meta: what is recorded of every run.
    """

    root: str
    path: str
    first_row: int = 0
    nested: frozenset[str] = frozenset()
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """Runs and points of a table, or of a part of it.

    Attributes:
        runs: one entry a run.
        points: their measurements.
        attempts: what the next part must know to tell a run that was started again from one that goes on.
    """

    runs: list[RunFacts]
    points: Points
    attempts: Mapping[str, list[int]] = field(default_factory=dict)


def cells_of(table: Table, names: Iterable[str], row: int) -> dict[str, Any]:
    """Cells of one row that are not blank, by column."""
    cells = {name: table.cell(name, row) for name in names if name in table}
    return {name: _parsed(value) for name, value in cells.items() if value is not None}


def _parsed(value: Any) -> Any:
    """A number among texts as a number, any other text as written."""
    if isinstance(value, str) and value[:1] in "+-.0123456789":
        parsed = parse_scalar(value)
        return plain(parsed) if isinstance(parsed, int | float) else value
    return value
