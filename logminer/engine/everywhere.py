"""The same work in several processes, here or on a cluster; one whose process dies is begun again, the others go on.

Reading logs goes through joblib, which gives a whole call up when it loses one worker. A search may take days, in
which workers are lost, so its processes are handed to the clusters directly, each by itself.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from logminer.core.errors import LogminerError, UsageError
from logminer.engine.backend import KNOWN, dask_client, ray_cluster
from logminer.engine.resources import Resources

T = TypeVar("T")
Call = Callable[[], T]
Run = Callable[[Call[Any]], Any]

_MOST_LOSSES = 20
_PATIENCE = 10  # seconds to wait for a cluster's first worker


class _LostError(Exception):
    """The process that ran a call has died."""


def everywhere(
    call: Call[T],
    engine: str,
    workers: int,
    resources: Resources,
    call_off: Callable[[], None],
) -> list[T]:
    """Run ``call`` in so many processes at a time and return what each gave.

    Args:
        call: what to run; pickled, with functions by value where they cannot be imported.
        engine: ``"local"``, or a cluster; see ``engine.backend``.
        workers: number of processes.
        resources: what each may use, as far as the engine can be told.
        call_off: called on an interruption, to make the calls return.

    Raises:
        UsageError: there is no such engine, or it lacks the workers.
        LogminerError: the processes of a worker died again and again.
    """
    with _engine(engine, resources) as run, ThreadPoolExecutor(workers) as threads:
        waiting = [threads.submit(_persistently, run, call) for _ in range(workers)]
        try:
            return [one.result() for one in waiting]
        except BaseException:
            call_off()
            raise


def _persistently(run: Run, call: Call[T]) -> T:
    for _ in range(_MOST_LOSSES):
        try:
            return cast("T", run(call))
        except _LostError as error:
            last = error
    raise LogminerError(
        f"worker processes die again and again: {last}", "see the logs of the trials they ran"
    ) from last


@contextmanager
def _engine(engine: str, resources: Resources) -> Iterator[Run]:
    """A function that runs a call in a process of the engine and returns its result."""
    kind, _, where = engine.partition("://")
    if kind == "local" and not where:
        yield _in_a_process(resources)
    elif kind == "dask" and where:
        with dask_client(where) as client:
            yield _on_dask(client)
    elif kind == "ray":
        with ray_cluster(engine if where else ""):
            yield _on_ray(resources)
    else:
        raise UsageError(f"no engine '{engine}'", f"engines are: {KNOWN}")


def _in_a_process(resources: Resources) -> Run:
    from joblib.externals.loky import BrokenProcessPool, ProcessPoolExecutor

    def run(call: Call[Any]) -> Any:
        # A pool for each: the death of a process breaks the pool it is in.
        pool = ProcessPoolExecutor(1, env=resources.variables or None)
        try:
            return pool.submit(call).result()
        except BrokenProcessPool as error:
            raise _LostError(error) from error
        finally:
            pool.shutdown(wait=True)

    return run


def _on_dask(client: Any) -> Run:
    from distributed import KilledWorker

    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError:
        raise UsageError("the Dask cluster has no worker", "start some: dask worker ...") from None

    def run(call: Call[Any]) -> Any:
        try:
            return client.submit(call, pure=False).result()
        except KilledWorker as error:
            raise _LostError(error) from error

    return run


def _on_ray(resources: Resources) -> Run:
    import ray

    wanted = {
        "CPU": resources.cores or 1, "memory": resources.memory or 0, "GPU": resources.gpus or 0,
    }  # fmt: skip
    there = ray.cluster_resources()
    for name, amount in wanted.items():
        if there.get(name, 0) < amount:
            raise UsageError(
                f"the Ray cluster has {there.get(name, 0):g} {name} in all, a worker wants {amount}",
                "ask for less with --cores-per-worker and --memory-per-worker",
            )
    options = {"num_cpus": wanted["CPU"], "memory": wanted["memory"] or None, "max_retries": -1}

    def run(call: Call[Any]) -> Any:
        def task() -> Any:  # only functions are taken
            return call()

        return ray.get(ray.remote(**options)(task).remote())

    return run
