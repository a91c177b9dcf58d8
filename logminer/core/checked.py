"""Plain data from a stranger, read with every check: sizes, kinds, finite numbers, harmless texts.

Whatever is wrong becomes one ``UsageError`` that says where in the data it stands.
"""

import math
import re
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from logminer.core.errors import UsageError
from logminer.core.parameters import Scalar

MOST_NAMES = 2_000
MOST_TEXT = 300
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-/\[\]: ]{0,127}")
# No control characters and no angle brackets: names and values end up in terminals and pages.
TEXT = re.compile(r"[^\x00-\x1f\x7f-\x9f<>\u2028\u2029]*")

T = TypeVar("T")


def is_fit(name: str, value: Any = None) -> bool:
    """Whether this name with this value would pass as plain data."""
    text = value if isinstance(value, str) else ""
    return bool(NAME.fullmatch(name)) and len(text) <= MOST_TEXT and bool(TEXT.fullmatch(text))


class Checked:
    """Readers of the kinds of plain data; ``at`` is the place in the data, for messages.

    Args:
        where: what the file is called.
        hint: what to do next, said with every error.
    """

    def __init__(self, where: str, hint: str = "") -> None:
        self._where = where
        self._hint = hint

    def fail(self, at: str, what: str) -> NoReturn:
        """Raise the error for what is wrong at a place."""
        place = f"{self._where}: {at}" if at else self._where
        raise UsageError(f"{place}: {what}", self._hint)

    def fields(self, data: Any, at: str, needed: str, optional: str = "") -> dict[str, Any]:
        """A mapping with all needed fields and none but the optional ones besides."""
        if not isinstance(data, dict):
            self.fail(at, f"expected a mapping, got {type(data).__name__}")
        for name in needed.split():
            if name not in data:
                self.fail(at, f"'{name}' is missing")
        unknown = sorted(set(map(str, data)) - {*needed.split(), *optional.split()})
        if unknown:
            self.fail(at, f"unknown field {unknown[0][:40]!r}")
        return data

    def each(self, data: Any, at: str, most: int, read: Callable[[Any, str], T]) -> tuple[T, ...]:
        """A list of at most ``most`` entries, each read with its place."""
        if not isinstance(data, list):
            self.fail(at, f"expected a list, got {type(data).__name__}")
        if len(data) > most:
            self.fail(at, f"{len(data):,} entries, at most {most:,}")
        return tuple(read(item, f"{at}[{i}]") for i, item in enumerate(data))

    def named(self, data: Any, at: str, read: Callable[[Any, str], T]) -> dict[str, T]:
        """A mapping of names to what ``read`` makes of the entries."""
        if not isinstance(data, dict):
            self.fail(at, f"expected a mapping, got {type(data).__name__}")
        if len(data) > MOST_NAMES:
            self.fail(at, f"{len(data):,} entries, at most {MOST_NAMES:,}")
        return {self.name(key, at): read(item, f"{at}.{key}") for key, item in data.items()}

    def name(self, data: Any, at: str) -> str:
        """A name: letters, digits and a few separators."""
        if not isinstance(data, str) or not NAME.fullmatch(data):
            self.fail(at, f"{str(data)[:40]!r} is not a name")
        return data

    def text(self, data: Any, at: str) -> str:
        """A short text without control characters and angle brackets."""
        if not isinstance(data, str) or len(data) > MOST_TEXT or not TEXT.fullmatch(data):
            self.fail(
                at, f"{str(data)[:40]!r} is not a plain text of at most {MOST_TEXT} characters"
            )
        return data

    def number(self, data: Any, at: str, low: float = -math.inf, high: float = math.inf) -> float:
        """A finite number between two bounds."""
        number = not isinstance(data, bool) and isinstance(data, int | float)
        # An integer beyond the range of a float is compared without being converted.
        if not number or abs(data) > 1e300 or data != data or not low <= data <= high:  # noqa: PLR0124
            self.fail(at, f"{str(data)[:40]!r} is not a number between {low:g} and {high:g}")
        return data  # type: ignore[no-any-return]

    def count(self, data: Any, at: str) -> int:
        """A whole number from 0 up."""
        return int(self.number(data, at, 0, 10**9))

    def scalar(self, data: Any, at: str) -> Scalar:
        """A number, a text, true, false or null."""
        if data is None or isinstance(data, bool):
            return data
        return self.text(data, at) if isinstance(data, str) else self.number(data, at)

    def maybe(self, data: Any, at: str) -> float | None:
        """A number or null."""
        return None if data is None else self.number(data, at)

    def texts(self, data: Any, at: str) -> tuple[str, ...]:
        """A list of texts."""
        return self.each(data, at, MOST_NAMES, self.text)
