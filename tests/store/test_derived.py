"""What was derived is kept beside what is stored, and holds for that alone."""

import os

import pytest
from csv_runs import read_in, write_run

from logminer.store import open_store


def put(path, *results):
    with open_store(path) as store:
        for result in results:
            store.derived.put(*result)


def get(path, name, digest):
    with open_store(path) as store:
        return store.derived.get(name, digest)


def test_what_a_reader_derived_is_there_for_the_next(demo_copy):
    """Under its name and digest alone; the latest counts."""
    put(demo_copy, ("history", "1", b"old"), ("history", "1", b"new"), ("curves", "1", b"c"))
    assert get(demo_copy, "history", "1") == b"new"
    assert get(demo_copy, "curves", "1") == b"c"
    assert get(demo_copy, "history", "2") is None


def test_the_oldest_of_each_name_go(demo_copy):
    """A database does not grow by being asked."""
    for number in range(12):
        put(demo_copy, ("history", str(number), b"x"), ("curves", "same", b"y"))
    with open_store(demo_copy) as store:
        rows = store.read.sql(
            "SELECT name, digest FROM derived WHERE name IN ('history', 'curves')"
        )
    assert rows["name"].value_counts().to_dict() == {"history": 8, "curves": 1}
    assert "11" in set(rows["digest"])
    assert "3" not in set(rows["digest"])


def test_nothing_is_kept_where_nothing_may_be_written(demo_copy):
    """A file of others is read as before, and says nothing."""
    os.chmod(demo_copy, 0o400)
    before = demo_copy.read_bytes()
    try:
        put(demo_copy, ("history", "1", b"x"))
    finally:
        os.chmod(demo_copy, 0o600)
    if os.geteuid():  # root may write everything
        assert demo_copy.read_bytes() == before


def test_a_file_that_went_away_is_not_made_again(demo_copy):
    """Nor is one that was put in its place written to."""
    with open_store(demo_copy) as store:
        store.derived.put("history", "1", b"x")
        demo_copy.rename(demo_copy.with_suffix(".old"))
    assert not demo_copy.exists()
    assert get(demo_copy.with_suffix(".old"), "history", "1") is None


def test_a_reader_beside_another_keeps_nothing_and_fails_not(demo_copy):
    """Nobody waits for it."""
    with open_store(demo_copy):
        put(demo_copy, ("history", "1", b"x"))
    assert get(demo_copy, "history", "1") is None


CHANGES = {
    "a point": lambda run: write_run(run, "step,loss\n0,1.5\n1,1.25\n2,1\n", lr=0.5),
    "a parameter": lambda run: write_run(run, lr=0.25),
    "a name": lambda run: run.rename(run.with_name("other")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_digest_changes_with_the_content(tmp_path, change):
    """And stays while nothing does, whatever is kept beside it."""
    path, run = tmp_path / "x.duckdb", tmp_path / "logs" / "one"
    write_run(run, lr=0.5)

    def digest():
        with open_store(path, write=True) as store:
            read_in(store, tmp_path / "logs")
        with open_store(path) as store:
            store.derived.put("history", "1", b"x")
            return store.derived.content_digest()

    first = digest()
    assert digest() == first
    CHANGES[change](run)
    assert digest() != first


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE param SET value = '0.7' WHERE rowid = 0",
        "DELETE FROM piece WHERE rowid = 0",
        "UPDATE fact SET status = 'failed' WHERE rowid = 0",
        "INSERT INTO role VALUES ('lr', 'context', now()::TIMESTAMP)",
        "INSERT INTO run_key SELECT * FROM run_key LIMIT 1",
    ],
)
def test_the_digest_sees_what_others_write(demo_copy, statement):
    """The file is open to any program that knows DuckDB."""
    import duckdb

    with open_store(demo_copy) as store:
        before = store.derived.content_digest()
    with duckdb.connect(str(demo_copy)) as con:
        con.execute(statement)
    with open_store(demo_copy) as store:
        assert store.derived.content_digest() != before
