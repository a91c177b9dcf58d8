"""What parsing elsewhere costs: the same event files through each engine.

    pip install '.[dask,ray]'
    python benchmarks/clusters.py /tmp/synthetic --files 20 --points 200000 --rounds 3

Synthetic event files are ingested by this process, by two processes, and by Dask and Ray clusters of two worker
processes that are up before the clock starts. Rounds are interleaved; the table holds medians of wall seconds,
of a machine that had nothing else to do one hopes. Engines whose package is missing are left out.
"""

import argparse
import importlib.util
import statistics
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from synthetic import write_synthetic


@contextmanager
def dask_cluster():
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield f"dask://{cluster.scheduler_address.removeprefix('tcp://')}"


@contextmanager
def ray_cluster():
    import ray

    ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield "ray"
    ray.shutdown()


@contextmanager
def no_cluster():
    yield "local"


ENGINES = {
    "this process": ("", no_cluster, 1),
    "two processes": ("", no_cluster, 2),
    "Dask, two workers": ("distributed", dask_cluster, 1),
    "Ray, two workers": ("ray", ray_cluster, 1),
}


def seconds(folder, engine, workers):
    """Wall seconds of one ingest into a new database, and the points read."""
    from logminer.store import open_store
    from logminer.workflows.ingest import ingest

    with tempfile.TemporaryDirectory() as place:
        start = time.perf_counter()
        with open_store(Path(place) / "logminer.duckdb", write=True) as store:
            points = ingest(store, [folder], workers=workers, engine=engine).points
        return time.perf_counter() - start, points


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", help="where the event files are written")
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--points", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    write_synthetic("simple", given.files, given.points, given.folder)
    taken, found = {}, set()
    for _ in range(given.rounds):
        for name, (package, cluster, workers) in ENGINES.items():
            if package and importlib.util.find_spec(package) is None:
                continue
            with cluster() as engine:
                took, points = seconds(given.folder, engine, workers)
            taken.setdefault(name, []).append(took)
            found.add(points)
    assert len(found) == 1, found
    print(f"{given.files} files, {found.pop():,} points\n")
    print("| engine | seconds |\n|---|---|")
    for name, times in taken.items():
        print(f"| {name} | {statistics.median(times):.1f} |")


if __name__ == "__main__":
    main()
