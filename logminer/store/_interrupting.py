"""Statements that may take for ever, which Ctrl-C ends all the same.

Python hears Ctrl-C between its own steps alone, and DuckDB may keep the thread that asks until the answer is whole.
So another thread asks, and the main one waits.
"""

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread, current_thread, main_thread
from typing import TypeVar

_Answer = TypeVar("_Answer")
_AGAIN = 0.05
"""Seconds between two requests to end a statement; one that arrives before the statement starts is lost."""


def interruptible(ask: Callable[[], _Answer], interrupt: Callable[[], None]) -> _Answer:
    """What ``ask`` returns.

    Args:
        ask: runs the statement.
        interrupt: ends the statement that runs, from any thread.

    Raises:
        KeyboardInterrupt: the user has interrupted it.
    """
    if current_thread() is not main_thread():  # no other hears Ctrl-C
        return ask()
    answer: Future[_Answer] = Future()
    Thread(target=_settle, args=(answer, ask), daemon=True).start()
    try:
        return answer.result()
    except KeyboardInterrupt:
        while not answer.done():
            interrupt()
            wait([answer], timeout=_AGAIN)
        raise


def _settle(answer: "Future[_Answer]", ask: Callable[[], _Answer]) -> None:
    """Keep what ``ask`` returns or raises, for the thread that waits."""
    try:
        answer.set_result(ask())
    except BaseException as error:  # noqa: BLE001 - raised where it is waited for
        answer.set_exception(error)
