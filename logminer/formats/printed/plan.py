"""What all lines of one shape mean, worked out once: which of their numbers are values, and which say where they stand."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import nan

from logminer.formats.printed.counters import Family, counter_of
from logminer.formats.printed.meaning import is_measure, is_setting
from logminer.formats.printed.pairs import read_line
from logminer.formats.printed.prefixes import find_time, prefix_end
from logminer.formats.printed.reading import Pair, Reading
from logminer.formats.printed.tokens import NUMBER, Token

_SUMMARY = ("best", "final", "overall")
_WORDS = re.compile(rb"[A-Za-z_][A-Za-z_0-9]|[A-Za-z_]['\"]?\s{0,9}[:=]")
_VALUES = re.compile(rb"[0-9]|nan|inf", re.IGNORECASE)
_MULTIPLES = {"%": b"e-2", "k": b"e3", "K": b"e3", "M": b"e6", "G": b"e9", "B": b"e9", "T": b"e12"}


Maker = Callable[[Sequence[bytes]], float]


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a line: which of its unsigned numbers it is, and what stands around that.

    Attributes:
        place: index among the numbers of the line; -1 for a constant such as ``nan``.
        before: sign, and the point of ``.5``.
        after: power of ten that a unit stands for.
        constant: value where the shape itself tells it.
    """

    place: int
    before: bytes = b""
    after: bytes = b""
    constant: float = nan

    def of(self, numbers: Sequence[bytes]) -> float:
        """Value in a line that holds these unsigned numbers."""
        if self.place < 0:
            return self.constant
        text = self.before + numbers[self.place]
        if self.after and (b"e" in text or b"E" in text):
            return float(text) * float(b"1" + self.after)
        return float(text + self.after)


def _maker(numbers: Sequence[Number], how: str) -> Maker:
    """What makes a value of the unsigned numbers of a line: one, parts of ``1,234``, ``9820/10000``, a list."""
    first, last = numbers[0], numbers[-1]
    if how == "thousands":
        places = [number.place for number in numbers]
        return lambda found: float(
            b"".join([first.before, *[found[place] for place in places], last.after])
        )
    if how == "ratio":
        return lambda found: (first.of(found) / whole) if (whole := last.of(found)) else nan
    if how == "mean":
        return lambda found: sum([number.of(found) for number in numbers]) / len(numbers)
    if first.place < 0 or first.after:
        return first.of
    place, before = first.place, first.before
    return lambda found: float(before + found[place])


