"""The doctor tells a sound database from one that lost something, and logs that moved on."""

import duckdb

from logminer.store import open_store
from logminer.workflows.doctor import examine
from logminer.workflows.ingest import ingest


def verdicts(path):
    with open_store(path) as store:
        return {finding.what: finding.ok for finding in examine(store)}


def test_the_demo_is_sound(demo_file):
    """Everything that was read adds up."""
    assert all(verdicts(demo_file).values())


def test_lost_points_are_noticed(demo_copy):
    """Rows that vanished, or that belong to nothing, are found."""
    with duckdb.connect(str(demo_copy)) as con:
        con.execute("DELETE FROM piece WHERE run = 1")
        con.execute("UPDATE piece SET run = 9999 WHERE run = 2")
    found = verdicts(demo_copy)
    assert not found["points of each file add up"]
    assert not found["every point has its run, file and metric"]


def test_logs_that_changed_or_went_are_named(tmp_path):
    """A file that grew and one that is gone since the last ingest."""
    for name in ("a", "b"):
        (tmp_path / f"runs/{name}").mkdir(parents=True)
        (tmp_path / f"runs/{name}/metrics.csv").write_text("step,loss\n0,1\n1,2\n")
    with open_store(tmp_path / "x.duckdb", write=True) as store:
        ingest(store, [str(tmp_path / "runs")])
    (tmp_path / "runs/a/metrics.csv").unlink()
    (tmp_path / "runs/b/metrics.csv").write_text("step,loss\n0,1\n1,2\n2,3\n")
    found = verdicts(tmp_path / "x.duckdb")
    assert not found["files read before are still there"]
    assert not found["files are as they were read"]
