"""What a launcher, a clock or a logger writes in front of what a program says."""

import re

from logminer.formats.documents.values import parse_time

_MOST = 12  # parts that a prefix has
_DATE = r"[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}"
_SHORT = r"[0-9]{1,2}[-/][0-9]{1,2}(?:[-/][0-9]{2,4})?"  # a date only where a time of day follows
_CLOCK = (
    r"[0-9]{1,3}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?(?:\ ?[AP]M)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_MONTH = r"(?:[A-Z][a-z]{2},?\ +)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\ +[0-9]{1,2},?(?:\ [0-9]{4})?"
_LEVEL = r"INFO|DEBUG|WARN|WARNING|ERROR|CRITICAL|FATAL|NOTICE|TRACE|SUCCESS"
_SOURCE = r"[\w./<>-]{1,120}\.(?:py|cc|cpp|cu|h|hpp|jl|lua):[0-9]{1,6}(?::[\w<>.]{1,80})?"
_PART = re.compile(
    rf"""[\s|>-]*(?:
      (?P<rank>\[(?:rank|default|worker|gpu|node)?[ :]?[0-9]{{1,5}}(?:,[0-9]{{1,5}})?\](?:<std(?:out|err)>)?:)
    | \[[Rr]ank\ [0-9]{{1,5}}\]
    | \((?:[\w.]{{1,60}}\ )?pid=[0-9]+[^)]{{0,80}}\)
    | P[0-9]{{2,8}}(?=\s)
    | [IWEF][0-9]{{4}}\ {_CLOCK}\ +[0-9]+\ [^\]\s]{{1,120}}\]
    | \[?(?:(?:{_DATE}|{_MONTH})(?:[T,\ ]\ *{_CLOCK})?|(?:{_SHORT}[,\ ]\ *)?{_CLOCK})(?=[\]\s:,|-]|$)(?:\ (?=[\w.]+\]:?))?\]?:?
    | \[?(?:{_LEVEL})\]?(?=[\s:|\]-]|$)(?::[\w.]{{1,60}}:(?=\S))?
    | \[?(?:info|debug|warning)\](?=\s)
    | \[{_SOURCE}\] | \({_SOURCE}\) | {_SOURCE}\]?(?=\s|:\s|$)
    | \([\w./]{{1,80}}:[0-9]{{1,6}}\)(?=\s)
    | \[[\w.-]{{1,60}}\](?=\s[0-9]{{4}}-)
    | [\w.]{{1,60}}\]:(?=\s)
    | [\w.]{{1,60}}(?=\ (?:-|\|)\ (?:{_LEVEL})\b)
    )[\s:]*(?:[|-](?=\s)\s*)?""",
    re.VERBOSE,
)
_LOGGER = re.compile(r"(?:root|__main__|[\w]{1,40}(?:\.[\w]{1,40}){1,6})(?:\s(?:-|\|)\s*|:\s)")
_TIME = re.compile(
    rb"[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,6})?"
)
_SEEN = 100  # bytes of a line among which its time stands


def prefix_end(line: str) -> int:
    """Where a line's own text begins, behind ranks, times, levels, places in the source and names of loggers."""
    at = 0
    for _ in range(_MOST):
        match = _PART.match(line, at)
        if match is None:
            break
        at = match.end()
    if at and (match := _LOGGER.match(line, at)):
        at = match.end()
        while match := _PART.match(line, at):
            at = match.end()
    return at


def find_time(line: bytes) -> tuple[int, int] | None:
    """Where a date and a time of day stand at the start of a line."""
    match = _TIME.search(line, 0, _SEEN)
    return match.span() if match else None


def wall_time(line: bytes) -> float:
    """Unix time at the start of a line, NaN where there is none; without a zone it is taken as UTC."""
    match = _TIME.search(line, 0, _SEEN)
    time = parse_time(match[0].decode().replace("/", "-")) if match else None
    return float("nan") if time is None else time
