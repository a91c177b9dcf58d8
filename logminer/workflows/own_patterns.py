"""Regular expressions of a project: bounded, so that no line of a log takes for ever.

Python's engine backtracks: ``(a+)+$`` takes 2^n steps on n letters (Davis et al. 2018, "The impact of regular expression
denial of service"). Patterns that repeat within a repeat, where that happens, are refused. What is left takes some power
of the length of a line, and has a time limit where Python can set one, which is in the main thread.
"""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

_SECONDS = 1.0  # of CPU a line
_UNWATCHED = 1_000  # characters of a line that are searched where no time limit can be set
_MANY = 8  # repeats from which on a repeat within counts


class _TooLong(Exception):  # noqa: N818
    """The time is up."""


@dataclass(frozen=True)
class BoundedPattern:
    """A compiled pattern whose search ends.

    Attributes:
        pattern: what is searched.
        seconds: CPU seconds that one line may take.
    """

    pattern: re.Pattern[str]
    seconds: float = _SECONDS

    @property
    def groupindex(self) -> Any:
        """Numbers of the named groups."""
        return self.pattern.groupindex

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in a line.

        Raises:
            ValueError: it takes too long.
        """
        if not _can_limit():
            return self.pattern.search(text[:_UNWATCHED])
        try:
            with _limited(self.seconds):
                return self.pattern.search(text)
        except _TooLong:
            raise ValueError(
                f"the pattern {self.pattern.pattern!r} takes too long for a line of {len(text):,} characters"
            ) from None


def compiled(text: str) -> BoundedPattern:
    """Compile a project's pattern.

    Raises:
        re.error: it is no regular expression, or one that may take for ever.
        TypeError: it is no text.
    """
    pattern = re.compile(text)
    if _repeats_within_repeats(text):
        raise re.error("a repeat within a repeat may take for ever; repeat one group of characters")
    return BoundedPattern(pattern)


def _repeats_within_repeats(text: str) -> bool:
    """Whether something of no fixed length, or a choice, is repeated many times."""
    from re import _parser  # type: ignore[attr-defined]

    return _is_steep(_parser.parse(text), repeated=False)


def _is_steep(node: Any, *, repeated: bool) -> bool:
    """Whether a part of a parsed pattern repeats what is repeated, or chooses within a repeat."""
    return any(_item_is_steep(str(kind), value, repeated=repeated) for kind, value in node)


def _item_is_steep(kind: str, value: Any, *, repeated: bool) -> bool:
    if kind.endswith("_REPEAT"):
        low, high, body = value
        varies = repeated and low != high
        return varies or _is_steep(body, repeated=repeated or int(high) >= _MANY)
    if kind == "BRANCH":
        return repeated or any(_is_steep(branch, repeated=False) for branch in value[1])
    if kind == "GROUPREF_EXISTS":
        return repeated or any(_is_steep(part, repeated=False) for part in value[1:] if part)
    inner = {"SUBPATTERN": -1, "ASSERT": 1, "ASSERT_NOT": 1}
    if kind in inner:
        return _is_steep(value[inner[kind]], repeated=repeated)
    return kind == "ATOMIC_GROUP" and _is_steep(value, repeated=repeated)


def _can_limit() -> bool:
    """Whether a signal can end a search here."""
    main = threading.current_thread() is threading.main_thread()
    return main and hasattr(signal, "setitimer")


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise when the block has taken so many seconds of CPU: the engine looks for signals as it goes."""

    def up(_number: int, _frame: FrameType | None) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGVTALRM, up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
