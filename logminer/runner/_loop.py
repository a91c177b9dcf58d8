"""The search itself: hand out trials, see to them, record their ends, until a limit is reached."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from logminer.runner._active import Active
from logminer.runner._asking import Asker
from logminer.runner._board import BY_HAND, Board
from logminer.runner._ends import Ending, Limits
from logminer.runner._launch import INTERRUPTED, Launcher, prepare
from logminer.runner._outcome import Outcomes
from logminer.runner._trial_log import TrialLog
from logminer.runner._watch import Watch
from logminer.store.trials import TrialRow
from logminer.workflows.recognise import Recogniser

_TICK = 0.02  # seconds between two looks at whether a trial has ended
_SLOWEST_TICK = 0.2
_ROOM = 1.0  # seconds between two looks at whether there is room for another trial
_OTHERS = 5.0  # seconds between two looks at whether another search process has gone
# Seconds for trials to end that were asked to, and once more for those that were made to.
_PATIENCE = 10.0

Told = Callable[[TrialRow], None]


@dataclass
class Loop:
    """One search process.

    Attributes:
        board: the study.
        asker: where new trials come from.
        launcher: how they are run.
        recognise: tells formats.
        watch: who stops single trials.
        outcomes: who records how they ended.
        limits: when to end.
        workers: trials at a time.
        told: called with each trial that was started or has ended.
        called_off: asked now and then whether to end, and why.
    """

    board: Board
    asker: Asker
    launcher: Launcher
    recognise: Recogniser
    watch: Watch
    outcomes: Outcomes
    limits: Limits
    workers: int = 1
    told: Told = lambda _: None
    called_off: Callable[[], Ending | None] = lambda: None
    _active: dict[int, Active] = field(default_factory=dict)
    _others: float = 0.0
    _next_fill: float = 0.0
    _began: float = 0.0

    def run(self) -> Ending:
        """Search until a limit is reached, and say which."""
        self._began = time.time()
        with self.board.present():
            try:
                return self._until_the_end()
            except BaseException:
                self._put_all_back()
                raise
            finally:
                self.launcher.close()

    def look(self) -> None:
        """Look at the running trials, which a training in this process asks for whenever it reports.

        Raises:
            KeyboardInterrupt: the search is called off, and its trials are to be put back.
        """
        if (ending := self.called_off()) and ending.trials == "put back":
            raise KeyboardInterrupt
        self.watch.look(self._active.values())

    def _until_the_end(self) -> Ending:
        dismissed: Ending | None = None
        tick = _TICK
        while True:
            moved = self._collect()
            self.watch.look(self._active.values(), now=moved)
            ending, started = dismissed or self.called_off(), False
            if ending is None:
                ending, started = self._fill(moved=moved)
            if ending and not self._active:
                return ending
            if ending and not dismissed and ending.trials != "finish":
                self._dismiss(ending)
                dismissed = ending
            self.board.rest()
            tick = _TICK if moved or started else min(tick * 1.3, _SLOWEST_TICK)
            if not (moved or started):
                time.sleep(tick)

    def _fill(self, *, moved: bool) -> tuple[Ending | None, bool]:
        """Start trials while there is room; the limit that was reached, and whether any was started.

        Args:
            moved: whether a trial has ended since.
        """
        started = False
        if not moved and time.monotonic() < self._next_fill:
            return None, started
        self._next_fill = time.monotonic() + _ROOM
        if self._active and (ending := self._limit()):
            return ending, started
        while len(self._active) < self.workers:
            with self.board.turn():
                self._take_over()
                ending = self._limit()
                full = len(self._active) >= self.workers  # with what was taken over
                row = None if ending or full else self.board.claim(self._ask)
                waits = any(
                    t.status == "running" and t.owner != BY_HAND for t in self.board.trials.values()
                )
            if row is None:
                nothing = f"strategy '{self.asker.strategy}' has nothing left to propose"
                return ending or (None if waits else Ending(nothing)), started
            self._start(row)
            started = True
        return None, started

    def _limit(self) -> Ending | None:
        rows = [self.board.trials[n] for n in sorted(self.board.trials)]
        return self.limits.reached(rows, self.board.sign, self._began)

    def _ask(self, _number: int) -> TrialRow | None:
        return self.asker.ask(self.board.study.name, self.board.trials, self.board.mode)

    def _take_over(self) -> None:
        """Go on with what search processes that have gone left behind."""
        if time.monotonic() - self._others < _OTHERS and self._others:
            return
        self._others = time.monotonic()
        for row in self.board.take_over():
            self._active[row.number] = self._watched(row)

    def _watched(self, row: TrialRow) -> Active:
        return Active(row, self.board.control(row), TrialLog(Path(row.folder), self.recognise))

    def _start(self, row: TrialRow) -> None:
        before = self.board.trials.get(row.resumes) if row.resumes is not None else None
        seed = self.asker.repeats.seed(row.repeat)
        values = prepare(row, before) | dict.fromkeys((*self.asker.repeats.names, "seed"), seed)
        values |= row.config
        if self.asker.fidelity:
            granted = self.asker.fidelity.grant(row.budget)
            values |= {self.asker.fidelity.name: granted, "budget": granted}
        elif row.budget is not None:
            values["budget"] = row.budget
        self._active[row.number] = active = self._watched(row)
        self.told(row)
        self.launcher.start(row, active.control, values)

    def _collect(self) -> bool:
        """Record the trials that have ended; whether there were any."""
        self.launcher.reap()
        ended = [active for active in self._active.values() if active.over]
        if not ended:
            return False
        for active, row in zip(ended, self.outcomes.record(ended), strict=True):
            del self._active[row.number]
            active.control.clear()
            if row.status != "waiting":
                self.told(row)
        return True

    def _dismiss(self, ending: Ending) -> None:
        """End the trials that still run."""
        back = ending.trials == "put back"
        for active in self._active.values():
            active.stop(self.launcher, INTERRUPTED if back else ending.why, back=back)

    def _put_all_back(self) -> None:
        """After an interruption: end what runs, so that nothing trains on unseen, and leave it to be started again."""
        for active in self._active.values():
            active.stop(self.launcher, INTERRUPTED, back=True)
        self._collect_for(_PATIENCE)
        for active in self._active.values():
            self.launcher.end(active.control, hard=True)
        self._collect_for(_PATIENCE)

    def _collect_for(self, seconds: float) -> None:
        """Record the ends of the trials, until none runs or the time is up."""
        deadline = time.monotonic() + seconds
        while self._active and time.monotonic() < deadline:
            self._collect()
            time.sleep(_TICK)
