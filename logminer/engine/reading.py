"""Reading logs: in this process, in several, or on a cluster, through joblib's backends."""

import os
from collections.abc import Iterator, Sequence

from logminer.core.parsed import ParsedLog, Resume
from logminer.engine.backend import backend
from logminer.formats import FORMATS, LogFormat, Probe

ReadTask = tuple[str | LogFormat, list[tuple[Probe, Resume]]]


def read_batch(
    form: str | LogFormat, jobs: Sequence[tuple[Probe, Resume]]
) -> list[ParsedLog | Exception]:
    """Read files of one format, given by name or itself; a file that could not be read yields its exception."""
    module = FORMATS.load(form) if isinstance(form, str) else form
    if hasattr(module, "read_many"):
        try:
            return list(module.read_many(jobs))
        except Exception:  # noqa: BLE001, S110 - one file must not cost the others: read them one by one
            pass
    return [_read(module, probe, resume) for probe, resume in jobs]


def _read(module: LogFormat, probe: Probe, resume: Resume) -> ParsedLog | Exception:
    try:
        return module.read(probe, resume)
    except Exception as error:  # noqa: BLE001 - whatever a file does to a parser, the walk goes on
        return error


def read_in_parallel(
    tasks: Sequence[ReadTask], workers: int, engine: str = "local"
) -> Iterator[list[ParsedLog | Exception]]:
    """Read batches and yield what they hold, in order.

    Args:
        tasks: a format, by name or itself, and its files.
        workers: processes on this machine, as in joblib: -1 is one a core. With 1, this process reads.
        engine: ``"local"``, or a cluster that sees the same files; see ``engine.backend``.
    """
    count = workers if workers > 0 else max(1, (os.cpu_count() or 1) + 1 + workers)
    if engine == "local" and (count == 1 or len(tasks) < 2):
        yield from (read_batch(form, jobs) for form, jobs in tasks)
        return
    from joblib import Parallel, delayed, effective_n_jobs

    calls = [delayed(read_batch)(form, jobs) for form, jobs in tasks]
    with backend(engine, count):
        if not engine.startswith("ray"):
            yield from Parallel(return_as="generator", pre_dispatch="2*n_jobs")(calls)
            return
        # Ray hands results back when all are done: a few at a time, so that memory stays bounded.
        at_once = 2 * effective_n_jobs()
        with Parallel() as pool:
            for start in range(0, len(calls), at_once):
                yield from pool(calls[start : start + at_once])
