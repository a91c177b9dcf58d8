"""Searching in other processes and on clusters: who runs what, and that lost workers cost no trial."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from processes import logminer

import logminer as lm
from logminer.core.errors import LogminerError, UsageError
from logminer.runner.search import Limits
from logminer.store import open_store

SPEC = {"lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True}}
# Ray leaves processes that nobody waits for, so it runs in a process of its own.
ON_RAY = """
import os, signal, sys
from pathlib import Path
import ray
import logminer as lm

def train(trial):
    trial.report(0, pid=os.getpid(), other=os.getpid() != MAIN)
    if trial.number == 1 and trial.run_dir.name == "1":
        os.kill(os.getpid(), signal.SIGKILL)
    return trial.config["lr"]

MAIN = os.getpid()
ray.init("local", num_cpus=2, include_dashboard=False)
folder = Path(sys.argv[1])
result = lm.search(
    train, {"lr": {"type": "float", "low": 0.1, "high": 1.0}}, mode="max", n_trials=6, workers=2, engine="ray",
    strategy="random", study="s", db=folder / "db", runs=folder / "runs",
)
print(*result.trials["status"], *(Path(f).name for f in result.trials["folder"]))
"""


@pytest.fixture
def go(tmp_path):
    """Search in a folder of the test's own."""

    def go(train, **options):
        options = {"mode": "max", "study": "s", "strategy": "random", **options}
        return lm.search(train, SPEC, db=tmp_path / "db", runs=tmp_path / "runs", **options)

    return go


@contextmanager
def cluster_of(threads):
    """A cluster of two worker processes; its address as an engine."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=threads, processes=True, dashboard_address=None
    ) as cluster:
        yield f"dask://{cluster.scheduler_address.removeprefix('tcp://')}"


@pytest.fixture(scope="module")
def dask():
    """A cluster that several tests use; it starts workers anew that they kill."""
    with cluster_of(threads=1) as engine:
        yield engine


def said(trial):
    """Tell who runs it, slowly enough for others to have some too."""
    trial.report(0, pid=os.getpid())
    time.sleep(0.3)
    return trial.config["lr"]


def fatal_once(trial):
    """Kill the worker process at the first attempt at trial 1."""
    if trial.run_dir.name == "1":
        os.kill(os.getpid(), signal.SIGKILL)
    return said(trial)


def fatal(trial):
    os.kill(os.getpid(), signal.SIGKILL)


def pids(tmp_path):
    with open_store(tmp_path / "db") as store:
        return set(store.read.curves(["pid"])["value"].astype(int))


def test_a_lost_process_costs_its_trial_one_more_start(go):
    """The others go on; the trial is run again in a folder of its own."""
    trials = go(fatal_once, n_trials=5, workers=2).trials
    assert trials["status"].tolist() == ["complete"] * 5
    assert [Path(folder).name for folder in trials["folder"]] == ["0", "1.2", "2", "3", "4"]


def test_a_function_that_kills_every_process_ends_the_search(go):
    """A trial is tried twice, then it has failed; when all have, the search says so."""
    with pytest.raises(LogminerError, match="vanished without an exit code, 2 times"):
        go(fatal, n_trials=50, workers=2, limits=Limits(failures=1))


def test_memory_is_limited_for_functions(go):
    """A trial that wants more than its worker may have has failed with that reason; the next ones run."""

    def train(trial):
        return float(len(bytearray(10**9 if trial.number == 1 else 10**6)))

    trials = go(train, n_trials=3, memory_per_worker="300MB", cores_per_worker=1).trials
    assert trials["status"].tolist() == ["complete", "failed", "complete"]
    assert trials["reason"][1] == "out of memory: MemoryError"


@pytest.mark.parametrize("engine", ["spark://x", "dask://", "local://x"])
def test_an_unknown_engine_is_refused(go, engine):
    """The hint lists what there is."""
    with pytest.raises(UsageError, match="no engine") as caught:
        go(said, n_trials=1, engine=engine)
    assert "dask://" in caught.value.hint


@pytest.mark.filterwarnings("ignore")  # the cluster's own
def test_a_dask_cluster_survives_a_lost_worker(go, tmp_path, dask):
    """Trials run on the cluster alone, none twice but the one whose worker was killed."""
    trials = go(fatal_once, n_trials=5, workers=2, engine=dask).trials
    assert trials["status"].tolist() == ["complete"] * 5
    assert [Path(folder).name for folder in trials["folder"]] == ["0", "1.2", "2", "3", "4"]
    assert os.getpid() not in pids(tmp_path)


@pytest.mark.filterwarnings("ignore")
def test_threads_of_one_dask_worker_get_different_trials(go):
    """Searches in one process share the board as those in several do."""
    with cluster_of(threads=3) as engine:
        trials = go(said, n_trials=9, workers=6, engine=engine).trials
    assert trials["status"].tolist() == ["complete"] * 9
    assert trials["lr"].nunique() == 9


@pytest.mark.filterwarnings("ignore")
def test_commands_run_on_a_dask_cluster(tmp_path, dask):
    """They run in the folder where the search was started, whose progress is told; Ctrl-C ends them there too."""
    (tmp_path / "space.yaml").write_text("lr: {type: float, low: 0.1, high: 1.0}\n")
    (tmp_path / "train.sh").write_text(
        "trap 'touch $LOGMINER_RUN_DIR/tidied; exit' TERM; [ $LOGMINER_TRIAL -lt 2 ] || while :; do sleep 0.05; done\n"
        """echo '{"metric": "loss", "value": '$1'}'\n"""
    )
    search = subprocess.Popen(
        logminer("search", "--space", "space.yaml", "--strategy", "random", "--study", "s", "--workers", 2,
                 "--engine", dask, "--", "sh", "train.sh", "{lr}"),
        cwd=tmp_path, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    lines = []
    while not any("trial 3 started" in line for line in lines):
        lines.append(search.stderr.readline())
        assert lines[-1], lines
    search.send_signal(signal.SIGINT)
    search.communicate(timeout=100)
    assert search.returncode == 130
    assert sum("complete" in line for line in lines) == 2
    assert (tmp_path / "logminer-runs/s/2/tidied").exists()
    with open_store(tmp_path / "logminer.duckdb") as store:
        rows, _ = store.studies.changes("s")
    assert [row.status for row in rows] == ["complete"] * 2 + ["waiting"] * 2


@pytest.mark.ray
@pytest.mark.timeout(300)
def test_a_ray_cluster_survives_a_lost_worker(tmp_path):
    """Trials run in its worker processes alone, none twice but the one whose worker was killed."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install '.[ray]'")
    done = subprocess.run(
        [sys.executable, "-c", ON_RAY, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-12:] == ["complete"] * 6 + ["0", "1.2", "2", "3", "4", "5"]
    with open_store(tmp_path / "db") as store:
        assert set(store.read.curves(["other"])["value"]) == {1.0}
