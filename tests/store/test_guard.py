"""Every error of the database names its file, its files are private, and no path reaches beyond this machine."""

import os
import shutil
import signal
import stat
import threading
from contextlib import contextmanager

import duckdb
import pytest
from csv_runs import read_in, write_run

from logminer.core.errors import NothingFoundError, StoreError, UsageError
from logminer.store import open_store


@pytest.mark.parametrize("where", [0.3, 0.6, 0.9])
def test_damage_that_shows_while_reading_is_our_error(demo_file, tmp_path, where):
    """Whatever block is bad: one line with the path, whether at opening or at the question."""
    path = tmp_path / "bad.duckdb"
    data = bytearray(demo_file.read_bytes())
    start = int(where * len(data))
    data[start : start + 4096] = bytes(255 - byte for byte in data[start : start + 4096])
    path.write_bytes(data)
    words = []
    with suppress_ours(words), open_store(path) as store:
        for ask in (store.read.runs, store.read.params, store.read.metrics, store.read.problems):
            ask()
        store.read.curves(["val_accuracy"])
    assert all("bad.duckdb" in word for word in words)


@contextmanager
def suppress_ours(words):
    """Keep what our errors say; any other error ends the test."""
    try:
        yield
    except StoreError as error:
        words.append(str(error))


def test_tables_that_are_missing_are_our_error(tmp_path, demo_copy):
    """A file that is ours by its version alone."""
    with duckdb.connect(str(demo_copy)) as con:
        con.execute("DROP VIEW run")
    with open_store(demo_copy) as store, pytest.raises(StoreError, match="cannot be used") as error:
        store.read.runs()
    assert str(demo_copy) in str(error.value)


def test_an_error_of_the_users_own_sql_stays_theirs(demo):
    """It is the query that is to be mended, not the file."""
    with pytest.raises(UsageError, match="SQL: Catalog Error"):
        demo.read.sql("SELECT * FROM nowhere")
    with pytest.raises(UsageError, match="SQL"):
        demo.read.sql("SELECT 'x'::INTEGER")


def test_ctrl_c_in_the_middle_of_a_statement_is_an_interruption(demo):
    """DuckDB makes a RuntimeError of it."""
    query = "SELECT sum(sin(a.range) * cos(b.range)) FROM range(1000000) a, range(1000000) b"
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            demo.read.sql(query)
    finally:
        timer.join()
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    "path",
    [
        "md:x",
        "http://example.org/x.duckdb",
        "s3://bucket/x",
        "sqlite:x.db",
        "postgres:dbname=x",
        ":memory:",
        "",
        "a\0b",
    ],
)
@pytest.mark.parametrize("write", [True, False])
def test_an_address_is_no_database(tmp_path, monkeypatch, path, write):
    """DuckDB would look for an extension to reach it, and load one that is installed."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="database"):
        open_store(path, write=write)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["it's.duckdb", "a b;c.duckdb", "ünï.duckdb", "x' AS y (TYPE sqlite); --"]
)
def test_odd_file_names_are_paths(tmp_path, name):
    """Quotes and statements in a name stay a name."""
    open_store(tmp_path / name, write=True).close()
    with open_store(tmp_path / name) as store:
        assert store.read.counts()["runs"] == 0
    assert name in os.listdir(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="permissions as in POSIX")
def test_a_database_is_its_owners_alone(tmp_path):
    """The file, and its log of changes while it is written."""
    before = os.umask(0o022)
    try:
        write_run(tmp_path / "logs/a", rows="step,loss\n0,1\n1,2\n")
        with open_store(tmp_path / "x.duckdb", write=True) as store:
            read_in(store, tmp_path / "logs")
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.glob("x.duckdb*")}
        assert modes == {"x.duckdb": 0o600, "x.duckdb.wal": 0o600}
        (tmp_path / "other").touch()
        assert stat.S_IMODE((tmp_path / "other").stat().st_mode) == 0o644
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name == "nt", reason="permissions as in POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o664])
def test_a_database_that_its_owner_shares_stays_shared(tmp_path, mode):
    """Its log of changes has the same permissions, else others could not read what is in it."""
    path = tmp_path / "x.duckdb"
    open_store(path, write=True).close()
    path.chmod(mode)
    with open_store(path, write=True) as store:
        with store.transaction():
            store.write.base("/logs", "")
        wal = path.with_name("x.duckdb.wal")
        assert stat.S_IMODE(wal.stat().st_mode) == mode
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_backup_is_as_private_as_the_database(tmp_path, demo_file):
    """What migration leaves beside it."""
    path = tmp_path / "old.duckdb"
    shutil.copy(demo_file, path)
    path.chmod(0o600)
    with duckdb.connect(str(path)) as con:
        con.execute(
            "DELETE FROM schema_version WHERE version = (SELECT max(version) FROM schema_version)"
        )
    with pytest.raises(
        StoreError
    ):  # its tables are those of the newer one, which is refused as a whole
        open_store(path, write=True)
    (backup,) = tmp_path.glob("old.duckdb.schema*.bak")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with duckdb.connect(str(path)) as con:
        assert con.execute("SELECT count(*) FROM run_key").fetchall()[0][0] > 0


def test_a_database_without_tables_says_what_fills_it(tmp_path):
    """As when the first ingest was killed at once."""
    duckdb.connect(str(tmp_path / "x.duckdb")).close()
    with pytest.raises(NothingFoundError, match="is empty"):
        open_store(tmp_path / "x.duckdb")
    open_store(tmp_path / "x.duckdb", write=True).close()
    open_store(tmp_path / "x.duckdb").close()
