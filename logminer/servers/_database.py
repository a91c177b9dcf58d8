"""A database server that is only read: SELECTs in read-only transactions, through SQLAlchemy and the user's driver.

Waits for a connection and for a query are bounded; names and passwords come from where the drivers look for them.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib.util import find_spec
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from logminer.core.errors import ServerError, UsageError, install_extra
from logminer.formats.trackers import sqlite

T = TypeVar("T")

WAITS = (0.5, 2.0)  # seconds before a second and a third attempt, after a connection was lost
_CONNECT = 10  # seconds to wait for a connection
_QUERY = 300  # seconds that a query may take
_CHUNK = 65_536  # rows
_MAX_SHOWN = 200
_READ_ONLY = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_BEGIN = {
    "postgresql": (_READ_ONLY, f"SET LOCAL statement_timeout = {_QUERY * 1000}"),
    "mysql": (_READ_ONLY,),
}
# Modules that speak to a kind of database, by SQLAlchemy's name for them, in the order in which they are looked for.
_DRIVERS = {
    "postgresql": {"psycopg": "psycopg", "psycopg2": "psycopg2", "pg8000": "pg8000"},
    "mysql": {"pymysql": "pymysql", "mysqldb": "MySQLdb"},
}


class ReadOnlyTables:
    """The tables of one transaction, each column as the driver gives it, times as ISO texts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._inspector = inspect(connection)
        self._names = frozenset(self._inspector.get_table_names())
        self._columns: dict[str, frozenset[str]] = {}

    def has(self, table: str, *columns: str) -> bool:
        """Whether there is such a table, no view, with at least these columns."""
        if table not in self._names:
            return False
        if table not in self._columns:
            listed = self._inspector.get_columns(table)
            self._columns[table] = frozenset(column["name"] for column in listed)
        return self._columns[table].issuperset(columns)

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one at a time."""
        for chunk in self.chunks(sql):
            for row in chunk:
                yield tuple(v.isoformat(" ") if isinstance(v, datetime) else v for v in row)

    def chunks(self, sql: str) -> Iterator[Sequence[tuple[Any, ...]]]:
        """The rows of a query in lists of bounded length; times are as the driver gives them."""
        for part in self._connection.execute(text(sql)).partitions(_CHUNK):
            yield [tuple(row) for row in part]


class Database:
    """A database that is asked now and then.

    Args:
        url: where it is, with the user's name and without a password.
        name: what it is called in messages.
        login: where name and password belong.
    """

    def __init__(self, url: URL, name: str, login: str) -> None:
        self._name, self._login, self._kind = name, login, url.get_backend_name()
        self._engine = _sqlite(url) if self._kind == "sqlite" else _server(url, name)

    def close(self) -> None:
        """Let go of the connection."""
        self._engine.dispose()

    def ask(self, question: Callable[[ReadOnlyTables], T]) -> T:
        """The answer to a question, all of whose queries see the same state of the database.

        Raises:
            ServerError: the database cannot be reached or asked.
        """
        for wait in (*WAITS, None):
            try:
                with self._transaction() as tables:
                    return question(tables)
            except SQLAlchemyError as error:
                lost = isinstance(error, DBAPIError) and error.connection_invalidated
                if wait is None or not lost:
                    raise ServerError(
                        f"{self._name}: {_line(error)}",
                        f"check host, port and database; where a password is asked for, {self._login}",
                    ) from None  # what SQLAlchemy says may quote what it was given
                time.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    @contextmanager
    def _transaction(self) -> Iterator[ReadOnlyTables]:
        with self._engine.connect() as connection:
            for statement in _BEGIN.get(self._kind, ()):
                connection.execute(text(statement))
            yield ReadOnlyTables(connection)


def _sqlite(url: URL) -> Engine:
    path = str(url.database)
    return create_engine("sqlite://", creator=lambda: sqlite.connect(path), poolclass=NullPool)


def _server(url: URL, name: str) -> Engine:
    driver = _driver(url, name)
    options: Mapping[str, Any] = {}
    if driver.startswith("psycopg"):
        options = {"connect_timeout": _CONNECT, "tcp_user_timeout": 60_000}
    elif driver in ("pymysql", "mysqldb"):
        options = _mysql_options()
    elif driver == "pg8000":
        options = {"timeout": _QUERY}
    url = url.set(drivername=f"{url.get_backend_name()}+{driver}")
    return create_engine(url, connect_args=dict(options), pool_size=1, max_overflow=0)


def _driver(url: URL, name: str) -> str:
    """The driver that the address names, or the first that is installed."""
    known = _DRIVERS[url.get_backend_name()]
    named = url.drivername.partition("+")[2]
    for driver in [named] if named else known:
        if find_spec(known.get(driver, driver)):
            return driver
    raise UsageError(
        f"{name}: {named or ' or '.join(known)} is not installed", install_extra("optuna")
    )


def _mysql_options() -> dict[str, Any]:
    """What MySQL's own programs take from the environment and from the user's option file."""
    options: dict[str, Any] = {
        "connect_timeout": _CONNECT, "read_timeout": _QUERY, "write_timeout": _CONNECT,
    }  # fmt: skip
    if "MYSQL_PWD" in os.environ:
        options["password"] = os.environ["MYSQL_PWD"]
    file = os.path.expanduser("~/.my.cnf")
    if os.path.isfile(file):
        options["read_default_file"] = file
    return options


def _line(error: SQLAlchemyError) -> str:
    """What the driver says, in one line, without the query and without links."""
    said: Any = getattr(error, "orig", None) or error
    said = said.args[-1] if getattr(said, "args", ()) else said
    return " ".join(str(said).split())[:_MAX_SHOWN] or type(error).__name__
