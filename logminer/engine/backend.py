"""Where parallel work runs: processes here, or a Dask or Ray cluster that the user has."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from warnings import catch_warnings

from logminer.core.errors import UsageError, install_extra

KNOWN = "local, dask://HOST:PORT, ray, ray://HOST:PORT"
_RAY_CLIENT = "pip install 'ray[client]'"


@contextmanager
def backend(engine: str, workers: int) -> Iterator[None]:
    """Let joblib run on ``engine`` inside the block.

    Args:
        engine: ``"local"`` for processes on this machine, ``"dask://host:port"`` for a Dask scheduler, ``"ray"``
            for the Ray cluster of RAY_ADDRESS, or the one running on this machine, or else a new one,
            ``"ray://host:port"`` for a cluster elsewhere.
        workers: processes of the local engine.

    Raises:
        UsageError: no such engine, its package is not installed, or nothing answers there.
    """
    from joblib import parallel_config

    kind, _, where = engine.partition("://")
    if kind == "local":
        with parallel_config(backend="loky", n_jobs=workers):
            yield
    elif kind == "dask" and where:
        with dask_client(where), parallel_config(backend="dask", n_jobs=-1):
            yield
    elif kind == "ray":
        with ray_cluster(engine if where else ""), parallel_config(backend="ray", n_jobs=-1):
            yield
    else:
        raise UsageError(f"no engine '{engine}'", f"engines are: {KNOWN}")


@contextmanager
def dask_client(where: str) -> Iterator[Any]:
    """A client of the Dask scheduler at ``host:port``.

    Raises:
        UsageError: Dask is not installed, or nothing answers there.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("Dask is not installed", install_extra("dask")) from None
    try:
        client = Client(f"tcp://{where}", timeout="10s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise UsageError(f"no Dask scheduler answers at {where}", "check host and port") from error
    with client:
        yield client


@contextmanager
def ray_cluster(address: str) -> Iterator[None]:
    """Connect to a Ray cluster; without an address to that of RAY_ADDRESS, or start one here.

    Raises:
        UsageError: Ray is not installed, or nothing answers there.
    """
    try:
        import ray
        from ray.util.joblib import register_ray
    except ImportError:
        raise UsageError("Ray is not installed", install_extra("ray")) from None
    # Its pool warns of an argument that joblib passes and no user can change.
    logging.getLogger("ray.util.multiprocessing.pool").setLevel(logging.ERROR)
    ours = not ray.is_initialized()
    if ours:
        _connect(ray, address)
    register_ray()
    try:
        yield
    finally:
        if ours:
            ray.shutdown()


def _connect(ray: Any, address: str) -> None:
    where = address or os.environ.get("RAY_ADDRESS", "") or "this machine"
    try:
        with catch_warnings(action="ignore"):  # that nothing answers is said below
            ray.init(
                address=address or None,
                log_to_driver=False,
                include_dashboard=False,
                logging_level=logging.ERROR,
            )
    except (ConnectionError, ray.exceptions.RayError) as error:
        raise UsageError(
            f"no Ray cluster answers at {where}",
            "check host and port, and RAY_AUTH_MODE=token with RAY_AUTH_TOKEN if it asks for one",
        ) from error
    except ValueError as error:  # the client is a package of its own
        raise UsageError(f"Ray cannot connect to {where}: {error}", _RAY_CLIENT) from error
