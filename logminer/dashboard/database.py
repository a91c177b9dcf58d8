"""Who has the database open: at one time either readers, or one writer with readers beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from logminer.store import Store, open_store


class Database:
    """A database file that this process opens only while it reads or writes, so that others can use it too.

    DuckDB lets one process open a file either for reading or for writing. Readers that come while a writer works
    read through its connection what was committed before; a writer waits until readers that came first are done.

    Args:
        path: the file.
        wait: seconds to wait for another process to let go of it.
    """

    def __init__(self, path: str, wait: float = 10.0) -> None:
        self.path = path
        self._wait = wait
        self._changed = Condition()
        self._store: Store | None = None
        self._readers = 0
        self._turning = False  # a writer waits to open, or to close

    @contextmanager
    def reading(self) -> Iterator[Store]:
        """The database as it stands now.

        Raises:
            NothingFoundError: there is no such file.
            StoreError: it cannot be opened, or another process keeps it.
        """
        with self._changed:
            self._changed.wait_for(lambda: not self._turning)
            if self._store is None:
                self._store = open_store(self.path, wait=self._wait)
            self._readers += 1
            store = self._store
        try:
            with store.beside() as beside:
                yield beside
        finally:
            self._leave()

    @contextmanager
    def writing(self) -> Iterator[Store]:
        """The database, to be written to; one thread at a time.

        Raises:
            StoreError: it cannot be opened, or another process keeps it.
        """
        with self._turn():
            store = self._store = open_store(self.path, write=True, wait=self._wait)
        try:
            yield store
        finally:
            with self._turn():
                self._store = None
                store.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Nobody comes in, and those who are in have left."""
        with self._changed:
            self._changed.wait_for(lambda: not self._turning)
            self._turning = True
            try:
                self._changed.wait_for(lambda: not self._readers)
                yield
            finally:
                self._turning = False
                self._changed.notify_all()

    def _leave(self) -> None:
        with self._changed:
            self._readers -= 1
            if not self._readers and self._store is not None and not self._store.writable:
                self._store.close()
                self._store = None
            self._changed.notify_all()
