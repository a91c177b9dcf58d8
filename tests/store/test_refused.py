"""What the store refuses, and what it says: databases it cannot use, SQL that writes, names that fit nothing."""

import multiprocessing
import sqlite3
import threading
from contextlib import closing

import duckdb
import pytest

from logminer.core.errors import NothingFoundError, StoreError, StoreLockedError, UsageError
from logminer.store import open_store


def test_a_store_opened_for_reading_does_not_write(demo_copy):
    """A slip in the program is an error, not a silent nothing."""
    with open_store(demo_copy) as store, pytest.raises(RuntimeError, match="reading only"):
        _ = store.write


def test_sql_of_the_user_cannot_write_or_reach_files(demo):
    """Queries run read-only, without access to the file system."""
    with pytest.raises(UsageError):
        demo.read.sql("DELETE FROM run_key")
    with pytest.raises(UsageError):
        demo.read.sql("SELECT * FROM read_csv('/etc/passwd')")
    with pytest.raises(UsageError):
        demo.read.sql("COPY run_key TO '/tmp/out.csv'")


@pytest.mark.parametrize("query", ["", " ; ", "-- only a comment"])
def test_sql_that_asks_nothing_is_refused(demo, query):
    """An empty query is a mistake of the user, said as one."""
    with pytest.raises(UsageError, match="empty"):
        demo.read.sql(query)


def test_part_of_a_run_name_must_fit_one_run(demo):
    """Several runs that fit are named, none that fits is another error."""
    with pytest.raises(UsageError, match="several runs fit 'digits'"):
        demo.read.find_run("digits")
    with pytest.raises(NothingFoundError, match="no run 'nowhere'"):
        demo.read.find_run("nowhere")


def test_reading_without_a_database_says_so(tmp_path):
    """A missing file is an error with a hint, and is not created."""
    with pytest.raises(NothingFoundError, match="no database"):
        open_store(tmp_path / "none.duckdb")
    assert not (tmp_path / "none.duckdb").exists()


def test_a_damaged_database_is_refused(tmp_path):
    """A file that is no database is named in one line and left as it is."""
    path = tmp_path / "bad.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match=r"bad\.duckdb cannot be opened"):
        open_store(path, write=True)
    assert path.read_bytes().startswith(b"not a database")


def test_what_is_no_database_is_said_plainly(tmp_path):
    """A SQLite file, a folder, or a folder that does not exist: each with the next thing to do."""
    with closing(sqlite3.connect(tmp_path / "s.db")) as con:
        con.execute("CREATE TABLE t (a INTEGER)")
    with pytest.raises(StoreError, match="it is no DuckDB file"):
        open_store(tmp_path / "s.db")
    for path in (tmp_path, tmp_path / "nowhere" / "x.duckdb"):
        with pytest.raises(StoreError) as error:
            open_store(path, write=True)
        assert error.value.hint == "check the path"


def test_a_database_of_another_program_is_refused(tmp_path):
    """A DuckDB file with other tables is not written to."""
    with duckdb.connect(str(tmp_path / "other.duckdb")) as con:
        con.execute("CREATE TABLE mine (a INTEGER)")
    with pytest.raises(StoreError, match="another program"):
        open_store(tmp_path / "other.duckdb", write=True)
    with pytest.raises(StoreError, match="no logminer database"):
        open_store(tmp_path / "other.duckdb")


def test_a_newer_database_is_refused(demo_copy):
    """A schema this version does not know is neither read nor written."""
    with duckdb.connect(str(demo_copy)) as con:
        con.execute("INSERT INTO schema_version VALUES (99, now()::TIMESTAMP)")
    with pytest.raises(StoreError, match="schema 99"):
        open_store(demo_copy, write=True)
    with pytest.raises(StoreError, match="schema 99"):
        open_store(demo_copy)


def _hold(path, ready, release):
    with open_store(path, write=True):
        ready.set()
        release.wait(30)


def test_a_locked_database_names_its_holder(tmp_path):
    """A second writer waits for a bounded time, then says which process holds the file."""
    context = multiprocessing.get_context("spawn")
    ready, release = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(tmp_path / "logs.duckdb", ready, release))
    holder.start()
    try:
        assert ready.wait(30)
        with pytest.raises(StoreLockedError, match=f"process {holder.pid}"):
            open_store(tmp_path / "logs.duckdb", write=True, wait=0.2)
    finally:
        release.set()
        holder.join(30)
    open_store(tmp_path / "logs.duckdb").close()


def test_a_database_that_another_part_of_the_process_still_holds_is_waited_for(tmp_path):
    """As between threads: one closes its last connection while the next one opens its first."""
    path = tmp_path / "logs.duckdb"
    open_store(path, write=True).close()
    held = duckdb.connect(":memory:held")
    held.execute(f"ATTACH '{path}' AS logs")
    with pytest.raises(StoreLockedError, match="this process itself"):
        open_store(path, write=True, wait=0.2)
    closing_soon = threading.Timer(0.3, held.close)
    closing_soon.start()
    open_store(path, write=True, wait=30).close()
    closing_soon.join()
