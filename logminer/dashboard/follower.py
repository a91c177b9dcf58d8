"""Keeping the feed up to date in the background: by reading logs, or by watching the database file."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from watchfiles import watch

from logminer.core.errors import LogminerError
from logminer.dashboard.database import Database
from logminer.dashboard.feed import Feed
from logminer.workflows.ingest import ingest

_TICK = 5.0  # seconds until a look that nothing called for: a run may have become stale
_RETRY = 2.0  # seconds until a database that could not be read is tried again


class _Stopped(Exception):  # noqa: N818
    """Raised in the middle of a pass, between two files, to end it."""


class Follower:
    """A thread that refreshes a feed until it is stopped.

    Args:
        feed: what is kept up to date.
        database: where logs are read into.
        paths: logs to follow; none to watch the database file.
        interval: seconds from the start of one pass to the start of the next, if it took less.
        options: as for ``ingest``.
    """

    def __init__(
        self,
        feed: Feed,
        database: Database,
        paths: Sequence[str],
        interval: float = 1.0,
        options: dict[str, Any] | None = None,
    ) -> None:
        self._feed, self._database, self._paths = feed, database, list(paths)
        self._interval, self._options = interval, options or {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self._looked = 0.0

    def start(self, changed: Callable[[], None]) -> None:
        """Begin; ``changed`` is called, from the thread, whenever the feed has a new moment."""
        self._changed = changed
        self._thread.start()

    def stop(self, wait: float = 5.0) -> None:
        """End after the file being read; what was read is stored."""
        self._stop.set()
        if self._thread.ident:
            self._thread.join(wait)

    def _run(self) -> None:
        follow = self._follow if self._paths else self._watch
        with suppress(_Stopped):
            while not self._stop.is_set():
                try:
                    follow()
                except LogminerError as error:
                    self._say(str(error))
                except _Stopped:
                    raise
                except Exception as error:  # noqa: BLE001 - what one pass meets must not end all
                    self._say(f"could not look: {type(error).__name__}: {error}")

    def _follow(self) -> None:
        """One pass over the logs."""
        started = time.monotonic()
        with self._database.writing() as store:
            result = ingest(store, self._paths, progress=self._progress, **self._options)
        waited = time.monotonic() - self._looked > _TICK  # others may have written to the database
        if result.files or waited or self._feed.moment.trouble or not self._feed.loaded:
            self._refresh()
        self._stop.wait(max(0.0, self._interval - (time.monotonic() - started)))

    def _progress(self, _done: int, _total: int) -> None:
        if self._stop.is_set():
            raise _Stopped

    def _watch(self) -> None:
        """Until the file or the log of its latest changes is written to."""
        self._refresh()
        path = Path(self._database.path).absolute()
        names = {str(path), f"{path}.wal"}
        for changes in watch(
            path.parent,
            watch_filter=lambda _change, name: name in names,
            stop_event=self._stop,
            rust_timeout=int(_TICK * 1000),
            yield_on_timeout=True,
            recursive=False,
            raise_interrupt=False,
        ):
            if changes:
                self._refresh()
            elif self._feed.tick():
                self._changed()

    def _refresh(self) -> None:
        self._looked = time.monotonic()
        if self._feed.refresh():
            self._changed()

    def _say(self, trouble: str) -> None:
        if self._feed.suffer(trouble.splitlines()[0]):
            self._changed()
        self._stop.wait(_RETRY)
