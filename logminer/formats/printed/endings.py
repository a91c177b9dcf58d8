r"""How the end of a printed log says that training died: a traceback, no memory left, a signal.

Only what stands after the last measurement counts, and only if nothing goes on behind it: an error that was caught, said
and survived is no end. A run that ended well and one that is still training look alike: neither is guessed.
"""

import re
from collections.abc import Callable, Sequence

from logminer.core.parsed import Status
from logminer.formats._probe import Probe
from logminer.formats.printed.lines import last_lines

_TAIL = 16_384  # bytes at the end that are looked at
_MESSAGE = 12  # lines that an exception's message may have, with what a launcher says of it
_LAST = 3  # lines among which the last words of a process that was killed stand
_LONGEST = 300

_RANK = re.compile(r"^\[(?:rank)?\d+\]: ?")  # torchrun and srun --label say who printed a line
_TRACEBACK = re.compile(r"^Traceback \(most recent call last\):")
_ERROR = re.compile(r"^[\w.]*(?:Error|Exception|Interrupt)\b")
_RAISED = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:: .*)?$")
_NO_MEMORY = re.compile(
    r"CUDA out of memory|\b(?:torch|jax|cuda|tensorflow)\S*OutOfMemoryError|\boom[-_ ]kill|^Out of memory: Kill",
    re.IGNORECASE,
)
_SIGNALS = "(?:Killed|Terminated|Segmentation fault|Bus error|Aborted)"
_SIGNAL = re.compile(rf"^(?:{_SIGNALS}(?: \(core dumped\))?$|\S.*: line \d+: +\d+ {_SIGNALS}\b)")
_TIME_LIMIT = re.compile(
    r"\*\*\* (?:JOB|STEP) \S+ ON .* CANCELLED AT .*DUE TO (?:TIME LIMIT|PREEMPTION)"
)
_GOES_ON = re.compile(
    r"\b(?:retry\w*|skip\w*|continu\w*|resum\w*|recover\w*|restart\w*|ignor\w*|caught|falling back|reduc\w*"
    r"|finished|done|completed?|saved|success\w*)\b",
    re.IGNORECASE,
)


def ending(probe: Probe, measures: Callable[[str], bool]) -> tuple[Status, str | None]:
    """Status and reason that the last lines of a text tell; ``unknown`` where they do not.

    Args:
        probe: the file.
        measures: whether a line holds a measurement.
    """
    lines = _last_words(probe, measures)
    raised = _raised(lines)
    if raised is not None:
        return ("preempted" if raised.startswith("KeyboardInterrupt") else "failed"), raised
    last = lines[-_LAST:]
    for line in reversed(last):
        if _TIME_LIMIT.search(line):
            return "preempted", line[:_LONGEST]
    for line in last:
        if (_NO_MEMORY.search(line) and not _go_on(last)) or _SIGNAL.match(line):
            return "failed", line[:_LONGEST]
    return "unknown", None


def _last_words(probe: Probe, measures: Callable[[str], bool]) -> list[str]:
    """Lines after the last measurement, blank ones left out."""
    texts = (line.decode("utf-8", "replace") for line in last_lines(probe.path, _TAIL).all())
    lines = [_RANK.sub("", line).rstrip() for line in texts if line.strip()]
    measured = (
        i for i in reversed(range(len(lines))) if measures(lines[i]) and not _ERROR.match(lines[i])
    )
    return lines[next(measured, -1) + 1 :]


def _raised(lines: Sequence[str]) -> str | None:
    """The exception that the last traceback ends with, if it is the end of the text."""
    starts = [i for i, line in enumerate(lines) if _TRACEBACK.match(line)]
    if not starts:
        return None
    rest = iter(range(starts[-1] + 1, len(lines)))
    end = next((i for i in rest if not lines[i].startswith(" ")), None)
    if end is None or not _RAISED.match(lines[end]):
        return None
    after = lines[end + 1 :]
    return None if len(after) > _MESSAGE or _go_on(after) else lines[end][:_LONGEST]


def _go_on(lines: Sequence[str]) -> bool:
    """Whether lines tell of a process that lives."""
    return any(_GOES_ON.search(line) for line in lines)
