"""Plain text logs: ``Epoch 3: loss=0.41 acc: 0.9`` lines, and ``Namespace(lr=0.1)`` for the parameters.

A project whose lines look otherwise gives a pattern of its own: see ``LinePattern``.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from logminer.core.names import is_incidental, is_known
from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._probe import HEAD_BYTES, Match, Probe
from logminer.formats.documents.classify import is_measured
from logminer.formats.documents.values import flatten, is_number, parse_scalar, parse_time, spoken
from logminer.formats.printed.endings import ending
from logminer.formats.printed.python_text import read_call
from logminer.formats.printed.rows import Line, Rows

NAMES = ("*.log", "*.txt", "*.out", "*.stdout", "*.err", "*.stderr")

MAX_BYTES = 200_000_000
MAX_LINE = 20_000
_HEADING = 200  # characters of a line that announces an epoch
# Every repeat has a bound and every name a left edge, so that no line takes more than linear time.
_NUMBER = r"[-+]?(?:\d{1,40}\.?\d{0,40}(?:[eE][-+]?\d{1,4})?|\.\d{1,40}(?:[eE][-+]?\d{1,4})?|nan|inf(?:inity)?)"
_PAIR = re.compile(
    rf"(?<![\w/.@-])([A-Za-z_][\w/.@-]{{0,80}}(?: (?:loss|acc|accuracy|error|ppl))?)\s{{0,9}}[=:]\s{{0,9}}({_NUMBER})(%?)(?![\w.:/-])",
    re.IGNORECASE,
)
_SPOKEN = re.compile(
    rf"\b((?:(?:train|training|val|valid|validation|test|eval) )?(?:loss|acc|accuracy|ppl|bleu|wer|error)) ({_NUMBER})(%?)(?![\w.:/-])",
    re.IGNORECASE,
)
_EPOCH = re.compile(
    r"\b(?:epoch|ep)\b\s*[\]:=#]?\s*[\[(]?\s*(\d{1,9})(?:\s*/\s*(\d{1,15}))?", re.IGNORECASE
)
_STEP = re.compile(
    r"(?<![\w/])(global_step|step|iteration|iter|itr|batch|update|num_updates|s|it)\b\s*[\]:=#]?\s*[\[(]?\s*(\d{1,15})(?:\s*/\s*(\d{1,15}))?",
    re.IGNORECASE,
)
_INNER = re.compile(r"[\[(]\s*(\d{1,15})\s*/\s*(\d{1,15})")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?")
_PREFIX = re.compile(
    r"^(?:[IWEF]\d{4} [\d:.]+ +\d+ [^\]]{1,200}\] ?|\[?(?:INFO|DEBUG|WARNING)\]?[:\s-]+(?:root:)?)"
)
_SETTING = re.compile(r"^\s*-{0,2}([A-Za-z_][\w.-]{0,80})\s*([:=])\s*(\S.{0,200}?)\s*,?$")
_WORD = re.compile(r"[A-Za-z][\w./-]*")
_BRACKET = re.compile(r"""'(?:[^'\\]|\\.){0,500}'|"(?:[^"\\]|\\.){0,500}"|[()]""")
_NAMESPACE = re.compile(r"\bNamespace\(")
_POSITIONS = spoken("epoch ep step global_step iteration iter itr batch update num_updates s it")


def sniff(probe: Probe) -> Match:
    """A text whose head or tail holds a ``Namespace(…)`` or two lines with a known metric and a step."""
    if b"\0" in probe.head or (
        probe.head.lstrip()[:1] in {b"{", b"["} and b"\n" not in probe.head.strip()
    ):
        return Match.NO
    if _NAMESPACE.search(probe.text) or _rows_in(probe.text) >= 2:
        return Match.GENERIC
    if probe.size <= HEAD_BYTES:
        return Match.NO
    with Path(probe.path).open("rb") as file:
        file.seek(-HEAD_BYTES, 2)
        return Match.GENERIC if _rows_in(file.read().decode("utf-8", "replace")) >= 2 else Match.NO


