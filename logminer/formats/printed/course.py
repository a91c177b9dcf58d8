"""The course of the trainings in one log: where training stands, what is held there, and where another one begins."""

from collections.abc import Sequence
from math import isnan, nan

from logminer.formats.printed.counters import counter_of, split_of
from logminer.formats.printed.plan import Plan
from logminer.formats.printed.rows import NOWHERE, Position, Rows
from logminer.formats.printed.settings import Settings
from logminer.formats.printed.training import Training

_MOST_TRAININGS = 10_000


class Course:
    """Where training stands, and the rows that were measured.

    Attributes:
        rows: lines that measured.
        trainings: one at least; the last one is going on.
        here: the position that was told last.
        printed: settings that were printed since the last measurement.
        section: data set that the lines below a heading speak of.
        positions: at how many different positions was measured.
    """

    def __init__(self) -> None:
        self.rows = Rows()
        self.trainings = [Training(Settings())]
        self.here: Position = NOWHERE
        self.printed = Settings()
        self.section = ""
        self.positions = 0
        self._last_row: Position = NOWHERE
        self._held: dict[str, tuple[float, float]] = {}
        self._held_at: Position = NOWHERE

    @property
    def now(self) -> Training:
        """The training that is going on."""
        return self.trainings[-1]

    @property
    def begun(self) -> bool:
        """Whether this training told a position before."""
        return self.here is not NOWHERE

    @property
    def settings(self) -> Settings:
        """Where settings go that are printed now."""
        return self.printed if self.begun else self.now.settings

    @property
    def is_steady(self) -> bool:
        """Whether nothing waits to be settled when training goes on."""
        return not (self._held or self.printed.announces or self.printed.params)

    def move(self, position: Position) -> None:
        """Training stands here now; perhaps it is another training."""
        epoch, step, length, batch = position
        self.section = ""
        if self.printed.collecting or self.printed.announces:
            self.printed.close()
        counter, at = ("step", step) if isnan(epoch) else ("epoch", epoch)
        if self.is_anew(counter, at):
            self._start_training()
        if self._held and position[:2] != self._held_at[:2]:
            self.flush()
        if not self.begun:
            self.now.settings.close()
        self.now.reach("epoch", epoch)
        self.now.reach("step", nan if batch else step)
        self.now.way = step / length if batch and length > 0 else 1.0
        if isnan(epoch) and not isnan(self.here[0]):
            position = (self.here[0], step, length, batch)
        self.here = position
        if self.printed.announces or self.printed.params:
            self.printed = Settings()

    def is_anew(self, counter: str, at: float) -> bool:
        """Whether a counter that falls back to its start begins another training."""
        now = self.now
        if counter not in now.last or at >= now.last[counter]:
            return False
        if at > now.first[counter] or (counter == "step" and "epoch" in now.first):
            return False
        if len(self.trainings) >= _MOST_TRAININGS:
            return False
        # No loop within a training counts epochs; one that counts steps begins anew only below a new header.
        falls_far = counter == "epoch" and now.last[counter] - now.first[counter] >= 2
        return falls_far or self.printed.announces

    def _start_training(self) -> None:
        self.flush()
        before = self.now
        if len(self.trainings) == 1:
            before.params = dict(before.settings.params)
        kept = {} if self.printed.whole else before.params
        self.trainings.append(Training(self.printed, {**kept, **self.printed.params}))
        self.printed = Settings()
        self.here, self.section = NOWHERE, ""

    def counts_otherwise(self, counter: str) -> bool:
        """Whether a step is counted by another name than this training's, and so may not be on its axis."""
        counted = counter_of(counter)
        self.now.counter = self.now.counter or counted
        return counted != self.now.counter

    def is_loop(self, plan: Plan, position: Position) -> bool:
        """Whether a line counts the steps of an evaluation, not those of training."""
        epoch, step, _, _ = position
        if not isnan(epoch) or isnan(step):
            return False
        other = plan.split not in {"", "train"} or bool(self.section)
        return other and step < self.now.last.get("step", -1.0) and not self.printed.params

    def append(
        self, names: tuple[str, ...], position: Position, wall: float, values: Sequence[float]
    ) -> None:
        """Append what was measured at a position."""
        if position[:2] != self._last_row[:2]:
            self._last_row = position
            self.positions += position is not NOWHERE
        self.rows.append(self.rows.names_of(names), len(self.trainings) - 1, position, wall, values)

    def hold(self, plan: Plan, values: Sequence[float], wall: float) -> None:
        """Keep values that stand where training is; of several of a name the last counts."""
        if self._held and self._held_at[:2] != self.here[:2]:
            self.flush()
        self._held_at = self.here
        if plan.split not in {"", "train"}:
            self.section = plan.label
        for name, value in zip(self.named(plan), values, strict=True):
            self._held[name] = (value, wall)

    def flush(self) -> None:
        """Append what is held."""
        for name, (value, wall) in self._held.items():
            self.append((name,), self._held_at, wall, [value])
        self._held = {}

    def named(self, plan: Plan) -> tuple[str, ...]:
        """Names of values that stand where training is, with the data set of their section before them."""
        section = self.section
        if not section or plan.split:
            return plan.names
        if section not in plan.sections:
            plan.sections[section] = tuple(
                name if split_of(name) else f"{section}/{name}" for name in plan.names
            )
        return plan.sections[section]

    def close(self) -> None:
        """The end of the log."""
        self.flush()
        self.now.settings.close()
        self.printed.close()
        self.trainings[0].params = dict(self.trainings[0].settings.params)
