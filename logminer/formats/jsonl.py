"""JSON lines: one object a line, appended while training; also ``{"metric": …, "value": …}`` on stdout."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import NotALogError, Problem
from logminer.formats._encoding import Encoding, encoding_of, is_binary, text_of
from logminer.formats._last_line import unfinished
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.values import is_too_much, load_json
from logminer.formats.json import is_lines
from logminer.formats.tables.record_columns import columns_of, numeric_columns
from logminer.formats.tables.row_log import SETTLED, Piece, goes_on, read_piece, read_rows_on

NAMES = ("*.jsonl", "*.ndjson", "*.json", "*.json.log", "*.log", "*.out", "*.stdout", "*.txt")
RESUMES = True

BLOCK = 8_000_000  # bytes read at once
MAX_LINE = 48_000_000  # bytes of one object
_SUFFIXES = {".jsonl", ".ndjson"}
_MOST_SAID = 20


def sniff(probe: Probe) -> Match:
    """Any text with the suffix of JSON lines, or one whose first two lines are objects."""
    if is_binary(probe.head):
        return Match.NO
    if probe.suffix in _SUFFIXES:
        return Match.GENERIC
    return Match.GENERIC if is_lines(text_of(probe.head).lstrip()) else Match.NO


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """Read lines, about ``BLOCK`` bytes of them; damaged ones are skipped and said.

    Raises:
        NotALogError: its lines are JSON, but no objects.
        ValueError: not one line is JSON.
    """
    anew = bool(resume.offset) and not goes_on(resume)
    resume = Resume() if anew else resume
    block = _block(probe, resume.offset)
    size, lines = block.size, block.data.count(b"\n") + block.skipped
    here = Piece(probe, resume, resume.offset + size, lines)
    if (table := numeric_columns(block.data.removesuffix(b"\n"))) is not None:
        log = read_piece(here, table, block.problems)
        log.anew = anew
        return log
    rows, bad = _parse(block.data)
    if not resume.offset and not rows:
        if not block.data.strip(b"\0 \t\r\n"):
            return ParsedLog(problems=block.problems, anew=anew)
        raise _other(block.data)
    before = resume.state.get("lines", 0)
    problems = [*_say(probe.path, bad, before), *block.problems]
    table = columns_of(rows)
    if table is None:
        log = read_rows_on(probe, resume, rows, problems, size=size, lines=lines)
    else:
        log = read_piece(here, table, problems)
    log.anew = anew
    return log


@dataclass
class _Block:
    """Whole lines of a file.

    Attributes:
        data: as UTF-8.
        size: bytes of the file that they take.
        skipped: lines that were too long.
        problems: what is said of those, and of an unfinished last line.
    """

    data: bytes = b""
    size: int = 0
    skipped: int = 0
    problems: list[Problem] = field(default_factory=list)

    def behind(self, path: str, above: bytes, start: int, size: int) -> "_Block":
        """This block behind ``size`` bytes from ``start`` on: lines above, and one that was too long."""
        what = f"a line of more than {MAX_LINE // 1_000_000} MB left out"
        said = Problem(path, what, f"byte {start}-{start + size}")
        return _Block(above + self.data, self.size + size, self.skipped + 1, [said, *self.problems])


def _block(probe: Probe, offset: int) -> _Block:
    """Whole lines from ``offset`` on. A last object counts without its line end."""
    with Path(probe.path).open("rb") as file:
        encoding = encoding_of(file.read(4))
        mark = 0 if offset else encoding.mark
        file.seek(offset + mark)
        data = file.read(BLOCK)
        # Until the shape of the rows stands, reading has to go on in one piece.
        enough = max(SETTLED - offset, 1)
        while len(data) % BLOCK == 0 and data and (cut := encoding.end_of_lines(data)) < enough:
            if len(data) - cut >= MAX_LINE:
                size = mark + len(data) + _rest_of_line(file, encoding)
                above = encoding.to_utf8(data[:cut])
                return _block(probe, offset + size).behind(probe.path, above, offset, size)
            more = file.read(BLOCK)
            data += more
            if not more:
                break
        is_end = len(data) % BLOCK > 0 or not file.read(1)
    cut = encoding.end_of_lines(data) or encoding.end_of_lines(data, b"\r")
    if not is_end:
        return _Block(encoding.to_utf8(data[:cut]), mark + cut)
    rest = encoding.to_utf8(data[cut:])
    if not rest.strip() or (rest.strip().endswith(b"}") and _load(rest) is not None):
        return _Block(encoding.to_utf8(data), mark + len(data))
    said = unfinished(probe.path, "its object")
    return _Block(encoding.to_utf8(data[:cut]), mark + cut, problems=[said])


def _rest_of_line(file: BinaryIO, encoding: Encoding) -> int:
    """Bytes up to the end of a line, which are not kept."""
    size = 0
    while block := file.read(BLOCK):
        if end := encoding.first_line_end(block):
            return size + end
        size += len(block)
    return size


def _parse(data: bytes) -> tuple[list[Mapping[str, Any]], list[int]]:
    """Objects of lines, and the places of lines that hold none; in one call when all are sound."""
    text = data.removesuffix(b"\n")
    try:
        loaded = [] if is_too_much(text) else orjson.loads(b"[" + text.replace(b"\n", b",") + b"]")
    except orjson.JSONDecodeError:
        loaded = []
    if len(loaded) == text.count(b"\n") + 1 and {*map(type, loaded)} == {dict}:
        return loaded, []
    lines = data.splitlines()
    full = [i for i, line in enumerate(lines) if line.strip(b"\0 \t")]
    loaded = [_load(lines[i]) for i in full]
    bad = [i for i, row in zip(full, loaded, strict=True) if row is None]
    return [row for row in loaded if row is not None], bad


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
