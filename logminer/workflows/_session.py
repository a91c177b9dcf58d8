"""A session of a search: open its study, run one or several search processes on it, ingest what they logged, report."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd

from logminer.core.objective import Objective, Summary
from logminer.core.space import Config
from logminer.core.space_spec import space_from_spec
from logminer.engine.backend import backend
from logminer.store import open_store
from logminer.store.trials import StudyRow, TrialRow
from logminer.workflows._asking import Asker
from logminer.workflows._board import Board
from logminer.workflows._command import Command
from logminer.workflows._ends import Ending, Limits
from logminer.workflows._launch import RETURNED, CommandLauncher, FunctionLauncher, Train
from logminer.workflows._loop import Loop, Told
from logminer.workflows._recognise import Recogniser
from logminer.workflows.ingest import ingest
from logminer.workflows.settings import load_settings, own_formats


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes:
        study: its name; a search of that name goes on from here.
        best_config: the best config, None where no trial completed.
        best_value: its value, NaN without one.
        best_trial: its number, None without one.
        trials: one row a trial: ``number``, ``status``, ``value``, ``budget``, ``spent``, ``seconds``, ``reason``, ``folder``,
            then the config.
        why: why the search ended.
        failed: whether nothing came of it.
    """

    study: str
    best_config: Config | None
    best_value: float
    best_trial: int | None
    trials: pd.DataFrame
    why: str
    failed: bool = False

    def _repr_html_(self) -> str:
        return str(self.trials.to_html())


@dataclass(frozen=True)
class Plan:
    """All that one search process needs to know; another process can be handed it.

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

    def run(self, told: Told | None = None) -> Ending:
        """Search, as one of perhaps several processes on the study."""
        launcher: Any
        if isinstance(self.work, Command):
            launcher = CommandLauncher(self.work, self.asker.space)
        else:
            launcher = FunctionLauncher(
                self.work, self.study.metric or RETURNED[self.study.mode or "min"]
            )
        loop = Loop(
            Board(self.db, self.study, max(self.wait, 60.0)), self.asker, launcher, Recogniser(own=own_formats(load_settings())),
            self.limits, self.workers, self.summary, self.early, self.timeout, self.hints, self.past,
            told or (lambda _: None),
        )  # fmt: skip
        if isinstance(launcher, FunctionLauncher):
            launcher.look = loop.look
        return loop.run()


def searched(plan: Plan, engine: str, told: Told | None) -> SearchResult:
    """Open the study, search, ingest what was logged, and report."""
    folder = Path(plan.study.folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open_store(plan.db, write=True) as store, store.transaction():
        before = store.studies.get(plan.study.name)
        known = (before.metric, before.mode) if before else (None, None)
        study = replace(
            plan.study, metric=plan.study.metric or known[0], mode=plan.study.mode or known[1]
        )
        store.studies.put(study)
    plan = replace(plan, study=study)
    with _terminable():
        ending = _run(plan, engine, told)
    with open_store(plan.db, write=True, wait=60) as store:
        rows, _ = store.studies.changes(plan.study.name)
        study = store.studies.get(plan.study.name) or plan.study
        ingest(store, [str(folder.parent)], own=own_formats(load_settings()))
    return _result(study, rows, ending)


def _run(plan: Plan, engine: str, told: Told | None) -> Ending:
    """Search here, or in several processes of which each is a search on the same study."""
    alone = engine == "local" and (plan.workers == 1 or isinstance(plan.work, Command))
    if alone:
        return plan.run(told)
    from joblib import Parallel, delayed

    with backend(engine, plan.workers):
        each = replace(plan, workers=1)
        endings: list[Ending] = Parallel()(delayed(each.run)() for _ in range(plan.workers))
    return max(endings, key=lambda ending: ending.failed)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end a search as Ctrl-C does: trials are told, and wait to be started again."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _result(study: StudyRow, rows: Sequence[TrialRow], ending: Ending) -> SearchResult:
    """The best among the trials of the largest budget."""
    sign = -1.0 if study.mode == "max" else 1.0
    done = [t for t in rows if t.status == "complete" and t.value is not None]
    failed = [t.reason for t in rows if t.status == "failed"]
    largest = max((_share(t) for t in done), default=1.0)
    best = min(
        (t for t in done if _share(t) == largest),
        key=lambda t: sign * float(t.value or 0.0),
        default=None,
    )
    return SearchResult(
        study.name,
        dict(best.config) if best else None,
        float(best.value) if best and best.value is not None else nan,
        best.number if best else None,
        trials_frame(study, rows),
        ending.why
        if done or ending.failed or not failed
        else f"{ending.why}, and all failed: {failed[-1]}",
        ending.failed or (bool(failed) and not done),
    )


def _share(row: TrialRow) -> float:
    return 1.0 if row.share is None else row.share


def trials_frame(study: StudyRow, rows: Sequence[TrialRow]) -> pd.DataFrame:
    """The trials of a study as a table; see ``SearchResult.trials``."""
    names = space_from_spec(study.space).names
    table = [
        {
            "number": t.number, "status": t.status, "value": nan if t.value is None else t.value,
            "budget": t.budget, "spent": t.spent,
            "seconds": t.ended - t.started if t.ended and t.started else nan,
            "reason": t.reason, "folder": t.folder, **t.config,
        }
        for t in rows
    ]  # fmt: skip
    fixed = ["number", "status", "value", "budget", "spent", "seconds", "reason", "folder"]
    return pd.DataFrame(table, columns=[*fixed, *[n for n in names if n not in fixed]])
