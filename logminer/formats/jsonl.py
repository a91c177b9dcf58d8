"""JSON lines: one object a line, appended while training; also ``{"metric": …, "value": …}`` on stdout."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import NotALogError, Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.values import load_json
from logminer.formats.json import is_lines
from logminer.formats.tables.row_log import goes_on, read_rows_on

NAMES = ("*.jsonl", "*.ndjson", "*.json", "*.json.log", "*.log", "*.out", "*.stdout", "*.txt")
RESUMES = True

BLOCK = 8_000_000  # bytes read at once
_SUFFIXES = {".jsonl", ".ndjson"}
_MOST_SAID = 20


def sniff(probe: Probe) -> Match:
    """Any text with the suffix of JSON lines, or one whose first two lines are objects."""
    if b"\0" in probe.head:
        return Match.NO
    if probe.suffix in _SUFFIXES:
        return Match.GENERIC
    return (
        Match.GENERIC if is_lines(probe.head.removeprefix(b"\xef\xbb\xbf").lstrip()) else Match.NO
    )


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """Read lines, at most ``BLOCK`` bytes of them; damaged ones are skipped and said.

    Raises:
        NotALogError: its lines are JSON, but no objects.
        ValueError: not one line is JSON.
    """
    anew = bool(resume.offset) and not goes_on(resume)
    resume = Resume() if anew else resume
    data = _whole_lines(probe, resume.offset)
    rows, bad = _parse(data)
    if not resume.offset and not rows:
        if not data.strip():
            return ParsedLog(anew=anew)
        raise _other(data)
    problems = _say(probe.path, bad, resume.state.get("lines", 0))
    log = read_rows_on(probe, resume, rows, problems, size=len(data), lines=data.count(b"\n"))
    log.anew = anew
    return log


def _whole_lines(probe: Probe, offset: int) -> bytes:
    """Whole lines from ``offset`` on. A last object counts without its line end; a huge line comes in pieces."""
    with Path(probe.path).open("rb") as file:
        file.seek(offset)
        data = file.read(BLOCK)
    cut = data.rfind(b"\n") + 1
    if len(data) == BLOCK:
        return data[:cut] if cut else data
    rest = data[cut:]
    return data if rest.strip().endswith(b"}") and _load(rest) is not None else data[:cut]


def _parse(data: bytes) -> tuple[list[Mapping[str, Any]], list[int]]:
    """Objects of lines, and the places of lines that hold none; in one call when all are sound."""
    lines = data.removeprefix(b"\xef\xbb\xbf").splitlines()
    full = [i for i, line in enumerate(lines) if line.strip()]
    try:
        loaded = orjson.loads(b"[" + b",".join(lines[i] for i in full) + b"]")
    except orjson.JSONDecodeError:
        loaded = []
    if len(loaded) != len(full):
        loaded = [_load(lines[i]) for i in full]
    bad = [i for i, row in zip(full, loaded, strict=True) if not isinstance(row, dict)]
    return [row for row in loaded if isinstance(row, dict)], bad


def _other(data: bytes) -> ValueError:
    """What lines are of which none is an object."""
    try:
        load_json(data.strip().splitlines()[0])
    except ValueError:
        return ValueError("no line of it is a JSON object")
    return NotALogError("no training log: no line of it is a JSON object")


def _load(line: bytes) -> dict[str, Any] | None:
    try:
        row = load_json(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _say(path: str, bad: list[int], before: int) -> list[Problem]:
    """Problems of damaged lines, the first ones by their number and the rest by their count."""
    problems = [
        Problem(path, "no JSON object; line skipped", f"line {before + i + 1}")
        for i in bad[:_MOST_SAID]
    ]
    if len(bad) > _MOST_SAID:
        problems.append(Problem(path, f"{len(bad) - _MOST_SAID} more lines are no JSON objects"))
    return problems
