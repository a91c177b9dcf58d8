"""Parsing elsewhere gives what parsing here gives."""

import subprocess
import sys

import pytest

from logminer.core.errors import UsageError
from logminer.store import open_store
from logminer.workflows.ingest import ingest

EVERYTHING = (
    "SELECT r.name, m.name AS metric, p.step, p.value FROM point p JOIN run r ON r.run = p.run "
    "JOIN metric m ON m.id = p.metric ORDER BY ALL"
)
# Ray leaves processes that nobody waits for, so it runs in a process of its own.
ON_RAY = """
import os, sys, ray
from joblib import Parallel, delayed
from logminer.engine.backend import backend
from logminer.store import open_store
from logminer.workflows.ingest import ingest
ray.init("local", num_cpus=2, include_dashboard=False)
with open_store(sys.argv[2], write=True) as store:
    ingest(store, [sys.argv[1]], engine="ray")
assert ray.is_initialized()
with backend("ray", 1):
    print(os.getpid(), *Parallel()(delayed(os.getpid)() for _ in range(8)))
"""


def tables(path, runs, **options):
    """Everything measured, read with some engine."""
    with open_store(path, write=True) as store:
        ingest(store, [str(runs)], **options)
        return store.read.sql(EVERYTHING)


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


@pytest.mark.ray
def test_a_ray_cluster_reads_the_same(tmp_path, runs):
    """Two worker processes of a real cluster parse, one writer stores; a cluster of the user's stays up."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install '.[ray]'")
    here = tables(tmp_path / "here.duckdb", runs)
    there = tmp_path / "there.duckdb"
    done = subprocess.run(
        [sys.executable, "-c", ON_RAY, str(runs), str(there)],
        capture_output=True,
        text=True,
        check=True,
    )
    ids = {int(word) for word in done.stdout.split()}
    assert len(ids) == 3  # this one and two workers
    assert len(here) == 12 * 39
    with open_store(there) as store:
        assert store.read.sql(EVERYTHING).equals(here)


@pytest.mark.ray
@pytest.mark.filterwarnings("ignore")
def test_a_ray_cluster_that_does_not_answer_is_said(monkeypatch, tmp_path, runs):
    """The address and what to check, in one line."""
    pytest.importorskip("grpc", reason="Ray's client is not installed: pip install 'ray[client]'")
    client = pytest.importorskip("ray.util.client.worker")
    monkeypatch.setattr(client, "INITIAL_TIMEOUT_SEC", 0.1)
    monkeypatch.setattr(client, "MAX_TIMEOUT_SEC", 0.1)
    with pytest.raises(UsageError, match=r"ray://127\.0\.0\.1:9"):
        tables(tmp_path / "x.duckdb", runs, engine="ray://127.0.0.1:9")


@pytest.mark.parametrize("engine", ["spark://x", "dask://", "nothing"])
def test_an_unknown_engine_is_refused(tmp_path, runs, engine):
    """The hint lists what there is."""
    with pytest.raises(UsageError, match="no engine") as caught:
        tables(tmp_path / "x.duckdb", runs, engine=engine)
    assert "dask://" in caught.value.hint
