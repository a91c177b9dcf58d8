"""Watching runs that others started: what is appended is read, and each open run gets advice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from logminer.store import DEFAULT_WAIT, open_store
from logminer.workflows.extrapolate import outlook
from logminer.workflows.follow import follow
from logminer.workflows.history import View, mine_history
from logminer.workflows.ingest_result import IngestResult
from logminer.workflows.stopping import stopping_rule


@dataclass(frozen=True)
class Sighting:
    """One pass over the logs.

    Attributes:
        result: what was read.
        advice: the table of ``Outlook`` for all unfinished runs; empty when nothing new was read.
        rule: what runs are stopped by, in words; empty likewise.
    """

    result: IngestResult
    advice: pd.DataFrame
    rule: str = ""


def watch(
    db: str, paths: Sequence[str], view: View | None = None, **options: Any
) -> Iterator[Sighting]:
    """Follow logs and yield, for each pass that read something, what to do with the runs that have not ended.

    Args:
        db: the database file.
        paths: files and folders.
        view: how the user wants the runs to be seen.
        options: as for ``follow``.
    """
    for result in follow(db, paths, **options):
        wait = float(options.get("wait", DEFAULT_WAIT))
        advice, rule = _advice(db, view, wait) if result.points else (pd.DataFrame(), "")
        yield Sighting(result, advice, rule)


def _advice(db: str, view: View | None, wait: float) -> tuple[pd.DataFrame, str]:
    with open_store(db, wait=wait) as store:
        mined = mine_history(store, view)
        tables = [outlook(store, mined, task).table for task in mined.history.tasks]
        rule = stopping_rule(store).words
    filled = [table for table in tables if not table.empty]
    return pd.concat(filled).reset_index(drop=True) if filled else pd.DataFrame(), rule
