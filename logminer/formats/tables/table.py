"""Tables of a log: columns of numbers and texts, whether CSV, JSON rows or a mapping of lists wrote them.

A ``Table`` keeps, beside every number, whether it was written at all: a blank cell is "not measured",
while a written ``nan`` is a value. What its columns mean is decided in ``tables/shape.py``.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import Points
from logminer.core.problem import Problem
from logminer.formats.documents.values import parse_scalar

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

STEP_NAMES = (
    "global_step", "_step", "step", "steps", "trainer/global_step", "iteration", "iter", "itr", "iters",
    "iterations", "training_iteration", "global_iter", "num_updates", "update", "total_timesteps",
    "timesteps", "time/total_timesteps", "total_env_steps", "env_steps", "epoch", "epochs", "round",
    "boosting_round", "episode", "generation", "batch", "t",
)  # fmt: skip
WALL_NAMES = (
    "timestamp", "_timestamp", "wall_time", "wall_clock", "unix_time", "walltime", "time", "date", "datetime",
)  # fmt: skip
_NUMBER_TYPES = {bool, int, float, type(None)}
BLANK = frozenset({"", "-", "--", "—", "n/a", "na", "<na>", "?"})
NO_NUMBER = BLANK | {"none", "null"}


@dataclass
class Numbers:
    """One column of numbers, each of length n.

    Attributes:
        value: NaN where nothing was measured, or where NaN was.
        measured: False where the cell is blank or missing.
    """

    value: Floats
    measured: Mask

    def take(self, rows: Any) -> "Numbers":
        """The column at a slice, a mask or indices."""
        return Numbers(self.value[rows], self.measured[rows])

    @property
    def present(self) -> Floats:
        """The values that were written."""
        return self.value[self.measured]


@dataclass
class Table:
    """Columns of equal length.

    Attributes:
        rows: number of rows.
        numbers: numeric columns by name, booleans included as 0 and 1.
        texts: the other columns by name; None where blank.
        mixed: all cells of those numeric columns that hold texts besides (a batch size of "auto"): as metrics
            they are blank there, as parameters they are what was written.
        booleans: those numeric columns that hold truth values.
        order: names of the columns as they stand in the file, as far as that is known.
        restarts: rows above which the header was written once more.
    """

    rows: int
    numbers: dict[str, Numbers] = field(default_factory=dict)
    texts: dict[str, NDArray[Any]] = field(default_factory=dict)
    mixed: dict[str, NDArray[Any]] = field(default_factory=dict)
    booleans: set[str] = field(default_factory=set)
    order: list[str] = field(default_factory=list)
    restarts: Sequence[int] = ()

    @property
    def names(self) -> list[str]:
        """All column names in the order of the file."""
        if len(self.order) == len(self.numbers) + len(self.texts) and (
            self.numbers.keys() | self.texts.keys()
        ) == set(self.order):
            return list(self.order)
        held = dict.fromkeys(name for name in self.order if name in self)
        return list(held | dict.fromkeys(self.numbers) | dict.fromkeys(self.texts))

    def __contains__(self, name: object) -> bool:
        return name in self.numbers or name in self.texts

    def add(self, name: str, column: "Numbers | NDArray[Any]") -> None:
        """Add a column behind the others: numbers, or texts with None where blank."""
        self.order.append(name)
        if isinstance(column, Numbers):
            self.numbers[name] = column
        else:
            self.texts[name] = column

    def take(self, rows: Any) -> "Table":
        """The table at a slice, a mask or indices."""
        kept = np.arange(self.rows)[rows]
        n = len(kept)
        numbers = {name: column.take(rows) for name, column in self.numbers.items()}
        texts = {name: column[rows] for name, column in self.texts.items()}
        mixed = {name: column[rows] for name, column in self.mixed.items()}
        restarts = np.flatnonzero(np.isin(kept, self.restarts)).tolist() if self.restarts else ()
        return Table(n, numbers, texts, mixed, self.booleans, self.order, restarts)

    def renamed(self, names: Mapping[str, str]) -> "Table":
        """The table with other names for some columns."""
        if all(old == new for old, new in names.items()):
            return self
        return Table(
            self.rows,
            {names.get(n, n): column for n, column in self.numbers.items()},
            {names.get(n, n): column for n, column in self.texts.items()},
            {names.get(n, n): column for n, column in self.mixed.items()},
            {names.get(n, n) for n in self.booleans},
            [names.get(n, n) for n in self.order],
            self.restarts,
        )

    def add_mixed(self, name: str, cells: Sequence[Any]) -> None:
        """Add a numeric column of parsed cells, of which some may be texts."""
        measured = np.array([isinstance(cell, bool | int | float) for cell in cells], dtype=bool)
        values = np.full(len(cells), np.nan)
        values[measured] = [_as_float(c) for c, ok in zip(cells, measured, strict=True) if ok]
        self.numbers[name] = Numbers(values, measured)
        kept = [None if isinstance(c, str) and c.lower() in NO_NUMBER else c for c in cells]
        if any(isinstance(cell, str) for cell in kept):
            self.mixed[name] = np.array([*kept, None], dtype=object)[:-1]

    def lost(self, path: str, kept: Collection[str] = ()) -> list[Problem]:
        """What is said of texts among numbers, but in the columns whose cells are ``kept`` as they are."""
        return [
            Problem(path, f"{odd} cells of '{name}' are no numbers and count as blank")
            for name, cells in self.mixed.items()
            if name not in kept and (odd := sum(isinstance(cell, str) for cell in cells))
        ]

    def cell(self, name: str, row: int) -> Any:
        """One value as a plain scalar, whole numbers as int; None where blank."""
        if name in self.texts:
            return self.texts[name][row]
        if name in self.mixed:
            return self.mixed[name][row]
        if not self.numbers[name].measured[row]:
            return None
        value = self.numbers[name].value[row]
        return bool(value) if name in self.booleans else plain(value)

    def constant(self, name: str) -> bool:
        """Whether a column holds one single value wherever it is written."""
        cells = self.texts.get(name, self.mixed.get(name))
        if cells is not None:
            return len({v for v in cells.tolist() if v is not None}) == 1
        present = self.numbers[name].present
        return len(present) > 0 and bool(np.all(present == present[0]))


def plain(value: float) -> float | int:
    """A float as int when it is whole and exact, so that a batch size of 64 is not 64.0."""
    value = _as_float(value)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def from_records(
    rows: Sequence[Mapping[str, Any]], path: str = "", problems: list[Problem] | None = None
) -> Table:
    """Table of flat mappings, one a row; a key that a row lacks is blank there, and so is null.

    A column is numeric when any of its cells is a number; its texts then are parsed, and those that are no
    number are said in ``problems`` where it is given, else see ``Table.lost``. Values that are lists or mappings are left out.
    """
    table = Table(len(rows))
    for name in dict.fromkeys(key for row in rows for key in row):
        _add_column(table, str(name), [row.get(name) for row in rows])
    if problems is not None:
        problems += table.lost(path)
    return table


def nested_names(
    rows: Sequence[Mapping[str, Any]], flat: Sequence[Mapping[str, Any]]
) -> frozenset[str]:
    """Names that came of flattening rows, so that their dots stand for folders."""
    pairs = zip(rows, flat, strict=True)
    return frozenset(name for a, b in pairs if a.keys() != b.keys() for name in b.keys() - a.keys())


def from_columns(
    columns: Mapping[str, Sequence[Any]], path: str = "", problems: list[Problem] | None = None
) -> Table:
    """Table of a mapping of lists; shorter lists are blank at their end."""
    rows = max((len(column) for column in columns.values()), default=0)
    table = Table(rows)
    for name, cells in columns.items():
        missing = rows - len(cells)
        _add_column(table, str(name), [*cells, *[None] * missing] if missing else cells)
    if problems is not None:
        problems += table.lost(path)
    return table


def _add_column(table: Table, name: str, cells: Sequence[Any]) -> None:
    kinds = set(map(type, cells))
    if kinds <= {type(None)}:
        return
    table.order.append(name)
    if kinds <= {bool, type(None)}:
        table.booleans.add(name)
    if kinds <= _NUMBER_TYPES:  # the common case, at the speed of numpy
        table.numbers[name] = _plain_numbers(cells, blanks=type(None) in kinds)
    elif kinds & {bool, int, float} or _number_like(cells):
        table.add_mixed(name, [parse_scalar(c) if isinstance(c, str) else c for c in cells])
    elif str in kinds:
        texts = [cell if isinstance(cell, str) and cell else None for cell in cells]
        table.texts[name] = np.array(texts, dtype=object)


def _plain_numbers(cells: Sequence[Any], *, blanks: bool) -> Numbers:
    """Numbers and None as a column."""
    measured = np.ones(len(cells), dtype=bool)
    if blanks:
        measured = np.array([cell is not None for cell in cells], dtype=bool)
        cells = [np.nan if cell is None else cell for cell in cells]
    try:
        return Numbers(np.array(cells, dtype=np.float64), measured)
    except OverflowError:  # an integer beyond every double
        return Numbers(np.array([_as_float(cell) for cell in cells]), measured)


def _number_like(cells: Iterable[Any]) -> bool:
    texts = [c for c in cells if isinstance(c, str) and c.strip().lower() not in NO_NUMBER]
    return bool(texts) and all(isinstance(parse_scalar(text), int | float) for text in texts)


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def step_column(names: Iterable[str]) -> str | None:
    """The column that says where on the curve a row lies: ``global_step`` before ``step`` before ``epoch``."""
    lowered = {name.strip().lower(): name for name in reversed(list(names))}
    return next((lowered[name] for name in STEP_NAMES if name in lowered), None)


def wall_column(table: Table) -> str | None:
    """The numeric column that holds Unix times in seconds (or ms), by name and by its values."""
    lowered = {name.strip().lower(): name for name in table.numbers}
    for wanted in WALL_NAMES:
        if wanted in lowered:
            present = table.numbers[lowered[wanted]].present
            if len(present) and np.all((present > 3e8) & (present < 1e13)):
                return lowered[wanted]
    return None


def wall_times(table: Table, name: str | None) -> Floats | None:
    """Unix times in seconds of a wall column; milliseconds are recognised by their size."""
    if name is None or name not in table.numbers:
        return None
    values = table.numbers[name].value
    return np.where(values > 1e10, values / 1e3, values)


def whole_steps(column: Numbers) -> NDArray[np.int64] | None:
    """A step column as integers, blanks taking the step above them; None if it holds fractions."""
    finite = column.measured & np.isfinite(column.value)
    present = column.value[finite]
    if not len(present) or np.any(present != np.floor(present)) or np.any(np.abs(present) > 2**62):
        return None
    last = np.maximum.accumulate(np.where(finite, np.arange(len(finite)), -1))
    return np.where(last >= 0, column.value[last], 0).astype(np.int64)


def wide_points(
    columns: Mapping[str, Numbers],
    step: NDArray[np.int64],
    wall: Floats | None = None,
    run: NDArray[np.int32] | int = 0,
) -> Points:
    """Points of metric columns, blank cells left out and written NaN kept; columns never measured vanish.

    Args:
        columns: metrics by name, each of length n.
        step: length n.
        wall: length n, or None where the log keeps no time.
        run: run index of each row, or of all.
    """
    columns = {name: column for name, column in columns.items() if column.measured.any()}
    if not columns:
        return Points.empty()
    points = Points.from_wide({n: c.value for n, c in columns.items()}, step, wall, run)
    measured = np.concatenate([column.measured for column in columns.values()])
    return points if measured.all() else points.take(measured)
