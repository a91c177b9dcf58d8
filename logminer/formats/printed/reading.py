"""What one printed line says."""

from dataclasses import dataclass, field
from typing import Literal

from logminer.formats.printed.counters import Position
from logminer.formats.printed.tokens import Token

How = Literal["value", "thousands", "ratio", "mean"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A name and the tokens that make its value.

    Attributes:
        name: whole, its words joined by underscores, with the label of a split before a slash.
        tokens: places of the numbers among the line's tokens.
        how: the value itself, parts of ``1,234``, numerator and denominator, or a list whose mean counts.
        aside: number in brackets behind the value, which running averages print.
    """

    name: str
    tokens: tuple[int, ...]
    how: How = "value"
    aside: int | None = None


@dataclass
class Reading:
    """What one line says.

    Attributes:
        tokens: its tokens.
        pairs: names and numbers.
        position: where it stands on the curve.
        split: data set that the line as a whole speaks of, empty if it does not tell.
        label: how it calls that.
        bar: numbers of a progress bar: how far, of how many.
        bar_label: whether the bar is called something.
        bare: a whole number that the line begins with, and that no name explains.
    """

    tokens: list[Token]
    pairs: list[Pair] = field(default_factory=list)
    position: Position = field(default_factory=Position)
    split: str = ""
    label: str = ""
    bar: tuple[int, int] | None = None
    bar_label: bool = False
    bare: int | None = None

    @property
    def is_result(self) -> bool:
        """Whether the line is nothing but names and numbers."""
        said = sum(token.kind == "word" for token in self.tokens)
        return bool(self.pairs) and said <= 5 + 3 * len(self.pairs)
