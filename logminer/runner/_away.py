"""Search processes elsewhere: beside this one, or on a cluster; each is a search on the study by itself.

They are told to end by a file: as long as this process holds the lock on it they go on; when the file has gone they put
their trials back, and when nobody holds it any more they finish their trials and end.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

from logminer.core.errors import StoreLockedError
from logminer.engine.everywhere import everywhere
from logminer.engine.process import hold, is_held, own_cores
from logminer.engine.resources import limited, on_cores
from logminer.runner._command import Command
from logminer.runner._ends import Ending
from logminer.runner._launch import INTERRUPTED
from logminer.runner._loop import Told
from logminer.runner._plan import Plan

_OFTEN = 1.0  # seconds between two looks at whether the search was called off
_NEWS = 2.0  # seconds between two looks at what the others have done


@dataclass
class Process:
    """A search process; called where it is to run.

    Attributes:
        plan: what to do.
        leave: the file that says whether to go on.
    """

    plan: Plan
    leave: Path
    _looked: float = field(default=0.0, compare=False)

    def __call__(self) -> Ending:
        """Search until a limit is reached or the search is called off."""
        plan = self.plan
        if isinstance(plan.work, Command):
            return self._run()
        with (
            own_cores(Path(plan.study.folder) / ".control/cores", plan.resources.cores) as (
                _,
                cores,
            ),
            on_cores(cores),
            limited(plan.resources),
        ):
            return self._run()

    def _run(self) -> Ending:
        try:
            return self.plan.run(called_off=self._called_off)
        except KeyboardInterrupt:
            return Ending(INTERRUPTED, "put back")

    def _called_off(self) -> Ending | None:
        if time.monotonic() - self._looked < _OFTEN:
            return None
        self._looked = time.monotonic()
        if not self.leave.exists():
            return Ending(INTERRUPTED, "put back")
        if not is_held(self.leave):
            return Ending("the process that began this search has gone")
        return None


def search_away(plan: Plan, engine: str, told: Told | None) -> Ending:
    """Search in several processes of an engine, until all have ended; the first ending counts, a failure before all."""
    plan = replace(plan, db=os.path.abspath(plan.db))
    folder = Path(plan.study.folder) / ".control/sessions"
    folder.mkdir(parents=True, exist_ok=True)
    leave = folder / uuid4().hex[:12]
    lock = hold(leave)
    process = Process(replace(plan, workers=1), leave)
    try:
        with _news(plan, told):
            endings = everywhere(
                process, engine, plan.workers, plan.resources, lambda: leave.unlink(missing_ok=True)
            )
    finally:
        leave.unlink(missing_ok=True)
        os.close(lock)
    return max(endings, key=lambda ending: ending.failed)


@contextmanager
def _news(plan: Plan, told: Told | None) -> Iterator[None]:
    """Tell what the others do as long as the block lasts."""
    if told is None:
        yield
        return
    done, teller = Event(), _Teller(plan, told)
    thread = Thread(target=teller.follow, args=(done.wait,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


class _Teller:
    """Looks at the board now and then, and tells what has changed."""

    def __init__(self, plan: Plan, told: Told) -> None:
        self._board, self._told = plan.board, told
        self._seen: dict[int, tuple[str, int]] = {}
        self._look()

    def follow(self, wait: Callable[[float], bool]) -> None:
        """Go on until ``wait`` says that it is over; what happened last is told too."""
        over = False
        while not over:
            over = wait(_NEWS)
            for number in self._look():
                self._told(self._board.trials[number])

    def _look(self) -> list[int]:
        """Numbers of the trials that were started or have ended since."""
        try:
            with self._board.turn():
                pass
        except StoreLockedError:
            return []
        finally:
            self._board.rest(now=True)
        trials = self._board.trials.items()
        now: dict[int, tuple[str, int]] = {n: (t.status, t.attempt) for n, t in trials}
        new = [
            n for n, state in now.items() if self._seen.get(n) != state and state[0] != "waiting"
        ]
        self._seen = now
        return sorted(new)
