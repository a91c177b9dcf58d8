"""The last line of a log, where it has no end: what of it is surely whole.

A line that was cut says other things than the whole one: ``loss: 0.66`` is no loss of 0.6667, and what ``Acc 0.5`` means
shows behind it. So it is read by the lines before it: as one of them of which it is the beginning, up to its last number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from logminer.formats._last_line import is_whole
from logminer.formats.printed.lines import shape_of
from logminer.formats.printed.plan import Plan, plan_of
from logminer.formats.printed.tokens import NUMBER

_CLOSING = b")]}%"
_BRACKETS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))


@dataclass(frozen=True)
class LastLine:
    """What can be read of a last line.

    Attributes:
        plan: of what is surely whole, None where nothing of it is.
        is_whole: whether that is all of it.
    """

    plan: Plan | None = None
    is_whole: bool = False


def read_last_line(line: bytes, before: Sequence[bytes]) -> LastLine:
    """What can be read of a line without an end.

    Args:
        line: as it stands there.
        before: lines that are whole, the last one last.
    """
    shape = shape_of(line)
    alike = [other for other in before if shape_of(other).startswith(shape)]
    if not alike:
        return _unlike_any(line)
    same = [other for other in alike if shape_of(other) == shape]
    touches = line[-1:].isalnum() or line[-1:] in b".+-_"
    if same and len(same) == len(alike) and (not touches or _ends_whole(line, same)):
        return LastLine(plan_of(line), is_whole=True)
    known = len(NUMBER.findall(line)) - touches
    plans = {other: _first_numbers(plan_of(other), known) for other in _one_a_shape(alike)}
    first = next(iter(plans.values()))
    if first is None or any(plan is None or _told(plan) != _told(first) for plan in plans.values()):
        return LastLine()
    return LastLine(first)


def _unlike_any(line: bytes) -> LastLine:
    """A line like no other: whole if its last sign closes what stands before it."""
    if line[-1:] in _CLOSING and all(line.count(a) == line.count(b) for a, b in _BRACKETS):
        return LastLine(plan_of(line), is_whole=True)
    return LastLine()


def _ends_whole(line: bytes, same: Sequence[bytes]) -> bool:
    """Whether the number at the end has the form of those that ended the lines of the same shape."""
    ends = [_last_number(other) for other in (line, *same)]
    return all(ends) and is_whole(ends[0], ends[1:])


def _last_number(line: bytes) -> str:
    """The number that a line ends with; empty where it ends with something else."""
    last = None
    for last in NUMBER.finditer(line):  # noqa: B007
        pass
    return last[0].decode() if last and last.end() == len(line) else ""


def _one_a_shape(lines: Sequence[bytes]) -> list[bytes]:
    return list({shape_of(line): line for line in lines}.values())


def _first_numbers(plan: Plan, known: int) -> Plan | None:
    """A plan for the first numbers of its lines; None where a position stands behind them."""
    told = (plan.epoch, plan.epochs, plan.step, plan.steps, plan.bare, *(plan.bar or ()))
    if any(number is not None and not 0 <= number.place < known for number in told):
        return None
    kept = [i for i, last in enumerate(plan.lasts) if 0 <= last < known]
    if not kept:
        return None
    return replace(
        plan,
        names=tuple(plan.names[i] for i in kept),
        plain=None if plan.plain is None else tuple(plan.plain[i] for i in kept),
        signed=None if plan.signed is None else tuple(plan.signed[i] for i in kept),
        makers=tuple(plan.makers[i] for i in kept),
        lasts=tuple(plan.lasts[i] for i in kept),
        known=plan.known,
        set_of_names=-1,
        sections={},
    )


def _told(plan: Plan) -> tuple[object, ...]:
    """What a plan makes of its numbers."""
    return (
        plan.names,
        plan.lasts,
        plan.epoch,
        plan.step,
        plan.steps,
        plan.bar,
        plan.split,
        plan.label,
    )
