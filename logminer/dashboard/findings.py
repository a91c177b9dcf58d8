"""What the page asks and waits for: which hyperparameters matter, what to try next, which runs to stop."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pandas as pd

from logminer.analyses import importance
from logminer.dashboard.database import Database
from logminer.store import Store
from logminer.workflows.extrapolate import outlook
from logminer.workflows.history import Mined, View
from logminer.workflows.suggest import suggest

_NO_ADVICE = "every run of this task has ended"


@dataclass(frozen=True)
class _BriefReader:
    """The questions that models ask of a store, each with the database open only while it is answered."""

    database: Database

    def curves(self, metrics: Sequence[str], runs: Iterable[int] | None = None) -> pd.DataFrame:
        with self.database.reading() as store:
            return store.read.curves(metrics, runs)

    def verdict(self, digest: str) -> tuple[str, float] | None:
        with self.database.reading() as store:
            return store.read.verdict(digest)

    def suggestions(self) -> pd.DataFrame:
        with self.database.reading() as store:
            return store.read.suggestions()


@dataclass(frozen=True)
class _BriefTail:
    """What models ask of the ends of curves and of files, likewise."""

    database: Database

    def ends(self, runs: Iterable[int] | None = None) -> pd.DataFrame:
        with self.database.reading() as store:
            return store.tail.ends(runs)

    def sources(self) -> pd.DataFrame:
        with self.database.reading() as store:
            return store.tail.sources()


@dataclass(frozen=True)
class _BriefDerived:
    """What others kept in the database. The page keeps nothing there: it remembers its models itself."""

    database: Database

    def get(self, name: str, digest: str) -> bytes | None:
        with self.database.reading() as store:
            return store.derived.get(name, digest)

    def put(self, name: str, digest: str, data: bytes) -> None:
        """Others may be writing; a page that runs for days need not."""


@dataclass(frozen=True)
class _BriefStore:
    read: _BriefReader
    tail: _BriefTail
    derived: _BriefDerived


def brief_store(database: Database) -> Store:
    """A store for models: while one is fitted, the database is free for those who follow the logs."""
    return cast(
        "Store", _BriefStore(_BriefReader(database), _BriefTail(database), _BriefDerived(database))
    )


def find_importance(mined: Mined, task: str | None) -> dict[str, Any]:
    """Shares of variance, most important first: of one task, or the mean over all."""
    history = mined.history.of(task) if task else mined.history
    found = importance.analyse(history)
    rows = found.overall.rename(columns={"parameter": "name"})
    notes = [f"{name}: {why}" for name, why in found.skipped.items()]
    if task and task in found.fit:
        fit = max(0.0, found.fit[task])
        notes.append(f"the model explains {fit:.0%} of the variance of configs it has not seen")
    shown = rows[["name", "share", "low", "high"]].to_dict("records")
    return {"task": task, "rows": shown, "note": "; ".join(notes)}


def find_suggestions(
    store: Store, mined: Mined, view: View, task: str | None, **options: Any
) -> dict[str, Any]:
    """The next configs to try, each with what is expected and what speaks for it; options as for ``suggest``."""
    advice = suggest(store, view, task=task, mined=mined, **options)
    rows = [
        {
            "config": dict(each.config),
            "predicted": each.predicted,
            "low": each.interval[0] if each.interval else None,
            "high": each.interval[1] if each.interval else None,
            "because": list(each.because),
            "strategy": each.strategy or None,
        }
        for each in advice.suggestions
    ]
    return {"task": task, "rows": rows, "note": "; ".join(advice.notes)}


def find_advice(store: Store, mined: Mined, task: str | None) -> dict[str, Any]:
    """Where runs that have not ended will end, and whether to stop them; of one task, or of all."""
    rows: list[dict[str, Any]] = []
    basis = ""
    for name in [task] if task else mined.history.tasks:
        ahead = outlook(store, mined, name)
        basis = basis or ahead.basis
        for run, row in ahead.table.iterrows():
            told, _, why = str(row["advice"]).partition(": ")
            kinds = {"stop": "stop", "go on": "undecided" if pd.isna(row["beats_best"]) else "keep"}
            rows.append(
                {
                    "run": run,
                    "advice": kinds.get(told, told),
                    "final": row["expected"],
                    "low": row["low"],
                    "high": row["high"],
                    "chance": row["beats_best"],
                    "text": why or told,
                }
            )
    return {"task": task, "rows": rows, "note": f"judged by {basis}" if rows else _NO_ADVICE}
