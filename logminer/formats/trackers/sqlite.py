"""SQLite files as hostile input: opened read-only, tables only, work bounded by the file's size.

A database of unknown origin may hold views that never end, generated columns and text that is not UTF-8.
So nothing but the plain tables is queried, by SQL that is fixed in the formats, and every query may do work
in proportion to the file only.
"""

import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from logminer.core.problem import Problem
from logminer.formats._probe import Probe

MAGIC = b"SQLite format 3\x00"
_CHUNK = 65_536
_MAX_CELL = 16_000_000
_OPS_A_CALL = 10_000
_OPS_FREE = 20_000_000
_OPS_A_BYTE = 20
_SCHEMA_BYTES = 1 << 20


class Database:
    """The plain tables of one open file.

    Attributes:
        tables: column names by table; views, virtual tables and generated columns are left out.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'"
        ).fetchall()
        self.tables = {str(name): self._columns(name) for (name,) in names}

    def _columns(self, table: str) -> frozenset[str]:
        rows = self._connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
        return frozenset(str(name) for (name,) in rows)

    def has(self, table: str, *columns: str) -> bool:
        """Whether there is such a table with at least these columns."""
        return table in self.tables and self.tables[table].issuperset(columns)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one at a time."""
        for chunk in self.chunks(sql, values):
            yield from chunk

    def chunks(self, sql: str, values: Sequence[Any] = ()) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a query in lists of bounded length, so that millions of them fit."""
        cursor = self._connection.execute(sql, values)
        while rows := cursor.fetchmany(_CHUNK):
            yield rows


@contextmanager
def open_database(path: str) -> Iterator[Database]:
    """Open an SQLite file without writing a byte beside it.

    Raises:
        sqlite3.Error: the file is no database, is damaged, or a query works for too long.
    """
    # Immutable: no lock and no -shm file is made, so that logs on a read-only disk can be read.
    connection = connect(path, "immutable=1")
    try:
        _bound_work(connection, Path(path).stat().st_size)
        yield Database(connection)
    except UnicodeDecodeError:  # SQLite quotes a damaged schema in its message
        raise sqlite3.DatabaseError("the schema holds text that is not UTF-8") from None
    finally:
        connection.close()


def connect(path: str, options: str = "") -> sqlite3.Connection:
    """Connect to an SQLite file that may only be read, and whose schema runs nothing.

    Args:
        path: of the file.
        options: further ones of its URI; without ``immutable=1`` others may be writing to it.

    Raises:
        sqlite3.Error: there is no such file, or it is damaged.
    """
    uri = f"file:{quote(os.fsencode(path))}?mode=ro&{options}"
    connection = sqlite3.connect(uri, uri=True)
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_CELL)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _bound_work(connection: sqlite3.Connection, size: int) -> None:
    """Make a query fail that runs more virtual machine steps than a file of this size can need."""
    left = (_OPS_FREE + _OPS_A_BYTE * size) // _OPS_A_CALL

    def tick() -> int:
        nonlocal left
        left -= 1
        return left < 0

    connection.set_progress_handler(tick, _OPS_A_CALL)


def has_table(probe: Probe, table: str, *columns: str) -> bool:
    """Whether a file is an SQLite database with such a table, as far as a damaged one still shows."""
    if not probe.head.startswith(MAGIC):
        return False
    try:
        with open_database(probe.path) as database:
            return database.has(table, *columns)
    except sqlite3.Error:
        with Path(probe.path).open("rb") as file:
            start = file.read(_SCHEMA_BYTES)
        return re.search(rb'CREATE TABLE "?%s"? ' % table.encode(), start) is not None


@contextmanager
def damage_said(path: str, problems: list[Problem]) -> Iterator[None]:
    """Turn a database error into a problem, and say when newer rows wait in a journal beside the file."""
    beside = [Path(path + suffix) for suffix in ("-wal", "-journal")]
    problems += [
        Problem(path, f"rows in '{journal.name}' are not merged yet and not read")
        for journal in beside
        if journal.is_file() and journal.stat().st_size
    ]
    try:
        yield
    except sqlite3.Error as error:
        problems.append(Problem(path, f"SQLite file only read in part: {_one_line(error)}"))


def _one_line(error: Exception) -> str:
    """An error's message without line breaks, as SQLite quotes whole statements in some."""
    return " ".join(str(error).split())[:200]


def floats(values: Sequence[Any]) -> NDArray[np.float64]:
    """A column as floats; None and what is no number become NaN."""
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        return np.array([_float(value) for value in values], dtype=np.float64)


def integers(values: Sequence[Any]) -> NDArray[np.int64]:
    """A column as whole numbers; what is none becomes 0."""
    try:
        return np.array(values, dtype=np.int64)
    except (TypeError, ValueError, OverflowError):
        return np.array([v if isinstance(v, int) else 0 for v in values], dtype=np.int64)


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
