"""Opening the database file: lock, version, migrations."""

import re
import shutil
import time
from importlib.resources import files
from pathlib import Path
from threading import Lock

import duckdb

from logminer.core.errors import NothingFoundError, StoreError, StoreLockedError
from logminer.store._guard import as_private_as

_OUTSIDE = "enable_external_access"
_SAFE: dict[str, str | bool | int | float | list[str]] = {
    # Logs are handed over as arrays: nothing in the database may reach for files or the network.
    _OUTSIDE: "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}
_WRITER: dict[str, str | bool | int | float | list[str]] = {
    # Rows pass through: a writer needs little, and what it holds comes on top of what a parser holds.
    "memory_limit": "256MB",
    # Small blocks waste less of a small file.
    "default_block_size": "65536",
    # Merging the small row groups that end each batch would write them a second time.
    "max_vacuum_tasks": "0",
}
# A batch of at least so many rows is compressed at once, while smaller ones are written to the log of changes first;
# by default it would take 122,880 rows, or 30 million points.
_ROW_GROUP = 2048
_ATTACHED = "logs"
_attaching = Lock()
_IS_ATTACHED = "SELECT 1 FROM duckdb_databases() WHERE database_name = ?"
_ADDRESS = re.compile(r":|[A-Za-z][\w+.-]+:")  # of two letters and more: one is a drive of Windows
_RETRY_SECONDS = 0.1
# Held by another process; or by this one, as while another thread's last connection is being closed.
_BUSY = re.compile(r"set lock|file handle conflict")


def plain_path(path: str | Path) -> Path:
    """The path of a database, which is a file of this machine.

    DuckDB would take ``md:x`` or ``https://x`` for another's database and load an extension to reach it.

    Raises:
        StoreError: it is an address, or has a character that no file can have.
    """
    text = str(path)
    if _ADDRESS.match(text) and not Path(path).exists():
        raise StoreError(f"{text}: a database is a file of this machine", "name one with --db")
    if not text or "\0" in text:
        raise StoreError(f"{text!r} is no path of a database", "name one with --db")
    return Path(path)


def connect(path: Path, *, write: bool, wait: float) -> duckdb.DuckDBPyConnection:
    """Open ``path``, waiting up to ``wait`` seconds until whoever holds it lets go of it.

    Raises:
        NothingFoundError: reading, and there is no such file.
        StoreLockedError: it was held for all that time.
        StoreError: the file is no database of ours, or damaged.
    """
    if not write and not path.exists():
        raise NothingFoundError(f"no database at {path}", "logminer ingest PATH creates one")
    deadline = time.monotonic() + wait
    while True:
        try:
            return (
                _writer(path)
                if write
                else duckdb.connect(str(path.absolute()), read_only=True, config=_SAFE)
            )
        except duckdb.Error as error:
            if not _BUSY.search(str(error)):
                raise StoreError(
                    f"{path} cannot be opened: {_said(error)}", _what_next(path)
                ) from error
            if time.monotonic() > deadline:
                raise StoreLockedError(
                    f"{path} is in use by {_holder(error)}; waited {wait:.0f} s",
                    "wait for it to finish, or name another file with --db",
                ) from error
            time.sleep(_RETRY_SECONDS)


def _writer(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection that writes: only a file that is attached can be told its sizes.

    What it is attached to carries the path as its name, so that several writers of one process share it.
    """
    inside = {name: value for name, value in _SAFE.items() if name != _OUTSIDE}
    # Beside the file, as for one that is opened: by default it would be in whatever folder the command runs.
    spill = {"temp_directory": f"{path.absolute()}.tmp"}
    con = duckdb.connect(f":memory:{path.absolute()}", config=inside | _WRITER | spill)
    try:
        with _attaching:
            if not con.execute(_IS_ATTACHED, [_ATTACHED]).fetchall():
                place = str(path.absolute()).replace("'", "''")
                with as_private_as(path):
                    con.execute(f"ATTACH '{place}' AS {_ATTACHED} (ROW_GROUP_SIZE {_ROW_GROUP})")
                con.execute(f"SET {_OUTSIDE} = false")
        con.execute(f"USE {_ATTACHED}")
    except BaseException:
        con.close()
        raise
    return con


def beside(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Another connection to the same database."""
    other = con.cursor()
    if other.execute(_IS_ATTACHED, [_ATTACHED]).fetchall():
        other.execute(f"USE {_ATTACHED}")
    return other


def migrate(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Apply the migrations that the database lacks, all or none, and record each.

    Raises:
        StoreError: the database is newer than this program, or not one of ours.
    """
    scripts = migrations()
    version = schema_version(con)
    if version > len(scripts):
        raise StoreError(
            f"{path} has schema {version}, this logminer knows {len(scripts)}",
            "upgrade logminer, or ingest into another file with --db",
        )
    if version == 0 and _tables(con):
        raise StoreError(
            f"{path} is a DuckDB file of another program", "name another file with --db"
        )
    if 0 < version < len(scripts):
        con.execute("CHECKPOINT")
        shutil.copy2(path, f"{path}.schema{version}.bak")
    if version == len(scripts):
        return
    con.execute("BEGIN")
    for number, script in enumerate(scripts[version:], start=version + 1):
        con.execute(script)
        con.execute(
            "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER, applied_at TIMESTAMP)"
        )
        con.execute("INSERT INTO schema_version VALUES (?, now()::TIMESTAMP)", [number])
    con.execute("COMMIT")


def check_readable(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse a database of another schema when only reading.

    Raises:
        NothingFoundError: nothing was ever stored in it, as when the first ingest was killed at once.
        StoreError: it is older, newer, or not one of ours.
    """
    version, known = schema_version(con), len(migrations())
    if version == 0 and not _tables(con):
        raise NothingFoundError(f"{path} is empty", "logminer ingest PATH fills it")
    if version != known:
        if version == 0:
            raise StoreError(f"{path} is no logminer database", "name another file with --db")
        next_step = (
            "logminer ingest brings it up to date" if version < known else "upgrade logminer"
        )
        raise StoreError(f"{path} has schema {version}, this logminer knows {known}", next_step)


def migrations() -> list[str]:
    """The numbered SQL scripts, in order."""
    folder = files("logminer.store") / "migrations"
    named = sorted((f.name, f) for f in folder.iterdir() if f.name.endswith(".sql"))
    return [script.read_text(encoding="utf-8") for _, script in named]


def schema_version(con: duckdb.DuckDBPyConnection) -> int:
    """Number of the last migration applied; 0 for a database that is not ours."""
    if "schema_version" not in _tables(con):
        return 0
    return int(con.execute("SELECT max(version) FROM schema_version").fetchall()[0][0] or 0)


def _tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {row[0] for row in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}


def _holder(error: Exception) -> str:
    if "file handle conflict" in str(error):
        return "this process itself"
    found = re.search(r"held in (.+?) \(PID (\d+)\)", str(error))
    return f"process {found[2]} ({Path(found[1]).name})" if found else "another process"


def _said(error: Exception) -> str:
    text = str(error).splitlines()[0].strip()
    # DuckDB takes a SQLite file for one that an extension could read, and only says that it may not.
    return "it is no DuckDB file" if "Loading external extensions" in text else text


def _what_next(path: Path) -> str:
    if path.is_dir() or not path.parent.is_dir():
        return "check the path"
    return "restore a copy, or name another file with --db"
