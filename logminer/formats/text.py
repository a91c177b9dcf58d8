"""Printed logs: what programs, launchers and frameworks print while they train, whatever the tool.

Lines such as ``Epoch 3: loss=0.41 acc: 90%`` and ``iteration 50/1000 | lm loss: 4.7E+00 |`` make the curves, what is printed
before them (``Namespace(lr=0.1)``, blocks of arguments, configs, the command line) the parameters. A log in which training
begins anew holds several runs. A project whose lines look otherwise gives a pattern of its own: see ``LinePattern``.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._encoding import is_binary, text_of
from logminer.formats._last_line import unfinished
from logminer.formats._points import PointColumns
from logminer.formats._probe import HEAD_BYTES, Match, Probe
from logminer.formats.documents.values import is_number, parse_scalar, parse_time
from logminer.formats.json import is_lines
from logminer.formats.printed.endings import ending
from logminer.formats.printed.lines import MAX_LINE, Lines, last_lines, lines_of
from logminer.formats.printed.log_names import is_log_name
from logminer.formats.printed.plan import plan_of
from logminer.formats.printed.reader import Reader
from logminer.formats.printed.runs import parsed_log

NAMES = (
    "*.log",
    "*.txt",
    "*.out",
    "*.stdout",
    "*.err",
    "*.stderr",
    "nohup*",
    "slurm-*",
    "log",
    "stdout",
    "*.log.[0-9]",
)

MAX_BYTES = 1_000_000_000
_FEWEST = 2  # positions that a text measures at, whose name says nothing
_LOOK = 200_000  # bytes of a log by its name among which training must begin
_RECENT = 400  # lines before an unfinished one among which others of its shape are looked for
_NAMESPACE = re.compile(r"\bNamespace\(")


def sniff(probe: Probe) -> Match:
    """A text whose head or tail holds a ``Namespace(…)``, two lines that measure at a position, or a log's result."""
    head = text_of(probe.head)
    if is_binary(probe.head) or is_lines(head.lstrip()):
        return Match.NO
    if (
        head.lstrip()[:1] in {b"{", b"["}
        and b"\n" not in head.strip()
        and len(head) > MAX_LINE // 2
    ):
        return Match.NO
    if _NAMESPACE.search(head.decode("utf-8", "replace")):
        return Match.GENERIC
    named = is_log_name(probe)
    if _tells(lines_of(probe.path, _LOOK if named else HEAD_BYTES), named=named):
        return Match.GENERIC
    if probe.size <= (_LOOK if named else HEAD_BYTES):
        return Match.NO
    return Match.GENERIC if _tells(last_lines(probe.path, HEAD_BYTES), named=named) else Match.NO


def _tells(lines: Lines, *, named: bool) -> bool:
    """Whether lines tell of a training: at two positions at least, or for a log by its name its result or arguments."""
    reader = Reader()
    for line in lines.all():
        reader.take(line)
        if reader.course.positions >= _FEWEST:
            return True
    reader.close()
    if reader.course.positions >= _FEWEST:
        return True
    results = reader.course.positions + reader.results
    return named and (results > 0 or reader.course.trainings[0].settings.whole)


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Read the runs of a log: what they measured, and what was printed of their settings before.

    A log is read from its start each time it grew: the axis of a run is decided by all of its lines.

    Raises:
        ValueError: the text is far too large.
    """
    if probe.size > MAX_BYTES:
        raise ValueError(f"a text log of more than {MAX_BYTES // 1_000_000} MB is not read")
    reader, lines = Reader(), lines_of(probe.path)
    recent = list[bytes]()
    for some in lines.many():
        reader.take_all(some)
        recent = [*recent[-_RECENT:], *some[-_RECENT:]]
    is_whole = not lines.rest.strip() or reader.take_last(lines.rest, recent[-_RECENT:])
    reader.close()
    log = parsed_log(reader, probe.root, probe.path, unplaced=is_log_name(probe))
    log.problems += lines.problems(probe.path)
    if not is_whole or lines.unwritten:
        log.problems.append(unfinished(probe.path, "what may be cut of it"))
    status, reason = ending(probe, measures)
    if status != "unknown":
        log.runs[-1].status, log.runs[-1].reason = status, reason
    log.offset = probe.size
    return log


def measures(line: str) -> bool:
    """Whether a line holds a known measure."""
    return plan_of(line[:MAX_LINE].encode("utf-8", "replace")).known


@dataclass(frozen=True)
class LinePattern:
    r"""A text format made of one regular expression, as a project writes it in ``logminer.toml``.

        [formats.mine]
        files = ["*.log"]
        line = 'it (?P<step>\d+) .* loss (?P<loss>\S+) @ (?P<time>\S+)'

    Named groups are metrics, but for ``step``, ``time`` (a Unix or ISO time), ``metric`` with ``value`` (a
    name and its number), and groups that begin with ``param_``. Lines that do not match are passed over.

    Attributes:
        name: name of the format.
        line: regular expression searched in every line.
        files: file-name patterns, lower case.
    """

    name: str
    line: re.Pattern[str]
    files: tuple[str, ...] = NAMES

    @property
    def NAMES(self) -> tuple[str, ...]:  # noqa: N802 -- the protocol of a format
        """File-name patterns worth sniffing."""
        return self.files

    def sniff(self, probe: Probe) -> Match:
        """EXACT when a line of the head matches: the user said so."""
        return Match.EXACT if any(self._matches(probe.text.splitlines())) else Match.NO

    def read(self, probe: Probe, _resume: Resume) -> ParsedLog:
        """Read every line that matches."""
        run, columns = RunFacts(probe.root), PointColumns()
        params: dict[str, Any] = {}
        problems: list[Problem] = []
        lines = lines_of(probe.path)
        for count, match in enumerate(self._matches(map(_text, lines))):
            groups = {k: v for k, v in match.groupdict().items() if v is not None}
            params |= {k[6:]: parse_scalar(v) for k, v in groups.items() if k.startswith("param_")}
            step = parse_scalar(groups.get("step", ""))
            place = int(step) if is_number(step) and abs(step) < 2**62 else count
            wall = parse_time(parse_scalar(groups["time"])) if "time" in groups else None
            for name, value in self._values(groups):
                columns.add(name, place, value, wall)
        run.params = params
        run.status, run.reason = ending(probe, lambda line: bool(self.line.search(line[:MAX_LINE])))
        problems += lines.problems(probe.path)
        if lines.rest.strip() or lines.unwritten:
            problems.append(unfinished(probe.path, "what may be cut of it"))
        if not columns.names and not params:
            problems.append(Problem(probe.path, f"no line matches the pattern of '{self.name}'"))
        return ParsedLog([run], columns.points(), problems, probe.size)

    def _matches(self, lines: Iterable[str]) -> Iterator[re.Match[str]]:
        short = (line for line in lines if len(line) <= MAX_LINE)
        return (match for line in short if (match := self.line.search(line)))

    def _values(self, groups: dict[str, str]) -> Iterator[tuple[str, float]]:
        if "metric" in groups and "value" in groups:
            groups = {groups["metric"]: groups["value"]}
        for name, text in groups.items():
            value = parse_scalar(text)
            if name not in {"step", "time"} and not name.startswith("param_") and is_number(value):
                yield name, float(value)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")
