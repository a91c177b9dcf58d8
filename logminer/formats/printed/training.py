"""One training of a printed log: what was printed before it, and how far it went."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isnan, nan
from typing import Any

from logminer.formats.printed.axis import Axis
from logminer.formats.printed.settings import Settings


@dataclass
class Training:
    """One training of a log.

    Attributes:
        settings: what was printed before it.
        params: settings that hold for it, those of a training before it included.
        ends: planned epochs and steps that lines told.
        first: first position of each counter.
        last: last position of each counter.
        way: share of the last epoch that was gone, 1 where lines tell none.
        counter: what its lines call their step.
        is_finished: whether a line said that the plan was reached.
    """

    settings: Settings
    params: dict[str, Any] = field(default_factory=dict)
    ends: dict[str, float] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    way: float = 1.0
    counter: str = ""
    is_finished: bool = False

    def plan(self, counter: str, end: float) -> None:
        """A line told how many epochs or steps there will be; NaN where it did not."""
        if not isnan(end):
            self.ends[counter] = end

    def reach(self, counter: str, at: float) -> None:
        """A counter stands at a position now; NaN where it stays as it was."""
        if not isnan(at):
            self.first.setdefault(counter, at)
            self.last[counter] = at

    def is_complete(self, planned: Mapping[str, float], axis: Axis) -> bool:
        """Whether the last position reached the end that lines told, or else the settings.

        Args:
            planned: what the settings say, by counter.
            axis: where the lines of the training stand.
        """
        ends = {**planned, **{name: end for name, end in self.ends.items() if end > 0}}
        if self.settings.steps:
            ends.setdefault("step", self.settings.steps)
        reached = (name for name, end in ends.items() if self._end_of(name, axis) >= end)
        counter = next(reached, None)
        return self.is_finished or counter == "step" or (counter == "epoch" and self.way > 0.9)

    def _end_of(self, counter: str, axis: Axis) -> float:
        """How many epochs or steps there were at the last position, counted from 1."""
        last, first = self.last.get(counter, nan), self.first.get(counter, 1.0)
        if counter == axis.unit == "step" and len(axis.step):
            last = max(last, float(axis.step.max()))
        return last + (first == 0 or counter == "step")
