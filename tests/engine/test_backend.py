"""Parsing elsewhere gives what parsing here gives."""

import pytest

from logminer.core.errors import UsageError
from logminer.store import open_store
from logminer.workflows.ingest import ingest


def tables(path, runs, **options):
    """Everything measured, read with some engine."""
    with open_store(path, write=True) as store:
        ingest(store, [str(runs)], **options)
        return store.read.sql(
            "SELECT r.name, m.name AS metric, p.step, p.value FROM point p JOIN run r ON r.run = p.run "
            "JOIN metric m ON m.id = p.metric ORDER BY ALL"
        )


@pytest.fixture
def runs(tmp_path):
    """Some runs in three formats."""
    for i in range(12):
        folder = tmp_path / f"runs/{i}"
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text(
            "step,loss\n" + "".join(f"{s},{s / (i + 1)}\n" for s in range(30))
        )
        (folder / "more.jsonl").write_text(
            "".join(f'{{"step": {s}, "accuracy": 0.{s}}}\n' for s in range(9))
        )
        (folder / "hparams.json").write_text(f'{{"lr": {i}}}')
    return tmp_path / "runs"


@pytest.mark.filterwarnings("ignore")  # the cluster's own
def test_a_dask_cluster_reads_the_same(tmp_path, runs):
    """Two worker processes of a real cluster parse, one writer stores."""
    distributed = pytest.importorskip("distributed")
    here = tables(tmp_path / "here.duckdb", runs)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address.removeprefix("tcp://")
        there = tables(tmp_path / "there.duckdb", runs, engine=f"dask://{address}")
    assert len(here) == 12 * 39
    assert there.equals(here)


@pytest.mark.parametrize("engine", ["spark://x", "dask://", "nothing"])
def test_an_unknown_engine_is_refused(tmp_path, runs, engine):
    """The hint lists what there is."""
    with pytest.raises(UsageError, match="no engine") as caught:
        tables(tmp_path / "x.duckdb", runs, engine=engine)
    assert "dask://" in caught.value.hint
