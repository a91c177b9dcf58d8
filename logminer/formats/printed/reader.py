"""Reading a printed log line by line: what each line says goes to the course of the training."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from math import isnan, nan
from typing import Any

from logminer.formats.printed.boxes import Box
from logminer.formats.printed.columns import Columns
from logminer.formats.printed.course import Course
from logminer.formats.printed.headings import counter_word, section_of
from logminer.formats.printed.last_line import read_last_line
from logminer.formats.printed.plan import NOTHING, Plan
from logminer.formats.printed.prefixes import wall_time
from logminer.formats.printed.recurrence import Recurrence
from logminer.formats.printed.rows import NOWHERE, Position
from logminer.formats.printed.shapes import Plans
from logminer.formats.printed.steady import FEWEST, steady_lines
from logminer.formats.printed.tokens import NUMBER

_AT_ONCE = 4_096  # lines whose plans are looked up together
_LONGEST_SETTING = 2_000
_LONGEST_HEADING = 200
_REACHED = re.compile(r"\bmax_(?:epochs|steps|time)=\S{1,40} reached\b")  # Lightning's last words
_BRACKETS = re.compile(r" ?\([^()]{0,80}\)")
_BOX = frozenset([b"|", b"\xe2"])


class Reader:
    """Reads lines one by one.

    Attributes:
        course: where training stands, and what was measured.
        plans: what lines of each shape mean.
        results: how many lines gave a result that stands at no position.
    """

    def __init__(self) -> None:
        self.course = Course()
        self.plans = Plans()
        self.results = 0
        self._recurrence = Recurrence()
        self._box = Box()
        self._columns = Columns()
        self._steady = False  # whether the line before measured, and nothing else is going on
        self._heading = ""  # word that headings of this training begin with
        self._trainings = 1
        self._bar: tuple[float, float] | None = None  # of the whole training
        self._bar_at = nan

    def take_all(self, lines: list[bytes]) -> None:
        """Take lines, without their ends and colours: as ``take`` does one by one, in a fraction of the time."""
        for at in range(0, len(lines), _AT_ONCE):
            some = lines[at : at + _AT_ONCE]
            plans = self.plans.known(some)
            for measures, group in groupby(range(len(some)), lambda i: _places(plans[i])):  # noqa: B023
                which = list(group)
                if measures and len(which) >= FEWEST:
                    self._take_stretch(
                        some[which[0] : which[-1] + 1], plans[which[0] : which[-1] + 1]
                    )
                    continue
                for i in which:
                    self.take(some[i], plans[i])

    def _take_stretch(self, lines: list[bytes], plans: list[Plan | None]) -> None:
        """Take lines that all measure at a place, as columns where they go on from one another."""
        known = [plan for plan in plans if plan is not None]
        steady, at = steady_lines(lines, known, self.course), 0
        while at < len(lines):
            reached = at
            if steady is not None and self._steady:
                reached = steady.run(self.course, at)
            if reached == at:
                self.take(lines[at], plans[at])
                reached += 1
            at = reached

    def take(self, line: bytes, plan: Plan | None = None) -> None:
        """Take a line, without its end and colours.

        Args:
            line: in UTF-8.
            plan: of its shape, where it is known already.
        """
        if not line:
            return
        if self._steady and self._go_on(line, plan or self.plans.of(line)):
            return
        self._steady = False
        course = self.course
        if course.settings.collecting and self._is_config_line(line, plan):
            return
        if line.lstrip()[:1] in _BOX and self._box.take(_text(line)):
            return
        if self._box.texts:
            self._end_box()
        plan = plan or self.plans.of(line)
        if not plan.known or (plan.bare is not None and not plan.placed):
            self._take_unknown(line, plan)
        elif not course.begun and (plan.sums_up or not (plan.placed or plan.bar)):
            if not self._take_result(line, plan):
                self._take_unknown(line, plan)
        else:
            self._measure(line, plan)
        if len(course.trainings) > self._trainings:
            self._forget()

    def take_last(self, line: bytes, before: Sequence[bytes]) -> bool:
        """Take a line that has no end, as far as it is surely whole; whether that is all of it.

        Args:
            line: in UTF-8.
            before: the lines before it, as far back as others of its shape are looked for.
        """
        last = read_last_line(line, before)
        if last.plan is not None:
            self.take(line, last.plan)
        return last.is_whole

    def announce(self, params: Mapping[str, Any]) -> None:
        """Tell that another training may begin here, with these settings besides what is printed."""
        self._steady = False
        self.course.settings.params.update(params)
        self.course.settings.announces = True

    def close(self) -> None:
        """The end of the log."""
        if self._box.texts:
            self._end_box()
        self.course.close()

    def _forget(self) -> None:
        self._trainings = len(self.course.trainings)
        self._heading, self._bar, self._bar_at = "", None, nan
        self._recurrence.forget()

    def _is_config_line(self, line: bytes, plan: Plan | None) -> bool:
        """Whether a line belongs to the config that is being printed; it does not where training measures."""
        plan = plan or self.plans.of(line)
        if plan.known and plan.placed:
            self.course.settings.close()
            return False
        return self.course.settings.take(_text(line))

    # Lines that measure.

    def _go_on(self, line: bytes, plan: Plan) -> bool:
        """Take a line that measures a little further on than the one before it, as nearly all lines do."""
        course = self.course
        if plan.places is None:
            return False
        numbers = NUMBER.findall(line)
        at_epoch, at_step, at_length = plan.places
        epoch, before, _, batch = course.here
        if batch is not plan.is_batch or (at_epoch < 0 and plan.counts != course.now.counter):
            return False
        if at_epoch >= 0 and float(numbers[at_epoch]) != epoch:
            return False
        step = float(numbers[at_step]) if at_step >= 0 else nan
        if not step >= before:
            return False
        length = float(numbers[at_length]) if at_length >= 0 else nan
        if not batch:
            course.now.last["step"] = step
        elif length:
            course.now.way = step / length
        course.here = (epoch, step, length, batch)
        course.positions += step > before
        where = course.here if at_epoch >= 0 else (nan, step, nan, False)
        if plan.set_of_names < 0:
            plan.set_of_names = course.rows.names_of(plan.names)
        wall = wall_time(line) if plan.timed else nan
        values = plan.values(numbers)
        course.rows.append(plan.set_of_names, len(course.trainings) - 1, where, wall, values)
        return True

    def _measure(self, line: bytes, plan: Plan) -> None:
        course, numbers = self.course, NUMBER.findall(line)
        values, wall = plan.values(numbers), wall_time(line) if plan.timed else nan
        if plan.bar is not None and not plan.placed:
            self._take_bar(numbers, plan, values, wall)
            return
        position = self._position(numbers, plan)
        if position is None or course.is_loop(plan, position):
            course.hold(plan, values, wall)
            return
        course.move(position)
        if plan.bar is not None:  # of a bar's many states the last one counts
            course.hold(plan, values, wall)
            return
        course.append(plan.names, position, wall, values)
        self._steady = course.is_steady

    def _take_bar(
        self, numbers: Sequence[bytes], plan: Plan, values: Sequence[float], wall: float
    ) -> None:
        """A progress bar with values: within an epoch its last state counts, else it is the axis."""
        done, whole = plan.way(numbers)
        if self.course.begun and not isnan(self.course.here[0]):
            self.course.hold(plan, values, wall)
            return
        position = (nan, done, nan, False)
        self.course.now.plan("step", whole)
        self.course.move(position)
        self.course.append(plan.names, position, wall, values)

    def _position(self, numbers: Sequence[bytes], plan: Plan) -> Position | None:
        """Where a line stands, by its own words; None where it stands where training is."""
        course = self.course
        if not plan.placed or plan.sums_up:
            return None
        epoch, step, length = plan.position(numbers)
        course.now.plan("epoch", plan.epochs.of(numbers) if plan.epochs else nan)
        if isnan(epoch) and plan.is_batch:
            return self._within_epoch(plan, step, length)
        if isnan(epoch):
            course.now.plan("step", length)
            return None if course.counts_otherwise(plan.counter) else (nan, step, nan, False)
        if plan.bar is not None:
            return (epoch, nan, nan, False)
        if isnan(step) and plan.shares and self._bar and self._bar[0] != self._bar_at:
            step = self._bar_at = self._bar[0]
            course.now.plan("step", self._bar[1])
        return (epoch, step, length, plan.is_batch)

    def _within_epoch(self, plan: Plan, step: float, length: float) -> Position | None:
        """A batch of the epoch that was told before; None for those of another loop, such as an evaluation."""
        course = self.course
        if not course.begun:
            return (nan, step, length, False)
        epoch, _, known, _ = course.here
        other_loop = not isnan(known) and length != known
        if plan.split not in {"", "train"} or course.section or other_loop:
            course.section = course.section or plan.label or "eval"
            return None
        return (epoch, step, length, True)

    # Lines whose names nobody knows, headings, results, and the rest.

    def _take_unknown(self, line: bytes, plan: Plan) -> None:
        text = _text(line)
        if self._take_row(text):
            return
        if _REACHED.search(text):
            self.course.now.is_finished = True
        if plan is NOTHING:
            self._take_other(text)
        elif plan.bar is not None and not plan.names and not plan.placed:
            if not plan.named_bar:
                self._watch_bar(plan.way(NUMBER.findall(line)))
        elif not plan.names:
            self._take_heading(line, plan, text)
        else:
            self._take_unknown_values(line, plan, text)

    def _take_unknown_values(self, line: bytes, plan: Plan, text: str) -> None:
        """Values that may be settings before training has begun, and measurements at a position."""
        placed = plan.placed or plan.bare is not None
        if self.course.begun:
            if not placed:
                self.course.settings.take(text)
            self._wait(line, plan)
        elif not placed:
            self._take_other(text)
        elif self._recurrence.is_waiting(plan.names) or not self.course.settings.take(text):
            self._wait(line, plan)

    def _wait(self, line: bytes, plan: Plan) -> None:
        """Values wait until their names have recurred at rising positions."""
        course, numbers = self.course, NUMBER.findall(line)
        values, wall = plan.values(numbers), wall_time(line) if plan.timed else nan
        position: Position | None
        if plan.bare is not None and not plan.placed:
            position = (nan, plan.bare.of(numbers), nan, False)
        else:
            position = self._position(numbers, plan)
        held = position is None or course.is_loop(plan, position)
        where = course.here if position is None or held else position
        if self._recurrence.is_admitted(plan.names):
            if held:
                course.hold(plan, values, wall)
                return
            course.move(where)
            course.append(plan.names, where, wall, values)
            return
        names = course.named(plan) if held else plan.names
        for at, when, measured in self._recurrence.add(
            plan.names, (where, wall, values), held=held
        ):
            if not held:
                course.move(at)
            course.append(names, at, when, measured)

    def _take_result(self, line: bytes, plan: Plan) -> bool:
        """A result where nothing tells a position: it stands nowhere, and may be all that a log holds."""
        if not plan.is_result or len(line) > _LONGEST_SETTING or self._is_config(line):
            return False
        if b"." not in line and b"%" not in line:  # counts, as of errors
            return False
        self.results += 1
        wall = wall_time(line) if plan.timed else nan
        values = plan.values(NUMBER.findall(line))
        self.course.append(self.course.named(plan), NOWHERE, wall, values)
        return True

    def _is_config(self, line: bytes) -> bool:
        """Whether a line that names measures is the config printed in one line."""
        if b"{" not in line and b"(" not in line:
            return False
        settings = self.course.settings
        settings.end_block()
        before = len(settings.params)
        taken = settings.take(_text(line))
        return taken and (settings.collecting or len(settings.params) > before)

    def _take_heading(self, line: bytes, plan: Plan, text: str) -> None:
        """A line that tells a position and nothing else: what is printed below stands there."""
        course = self.course
        if not plan.heads or len(text) > _LONGEST_HEADING:
            self._take_other(text)
            return
        if not course.begun and plan.epoch is None and course.settings.take(text):
            return
        numbers = NUMBER.findall(line)
        epoch, step, _ = plan.position(numbers)
        if isnan(epoch) and plan.family in {"batch", "episode"}:
            return
        counter, at = ("step", step) if isnan(epoch) else ("epoch", epoch)
        total = plan.steps if isnan(epoch) else plan.epochs
        if at < course.now.last.get(counter, -1.0) and not course.is_anew(counter, at):
            return
        word = counter_word(text) if isnan(epoch) else "epoch"
        if self._heading not in {"", "epoch", word}:
            return  # ``Total timesteps: 98304`` below ``Learning iteration 3``
        course.now.plan(counter, total.of(numbers) if total else nan)
        self._heading = word
        course.move((epoch, step if isnan(epoch) else nan, nan, False))

    def _take_other(self, text: str) -> None:
        """A line that measures nothing: settings, the heading of a section, or anything else."""
        if len(text) > _LONGEST_SETTING and "(" not in text and "{" not in text:
            return
        if not self.course.settings.take(text) and (section := section_of(text)) is not None:
            self.course.section = "" if section == "train" else section

    # Bars, boxes and columns.

    def _watch_bar(self, bar: tuple[float, float]) -> None:
        """Remember how far the bar of the whole training is: the first bar, within which others are loops."""
        if self._bar is None or bar[1] == self._bar[1] or not self.course.begun:
            self._bar = bar

    def _take_row(self, text: str) -> bool:
        """Whether a line is a row of numbers below column names, and took it."""
        row = self._columns.take(text)
        if row is None:
            return False
        self.course.now.plan("epoch", row.epochs)
        if not (isnan(row.epoch) and isnan(row.step)):
            self.course.move((row.epoch, row.step, nan, False))
        elif not self.course.begun:
            return False
        self.course.hold(Plan(names=tuple(row.values)), list(row.values.values()), nan)
        return True

    def _end_box(self) -> None:
        box, self._box = self._box, Box()
        epoch, step = box.position()
        placed = not (isnan(epoch) and isnan(step))
        if not box.values or not (placed or self.course.begun):
            for name, text in box.texts.items():
                said = _BRACKETS.sub("", name.replace("_", " "))
                self.course.settings.take(f"{said}: {text}")
            return
        position = self.course.here
        if placed:
            position = (epoch if isnan(step) else nan, step, nan, False)
            self.course.move(position)
        self.course.append(tuple(box.values), position, nan, list(box.values.values()))


def _places(plan: Plan | None) -> bool:
    """Whether lines of a plan tell where they stand in the simplest way."""
    return plan is not None and plan.places is not None


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")
