"""How a recorded name follows from others: what is told of it, and its value in a new config."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from logminer.analyses._encoding import as_number
from logminer.analyses._formulas import Formula

Kind = Literal["copy", "formula", "function", "composed"]


@dataclass(frozen=True)
class Dependence:
    """How a recorded name follows from others.

    Attributes:
        kind: ``copy`` (equal values, a renaming, or the same order), ``formula`` (computed),
            ``function`` (set by others, by no known formula), ``composed`` (a text of other names'
            values).
        of: the names it follows from.
        formula: for people: ``max_steps = floor(tokens / (batch_size * 2048))``, ``equals lr``,
            ``set by width and depth``.
        evidence: on how many distinct configs it holds.
        strength: from 0 (none) to 1.
    """

    kind: Kind
    of: tuple[str, ...]
    formula: str
    evidence: str
    strength: float
    _rule: Formula | Mapping[tuple[object, ...], object] | None = field(
        default=None, repr=False, compare=False
    )

    def evaluate(self, config: Mapping[str, object]) -> object | None:
        """The value in a new config; None where an input is missing or was never recorded.

        Args:
            config: values by name, with all of ``of``.
        """
        inputs = [config.get(name) for name in self.of]
        if self._rule is None or any(v is None for v in inputs):
            return None
        if not isinstance(self._rule, Formula):
            return self._rule.get(tuple(value_key(v) for v in inputs))
        numbers = [as_number(v) for v in inputs]
        plain = [n for n in numbers if n is not None]
        return self._rule.evaluate(plain) if len(plain) == len(inputs) else None


def value_key(value: object) -> object:
    number = as_number(value)
    return str(value).strip() if number is None else number