def _rows_in(text: str) -> int:
    """Lines that measure something at a known place."""
    rows = Rows()
    return sum(_take(line, rows) for line in text.splitlines())


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Read metrics line by line, and the parameters printed before the first of them.

    Raises:
        ValueError: the text is far too large.
    """
    run, rows = RunFacts(probe.root), Rows()
    if probe.size > MAX_BYTES:
        raise ValueError(f"a text log of more than {MAX_BYTES // 1_000_000} MB is not read")
    params: dict[str, Any] = {}
    for line in _lines(probe):
        if _take(line, rows) or len(line) > MAX_LINE:
            continue
        if _NAMESPACE.search(line):
            params |= _namespace(line)
        elif not rows:
            params |= _setting(line)
    run.params = {k: v for k, v in params.items() if not is_incidental(k) or "seed" in k}
    run.meta = {k: v for k, v in params.items() if k not in run.params}
    run.status, run.reason = ending(probe, lambda line: _measure(line[:MAX_LINE]) is not None)
    return ParsedLog([run], rows.points(), offset=probe.size)


def _lines(probe: Probe) -> Iterator[str]:
    """Lines without their ends; a progress bar's carriage returns end lines too."""
    with Path(probe.path).open(encoding="utf-8-sig", errors="replace") as file:
        for line in file:
            yield line.rstrip("\n")


def _take(line: str, rows: Rows) -> bool:
    """Add what a line measures to the rows, or move to the epoch it announces; whether it measured."""
    found = _measure(line) if len(line) <= MAX_LINE else None
    if found is not None:
        return rows.add(found, _wall(line))
    epoch = _EPOCH.search(line) if len(line) <= _HEADING else None
    if epoch is not None:
        rows.move(int(epoch[1]))
    return False


def _measure(line: str) -> Line | None:
    """Metrics of a line, and its place if it tells one; None without a known metric."""
    line = _PREFIX.sub("", line)
    pairs = [*_PAIR.findall(line), *_SPOKEN.findall(line)]
    if not any(is_measured(name) for name, *_ in pairs):
        return None
    epoch, step = _EPOCH.search(line), _STEP.search(line)
    inner = length = None
    if step is not None:
        inner, length = int(step[2]), int(step[3]) if step[3] else None
    elif epoch is not None and (way := _INNER.search(line, epoch.end())):
        inner, length = int(way[1]), int(way[2])
    values: dict[str, float] = {}
    for name, number, percent in pairs:
        clean = name.strip(". -").replace(" ", "_")
        if clean.lower() not in _POSITIONS:
            values.setdefault(clean, float(number) / (100 if percent else 1))
    return Line(int(epoch[1]) if epoch else None, inner, length, values)


def _wall(line: str) -> float | None:
    match = _TIME.search(line[:80])
    return parse_time(match[0]) if match else None


def _namespace(line: str) -> dict[str, Any]:
    """Arguments of the ``Namespace(…)`` in a line, up to the bracket that closes it."""
    start, depth = line.index("Namespace("), 0
    for mark in _BRACKET.finditer(line, start):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if depth == 0 and mark[0] == ")":
            try:
                return flatten(read_call(line[start : mark.end()]))
            except ValueError:
                return {}
    return {}


def _setting(line: str) -> dict[str, Any]:
    """A hyperparameter on a line of its own; what looks like program text is none."""
    match = _SETTING.match(_PREFIX.sub("", line))
    if match is None or not (is_known(match[1]) or match[1].lower() == "seed"):
        return {}
    value = parse_scalar(match[3])
    bare = isinstance(value, str) and match[3][0] not in "'\""
    if bare and (match[2] == "=" or not _WORD.fullmatch(match[3])):
        return {}
    return {match[1]: value.strip("'\"") if isinstance(value, str) else value}


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
        run, rows = RunFacts(probe.root), Rows()
        params: dict[str, Any] = {}
        problems: list[Problem] = []
        for count, match in enumerate(self._matches(_lines(probe))):
            groups = {k: v for k, v in match.groupdict().items() if v is not None}
            params |= {k[6:]: parse_scalar(v) for k, v in groups.items() if k.startswith("param_")}
            step = parse_scalar(groups.get("step", ""))
            place = int(step) if is_number(step) and abs(step) < 2**62 else count
            wall = parse_time(parse_scalar(groups["time"])) if "time" in groups else None
            for name, value in self._values(groups):
                rows.append(name, place, wall, value)
        run.params = params
        run.status, run.reason = ending(probe, lambda line: bool(self.line.search(line[:MAX_LINE])))
        if not rows and not params:
            problems.append(Problem(probe.path, f"no line matches the pattern of '{self.name}'"))
        return ParsedLog([run], rows.points(), problems, probe.size)

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
