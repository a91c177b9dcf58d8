"""Ingest reads what is new, once: whole folders, files that grew, files that were replaced."""

import time

import pytest
from csv_runs import ROWS, read_in, table, write_run

from logminer.core.errors import NothingFoundError, UsageError
from logminer.store import open_store


def test_a_folder_of_runs_is_read_whole(store, tmp_path):
    """Each folder becomes a run with its points and parameters."""
    for i in range(3):
        write_run(tmp_path / f"runs/{i}", lr=10.0**-i)
    result = read_in(store, tmp_path / "runs")
    assert (result.runs, result.new_runs, result.points, result.problems) == (3, 3, 18, [])
    params = store.read.params(["param"])
    assert params["number"].tolist() == [1.0, 0.1, 0.01]


def test_ingesting_twice_changes_nothing(store, tmp_path):
    """The second time every file is known, and the tables are the same."""
    write_run(tmp_path / "runs/a")
    read_in(store, tmp_path / "runs")
    before = table(store)
    result = read_in(store, tmp_path / "runs")
    assert (sum(result.files.values()), result.unchanged, result.new_runs) == (0, 2, 0)
    assert table(store).equals(before)


def test_a_file_that_grew_is_read_from_where_it_ended(store, tmp_path):
    """Only the new lines are read, and the curve is as if it had been read at once."""
    many = 40_000
    run = write_run(
        tmp_path / "runs/a", "step,loss\n" + "".join(f"{i},{i}.5\n" for i in range(many))
    )
    read_in(store, tmp_path / "runs")
    with (run / "metrics.csv").open("a") as file:
        file.write(f"{many},0.25\n")
    result = read_in(store, tmp_path / "runs")
    assert result.points == 1
    assert store.read.curves(["loss"])["value"].tolist() == [*(i + 0.5 for i in range(many)), 0.25]


def test_a_line_half_written_waits(store, tmp_path):
    """The unfinished last line is no problem, and is read once it is whole."""
    run = write_run(tmp_path / "runs/a", rows=ROWS + "3,0.")
    result = read_in(store, tmp_path / "runs")
    assert result.problems == []
    assert store.read.curves(["loss"])["step"].tolist() == [0, 1, 2]
    with (run / "metrics.csv").open("a") as file:
        file.write("6,0.7\n")
    read_in(store, tmp_path / "runs")
    assert store.read.curves(["loss"])["value"].tolist() == [1.0, 0.8, 0.7, 0.6]


@pytest.mark.parametrize("rows", [ROWS.replace("0.8", "0.9"), "step,loss\n0,5.0\n"])
def test_a_file_that_was_rewritten_replaces_what_was_read(store, tmp_path, rows):
    """Other contents under the same name, of the same size or shorter, leave nothing of the old."""
    run = write_run(tmp_path / "runs/a")
    read_in(store, tmp_path / "runs")
    time.sleep(0.01)
    (run / "metrics.csv").write_text(rows)
    read_in(store, tmp_path / "runs")
    fresh = [float(line.split(",")[1]) for line in rows.splitlines()[1:]]
    assert store.read.curves(["loss"])["value"].tolist() == fresh


def test_a_file_that_was_replaced_is_read_anew(store, tmp_path):
    """Rotation: another file under the old name, though longer, is not taken for the old one grown."""
    run = write_run(tmp_path / "runs/a")
    read_in(store, tmp_path / "runs")
    (run / "metrics.csv").rename(tmp_path / "old")
    (run / "metrics.csv").write_text("step,loss\n" + "".join(f"{i},{i}.5\n" for i in range(50)))
    read_in(store, tmp_path / "runs")
    assert len(store.read.curves(["loss"])) == 50


def test_deleted_logs_stay_known(store, tmp_path):
    """What was mined is kept when the logs are thrown away."""
    run = write_run(tmp_path / "runs/a")
    write_run(tmp_path / "runs/b")
    read_in(store, tmp_path / "runs")
    before = table(store)
    for file in run.iterdir():
        file.unlink()
    read_in(store, tmp_path / "runs")
    assert table(store).equals(before)


def test_a_missing_path_and_an_empty_folder_are_errors(store, tmp_path):
    """Both say which path, and nothing stored is lost."""
    write_run(tmp_path / "runs/a")
    read_in(store, tmp_path / "runs")
    with pytest.raises(NothingFoundError, match="nowhere"):
        read_in(store, tmp_path / "nowhere")
    (tmp_path / "void").mkdir()
    with pytest.raises(NothingFoundError, match="void"):
        read_in(store, tmp_path / "void")
    with pytest.raises(UsageError, match="names no field"):
        read_in(store, tmp_path / "runs", pattern="no fields")
    assert store.read.counts()["runs"] == 1


def test_a_dry_run_stores_nothing(store, tmp_path):
    """Files are recognised and counted, the database stays empty."""
    write_run(tmp_path / "runs/a")
    result = read_in(store, tmp_path / "runs", dry_run=True)
    assert sum(result.files.values()) == 2
    assert store.read.counts()["files"] == 0


def test_several_processes_read_the_same(tmp_path):
    """Parsing in two processes gives the same tables as in one."""
    for i in range(20):
        write_run(tmp_path / f"runs/{i}", lr=i / 10)
    tables = []
    for workers in (1, 2):
        with open_store(tmp_path / f"{workers}.duckdb", write=True) as opened:
            read_in(opened, tmp_path / "runs", workers=workers)
            tables.append(table(opened))
    assert tables[0].equals(tables[1])
