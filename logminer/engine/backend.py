"""Where parallel work runs: processes here, or a Dask or Ray cluster that the user has."""

from collections.abc import Iterator
from contextlib import contextmanager

from logminer.core.errors import UsageError

_KNOWN = "local, dask://HOST:PORT, ray, ray://HOST:PORT"


@contextmanager
def backend(engine: str, workers: int) -> Iterator[None]:
    """Let joblib run on ``engine`` inside the block.

    Args:
        engine: ``"local"`` for processes on this machine, ``"dask://host:port"`` for a Dask scheduler, ``"ray"``
            for Ray on this machine, ``"ray://host:port"`` for a Ray cluster.
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
        with _dask(where), parallel_config(backend="dask", n_jobs=-1):
            yield
    elif kind == "ray":
        _ray(engine if where else "")
        with parallel_config(backend="ray", n_jobs=-1):
            yield
    else:
        raise UsageError(f"no engine '{engine}'", f"engines are: {_KNOWN}")


@contextmanager
def _dask(where: str) -> Iterator[None]:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("Dask is not installed", "pip install 'logminer[dask]'") from None
    try:
        client = Client(f"tcp://{where}", timeout="10s")  # type: ignore[no-untyped-call]
    except OSError as error:
        raise UsageError(f"no Dask scheduler answers at {where}", "check host and port") from error
    with client:
        yield


def _ray(address: str) -> None:
    try:
        import ray
        from ray.util.joblib import register_ray
    except ImportError:
        raise UsageError("Ray is not installed", "pip install 'logminer[ray]'") from None
    if not ray.is_initialized():
        try:
            ray.init(address=address or None, log_to_driver=False, include_dashboard=False)
        except ConnectionError as error:
            raise UsageError(
                f"no Ray cluster answers at {address}", "check host and port"
            ) from error
    register_ray()
