"""All that one search process needs to know, so that another process, perhaps on another machine, can be handed it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from logminer.core.objective import Objective, Summary
from logminer.curves.stopping_rule import DEFAULT, StoppingRule
from logminer.engine.resources import Resources
from logminer.formats import LogFormat
from logminer.runner._asking import Asker
from logminer.runner._board import Board
from logminer.runner._command import Command
from logminer.runner._ends import Ending, Limits
from logminer.runner._launch import RETURNED, CommandLauncher, FunctionLauncher, Train
from logminer.runner._loop import Loop, Told
from logminer.runner._outcome import Outcomes
from logminer.runner._watch import Watch
from logminer.store.trials import StudyRow
from logminer.workflows.recognise import Recogniser

LEAST_WAIT = 60.0  # other processes hold the database for a second or so, again and again


@dataclass(frozen=True)
class Plan:
    """How to search.

    Attributes:
        db: the database.
        study: what is searched.
        asker: where configs come from.
        work: the command or function to run.
        limits: when to end.
        workers: trials at a time.
        summary: which value of a curve counts.
        early: rule that stops single trials, or None.
        timeout: seconds that one trial may take.
        wait: seconds to wait for a turn at the database, but at least a minute.
        hints: objectives of past tasks.
        past: learning curves of past tasks.
        resources: cores and memory of each worker.
        own: text formats that the project defines, by name.
        home: the folder where commands run.
        stopping: the rule behind ``curves``.
    """

    db: str
    study: StudyRow
    asker: Asker
    work: Command | Train
    limits: Limits = field(default_factory=Limits)
    workers: int = 1
    summary: Summary = "best"
    early: str | None = None
    timeout: float | None = None
    wait: float = 60.0
    hints: tuple[Objective, ...] = ()
    past: pd.DataFrame | None = None
    resources: Resources = field(default_factory=Resources)
    own: Mapping[str, LogFormat] = field(default_factory=dict)
    home: str = field(default_factory=os.getcwd)
    stopping: StoppingRule = DEFAULT

    @property
    def patience(self) -> float:
        """Seconds to wait for the database, whatever for."""
        return max(self.wait, LEAST_WAIT)

    @property
    def board(self) -> Board:
        """The study as a process sees it that has just come to it."""
        return Board(self.db, self.study, self.patience)

    def run(
        self, told: Told | None = None, called_off: Callable[[], Ending | None] | None = None
    ) -> Ending:
        """Search, as one of perhaps several processes on the study.

        Args:
            told: called with each trial that was started or has ended.
            called_off: asked now and then whether to end, and why.
        """
        launcher: Any
        if isinstance(self.work, Command):
            launcher = CommandLauncher(
                self.work, self.asker.space, self.home, self.resources, self.asker.repeats.names
            )
        else:
            launcher = FunctionLauncher(
                self.work,
                self.study.metric or RETURNED[self.study.mode or "min"],
                seeds=self.asker.repeats.names,
            )
        board, recognise, fidelity = self.board, Recogniser(own=self.own), self.asker.fidelity
        watch = Watch(
            board, launcher, recognise, self.early, self.asker.promoted, self.past, self.timeout, self.resources.memory,
            stopping=self.stopping,
        )  # fmt: skip
        outcomes = Outcomes(board, launcher, self.summary, fidelity, self.hints)
        loop = Loop(
            board, self.asker, launcher, recognise, watch, outcomes, self.limits, self.workers,
            told or (lambda _: None), called_off or (lambda: None),
        )  # fmt: skip
        if isinstance(launcher, FunctionLauncher):
            launcher.look = loop.look
        return loop.run()
