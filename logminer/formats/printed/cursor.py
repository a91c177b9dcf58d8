"""A place among the tokens of a line, and what stands around it."""

import re
from collections.abc import Sequence

from logminer.formats.printed.tokens import Token

_THOUSANDS = re.compile(r"[0-9]{3}(?:\.[0-9]*)?")


class Cursor:
    """A place among tokens, which moves forward.

    Args:
        tokens: of one line.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = list(tokens)
        self.at = 0
        self.inside = 0  # round brackets that are open

    def _kind(self, at: int) -> str:
        return self.tokens[at].kind if 0 <= at < len(self.tokens) else ""

    def _text(self, at: int) -> str:
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def _is_whole(self, at: int) -> bool:
        return self.tokens[at].text.isdigit() and not self.tokens[at].unit

    def _is_way(self, at: int) -> bool:
        """Whether ``3/10`` stands here."""
        return (
            self._text(at + 1) == "/"
            and self._kind(at + 2) == "number"
            and self._is_whole(at)
            and self.tokens[at + 2].text.isdigit()
        )

    def _is_thousands(self, at: int) -> bool:
        """Whether the number goes on behind a comma, as ``6,120`` does."""
        if self._text(at + 1) != "," or self._kind(at + 2) != "number":
            return False
        comma, rest = self.tokens[at + 1], self.tokens[at + 2]
        return (
            comma.gap == rest.gap == 0
            and not self.inside
            and len(self.tokens[at].text.lstrip("+-")) <= 3
            and self.tokens[at].text.lstrip("+-").isdigit()
            and bool(_THOUSANDS.fullmatch(rest.text))
        )

    def _ends_value(self, at: int) -> bool:
        """Whether what is glued to a number leaves it a number: no version, no range, no word."""
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if after is None or after.gap or self.tokens[at].quoted:
            return True
        if after.kind in {"number", "word"} or after.text in {"-", "_"}:
            return False
        return not (
            after.text == ":" and self._kind(at + 2) == "number" and not self.tokens[at + 2].gap
        )

    def _ends_segment(self, at: int) -> bool:
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        return after is None or after.gap >= 2 or after.kind in {"bound", "close", "open"}

    def _skip_bracket(self, at: int) -> None:
        depth = 0
        for i in range(at, min(at + 12, len(self.tokens))):
            depth += {"open": 1, "close": -1}.get(self.tokens[i].kind, 0)
            if depth == 0:
                self.at = i + 1
                return
