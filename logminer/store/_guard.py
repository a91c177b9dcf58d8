"""A connection whose failures are ours: an error names the file, and Ctrl-C stays an interruption."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any, cast

import duckdb

from logminer.core.errors import StoreError

UNSOUND = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.OutOfMemoryException,
    duckdb.SerializationException,
)
"""Errors that no wording of a query can mend: the file, the disk or the memory is at fault."""
_INTERRUPTED = "Query interrupted"
_masking = RLock()  # the mask is one of the whole process


class Connection:
    """What the store needs of a DuckDB connection.

    Args:
        con: the connection.
        path: of the database file.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._con, self._path = con, path

    def execute(self, query: str, values: Any = None) -> "Connection | None":
        """Run a statement; None when it was a mere comment.

        Raises:
            StoreError: DuckDB refuses it; its own error is the cause.
            KeyboardInterrupt: the user has interrupted it.
        """
        with translated(self._path):
            answer = self._con.execute(query, values) if values else self._con.execute(query)
        return self if answer else None

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows of the last statement."""
        with translated(self._path):
            return self._con.fetchall()

    def df(self) -> Any:
        """The last statement's rows as a DataFrame."""
        with translated(self._path):
            return self._con.df()

    def register(self, name: str, table: Any) -> None:
        """Let statements see a table of this process."""
        with translated(self._path):
            self._con.register(name, table)

    def unregister(self, name: str) -> None:
        """Forget such a table."""
        with translated(self._path):
            self._con.unregister(name)

    def interrupt(self) -> None:
        """End the statement that another thread runs."""
        self._con.interrupt()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Another connection to the same database, DuckDB's own."""
        return self._con.cursor()

    def close(self) -> None:
        """Close it; the last connection of a writer folds the log of changes into the file."""
        self._con.close()


def guarded(con: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to the database at ``path`` that raises our errors."""
    return cast("duckdb.DuckDBPyConnection", Connection(con, path))


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn DuckDB's errors inside the block into ours.

    Raises:
        StoreError: with the path and DuckDB's first line.
        KeyboardInterrupt: for what DuckDB makes of Ctrl-C in the middle of a statement, a ``RuntimeError``.
    """
    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except duckdb.Error as error:
        what = str(error).splitlines()[0].strip()
        raise StoreError(
            f"{path} cannot be used: {what}", "logminer doctor; or restore a copy of the file"
        ) from error
    except RuntimeError as error:
        if str(error) != _INTERRUPTED:
            raise
        raise KeyboardInterrupt from error


@contextmanager
def as_private_as(path: Path) -> Iterator[None]:
    """Let files that DuckDB makes inside the block be as private as the database; a new one is its owner's alone.

    DuckDB makes its log of changes anew after each checkpoint, under whatever mask holds then.
    """
    mode = 0o600
    with suppress(OSError):
        mode = path.stat().st_mode
    with _masking:
        before = os.umask(0o777 & ~(mode & 0o666))
        try:
            yield
        finally:
            os.umask(before)
