"""Following logs while they grow: ingest again and again, the database free in between."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from logminer.store import open_store
from logminer.workflows.ingest import ingest
from logminer.workflows.ingest_result import IngestResult


def follow(
    db: str,
    paths: Sequence[str],
    *,
    interval: float = 1.0,
    wait: float = 10.0,
    sleep: Callable[[float], None] = time.sleep,
    **options: Any,
) -> Iterator[IngestResult]:
    """Ingest every ``interval`` seconds and yield what each pass did, for ever.

    The database is open only while a pass writes, so that others can read between passes.

    Args:
        db: the database file.
        paths: files and folders.
        interval: seconds from the start of one pass to the start of the next, if it took less.
        wait: seconds to wait for the database.
        sleep: how to wait; a test may pass its own.
        options: as for ``ingest``.
    """
    while True:
        started = time.monotonic()
        with open_store(db, write=True, wait=wait) as store:
            result = ingest(store, paths, **options)
        yield result
        sleep(max(0.0, interval - (time.monotonic() - started)))
