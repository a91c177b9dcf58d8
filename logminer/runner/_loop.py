"""The search itself: hand out trials, watch them, record their ends, until a limit is reached."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from logminer.analyses.objective import propose
from logminer.core.objective import Mode, Objective, Summary
from logminer.engine.process import Control
from logminer.engine.resources import in_words
from logminer.runner._asking import Asker
from logminer.runner._board import BY_HAND, Board, gone
from logminer.runner._early import Early
from logminer.runner._ends import Ending, Limits
from logminer.runner._launch import INTERRUPTED, Launcher, prepare
from logminer.runner._trial_log import Curve, TrialLog, summarise
from logminer.store.trials import TrialRow, TrialState
from logminer.workflows.recognise import Recogniser

_TICK = 0.02  # seconds between two looks at whether a trial has ended
_SLOWEST_TICK = 0.2
_LOOK = 1.0  # most seconds between two looks at the logs
_SOONEST_LOOK = 0.1
_LOOK_SHARE = 9.0  # looking takes a tenth of the time at most, unless that were more than ``_LOOK``
_OTHERS = 5.0  # seconds between two looks at whether another search process has gone
_GRACE = 10.0  # seconds between a request to end and the end
_SOME = 8
_BEYOND = (
    "time limit",
    "out of memory",
)  # how the reasons begin for which a trial counts as failed

Say = Callable[[str], None]
Told = Callable[[TrialRow], None]


@dataclass
class Active:
    """A trial that this process runs."""

    row: TrialRow
    control: Control
    log: TrialLog
    told_at: float | None = None  # when it was asked to stop
    back: bool = False  # whether it is put back rather than recorded


@dataclass
class Loop:
    """One search process.

    Attributes:
        board: the study.
        asker: where new trials come from.
        launcher: how they are run.
        recognise: tells formats.
        limits: when to end.
        workers: trials at a time.
        summary: which value of a curve counts.
        early: rule that stops single trials, or None.
        timeout: seconds that one trial may take, or None.
        memory: bytes that one trial may hold with all it has started, or None.
        hints: objectives of past tasks, tried before one is proposed.
        past: learning curves of past tasks, for the rule.
        told: called with each trial that was started or has ended.
        called_off: asked now and then whether to end, and why.
    """

    board: Board
    asker: Asker
    launcher: Launcher
    recognise: Recogniser
    limits: Limits
    workers: int = 1
    summary: Summary = "best"
    early: str | None = None
    timeout: float | None = None
    memory: int | None = None
    hints: Sequence[Objective] = ()
    past: pd.DataFrame | None = None
    told: Told = lambda _: None
    called_off: Callable[[], Ending | None] = lambda: None
    _active: dict[int, Active] = field(default_factory=dict)
    _curves: dict[int, Curve] = field(default_factory=dict)
    _rule: Early | None = None
    _next_look: float = 0.0
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

    def _until_the_end(self) -> Ending:
        dismissed: Ending | None = None
        tick = _TICK
        while True:
            moved = self._collect()
            self._look_after(now=moved)
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
        self._next_fill = time.monotonic() + _LOOK
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
        return self.limits.reached(self._rows, self._sign, self._began)

    def _ask(self, _number: int) -> TrialRow | None:
        return self.asker.ask(self.board.study.name, self.board.trials, self._mode)

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
        values = prepare(row, before) | row.config
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
        ended = [a for a in self._active.values() if a.control.state in ("ended", "vanished")]
        if not ended:
            return False
        rows = [self._judged(active) for active in ended]
        with self.board.turn():
            self._settle_objective(ended)
            rows = [self._valued(a, r) for a, r in zip(ended, rows, strict=True)]
            self.board.put(*rows)
        for active, row in zip(ended, rows, strict=True):
            del self._active[row.number]
            active.control.clear()
            if row.status != "waiting":
                self.told(row)
        return True

    def _judged(self, active: Active) -> TrialRow:
        """How a trial ended, before its value is known."""
        active.log.refresh()
        row = replace(active.row, ended=time.time())
        asked = active.control.asked_to_stop
        if active.back or asked == INTERRUPTED:
            return replace(row, status="waiting", attempt=row.attempt - 1)
        if asked:
            status: TrialState = "failed" if asked.startswith(_BEYOND) else "stopped"
            return replace(row, status=status, reason=asked)
        if active.control.state == "vanished":
            return gone(row)
        why = self.launcher.why_failed(row, active.control.code)
        return replace(row, status="failed", reason=why) if why else replace(row, status="complete")

    def _valued(self, active: Active, row: TrialRow) -> TrialRow:
        """A trial with its value and what was spent on it; without a value it has failed."""
        curve = active.log.curve(self.board.study.metric or "")
        if row.status == "waiting":
            return row
        row = replace(row, spent=self._spent(row, curve))
        if row.status == "failed":
            return row
        expected = active.row.value if row.status == "stopped" else None
        if expected is not None and math.isfinite(expected):
            return replace(row, value=expected, noise=active.row.noise)
        value = self.launcher.value(active.control)
        if value is None:
            value = summarise(
                curve, Objective(self.board.study.metric or "", self._mode, self.summary)
            )
        if math.isfinite(value):
            return replace(row, value=value)
        return replace(row, status="failed", reason=row.reason or self._why_no_value(active, curve))

    def _why_no_value(self, active: Active, curve: Curve) -> str:
        metric, logged = self.board.study.metric, sorted(active.log.metrics())
        if len(curve[1]):
            return f"diverged: '{metric}' ends in {curve[1][-1]}"
        if not logged:
            return "logged no metric in any known format"
        more = ", ..." if len(logged) > _SOME else ""
        return f"logged no '{metric}', but {', '.join(logged[:_SOME])}{more}"

    def _spent(self, row: TrialRow, curve: Curve) -> float:
        """Fidelity that this trial added: what it was granted, or the last step it logged."""
        reached = float(curve[0][-1]) if len(curve[0]) else 0.0
        if self.asker.fidelity and row.status == "complete":
            reached = float(self.asker.fidelity.grant(row.budget))
        before = self.board.trials.get(row.resumes) if row.resumes is not None else None
        if before is not None and self.launcher.resumes and self.asker.fidelity:
            reached -= float(self.asker.fidelity.grant(before.budget))
        return max(reached, 0.0)

    def _settle_objective(self, ended: Sequence[Active]) -> None:
        """Choose the metric once a trial has shown which there are; within a turn."""
        study = self.board.study
        if study.metric is not None and study.mode is not None:
            return
        for active in ended:
            logged = dict.fromkeys(active.log.metrics(), 1)
            if study.metric is not None:
                logged = {study.metric: 1} if study.metric in logged else {}
            known = [o for o in self.hints if o.metric in logged]
            chosen = known[0] if known else propose(logged, 1, None, self.summary)
            if chosen:
                mode = study.mode or chosen.mode
                self.board.put_study(replace(study, metric=chosen.metric, mode=mode))
                return

    def look(self) -> None:
        """Look at the logs of the running trials now and then, and stop those that are not worth going on.

        Raises:
            KeyboardInterrupt: the search is called off, and its trials are to be put back.
        """
        if (ending := self.called_off()) and ending.trials == "put back":
            raise KeyboardInterrupt
        self._look_after(now=False)

    def _look_after(self, *, now: bool) -> None:
        begun = time.monotonic()
        if not self._active or (begun < self._next_look and not (now and self.early)):
            return
        for active in self._active.values():
            self._see_to_its_end(active)
        if self.early and self.board.study.metric and self.board.study.mode:
            self._stop_early()
        ended = time.monotonic()
        self._next_look = ended + min(max(_LOOK_SHARE * (ended - begun), _SOONEST_LOOK), _LOOK)

    def _see_to_its_end(self, active: Active) -> None:
        if active.told_at is not None:
            if time.monotonic() - active.told_at > _GRACE:
                self.launcher.end(active.control, hard=True)
        elif self.timeout and time.time() - (active.row.started or 0.0) > self.timeout:
            self._tell_to_stop(active, f"time limit of {self.timeout:g} s")
        elif self.memory and (used := active.control.memory) > self.memory:
            why = (
                f"out of memory: it held {in_words(used)}, with a limit of {in_words(self.memory)}"
            )
            self._tell_to_stop(active, why)
            self.launcher.end(active.control, hard=True)  # tidying up would take more

    def _stop_early(self) -> None:
        metric = self.board.study.metric or ""
        going = {n: a for n, a in self._active.items() if a.told_at is None}
        for active in going.values():
            active.log.refresh()
        if self._rule is None:
            full = self.asker.fidelity.high if self.asker.fidelity else None
            self._rule = Early(self.early or "", self._mode, full, self.past)
        running, ended = {n: a.log.curve(metric) for n, a in going.items()}, self._ended(metric)
        configs = {n: self.board.trials[n].config for n in (*running, *ended)}
        for number, stop in self._rule.judge(running, ended, configs).items():
            active = going[number]
            active.row = replace(active.row, value=stop.value, noise=stop.noise)
            self._tell_to_stop(active, stop.why)

    def _ended(self, metric: str) -> dict[int, Curve]:
        """Curves of the complete trials, those of other search processes and earlier times included."""
        for row in self.board.trials.values():
            if row.status == "complete" and row.number not in self._curves:
                log = TrialLog(Path(row.folder), self.recognise)
                log.refresh()
                self._curves[row.number] = log.curve(metric)
        return {number: curve for number, curve in self._curves.items() if len(curve[0])}

    def _tell_to_stop(self, active: Active, why: str) -> None:
        if active.control.state != "running":  # it was faster: its end counts
            active.back = False
            return
        active.control.ask_to_stop(why)
        active.told_at = time.monotonic()
        self.launcher.end(active.control, hard=False)

    def _dismiss(self, ending: Ending) -> None:
        """End the trials that still run."""
        for active in self._active.values():
            active.back = ending.trials == "put back"
            self._tell_to_stop(active, INTERRUPTED if active.back else ending.why)

    def _put_all_back(self) -> None:
        """After an interruption: end what runs, so that nothing trains on unseen, and leave it to be started again."""
        for active in self._active.values():
            active.back = True
            self._tell_to_stop(active, INTERRUPTED)
        deadline = time.monotonic() + _GRACE
        while self._active and time.monotonic() < deadline:
            self._collect()
            time.sleep(_TICK)
        for active in self._active.values():
            self.launcher.end(active.control, hard=True)
        while self._active and time.monotonic() < deadline + _GRACE:
            self._collect()
            time.sleep(_TICK)

    @property
    def _rows(self) -> list[TrialRow]:
        return [self.board.trials[n] for n in sorted(self.board.trials)]

    @property
    def _mode(self) -> Mode:
        return "max" if self.board.study.mode == "max" else "min"

    @property
    def _sign(self) -> float:
        return 1.0 if self._mode == "min" else -1.0
