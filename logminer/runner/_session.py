"""A session of a search: open its study, run one or several search processes on it, ingest what they logged, report."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path

import numpy as np
import pandas as pd

from logminer.core.aims import Aim, Aims
from logminer.core.errors import NothingFoundError
from logminer.core.objective import Mode
from logminer.core.pareto import front
from logminer.core.space import Config
from logminer.core.space_spec import space_from_spec
from logminer.engine.resources import Resources
from logminer.runner._away import search_away
from logminer.runner._command import Command
from logminer.runner._ends import Ending
from logminer.runner._loop import Told
from logminer.runner._plan import Plan
from logminer.runner._repeats import grouped, judged
from logminer.store import open_store
from logminer.store.trials import VALUED, StudyRow, TrialRow
from logminer.workflows.ingest import ingest


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
        metric: the objective, None where none was seen.
        mode: ``"min"`` or ``"max"``.
        folder: where the trials' folders are.
        best_error: standard error of ``best_value``, a mean over repeats; 0 without any.
        best_runs: how often the best config was run.
        front: with several objectives, the configs that no other is better than in all of them: ``number``, a column an
            objective, the config; ``best_config`` is then that of the first objective. None with one.
    """

    study: str
    best_config: Config | None
    best_value: float
    best_trial: int | None
    trials: pd.DataFrame
    why: str
    failed: bool = False
    metric: str | None = None
    mode: str | None = None
    folder: str = ""
    best_error: float = 0.0
    best_runs: int = 0
    front: pd.DataFrame | None = None

    def _repr_html_(self) -> str:
        return str(self.trials.to_html())


class SearchInterrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM has ended a search.

    Attributes:
        result: what it had found.
    """

    def __init__(self, result: SearchResult) -> None:
        super().__init__(result.why)
        self.result = result


def searched(plan: Plan, engine: str, told: Told | None) -> SearchResult:
    """Open the study, search, ingest what was logged, and report.

    Raises:
        SearchInterrupted: the user has ended it; what was running waits to be started again.
    """
    folder = Path(plan.study.folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open_store(plan.db, write=True, wait=plan.patience) as store, store.transaction():
        before = store.studies.get(plan.study.name)
        known = (before.metric, before.mode) if before else (None, None)
        study = replace(
            plan.study, metric=plan.study.metric or known[0], mode=plan.study.mode or known[1],
            aims=plan.study.aims or (before.aims if before else {}),
        )  # fmt: skip
        store.studies.put(study)
    plan = replace(plan, study=study)
    interrupted = False
    try:
        with _terminable():
            ending = _run(plan, engine, told)
    except KeyboardInterrupt:
        ending, interrupted = Ending("interrupted; called again, it goes on where it was"), True
    with open_store(plan.db, write=True, wait=plan.patience) as store:
        rows, _ = store.studies.changes(plan.study.name)
        study = store.studies.get(plan.study.name) or plan.study
        with suppress(NothingFoundError):  # ended before any trial was started
            ingest(store, [str(folder.parent)], own=dict(plan.own))
    result = _result(study, rows, ending)
    if interrupted:
        raise SearchInterrupted(result)
    return result


def _run(plan: Plan, engine: str, told: Told | None) -> Ending:
    """Search here, or in several processes of which each is a search on the same study."""
    if engine == "local" and (isinstance(plan.work, Command) or _fits_in(plan)):
        return plan.run(told)
    return search_away(plan, engine, told)


def _fits_in(plan: Plan) -> bool:
    """Whether a function can run in this process, which its limits would otherwise hold for too."""
    return plan.workers == 1 and plan.resources == Resources()


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
    done = [t for t in rows if t.status in VALUED and t.value is not None]
    failed = [t.reason for t in rows if t.status == "failed"]
    largest = max((_share(t) for t in done), default=1.0)
    # Trials of a config at the largest budget are its repeats.
    full = [replace(t, share=None) for t in rows if _share(t) == largest]
    groups, worth = judged(grouped(full), sign)
    best = groups[worth.best].first if worth is not None else None
    value, error = (
        (float(worth.mean[worth.best]), float(worth.error[worth.best])) if worth else (nan, 0.0)
    )
    return SearchResult(
        study.name,
        dict(best.config) if best else None,
        sign * value,
        best.number if best else None,
        trials_frame(study, rows),
        ending.why
        if done or ending.failed or not failed
        else f"{ending.why}, and all failed: {failed[-1]}",
        ending.failed or (bool(failed) and not done),
        study.metric,
        study.mode,
        study.folder,
        error,
        int(worth.runs[worth.best]) if worth else 0,
        _front(study, full),
    )


def _front(study: StudyRow, rows: Sequence[TrialRow]) -> pd.DataFrame | None:
    """The configs that no other is better than in all objectives; None with one objective."""
    aims = aims_of(study)
    if len(aims.objectives) == 1:
        return None
    groups = [g for g in grouped(rows) if g.values and g.sound]
    names = [aim.metric for aim in aims.objectives]
    measured = [[t.results for t in g.rows if t.status in VALUED and t.results] for g in groups]
    means = [{n: float(np.mean([r[n] for r in of])) for n in names} for of in measured if of]
    shown = [g for g, of in zip(groups, measured, strict=True) if of]
    losses = np.array([[a.sign * m[a.metric] for a in aims.objectives] for m in means])
    losses = losses.reshape(-1, len(names))
    kept = np.flatnonzero(front(losses))
    table = [{"number": shown[i].first.number, **means[i], **shown[i].first.config} for i in kept]
    frame = pd.DataFrame(table, columns=None if table else ["number", *names])
    return frame.sort_values(names[0], ascending=aims.objectives[0].sign > 0, ignore_index=True)


def aims_of(study: StudyRow) -> Aims:
    """All that a study aims at."""
    mode: Mode = "max" if study.mode == "max" else "min"
    return Aims.from_dict(Aim(study.metric or "", mode), study.aims)


def _share(row: TrialRow) -> float:
    return 1.0 if row.share is None else row.share


def trials_frame(study: StudyRow, rows: Sequence[TrialRow]) -> pd.DataFrame:
    """The trials of a study as a table; see ``SearchResult.trials``."""
    names, aims = space_from_spec(study.space).names, aims_of(study)
    bounded = [c.metric for c in aims.constraints]
    further = list(dict.fromkeys([a.metric for a in aims.further] + bounded))
    further = [n for n in further if n != study.metric]
    table = [
        {
            "number": t.number, "status": t.status, "value": nan if t.value is None else t.value,
            **{n: t.results.get(n, nan) for n in further}, "budget": t.budget, "spent": t.spent,
            "seconds": t.ended - t.started if t.ended and t.started else nan,
            "reason": t.reason, "folder": t.folder, **t.config,
        }
        for t in rows
    ]  # fmt: skip
    fixed = [
        "number",
        "status",
        "value",
        *further,
        "budget",
        "spent",
        "seconds",
        "reason",
        "folder",
    ]
    return pd.DataFrame(table, columns=[*fixed, *[n for n in names if n not in fixed]])
