"""Optuna's storage by its address, against what Optuna itself loads, and what is asked when ingest runs again."""

import shutil
import sqlite3
from pathlib import Path

import optuna
import pytest
from optuna_studies import assert_equal_to_optuna, blocks_read, check_a_storage, fill
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from logminer.core.errors import NothingFoundError, ServerError, UsageError
from logminer.servers import SERVERS, _database
from logminer.servers import optuna as storage
from logminer.workflows.ingest import ingest


@pytest.fixture(scope="module")
def templates(tmp_path_factory):
    """A storage of SQLite without a study, and one with twelve trials of a study."""
    folder = tmp_path_factory.mktemp("templates")
    optuna.storages.RDBStorage(f"sqlite:///{folder}/empty.db").engine.dispose()
    shutil.copy(folder / "empty.db", folder / "filled.db")
    fill(f"sqlite:///{folder}/filled.db")
    return folder


@pytest.fixture
def empty(templates, tmp_path):
    """A storage without a study."""
    return f"sqlite:///{shutil.copy(templates / 'empty.db', tmp_path / 'study.db')}"


@pytest.fixture
def url(templates, tmp_path):
    """A storage with twelve trials."""
    return f"sqlite:///{shutil.copy(templates / 'filled.db', tmp_path / 'study.db')}"


def test_a_storage_in_a_file(store, url, tmp_path):
    """As Optuna loads it, and of a study that goes on only what is new."""
    check_a_storage(store, url, f"optuna+{url}", tmp_path)


def test_only_selects_are_sent(store, url, monkeypatch):
    """Nothing is created, migrated or locked for writing; the file stays as it was."""
    before = Path(url.removeprefix("sqlite:///")).read_bytes()
    sent = []
    create = _database.create_engine

    def watched(*args, **options):
        engine = create(*args, **options)
        event.listen(engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
        return engine

    monkeypatch.setattr(_database, "create_engine", watched)
    ingest(store, [f"optuna+{url}"])
    assert sent
    assert {statement.split()[0] for statement in sent} <= {"SELECT", "PRAGMA"}
    assert Path(url.removeprefix("sqlite:///")).read_bytes() == before


def test_one_study_by_its_name(store, url):
    """Behind the #, percent-encoded where it needs to be."""
    fill(url, "two/ü", 3)
    assert ingest(store, [f"optuna+{url}#two%2F%C3%BC"]).runs == 3
    with pytest.raises(ServerError, match="has no study 'three'"):
        ingest(store, [f"optuna+{url}#three"])


def test_a_storage_of_an_older_optuna(store, url):
    """Without heartbeats, and without a column for infinities."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as con:
        con.execute("DROP TABLE trial_heartbeats")
        con.execute("ALTER TABLE trial_values DROP COLUMN value_type")
    con.close()
    assert ingest(store, [f"optuna+{url}"]).runs == 12


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "unable to open database file"),
        (lambda path: path.write_bytes(b"no database at all" * 100), "file is not a database"),
        (lambda path: sqlite3.connect(path).execute("CREATE TABLE x (y)").connection.close(), "holds no storage of Optuna"),
        (lambda path: sqlite3.connect(path).execute("CREATE VIEW trials AS SELECT 1 AS trial_id, 2 AS number").connection.close(), "holds no storage of Optuna"),
    ],
    ids=["missing", "junk", "other", "view"],
)  # fmt: skip
def test_what_is_no_storage_is_said(store, tmp_path, make, said):
    """In one line; a file that is missing is not made."""
    path = tmp_path / "study.db"
    make(path)
    was_there = path.exists()
    with pytest.raises(ServerError, match=said) as caught:
        ingest(store, [f"optuna+sqlite:///{path}"])
    assert "\n" not in str(caught.value)
    assert path.exists() == was_there


def test_a_storage_without_trials_holds_nothing(store, empty):
    """As a folder without files."""
    with pytest.raises(NothingFoundError, match="no trial block in"):
        ingest(store, [f"optuna+{empty}"])


def test_an_interrupted_reading_goes_on(store, url, monkeypatch):
    """What was read and stored is not read again."""
    monkeypatch.setattr(storage.Storage, "batch", 1)
    original, calls = store.write.readings, []

    def cut_off(batch):
        calls.append(batch)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(batch)

    monkeypatch.setattr(store.write, "readings", cut_off)
    with pytest.raises(KeyboardInterrupt):
        ingest(store, [f"optuna+{url}"])
    monkeypatch.setattr(store.write, "readings", original)
    assert store.read.counts()["runs"] == 5
    assert blocks_read(store, f"optuna+{url}") == ["a%20study/5-9", "a%20study/10-14"]
    assert_equal_to_optuna(store, url)


@pytest.mark.parametrize(("times", "ends"), [(2, False), (3, True)])
def test_a_lost_connection_is_made_anew(store, url, monkeypatch, times, ends):
    """Twice; then the server is given up."""
    original, lost = _database.Database._transaction, []

    def loses(self):
        if len(lost) < times:
            lost.append(1)
            raise DBAPIError(
                "SELECT secret",
                {},
                OSError("server closed\nthe connection"),
                connection_invalidated=True,
            )
        return original(self)

    monkeypatch.setattr(_database.Database, "_transaction", loses)
    if ends:
        with pytest.raises(ServerError, match=r"server closed the connection$"):
            ingest(store, [f"optuna+{url}"])
    else:
        assert ingest(store, [f"optuna+{url}"]).runs == 12


@pytest.mark.parametrize(
    ("address", "missing"),
    [
        ("optuna+postgresql://me@host/db", "psycopg or psycopg2 or pg8000"),
        ("optuna+mariadb://host/db", "pymysql or mysqldb"),
        ("optuna+postgres+asyncpg9://host/db", "asyncpg9"),
    ],
)
def test_a_missing_driver_is_named(store, monkeypatch, address, missing):
    """With how to install it."""
    monkeypatch.setattr(_database, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=f"{missing} is not installed") as caught:
        ingest(store, [address])
    assert "[optuna]" in caught.value.hint
    assert "me@" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("optuna+postgresql://me@Host:5432/db?sslmode=require", "optuna+postgresql://host/db"),
        ("optuna+postgres+psycopg2://host:6000/db#a b", "optuna+postgresql://host:6000/db#a%20b"),
        ("optuna+mariadb://me@host/db?charset=utf8mb4", "optuna+mysql://host/db"),
        ("optuna+postgresql:///db?host=/run/pg", "optuna+postgresql:///db?host=/run/pg"),
    ],
)
def test_user_driver_and_options_are_not_stored(monkeypatch, written, stored):
    """They do not tell one storage from another."""
    monkeypatch.setattr(
        _database, "_server", lambda url, name: type("Engine", (), {"dispose": lambda self: None})()
    )
    server = SERVERS.load("optuna").connect(written)
    assert server.address == stored
    server.close()


def test_mysql_takes_its_password_from_where_its_programs_do(monkeypatch):
    """MYSQL_PWD, and the user's option file."""
    monkeypatch.setenv("MYSQL_PWD", "x")
    assert _database._mysql_options()["password"] == "x"
    assert "read_default_file" not in _database._mysql_options()
    file = Path("~/.my.cnf").expanduser()
    file.touch()
    assert _database._mysql_options()["read_default_file"] == str(file)
