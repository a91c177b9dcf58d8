"""Reading a printed log line by line: where training stands, what it measures, and where another training begins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from logminer.core.parsed import Points
from logminer.formats.printed.axis import Axis
from logminer.formats.printed.boxes import Box
from logminer.formats.printed.counters import split_of
from logminer.formats.printed.headings import section_of
from logminer.formats.printed.lines import shape_of
from logminer.formats.printed.plan import NOTHING, SUMMARY, Plan, plan_of
from logminer.formats.printed.prefixes import prefix_end, wall_time
from logminer.formats.printed.rows import NAN, Rows
from logminer.formats.printed.settings import Settings
from logminer.formats.printed.tokens import NUMBER

MOST_SHAPES = 60_000
_MOST_RUNS = 10_000
_RECURRENT = 3  # times that names nobody knows must stand at rising positions before they measure
_MOST_WAITING = 2_000
_SETTING_BYTES = 2_000

Position = tuple[float, float, float, bool]
_NOWHERE: Position = (NAN, NAN, NAN, False)


@dataclass
class Training:
    """One training of a log.

    Attributes:
        settings: what was printed before it.
        params: settings that hold for it, those of a training before it included.
        epochs: planned epochs that lines told, NaN if none did.
        steps: planned steps, likewise.
        first: first position of each counter.
        last: last position of each counter.
        way: share of the last epoch that was gone, 1 where lines tell none.
    """

    settings: Settings
    params: dict[str, Any] = field(default_factory=dict)
    epochs: float = NAN
    steps: float = NAN
    first: dict[str, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    way: float = 1.0

    def is_complete(self, planned: Mapping[str, float], axis: Axis) -> bool:
        """Whether the last position reached the end that lines told, or else the settings.

        Args:
            planned: what the settings say, by counter.
            axis: where the lines of the training stand.
        """
        ends = {**planned}
        ends |= {
            name: end for name, end in (("epoch", self.epochs), ("step", self.steps)) if end > 0
        }
        if self.settings.steps:
            ends.setdefault("step", self.settings.steps)
        for counter, end in ends.items():
            last, first = self.last.get(counter, -1.0), self.first.get(counter, 1.0)
            if counter == axis.unit == "step":
                last = max(last, float(axis.step.max(initial=-1.0)))
            from_zero = first == 0 or counter == "step"
            if last >= 0 and last + from_zero >= end:
                return counter == "step" or self.way > 0.9
        return False


class Reader:
    """Reads lines one by one and keeps what they measure."""

    def __init__(self) -> None:
        self.rows = Rows()
        self.trainings = [Training(Settings())]
        self.results = 0
        self.passed_over = 0
        self._steady = (
            False  # whether the line before measured at a position, and nothing else is going on
        )
        self._plans: dict[bytes, Plan] = {}
        self._new = Settings()  # printed since the last measurement
        self._box = Box()
        self._here: Position = _NOWHERE
        self._heading = ""  # word that headings of this training begin with
        self._held: dict[str, tuple[float, float]] = {}
        self._held_at: Position = _NOWHERE
        self._section = ""
        self._bar: tuple[float, float] | None = None
        self._bar_at = NAN
        self._waiting: dict[tuple[str, ...], list[tuple[Position, float, list[float]]]] = {}
        self._admitted: set[tuple[str, ...]] = set()

    def take(self, line: bytes) -> bool:
        """Take a line; whether it measured."""
        if not line:
            return False
        if self._steady and self._go_on(line):
            return True
        self._steady = False
        if self._settings.collecting and self._settings.take(line.decode("utf-8", "replace")):
            return False
        if line.lstrip()[:1] in _BOX and self._box.take(line.decode("utf-8", "replace")):
            return False
        if self._box.texts:
            self._end_box()
        plan = self._plan(line)
        if plan.known and (plan.placed or self._begun or plan.bar) and not self._is_config(line):
            return self._measure(line, plan)
        if plan is NOTHING:
            self._other(line)
            return False
        return self._unknown(line, plan)

    def _plan(self, line: bytes) -> Plan:
        shape = shape_of(line)
        plan = self._plans.get(shape)
        if plan is None:
            if len(self._plans) >= MOST_SHAPES:
                self.passed_over += 1
                return NOTHING
            plan = self._plans[shape] = plan_of(line)
            if plan.names:
                plan.set_of_names = self.rows.names_of(plan.names)
        return plan

    def _go_on(self, line: bytes) -> bool:
        """Take a line that measures a little further on than the one before it, as nearly all lines do."""
        plan = self._plans.get(shape_of(line))
        if plan is None or plan.places is None:
            return False
        numbers = NUMBER.findall(line)
        at_epoch, at_step, at_length = plan.places
        here_epoch, here_step, _, here_batch = self._here
        batch = plan.family == "batch"
        epoch = float(numbers[at_epoch]) if at_epoch >= 0 else here_epoch
        step = float(numbers[at_step]) if at_step >= 0 else NAN
        if batch is not here_batch or not (
            step >= here_step if epoch == here_epoch or epoch != epoch else False
        ):
            return False
        length = float(numbers[at_length]) if at_length >= 0 else NAN
        if not batch:
            self.trainings[-1].last["step"] = step
        elif length:
            self.trainings[-1].way = step / length
        self._here = (epoch, step, length, batch)
        where = self._here if at_epoch >= 0 else (NAN, step, NAN, False)
        wall = wall_time(line) if plan.timed else NAN
        self.rows.append(
            plan.set_of_names, len(self.trainings) - 1, where, wall, plan.values(numbers)
        )
        return True

    def close(self) -> None:
        """The end of the log."""
        if self._box.texts:
            self._end_box()
        self._flush()
        self._settings.close()
        self._new.close()
        first = self.trainings[0]
        first.params = {**first.settings.params}

    def points(self, *, unplaced: bool) -> tuple[Points, list[Axis]]:
        """What was measured, and the axis of each training; see ``Rows.points``."""
        return self.rows.points(unplaced=unplaced)

    @property
    def placed(self) -> int:
        """How many lines measured at a position of a curve so far."""
        return len(self.rows) + bool(self._held) - self.results

    @property
    def _begun(self) -> bool:
        """Whether this training measured or told a position before."""
        return self._here is not _NOWHERE

    @property
    def _settings(self) -> Settings:
        """Where settings go that are printed now."""
        return self._new if self._begun else self.trainings[-1].settings

    # Lines that measure.

    def _measure(self, line: bytes, plan: Plan) -> bool:
        if self._new.collecting or self._new.announces:
            self._new.close()
        values = plan.values(NUMBER.findall(line))
        if plan.bar is not None and not plan.placed:
            return self._progress(line, plan, values)
        position = self._position(line, plan)
        wall = wall_time(line) if plan.timed else NAN
        if position is None:
            self._hold(plan, values, wall)
            return True
        if self._in_loop(plan, position):
            self._hold(plan, values, wall)
            return True
        self._move(position, plan.family)
        self._append(self._named(plan, placed=True), position, wall, values)
        self._steady = not (self._held or self._new.announces or self._new.params)
        return True

    def _progress(self, line: bytes, plan: Plan, values: list[float]) -> bool:
        """A progress bar with values: within an epoch its last state counts, else it is the axis."""
        done, whole = self._way(line, plan)
        wall = wall_time(line) if plan.timed else NAN
        if not self._begun or self._here[0] != self._here[0]:
            position = (NAN, done, NAN, False)
            self._tell_plan("step", whole)
            self._move(position, "bar")
            self._append(plan.names, position, wall, values)
        else:
            self._hold(plan, values, wall)
        return True

    def _position(self, line: bytes, plan: Plan) -> Position | None:
        """Where a line stands, by its own words; None where it stands where training is."""
        if not plan.placed or plan.names[0].lower().startswith(SUMMARY):
            return None
        numbers = NUMBER.findall(line)
        epoch = plan.epoch.of(numbers) if plan.epoch else NAN
        step = plan.step.of(numbers) if plan.step else NAN
        length = plan.steps.of(numbers) if plan.steps else NAN
        batch = plan.family == "batch"
        if plan.epochs:
            self._tell_plan("epoch", plan.epochs.of(numbers))
        if epoch != epoch and batch:  # batches of the epoch announced above
            if plan.split not in {"", "train"} or not self._begun:
                return None if self._begun else (NAN, step, length, False)
            epoch = self._here[0]
        elif epoch != epoch and not batch:
            self._tell_plan("step", length)
            length = NAN
        if plan.bar is not None:
            return (epoch, NAN, NAN, False)
        if step != step and epoch % 1 and self._bar and self._bar[0] != self._bar_at:
            step = self._bar_at = self._bar[0]
            self._tell_plan("step", self._bar[1])
        return (epoch, step, length, batch)

    def _in_loop(self, plan: Plan, position: Position) -> bool:
        """Whether a line counts the steps of an evaluation, not those of training."""
        epoch, step, _length, _batch = position
        if epoch == epoch or step != step:
            return False
        other = plan.split not in {"", "train"} or bool(self._section)
        return other and step < self.trainings[-1].last.get("step", -1.0) and not self._new.params

    def _move(self, position: Position, family: str) -> None:
        """Training stands here now; perhaps it is another training."""
        epoch, step, _length, batch = position
        self._section = ""
        counter, at = ("epoch", epoch) if epoch == epoch else ("step", step)
        if self._is_anew(counter, at):
            self._start_training()
        now = self.trainings[-1]
        if self._held and position[:2] != self._held_at[:2]:
            self._flush()
        if not self._begun:
            now.settings.close()
        for name, value in (("epoch", epoch), ("step", NAN if batch else step)):
            if value == value:
                now.first.setdefault(name, value)
                now.last[name] = value
        now.way = step / _length if batch and _length > 0 else 1.0
        if epoch != epoch and self._here[0] == self._here[0]:
            position = (self._here[0], step, _length, batch)
        self._here = position
        if self._new.announces or self._new.params:
            self._new = Settings()

    def _is_anew(self, counter: str, at: float) -> bool:
        """Whether a counter that falls back to its start begins another training."""
        now = self.trainings[-1]
        if counter not in now.last or at >= now.last[counter] or len(self.trainings) >= _MOST_RUNS:
            return False
        if at > now.first[counter] or (counter == "step" and "epoch" in now.first):
            return False
        if counter == "epoch" and now.last[counter] - now.first[counter] >= 2:
            return True
        return self._new.announces

    def _start_training(self) -> None:
        self._flush()
        before, self._new = self.trainings[-1], Settings() if not self._new.announces else self._new
        self._new.close()
        if len(self.trainings) == 1:
            before.params = dict(before.settings.params)
        kept = {} if self._new.whole else before.params
        self.trainings.append(Training(self._new, {**kept, **self._new.params}))
        self._new = Settings()
        self._here, self._heading, self._section = _NOWHERE, "", ""
        self._bar, self._bar_at = None, NAN
        self._waiting.clear()

    # Lines whose names nobody knows, headings, and the rest.

    def _unknown(self, line: bytes, plan: Plan) -> bool:
        text = line.decode("utf-8", "replace")
        if plan.bar is not None and not plan.names and not plan.placed:
            if not plan.named_bar:
                self._watch_bar(line, plan)
            return False
        if not plan.names:
            self._head(line, plan, text)
            return False
        if not plan.placed and plan.bare is None:
            if plan.known and self._result(line, plan, text):
                return True
            if not self._begun:
                self._other(line)
                return False
            self._settings.take(text)
        position: Position | None
        if plan.bare is not None and not plan.placed:
            position = (NAN, plan.bare.of(NUMBER.findall(line)), NAN, False)
        else:
            position = self._position(line, plan)
        if not self._begun and not self._recurs(plan) and self.trainings[-1].settings.take(text):
            return False
        return self._wait(line, plan, position)

    def _recurs(self, plan: Plan) -> bool:
        return plan.names in self._admitted or plan.names in self._waiting

    def _wait(self, line: bytes, plan: Plan, position: Position | None) -> bool:
        """Values wait until their names have recurred at rising positions."""
        values, wall = plan.values(NUMBER.findall(line)), wall_time(line) if plan.timed else NAN
        if plan.names in self._admitted:
            if position is None or self._in_loop(plan, position):
                self._hold(plan, values, wall)
            else:
                self._move(position, plan.family)
                self._append(self._named(plan, placed=True), position, wall, values)
            return True
        at = position or self._here
        waiting = self._waiting.setdefault(plan.names, [])
        if waiting and not _later(at, waiting[-1][0]):
            if position is None:
                waiting[-1] = (at, wall, values)
            else:
                waiting[:] = [(at, wall, values)]
            return False
        waiting.append((at, wall, values))
        if len(waiting) < _RECURRENT:
            if len(self._waiting) > _MOST_WAITING:
                self._waiting.clear()
            return False
        self._admitted.add(plan.names)
        names = self._named(plan, placed=position is not None)
        for where, when, measured in self._waiting.pop(plan.names):
            if position is not None:
                self._move(where, plan.family)
            self._append(names, where, when, measured)
        return True

    def _result(self, line: bytes, plan: Plan, text: str) -> bool:
        """A result where nothing tells a position: it stands nowhere, and may be all that a log holds."""
        if self._begun or not plan.is_result or len(line) > _SETTING_BYTES or self._is_config(line):
            return False
        self.results += 1
        wall = wall_time(line) if plan.timed else NAN
        self._append(
            self._named(plan, placed=False), _NOWHERE, wall, plan.values(NUMBER.findall(line))
        )
        return True

    def _head(self, line: bytes, plan: Plan, text: str) -> None:
        """A line that tells a position and nothing else."""
        if not plan.heads or len(text) > 200:
            self._other(line)
            return
        if not self._begun and plan.epoch is None and self._is_setting(text):
            return
        position = self._position_of_heading(line, plan)
        if position is None:
            return
        counter, at = ("epoch", position[0]) if plan.epoch else ("step", position[1])
        last = self.trainings[-1].last.get(counter, -1.0)
        if at < last and not self._is_anew(counter, at):
            return
        word = (
            "epoch"
            if plan.epoch
            else text[prefix_end(text) :].strip(" *=#>-[").split(" ")[0].lower()
        )
        if self._heading not in {
            "",
            "epoch",
            word,
        }:  # ``Total timesteps: 98304`` below ``Learning iteration 3``
            return
        self._heading = word
        self._move(position, plan.family)

    def _position_of_heading(self, line: bytes, plan: Plan) -> Position | None:
        numbers = NUMBER.findall(line)
        epoch = plan.epoch.of(numbers) if plan.epoch else NAN
        step = plan.step.of(numbers) if plan.step else NAN
        if plan.epochs:
            self._tell_plan("epoch", plan.epochs.of(numbers))
        if plan.family in {"batch", "episode"} and plan.epoch is None:
            return None
        if plan.steps and plan.epoch is None:
            self._tell_plan("step", plan.steps.of(numbers))
        return (epoch, NAN if plan.epoch else step, NAN, False)

    def _other(self, line: bytes) -> None:
        """A line that measures nothing: settings, sections, or anything else."""
        if len(line) > _SETTING_BYTES and b"(" not in line and b"{" not in line:
            return
        text = line.decode("utf-8", "replace")
        if self._settings.take(text):
            return
        section = section_of(text)
        if section is not None:
            self._section = "" if section == "train" else section

    def _is_setting(self, text: str) -> bool:
        return self._settings.take(text)

    def _is_config(self, line: bytes) -> bool:
        """Whether a line that names measures is the config printed in one line."""
        if self._begun or b"{" not in line and b"(" not in line:
            return False
        settings = self.trainings[-1].settings
        before = len(settings.params)
        return settings.take(line.decode("utf-8", "replace")) and (
            settings.collecting or len(settings.params) > before
        )

    # Bars, boxes, values that are held.

    def _way(self, line: bytes, plan: Plan) -> tuple[float, float]:
        numbers = NUMBER.findall(line)
        assert plan.bar is not None
        return plan.bar[0].of(numbers), plan.bar[1].of(numbers)

    def _watch_bar(self, line: bytes, plan: Plan) -> None:
        """Remember how far the bar of the whole training is; the first bar is that, others are loops within it."""
        bar = self._way(line, plan)
        if self._bar is None or bar[1] == self._bar[1] or not self._begun:
            self._bar = bar

    def _end_box(self) -> None:
        box, self._box = self._box, Box()
        epoch, step = box.position()
        if not box.values or (epoch != epoch and step != step and not self._begun):
            for name, text in box.texts.items():
                self._settings.take(f"{name}: {text}")
            return
        position = (epoch, step, NAN, False) if epoch == epoch or step == step else self._here
        if step == step:
            position = (NAN, step, NAN, False)
        self._move(position, "step")
        self._append(tuple(box.values), position, NAN, list(box.values.values()))

    def _hold(self, plan: Plan, values: list[float], wall: float) -> None:
        """Keep values that stand where training is; of several the last counts."""
        if self._held and self._held_at[:2] != self._here[:2]:
            self._flush()
        self._held_at = self._here
        for name, value in zip(self._named(plan, placed=False), values, strict=True):
            self._held[name] = (value, wall)

    def _flush(self) -> None:
        for name, (value, wall) in self._held.items():
            self._append((name,), self._held_at, wall, [value])
        self._held = {}

    def _named(self, plan: Plan, *, placed: bool) -> tuple[str, ...]:
        """Names of a plan's values; under a heading that speaks of a data set with it before them."""
        if placed or not self._section or plan.split:
            return plan.names
        section = self._section
        if section not in plan.sections:
            named = tuple(n if split_of(n) else f"{section}/{n}" for n in plan.names)
            plan.sections[section] = Plan(names=named)
        return plan.sections[section].names

    def _append(
        self, names: tuple[str, ...], position: Position, wall: float, values: list[float]
    ) -> None:
        self.rows.append(self.rows.names_of(names), len(self.trainings) - 1, position, wall, values)

    def _tell_plan(self, counter: str, whole: float) -> None:
        now = self.trainings[-1]
        if counter == "epoch":
            now.epochs = whole
        elif whole == whole:
            now.steps = whole


_BOX = frozenset([b"|", b"\xe2"])


def _later(here: Position, before: Position) -> bool:
    return any(a > b for a, b in zip(here[:2], before[:2], strict=True)) or (here[0] > before[0])
