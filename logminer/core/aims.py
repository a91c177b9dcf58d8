"""What a search aims at: one or several objectives, and constraints that a config must meet."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logminer.core.errors import UsageError
from logminer.core.objective import Mode

_CONSTRAINT = re.compile(r"\s*(?P<metric>.+?)\s*(?P<op><=|>=|<|>)\s*(?P<bound>\S+)\s*")
_MODES: dict[str, Mode] = {"min": "min", "max": "max", "minimize": "min", "maximize": "max"}


@dataclass(frozen=True)
class Aim:
    """One objective.

    Attributes:
        metric: its name.
        mode: which way is better; None until that is known.
    """

    metric: str
    mode: Mode | None = None

    @classmethod
    def parse(cls, text: str) -> "Aim":
        """From ``accuracy``, or ``accuracy:max``; of ``a:b`` the whole is a name."""
        name, _, mode = text.rpartition(":")
        return cls(name, _MODES[mode]) if name and mode in _MODES else cls(text)

    @property
    def sign(self) -> float:
        """Factor that turns the metric into a loss."""
        return -1.0 if self.mode == "max" else 1.0


@dataclass(frozen=True)
class Constraint:
    """A bound on a metric.

    Attributes:
        metric: its name.
        upper: whether it is bounded from above, else from below.
        bound: the last value that is allowed.
    """

    metric: str
    upper: bool
    bound: float

    @classmethod
    def parse(cls, text: str) -> "Constraint":
        """From ``latency_ms<=20`` or ``accuracy>=0.9``; ``<`` and ``>`` mean the same.

        Raises:
            UsageError: it is not written so.
        """
        found = _CONSTRAINT.fullmatch(text)
        try:
            bound = float(found["bound"]) if found else None
        except ValueError:
            bound = None
        if found is None or bound is None or bound != bound:  # noqa: PLR0124 -- NaN bounds nothing
            raise UsageError(f"'{text}' is no constraint", "write --constraint 'latency_ms<=20'")
        return cls(found["metric"], found["op"].startswith("<"), bound)

    def __str__(self) -> str:
        return f"{self.metric}{'<=' if self.upper else '>='}{self.bound:g}"

    def excess(self, value: float) -> float:
        """By how much a value lies beyond the bound; not above 0 where it is met."""
        return value - self.bound if self.upper else self.bound - value


@dataclass(frozen=True)
class Aims:
    """All that a search aims at.

    Attributes:
        objectives: the first leads where only one can be shown; empty where one is yet to be proposed.
        constraints: what a config must meet.
    """

    objectives: tuple[Aim, ...] = ()
    constraints: tuple[Constraint, ...] = ()

    @classmethod
    def parse(cls, metrics: Sequence[str], constraints: Sequence[str] = ()) -> "Aims":
        """From what a user writes.

        Raises:
            UsageError: a constraint makes no sense, or an objective is named twice.
        """
        objectives = tuple(Aim.parse(text) for text in metrics)
        names = [aim.metric for aim in objectives]
        if len(set(names)) < len(names):
            raise UsageError(f"'{names[-1]}' is named twice", "name each objective once")
        return cls(objectives, tuple(Constraint.parse(text) for text in constraints))

    @property
    def further(self) -> tuple[Aim, ...]:
        """The objectives beside the first."""
        return self.objectives[1:]

    def to_dict(self) -> dict[str, Any]:
        """What stands beside the first objective, as plain data."""
        more = [[aim.metric, aim.mode] for aim in self.further]
        plain = {"objectives": more, "constraints": [str(c) for c in self.constraints]}
        return {name: value for name, value in plain.items() if value}

    @classmethod
    def from_dict(cls, first: Aim | None, plain: Mapping[str, Any]) -> "Aims":
        """From plain data, and the first objective where it is known."""
        more = [Aim(metric, mode) for metric, mode in plain.get("objectives", ())]
        constraints = tuple(Constraint.parse(text) for text in plain.get("constraints", ()))
        return cls((first, *more) if first else tuple(more), constraints)

    def violation(self, values: Mapping[str, float]) -> str:
        """The first constraint that is not met, in words; empty where all are."""
        for constraint in self.constraints:
            value = values.get(constraint.metric)
            if value is None or not constraint.excess(value) <= 0:
                shown = "no value" if value is None else f"{value:g}"
                return f"violates {constraint}: {shown}"
        return ""
