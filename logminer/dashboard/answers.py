"""Answers that take seconds: made one after another in a thread, and kept while what they rest on stays the same."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

from logminer.core.errors import LogminerError
from logminer.dashboard.database import Database
from logminer.dashboard.feed import Feed, Moment
from logminer.dashboard.findings import (
    brief_store,
    find_advice,
    find_importance,
    find_suggestions,
)
from logminer.workflows.history import View

_MOST = 64  # answers kept
_REST = 5.0  # an answer that took a second is made again after five at the earliest


@dataclass(frozen=True)
class Question:
    """What was asked.

    Attributes:
        kind: ``importance``, ``suggestions`` or ``advice``.
        task: the task, or None for all.
        n: number of suggestions.
    """

    kind: str
    task: str | None
    n: int = 0


@dataclass(frozen=True)
class _Kept:
    basis: int
    answer: dict[str, Any]
    made: float
    seconds: float

    def is_due(self) -> bool:
        return time.monotonic() - self.made > _REST * max(self.seconds, 1.0)


class Answers:
    """Answers to slow questions.

    Args:
        feed: the snapshot that holds now.
        database: where curves are read from.
        view: how the user wants the runs to be seen.
        strategy: name of the search strategy.
        seed: same seed and same logs, same suggestions.
    """

    def __init__(
        self, feed: Feed, database: Database, view: View, strategy: str = "auto", seed: int = 0
    ) -> None:
        self._feed, self._view, self._strategy, self._seed = feed, view, strategy, seed
        self._store = brief_store(database)
        self._kept: OrderedDict[Question, _Kept] = OrderedDict()
        self._asked: set[Question] = set()
        self._queue: SimpleQueue[Question | None] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None

    def ask(self, question: Question) -> dict[str, Any] | None:
        """The answer, or None while it is made: ask again.

        One that rests on what has changed meanwhile is given with ``refreshing``, while the next is made.
        """
        moment = self._feed.moment
        if not self._feed.loaded:
            return None
        with self._lock:
            kept = self._kept.get(question)
            if kept is None:
                self._enqueue(question)
                return None
            self._kept.move_to_end(question)
            fresh = kept.basis == _basis(question, moment)
            if not fresh and kept.is_due():
                self._enqueue(question)
            return {**kept.answer, "refreshing": not fresh}

    def _enqueue(self, question: Question) -> None:
        if question in self._asked or len(self._asked) >= _MOST:
            return
        self._asked.add(question)
        self._queue.put(question)
        if self._thread is None:
            self._thread = Thread(target=self._work, name="answers", daemon=True)
            self._thread.start()

    def stop(self, wait: float = 1.0) -> None:
        """End the thread; an answer that takes longer than ``wait`` seconds is given up with the process."""
        while not self._queue.empty():
            self._queue.get()
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(wait)

    def _work(self) -> None:
        while (question := self._queue.get()) is not None:
            started, basis = time.monotonic(), _basis(question, self._feed.moment)
            answer = self._answer(question)
            now = time.monotonic()
            with self._lock:
                self._asked.discard(question)
                self._kept[question] = _Kept(basis, answer, now, now - started)
                while len(self._kept) > _MOST:
                    self._kept.popitem(last=False)

    def _answer(self, question: Question) -> dict[str, Any]:
        try:
            return self._make(question)
        except LogminerError as error:
            note = f"{error}; {error.hint}" if error.hint else str(error)
        except Exception as error:  # noqa: BLE001 - a model that fails must not end the page's thread
            note = f"could not be computed ({type(error).__name__})"
        return {"task": question.task, "rows": [], "note": note}

    def _make(self, question: Question) -> dict[str, Any]:
        task = question.task
        mined = self._feed.mined(task)
        makers: dict[str, Callable[[], dict[str, Any]]] = {
            "importance": lambda: find_importance(mined, task),
            "suggestions": lambda: find_suggestions(
                self._store,
                mined,
                self._view,
                task,
                n=question.n,
                strategy=self._strategy,
                seed=self._seed,
            ),
            "advice": lambda: find_advice(self._store, mined, task),
        }
        return makers[question.kind]()


def _basis(question: Question, moment: Moment) -> int:
    """What an answer rests on: runs that do not go on, and for advice those that do as well."""
    states = moment.snapshot.table["state"]
    going = set() if question.kind == "advice" else set(states.index[states == "running"])
    return hash(tuple(row for run, row in moment.snapshot.rows.items() if run not in going))
