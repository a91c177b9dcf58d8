"""The Store: one open database, with what can be asked of it and written to it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self
from weakref import WeakSet

import duckdb

from logminer.core.errors import LogminerError, StoreError
from logminer.store._connect import beside, check_readable, connect, migrate, plain_path
from logminer.store._derived import Derived
from logminer.store._guard import UNSOUND, as_private_as, guarded
from logminer.store._read import Reader
from logminer.store._tail import Tail
from logminer.store._write import Writer
from logminer.store.trials import Studies

DEFAULT_WAIT = 10.0
_open: "WeakSet[Store]" = WeakSet()


class Store:
    """An open database. Use ``open_store``, as a context manager.

    Attributes:
        path: the file.
        read: what can be asked, as DataFrames.
        write: what can be written; only on a store opened for writing.
        studies: searches and their trials.
        tail: what is new since a mark.
        derived: what was derived from it before.
    """

    def __init__(self, path: Path, con: duckdb.DuckDBPyConnection, *, writable: bool) -> None:
        self.path = path
        con = guarded(con, path)
        self.read = Reader(con)
        self.studies = Studies(con)
        self.tail = Tail(con)
        self.derived = Derived(con)
        self._con = con
        self._inode = path.stat().st_ino
        self._write = Writer(con) if writable else None

    @property
    def writable(self) -> bool:
        """Whether it was opened for writing."""
        return self._write is not None

    @property
    def write(self) -> Writer:
        """The writing half.

        Raises:
            RuntimeError: the store was opened for reading only.
        """
        if self._write is None:
            raise RuntimeError(f"{self.path} was opened for reading only")
        return self._write

    def beside(self) -> "Store":
        """The same database as it stands now, to be read by another thread while this store goes on."""
        store = Store(self.path, beside(self._con), writable=False)
        store._con.execute("BEGIN")
        store._con.execute("FROM schema_version LIMIT 0")  # the first look settles what is seen
        return store

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside happen together or not at all.

        Raises:
            StoreError: the file cannot be written, for want of room or permission.
        """
        try:
            self._con.execute("BEGIN")
            yield
            with as_private_as(self.path):
                self._con.execute("COMMIT")
        except BaseException as error:
            self._take_back()
            if isinstance(error.__cause__, UNSOUND):
                raise self._unwritable(error.__cause__) from error
            raise

    def _take_back(self) -> None:
        # After a fatal error DuckDB takes nothing any more: the file keeps what was committed.
        with suppress(StoreError):
            self._con.execute("ROLLBACK")
        self.write.forget()

    def _unwritable(self, error: duckdb.Error) -> StoreError:
        reason = str(error).splitlines()[0]
        return StoreError(
            f"{self.path} cannot be written: {reason}", "make room, or name another file with --db"
        )

    def close(self) -> None:
        """Close the file; a writer's log is folded into it first."""
        owner = self in _open  # one beside it leaves nothing behind
        _open.discard(self)
        with suppress(duckdb.FatalException), as_private_as(self.path):
            self._con.close()
        if owner and self.derived.waiting:
            self._keep_derived()

    def _keep_derived(self) -> None:
        """Write what was derived, unless that would take waiting, or the file is not there or not ours to write."""
        with suppress(LogminerError, OSError):
            if self.path.stat().st_ino == self._inode:
                with open_store(self.path, write=True, wait=0) as store, store.transaction():
                    store.derived.write(self.derived.waiting)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(path: str | Path, *, write: bool = False, wait: float = DEFAULT_WAIT) -> Store:
    """Open a database, creating it when writing.

    Args:
        path: the file.
        write: whether to write; only one process can at a time.
        wait: seconds to wait for another process to let go of the file.

    Raises:
        NothingFoundError: reading, and there is no such file.
        StoreLockedError: another process keeps the file.
        StoreError: the file cannot be used.
    """
    path = plain_path(path)
    _check_alone(path, write=write)
    con = connect(path, write=write, wait=wait)
    try:
        store = Store(path, con, writable=write)
        inner = guarded(con, path)
        inner.execute("SET enable_progress_bar = false")  # it would print among the results
        if write:
            with as_private_as(path):
                migrate(inner, path)
        else:
            check_readable(inner, path)
    except BaseException:
        con.close()
        raise
    _open.add(store)
    return store


def _check_alone(path: Path, *, write: bool) -> None:
    """Refuse to read and write a file at once in one process: closing either would give up the other's lock."""
    for other in list(_open):
        if other.writable is not write and other.path.absolute() == path.absolute():
            doing = "reading" if write else "writing"
            raise StoreError(f"{path} is open for {doing} in this process", "close it first")
