"""The studies of a database: listing them, and changing what a search goes on from."""

from dataclasses import dataclass, replace
from math import nan
from pathlib import Path

import pandas as pd

from logminer.core.errors import NothingFoundError, UsageError, did_you_mean
from logminer.engine.process import is_held
from logminer.runner._board import BY_HAND, Board
from logminer.runner._outcome_file import write_outcome
from logminer.runner._session import trials_frame
from logminer.store import Store
from logminer.store.trials import VALUED, StudyRow, TrialRow

_STATES = ("complete", "cut", "stopped", "infeasible", "failed", "running", "waiting")


@dataclass(frozen=True)
class StudyView:
    """One study.

    Attributes:
        row: its objective, strategy, seed and folder.
        trials: one row a trial: see ``SearchResult.trials``.
    """

    row: StudyRow
    trials: pd.DataFrame


def list_studies(store: Store) -> pd.DataFrame:
    """One row a study: ``study``, ``trials``, a count a state, ``best``, ``metric``, ``mode``, ``strategy``, ``folder``."""
    rows = []
    for name in store.studies.names():
        study, trials = _study(store, name)
        counts = {state: sum(t.status == state for t in trials) for state in _STATES}
        values = [t.value for t in trials if t.status in VALUED and t.value is not None]
        pick = max if study.mode == "max" else min
        rows.append({
            "study": name, "trials": len(trials), **counts, "best": pick(values) if values else nan,
            "metric": study.metric, "mode": study.mode, "strategy": study.strategy, "folder": study.folder,
        })  # fmt: skip
    columns = ["study", "trials", *_STATES, "best", "metric", "mode", "strategy", "folder"]
    return pd.DataFrame(rows, columns=columns)


def show_study(store: Store, name: str) -> StudyView:
    """A study with its trials.

    Raises:
        NothingFoundError: there is no such study.
    """
    study, trials = _study(store, name)
    return StudyView(study, trials_frame(study, trials))


def reset_failed(store: Store, name: str) -> int:
    """Let a study's failed trials wait to be run again, each in a folder of its own; how many they are.

    What they logged stays, and teaches nothing any more: a script that was mended fails no longer.

    Raises:
        NothingFoundError: there is no such study.
        UsageError: a search works on it.
    """
    with store.transaction():
        study, trials = _idle(store, name)
        failed = [t for t in trials if t.status == "failed"]
        waiting = [replace(t, status="waiting", reason="", value=None, noise=0.0) for t in failed]
        change = store.studies.changes(name)[1] + 1
        store.studies.write(waiting, change)
    for trial in failed:
        write_outcome(study, replace(trial, status="stopped", reason="to be run again"))
    return len(failed)


def rename_study(store: Store, old: str, new: str) -> None:
    """Call a study by another name.

    Raises:
        NothingFoundError: there is no such study.
        UsageError: a search works on it, or the name is taken.
    """
    with store.transaction():
        _idle(store, old)
        if new in store.studies.names():
            raise UsageError(f"there is a study '{new}' already", "choose another name")
        store.studies.rename(old, new)


def remove_study(store: Store, name: str) -> StudyRow:
    """Forget a study and its trials, and return it; its logs stay where they are.

    Raises:
        NothingFoundError: there is no such study.
        UsageError: a search works on it.
    """
    with store.transaction():
        study, _ = _idle(store, name)
        store.studies.remove(name)
    return study


def _study(store: Store, name: str) -> tuple[StudyRow, list[TrialRow]]:
    study = store.studies.get(name)
    if study is None:
        known = store.studies.names()
        listed = ", ".join(known) or "none"
        raise NothingFoundError(
            f"no study '{name}'{did_you_mean(name, known)}", f"studies are: {listed}"
        )
    return study, store.studies.changes(name)[0]


def _idle(store: Store, name: str) -> tuple[StudyRow, list[TrialRow]]:
    """A study that no search process works on, with its trials."""
    study, trials = _study(store, name)
    owners = Path(study.folder) / ".control" / "owners"
    alive = owners.is_dir() and any(is_held(owner) for owner in owners.iterdir())
    board = Board("", study)
    going = [
        t.number for t in trials
        if t.status == "running" and t.owner != BY_HAND and board.control(t).state == "running"
    ]  # fmt: skip
    if alive or going:
        raise UsageError(
            f"a search works on study '{name}'", "end it first: Ctrl-C puts its trials back"
        )
    return study, trials


__all__ = [
    "StudyView",
    "list_studies",
    "remove_study",
    "rename_study",
    "reset_failed",
    "show_study",
]