@dataclass(slots=True)
class Plan:
    """How to read the lines of one shape.

    Attributes:
        names: names of the values.
        plain: for each value the number it is, where no number needs anything done to it.
        signed: for each value the number it is and its sign, where nothing but a sign or a percent sign stands around any.
        makers: what makes each value, otherwise.
        lasts: for each value the last number of the line that it needs, -1 for none.
        places: of a line that measures something known at a position of its own: which of its numbers are epoch, step
            and length of an epoch, -1 for none; None for any other line.
        epoch, epochs, step, steps: numbers of the position, None where the line does not tell.
        shares: whether epochs are told with their shares, as in ``0.5``.
        family: kind of counter that ``step`` is.
        counter: what lines call their step.
        heads: whether the line begins with its counter.
        bar: how far a progress bar is, and of how much.
        named_bar: whether the bar is called something.
        bare: number that may be a counter without a name.
        known: whether one of the names is a measure.
        is_result: whether the line is nothing but names and numbers, none of which is a setting.
        split: data set that the whole line speaks of.
        label: how the line calls it.
        varies: whether the digits in the words of a line tell more than its shape.
        timed: whether lines begin with a time.
        set_of_names: number of the names among those of the log's rows, -1 before they are needed.
        counts: what is counted, whatever it is called.
        sections: the names under headings that speak of a data set.
    """

    names: tuple[str, ...] = ()
    plain: tuple[int, ...] | None = None
    signed: tuple[tuple[int, float], ...] | None = None
    makers: tuple[Maker, ...] = ()
    lasts: tuple[int, ...] = ()
    places: tuple[int, int, int] | None = None
    epoch: Number | None = None
    epochs: Number | None = None
    step: Number | None = None
    steps: Number | None = None
    shares: bool = False
    family: Family = "step"
    counter: str = ""
    heads: bool = False
    bar: tuple[Number, Number] | None = None
    named_bar: bool = False
    bare: Number | None = None
    known: bool = False
    is_result: bool = False
    split: str = ""
    label: str = ""
    varies: bool = False
    timed: bool = False
    set_of_names: int = -1
    counts: str = ""
    sections: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_batch(self) -> bool:
        """Whether the counter says itself that it counts within an epoch."""
        return self.family == "batch"

    @property
    def sums_up(self) -> bool:
        """Whether values sum a training up, such as its best loss, and so tell of no further position."""
        return bool(self.names) and self.names[0].lower().startswith(_SUMMARY)

    @property
    def placed(self) -> bool:
        """Whether lines tell where they stand."""
        return self.epoch is not None or self.step is not None

    def position(self, numbers: Sequence[bytes]) -> tuple[float, float, float]:
        """Epoch, step and its total, NaN where lines do not tell them."""
        told = (self.epoch, self.step, self.steps)
        epoch, step, length = (nan if number is None else number.of(numbers) for number in told)
        return epoch, step, length

    def way(self, numbers: Sequence[bytes]) -> tuple[float, float]:
        """How far a progress bar is, and of how much; NaN for a line without one."""
        done, whole = (number.of(numbers) for number in self.bar) if self.bar else (nan, nan)
        return done, whole

    def values(self, numbers: Sequence[bytes]) -> list[float]:
        """Values of a line that holds these unsigned numbers, in the order of ``names``."""
        if self.plain is not None:
            return [float(numbers[place]) for place in self.plain]
        return [make(numbers) for make in self.makers]

    def columns(self, numbers: Sequence[bytes], width: int) -> list[list[float]]:
        """Values of many lines, a column a name.

        Args:
            numbers: unsigned numbers of all lines, one line behind the other.
            width: how many a line has.
        """
        rows = [numbers[at : at + width] for at in range(0, len(numbers), width)]
        return [list(map(make, rows)) for make in self.makers]


NOTHING = Plan()
VARIES = Plan(varies=True)
"""Stands for lines of one shape whose words differ in their digits."""


def plan_of(line: bytes) -> Plan:
    """Work out what a line means; ``NOTHING`` where it neither measures nor tells a position."""
    if not (_WORDS.search(line) and _VALUES.search(line)):
        return NOTHING
    text = line.decode("utf-8", "replace")
    reading = read_line(text, prefix_end(text))
    position = reading.position
    if not (reading.pairs or position or reading.bar):
        return NOTHING
    numbers = _Numbers(line, reading.tokens)
    try:
        summary = _summary(reading)
        if (
            summary
        ):  # ``Best model at epoch 3. accuracy: 0.8`` is no accuracy of the epoch it stands at
            reading.pairs = [replace(pair, name=f"{summary}/{pair.name}") for pair in reading.pairs]
        pairs = {pair.name: pair for pair in reversed(reading.pairs)}
        ordered = [pairs.pop(pair.name) for pair in reading.pairs if pair.name in pairs]
        aside = _uses_aside(reading)
        fields = [
            (numbers.parts(pair, aside), "value" if aside and pair.aside else pair.how)
            for pair in ordered
        ]
        bar = reading.bar
        plan = Plan(
            names=tuple(pair.name for pair in ordered),
            plain=_plain(fields),
            signed=_signed(fields),
            makers=tuple(_maker(parts, how) for parts, how in fields),
            lasts=tuple(parts[-1].place for parts, _ in fields),
            epoch=numbers.maybe(position.epoch),
            epochs=numbers.maybe(position.epochs),
            step=numbers.maybe(position.step),
            steps=numbers.maybe(position.steps),
            shares=position.epoch is not None and "." in reading.tokens[position.epoch].text,
            family=position.family,
            counter=position.counter,
            counts=counter_of(position.counter),
            heads=position.heads,
            bar=(numbers.at(bar[0]), numbers.at(bar[1])) if bar else None,
            named_bar=reading.bar_label,
            bare=numbers.maybe(reading.bare),
            known=any(is_measure(pair.name) for pair in ordered),
            is_result=reading.is_result and not any(is_setting(pair.name) for pair in ordered),
            split=reading.split,
            label=reading.label,
            timed=find_time(line) is not None,
        )
    except LookupError:  # its numbers do not fall where its words say: nothing to rely on
        return NOTHING
    plan.places = _places(plan)
    return plan


