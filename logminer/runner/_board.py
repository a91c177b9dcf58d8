"""The board of a study: which trials there are and who runs each, shared by all its search processes.

Everything stands in the store. A turn at the board is one transaction by one process, so no trial is handed out
twice; a search process holds a file lock while it lives, so the others see which trials it has left behind.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from os import close
from pathlib import Path
from threading import Lock
from uuid import uuid4

from logminer.core.objective import Mode
from logminer.engine.process import Control, hold, is_held
from logminer.store import Store, open_store
from logminer.store.trials import StudyRow, TrialRow

BY_HAND = "by hand"
"""Owner of trials that were handed out to no process: they are told what became of them."""
_MOST_STARTS = 2  # a trial that vanishes is run once more, then given up
_LINGER = 0.2  # seconds for which the database stays open after a turn, since opening it costs more than a turn
_HELD = 1.0  # seconds after which it is closed in any case, so that others have their turn
_PAUSE = 0.15  # longer than others wait between two attempts
# The file is locked against other processes, not against threads: a cluster's worker may run several searches.
_TURNS: defaultdict[str, Lock] = defaultdict(Lock)


@dataclass
class Board:
    """One study, seen by one search process.

    Attributes:
        db: the database file.
        study: what is searched; renewed at each turn.
        wait: seconds to wait for a turn.
        trials: the trials by number, as of the last turn.
        owner: name of this process among the study's.
    """

    db: str
    study: StudyRow
    wait: float = 60.0
    trials: dict[int, TrialRow] = field(default_factory=dict)
    owner: str = field(default_factory=lambda: uuid4().hex[:12])
    _change: int = 0
    _store: Store | None = None
    _opened: float = 0.0
    _used: float = 0.0

    @contextmanager
    def present(self) -> Iterator[None]:
        """Be known as a living search process of the study."""
        owners = self._control / "owners"
        owners.mkdir(parents=True, exist_ok=True)
        lock = hold(owners / self.owner)
        try:
            yield
        finally:
            self.rest(now=True)
            (owners / self.owner).unlink(missing_ok=True)
            close(lock)

    @contextmanager
    def turn(self) -> Iterator[Store]:
        """Look at the study as it is now, and change it before anybody else does.

        Raises:
            StoreLockedError: another process kept the database for too long.
        """
        if self._store is None:
            self._store = open_store(self.db, write=True, wait=self.wait)
            self._opened = time.monotonic()
        try:
            with _TURNS[self.db], self._store.transaction():
                self.study = self._store.studies.get(self.study.name) or self.study
                changed, self._change = self._store.studies.changes(self.study.name, self._change)
                self.trials |= {row.number: row for row in changed}
                yield self._store
        except BaseException:
            self.trials, self._change = {}, 0  # what was thought to be written may not be
            raise
        finally:
            self._used = time.monotonic()

    def put(self, *rows: TrialRow) -> None:
        """Write trials; within a turn."""
        assert self._store is not None
        self._change += 1
        self._store.studies.write(rows, self._change)
        self.trials |= {row.number: row for row in rows}

    def put_study(self, study: StudyRow) -> None:
        """Write what is searched; within a turn."""
        assert self._store is not None
        self._store.studies.put(study)
        self.study = study

    def rest(self, *, now: bool = False) -> None:
        """Let go of the database when it is not needed for a while, or at once."""
        if self._store is None:
            return
        held = time.monotonic() - self._opened > _HELD
        if now or held or time.monotonic() - self._used > _LINGER:
            self._store.close()
            self._store = None
            if held and not now:
                time.sleep(_PAUSE)

    def claim(self, ask: Callable[[int], TrialRow | None]) -> TrialRow | None:
        """Take the next trial: one that waits to be started again, else a new one; within a turn.

        Args:
            ask: a new trial of the given number, or None when there is none to be had now.
        """
        waiting = next((t for t in self.trials.values() if t.status == "waiting"), None)
        row = waiting or ask(len(self.trials))
        if row is None:
            return None
        attempt = row.attempt + 1
        row = replace(
            row,
            status="running",
            attempt=attempt,
            owner=self.owner,
            folder=str(self._free_folder(row, attempt)),
            started=time.time(),
            ended=None,
        )
        self.put(row)
        return row

    def _free_folder(self, row: TrialRow, attempt: int) -> Path:
        """A trial's own folder, or one that holds nothing: those of other attempts and removed studies are left alone."""
        while True:
            name = str(row.number) if attempt == 1 else f"{row.number}.{attempt}"
            folder = Path(self.study.folder) / name
            if str(folder) == row.folder or not folder.is_dir() or not any(folder.iterdir()):
                return folder
            attempt += 1

    def take_over(self) -> list[TrialRow]:
        """See to the trials of search processes that have gone; within a turn.

        Returns:
            Those that still run, or have ended meanwhile; they are this process's now. What vanished waits to be
            started once more, what was never started waits as if nothing had been.
        """
        found = []
        for row in [t for t in self.trials.values() if t.status == "running"]:
            if row.owner in (self.owner, BY_HAND) or is_held(self._control / "owners" / row.owner):
                continue
            state = self.control(row).state
            if state in ("running", "ended"):
                found.append(replace(row, owner=self.owner))
                self.put(found[-1])
            elif state == "new":
                self.put(replace(row, status="waiting", attempt=row.attempt - 1))
            else:
                self.put(gone(row))
        return found

    def control(self, row: TrialRow) -> Control:
        """The control files of a trial."""
        return Control(self._control / f"{row.number}-{row.attempt}")

    @property
    def mode(self) -> Mode:
        """Which way values are better; ``"min"`` until that is known."""
        return "max" if self.study.mode == "max" else "min"

    @property
    def sign(self) -> float:
        """Factor that turns a value into a loss."""
        return 1.0 if self.mode == "min" else -1.0

    @property
    def _control(self) -> Path:
        return Path(self.study.folder) / ".control"


def gone(row: TrialRow) -> TrialRow:
    """A trial that vanished without an exit code: killed with all its processes, or its machine went down."""
    if row.attempt < _MOST_STARTS:
        return replace(row, status="waiting")
    reason = f"vanished without an exit code, {row.attempt} times"
    return replace(row, status="failed", reason=reason, ended=time.time())
