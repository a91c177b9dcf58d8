"""Watching the trials that run: their time, their memory, and whether they are worth going on with."""

import time
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from logminer.curves.stopping_rule import DEFAULT, StoppingRule
from logminer.engine.resources import in_words
from logminer.runner._active import Active
from logminer.runner._board import Board
from logminer.runner._early import Early
from logminer.runner._launch import Launcher
from logminer.runner._learner import Seen
from logminer.runner._trial_log import TrialLog
from logminer.store.trials import TrialRow
from logminer.workflows.recognise import Recogniser

_LOOK = 1.0  # most seconds between two looks at the logs
_SOONEST_LOOK = 0.1
_LOOK_SHARE = 9.0  # looking takes a tenth of the time at most, unless that were more than ``_LOOK``


@dataclass
class Watch:
    """Looks at the running trials now and then, and asks those to stop that should.

    Attributes:
        board: the study.
        launcher: who runs them.
        recognise: tells formats.
        early: name of the rule that stops single trials, or None.
        promoted: share of the trials of a budget that the strategy promotes, if it does.
        past: learning curves of past tasks, for the rule.
        timeout: seconds that one trial may take, or None.
        memory: bytes that one trial may hold with all it has started, or None.
        stopping: the rule behind ``curves``.
    """

    board: Board
    launcher: Launcher
    recognise: Recogniser
    early: str | None = None
    promoted: float | None = None
    past: pd.DataFrame | None = None
    timeout: float | None = None
    memory: int | None = None
    stopping: StoppingRule = DEFAULT
    _rule: Early | None = None
    _complete: dict[int, Seen] = field(default_factory=dict)
    _next: float = 0.0

    def look(self, trials: Collection[Active], *, now: bool = False) -> None:
        """Look at the trials that run, if it is time to.

        Args:
            trials: those of this process.
            now: whether another has just ended, so that a rule may judge them anew.
        """
        begun = time.monotonic()
        if not trials or (begun < self._next and not (now and self.early)):
            return
        for active in trials:
            self._see_to_its_end(active)
        if self.early and self.board.study.metric and self.board.study.mode:
            self._rule = self._rule or Early(
                self.early, self.board.mode, self.promoted, self.past, self.stopping
            )
            self._judge(self._rule, self.board.study.metric, trials)
        ended = time.monotonic()
        self._next = ended + min(max(_LOOK_SHARE * (ended - begun), _SOONEST_LOOK), _LOOK)

    def _see_to_its_end(self, active: Active) -> None:
        if active.told_at is not None:
            if active.lingers:
                self.launcher.end(active.control, hard=True)
        elif self.timeout and time.time() - (active.row.started or 0.0) > self.timeout:
            active.stop(self.launcher, f"time limit of {self.timeout:g} s")
        elif self.memory and (used := active.control.memory) > self.memory:
            held, most = in_words(used), in_words(self.memory)
            active.stop(self.launcher, f"out of memory: it held {held}, with a limit of {most}")
            self.launcher.end(active.control, hard=True)  # tidying up would take more

    def _judge(self, rule: Early, metric: str, trials: Collection[Active]) -> None:
        """Stop the trials that the rule gives up."""
        going = {a.row.number: a for a in trials if a.told_at is None}
        for active in going.values():
            active.log.refresh()
        ended = self._ended(metric)
        running = {n: self._seen(a.row, a.log, metric) for n, a in going.items()}
        for number, stop in rule.judge(running, ended).items():
            active = going[number]
            active.row = replace(active.row, value=stop.value, noise=stop.noise)
            active.stop(self.launcher, stop.why)

    def _ended(self, metric: str) -> dict[int, Seen]:
        """The complete trials, those of other search processes and earlier times included."""
        for number, row in sorted(self.board.trials.items()):
            if row.status == "complete" and number not in self._complete:
                log = TrialLog(Path(row.folder), self.recognise)
                log.refresh()
                self._complete[number] = self._seen(row, log, metric)
        return self._complete

    def _seen(self, row: TrialRow, log: TrialLog, metric: str) -> Seen:
        """A trial with its curve, which begins with that of the trial it goes on from."""
        steps, values = log.curve(metric)
        before = self._complete.get(row.resumes) if row.resumes is not None else None
        if before is not None and len(steps):
            earlier = before.curve[0] < steps[0]
            steps = np.concatenate([before.curve[0][earlier], steps])
            values = np.concatenate([before.curve[1][earlier], values])
        share = None if row.share is None or row.share >= 1 else row.share
        return Seen((steps, values), row.config, share)
