"""Reading logs here: in this process, or in several through joblib."""

import os
from collections.abc import Iterator, Sequence

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats import FORMATS, Probe

ReadTask = tuple[str, list[tuple[Probe, Resume]]]


def read_batch(form: str, jobs: Sequence[tuple[Probe, Resume]]) -> list[ParsedLog | Exception]:
    """Read files of one format; a file of which nothing could be read yields its exception."""
    module = FORMATS.load(form)
    if hasattr(module, "read_many"):
        return list(module.read_many(jobs))
    logs: list[ParsedLog | Exception] = []
    for probe, resume in jobs:
        try:
            logs.append(module.read(probe, resume))
        except (OSError, ValueError) as error:
            logs.append(error)
    return logs


def read_in_parallel(
    tasks: Sequence[ReadTask], workers: int
) -> Iterator[list[ParsedLog | Exception]]:
    """Read batches in order, each in one of ``workers`` processes; 1 stays in this process.

    A negative number counts from the number of cores, as in joblib: -1 is all of them.
    """
    count = workers if workers > 0 else max(1, (os.cpu_count() or 1) + 1 + workers)
    if count == 1 or len(tasks) < 2:
        yield from (read_batch(form, jobs) for form, jobs in tasks)
        return
    from joblib import Parallel, delayed

    pool = Parallel(n_jobs=count, return_as="generator", pre_dispatch="2*n_jobs")
    yield from pool(delayed(read_batch)(form, jobs) for form, jobs in tasks)