def _summary(reading: Reading) -> str:
    """The word that says of a whole line that it sums a training up, unless its first name begins with it."""
    first = next((token.text.lower() for token in reading.tokens if token.kind == "word"), "")
    named = any(pair.name.lower().startswith(_SUMMARY) for pair in reading.pairs)
    return first if first in _SUMMARY and not named else ""


def _uses_aside(reading: Reading) -> bool:
    """Whether the running average in brackets counts: in a loop over data that is not trained on."""
    return reading.split not in {"", "train"} and reading.position.family == "batch"


def _plain(fields: Sequence[tuple[tuple[Number, ...], str]]) -> tuple[int, ...] | None:
    """Places of values that are numbers of the line as they are; None if not all are."""
    if all(how == "value" and _is_plain(parts[0]) for parts, how in fields):
        return tuple(parts[0].place for parts, _ in fields)
    return None


def _signed(
    fields: Sequence[tuple[tuple[Number, ...], str]],
) -> tuple[tuple[int, float], ...] | None:
    """Places of values and their signs, where a value is a number, a fraction of one in percent, or its negative."""
    numbers = [parts[0] for parts, how in fields if how == "value"]
    simple = all(
        n.place >= 0 and n.before in {b"", b"-"} and n.after in {b"", b"e-2"} for n in numbers
    )
    if not simple or len(numbers) < len(fields):
        return None
    return tuple((n.place, -1.0 if n.before else 1.0) for n in numbers)


def _is_plain(number: Number) -> bool:
    return number.place >= 0 and not number.before and not number.after


def _places(plan: Plan) -> tuple[int, int, int] | None:
    """Numbers of a position that nothing else bears on."""
    counters = (plan.epoch, plan.step, plan.steps if plan.epoch else None)
    simple = all(number is None or _is_plain(number) for number in counters)
    if not (plan.known and plan.placed and simple) or plan.bar or plan.sums_up:
        return None
    if plan.family != "step" and plan.epoch is None:
        return None
    epoch, step, length = (-1 if number is None else number.place for number in counters)
    return epoch, step, length


class _Numbers:
    """Which unsigned number of a line each of its tokens is."""

    def __init__(self, line: bytes, tokens: Sequence[Token]) -> None:
        text = line.decode("utf-8", "replace")
        self._tokens = tokens
        self._texts = [match.decode() for match in NUMBER.findall(line)]
        self._places: dict[int, int] = {}
        at = 0
        for place, written in enumerate(self._texts):
            at = text.index(written, at)
            self._places[at] = place
            at += len(written)

    def parts(self, pair: Pair, aside: bool) -> tuple[Number, ...]:
        """The numbers that make the value of a pair."""
        if aside and pair.aside is not None:
            return (self.at(pair.aside),)
        return tuple(self.at(token) for token in pair.tokens)

    def maybe(self, token: int | None) -> Number | None:
        """A number, or None for none."""
        return None if token is None else self.at(token)

    def at(self, index: int) -> Number:
        """The number that a token is.

        Raises:
            LookupError: the token is none of the line's numbers.
        """
        token = self._tokens[index]
        digits = token.text.lstrip("+-")
        sign = token.text[: len(token.text) - len(digits)]
        after = _MULTIPLES.get(token.unit, b"")
        if not digits[0].isdigit() and digits[0] != ".":
            return Number(-1, constant=float(token.text))
        dot = "." if digits[0] == "." else ""
        place = self._places[token.start + len(sign) + len(dot)]
        if self._texts[place] != digits[len(dot) :]:
            raise LookupError
        return Number(place, (sign + dot).replace("+", "").encode(), after)
