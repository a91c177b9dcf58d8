"""Trials of a study for who trains by hand: handed out as to a search process, told by hand what became of them.

A study's trials are claimed in one transaction of the database, whoever asks: any number of ``logminer suggest`` and
``logminer search`` processes never get the same one. What is claimed here is nobody's process: no search takes it for
lost, and it stays open until it is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from os import PathLike
from pathlib import Path
from time import time

from logminer.core.errors import NothingFoundError, UsageError
from logminer.core.objective import Objective, Summary
from logminer.core.space_spec import space_from_spec, space_to_spec
from logminer.runner._asking import Asker
from logminer.runner._board import BY_HAND, Board
from logminer.runner._outcome_file import write_outcome
from logminer.runner._past import Past, past_in
from logminer.runner._trial_log import TrialLog, summarise
from logminer.runner.search import RUNS
from logminer.store.trials import StudyRow, TrialRow
from logminer.strategies import STRATEGIES
from logminer.workflows.history import View
from logminer.workflows.recognise import Recogniser
from logminer.workflows.settings import load_settings, own_formats


@dataclass(frozen=True)
class Claimed:
    """Trials that were handed out.

    Attributes:
        study: the study; its ``metric`` may not be known yet.
        trials: their rows; ``folder`` is where logs belong, so that they can be told without a value.
        notes: what they rest on.
    """

    study: StudyRow
    trials: tuple[TrialRow, ...]
    notes: tuple[str, ...]


def claim(
    db: str,
    study: str,
    view: View | None = None,
    *,
    n: int = 1,
    task: str | None = None,
    strategy: str = "auto",
    seed: int = 0,
    priors: Sequence[str] = (),
    wait: float = 60.0,
    runs: str | PathLike[str] = RUNS,
) -> Claimed:
    """Hand out the next ``n`` trials of a study, to nobody else.

    Args:
        db: the database.
        study: name of the study, which begins with its first trial.
        view: how past runs are seen; a new study takes its space, metric and mode.
        n: number of trials; fewer where the strategy has nothing left to propose.
        task: learn from the tasks related to this one.
        strategy: name of the strategy of a new study.
        seed: seed of a new study.
        priors: published priors, by name or file.
        wait: seconds to wait for the database.
        runs: folder below which each study has a folder.

    Raises:
        NothingFoundError: a new study has no space, or the strategy has nothing to propose.
        UsageError: a new study's objective is unknown.
    """
    view = view or View()
    folder = str(Path(runs).absolute() / study)
    row = StudyRow(study, {}, view.metric, view.mode, strategy, seed, folder)
    board = Board(db, row, wait, owner=BY_HAND)
    try:
        with board.turn() as store:
            space = space_from_spec(board.study.space) if board.study.space else view.space
            view, place = replace(view, space=space), Path(board.study.folder)
            past = past_in(store, view, place, task=task, priors=priors)
            if not board.study.space:
                board.put_study(_begun(board.study, past))
            trials = _handed_out(board, past, n)
    finally:
        board.rest(now=True)
    if not trials:
        raise NothingFoundError(
            f"strategy '{board.study.strategy}' has nothing left to propose in study '{study}'",
            "tell the trials that are open, or begin another study",
        )
    for trial in trials:
        Path(trial.folder).mkdir(parents=True, exist_ok=True)
    return Claimed(board.study, tuple(trials), past.notes)


def _handed_out(board: Board, past: Past, n: int) -> list[TrialRow]:
    """Up to ``n`` trials, claimed within a turn."""
    study = board.study
    space = space_from_spec(study.space)
    asker = Asker(space, study.strategy, study.seed, past.prior, chosen=past.chosen)
    trials: list[TrialRow] = []
    while len(trials) < n and (
        trial := board.claim(lambda _: asker.ask(study.name, board.trials, board.mode))
    ):
        trials.append(trial)
    return trials


def _begun(wanted: StudyRow, past: Past) -> StudyRow:
    """A study that nobody has worked on: its objective and space are those of the past where they are not given."""
    STRATEGIES.load(wanted.strategy)
    if past.space is None:
        raise NothingFoundError(
            f"no study '{wanted.name}', and no space to begin it with", "give --space space.yaml"
        )
    alike = [
        o for o in past.objectives
        if wanted.metric in (None, o.metric) and wanted.mode in (None, o.mode)
    ]  # fmt: skip
    metric = alike[0].metric if alike else wanted.metric
    mode = wanted.mode or (alike[0].mode if alike else None)
    if mode is None:
        raise UsageError(
            f"a new study '{wanted.name}', and nothing says which way its values are better",
            "give --mode min or --mode max",
        )
    return replace(wanted, space=space_to_spec(past.space), metric=metric, mode=mode)


def tell(
    db: str,
    study: str,
    number: int,
    value: float | None = None,
    *,
    failed: str | None = None,
    summary: Summary = "best",
    wait: float = 60.0,
) -> TrialRow:
    """Say what became of a trial that was handed out by hand.

    Args:
        db: the database.
        study: name of the study.
        number: number of the trial.
        value: the objective; without it, it is read from the logs in the trial's folder.
        failed: why there is none.
        summary: which value of the logged curve counts.
        wait: seconds to wait for the database.

    Raises:
        NothingFoundError: there is no such study or trial, or nothing in its folder.
        UsageError: the trial is not one that was handed out by hand and is open.
    """
    board = Board(db, StudyRow(study, {}, None, None, "", 0, ""), wait, owner=BY_HAND)
    by_hand = value is not None
    try:
        with board.turn() as store:
            if store.studies.get(study) is None:
                known = ", ".join(store.studies.names()) or "none"
                raise NothingFoundError(f"no study '{study}'", f"studies are: {known}")
            row = _open_trial(board, number)
            if failed is None and value is None:
                value = _logged(board, row, summary)
            if failed is None and value is not None and not isfinite(value):
                failed = f"diverged: {value}"
            row = replace(row, value=value, status="complete", ended=time())
            row = (
                row if failed is None else replace(row, value=None, status="failed", reason=failed)
            )
            board.put(row)
    finally:
        board.rest(now=True)
    metric = board.study.metric
    values = {metric: row.value} if by_hand and metric and row.value is not None else {}
    log = _log_of(row)
    write_outcome(board.study, row, log.runs, values=values)
    return row


def _log_of(row: TrialRow) -> TrialLog:
    """What stands in a trial's folder."""
    log = TrialLog(Path(row.folder), Recogniser(own=own_formats(load_settings())))
    log.refresh()
    return log


def _open_trial(board: Board, number: int) -> TrialRow:
    row = board.trials.get(number)
    name = board.study.name
    if row is None:
        raise NothingFoundError(f"study '{name}' has no trial {number}", "logminer suggest --study")
    if row.status != "running" or row.owner != BY_HAND:
        said = "runs in a search" if row.status == "running" else f"is {row.status} already"
        raise UsageError(f"trial {number} of study '{name}' {said}", "tell trials of your own")
    return row


def _logged(board: Board, row: TrialRow, summary: Summary) -> float:
    """The objective as the logs in the trial's folder have it."""
    study = board.study
    log = _log_of(row)
    metric = study.metric or ""
    if not metric:
        raise UsageError(
            f"no metric of study '{study.name}' is known to look for", "give the value"
        )
    log.conclude(metric)
    curve = log.curve(metric)
    if not len(curve[1]):
        logged = ", ".join(sorted(log.metrics())) or "no metric"
        raise NothingFoundError(
            f"no '{metric}' in {row.folder}, but {logged}", "give the value, or --failed WHY"
        )
    return summarise(curve, Objective(metric, board.mode, summary))
