"""Tables of any delimiter, drawing or encoding: curves, stacked runs, runs in columns, or one run a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import Problem
from logminer.formats._last_line import held_back, is_growing, left_out
from logminer.formats._probe import Match, Probe
from logminer.formats.tables.blocks import Block, last_end, read_block
from logminer.formats.tables.csv_rows import from_frame, read_csv
from logminer.formats.tables.headless import named_by_file
from logminer.formats.tables.layout import (
    Layout,
    is_numeric,
    is_text,
    layout_of,
    layout_of_head,
)
from logminer.formats.tables.named_log import read_named
from logminer.formats.tables.plain_rows import plain_rows, split_line
from logminer.formats.tables.row_log import Piece
from logminer.formats.tables.shape import heads_a_log
from logminer.formats.tables.table import Table
from logminer.formats.tables.transposed import is_transposed

NAMES = ("*.csv", "*.tsv", "*.tab", "*.txt", "*.dat", "*.log", "*.out", "*.md", "*")
RESUMES = True
READS_ANY = True

_TABLES = {".csv", ".tsv", ".tab"}
_MAYBE = {".txt", ".dat", ".log", ".out", ".data", ".asc", ".md", ".results", ".res", ".psv", ""}
_MAYBE_BLANK = (b"\n\n", b"\n\r", b"\n ", b"\n\t")


def sniff(probe: Probe) -> Match:
    """Any text with the suffix of a table, and any other that is one for certain by its first lines."""
    if probe.suffix not in _TABLES and (probe.suffix not in _MAYBE or probe.size < 3):
        return Match.NO
    if not is_text(probe.head):
        return Match.NO
    if probe.suffix in _TABLES:
        return Match.GENERIC
    return Match.GENERIC if _is_table_for_certain(probe) else Match.NO


def _is_table_for_certain(probe: Probe) -> bool:
    """Whether the first lines, whatever the suffix, are rows of numbers below names, or beside others that are."""
    if probe.head.lstrip()[:1] in {b"{", b"[", b"<"} or probe.head.count(b"\n") < 2:
        return False
    try:
        layout = layout_of_head(probe.head)
    except ValueError:
        return False
    data = probe.head[layout.start :]
    rows = (
        plain_rows(data[: last_end(data, layout)], layout).decode("utf-8", "replace").splitlines()
    )
    cells = [split_line(row, layout.delimiter) for row in rows if row.strip()]
    if not layout.headless and is_transposed(layout.names, cells):
        return True
    return _is_numeric_block([row for row in rows if row.strip()][:40], layout) and (
        named_by_file(layout.names, probe) is not None
        if layout.headless
        else heads_a_log(layout.names, "")
    )


def _is_numeric_block(rows: Sequence[str], layout: Layout) -> bool:
    """Whether all rows have the cells of the header, and most of each are numbers."""
    if not rows or len(layout.names) < 2:
        return len(layout.names) == 1 and len(rows) >= 2 and all(map(is_numeric, rows))
    for row in rows:
        cells = [cell for cell in split_line(row, layout.delimiter) if cell.strip()]
        if not len(cells) <= len(layout.names) or 2 * sum(map(is_numeric, cells)) < len(cells):
            return False
    return True


@dataclass(frozen=True)
class _Part:
    """Rows of one file about to be parsed.

    Attributes:
        probe: the file.
        resume: where reading goes on.
        layout: how the table is written.
        block: its rows.
        anew: whether the file is read from its start after all.
    """

    probe: Probe
    resume: Resume
    layout: Layout
    block: Block
    anew: bool


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """Read rows, at most ``BLOCK`` bytes of them.

    Raises:
        NotALogError: the file is no table of numbers (prose, a list of texts), or one of another kind.
        ValueError: its rows cannot be read.
    """
    part = _take(probe, resume)
    problems: list[Problem] = []
    first_line = part.resume.state.get("lines", 0) + 2
    frame = _parse([part], problems, first_line)
    table = from_frame(frame) if frame is not None else Table(0)
    return _finish(part, table, problems)


def read_many(jobs: Sequence[tuple[Probe, Resume]]) -> list[ParsedLog | Exception]:
    """Read several tables; those with the same columns are parsed in one go, which is many times faster."""
    logs: list[ParsedLog | Exception] = [ValueError("not read")] * len(jobs)
    groups: dict[tuple[Any, ...], list[tuple[int, _Part]]] = {}
    for i, (probe, resume) in enumerate(jobs):
        try:
            part = _take(probe, resume)
            key = (part.layout.names, part.layout.delimiter)
            alone = b'"' in part.block.rows or part.block.end == "cut row"
            groups.setdefault((*key, i) if alone else key, []).append((i, part))
        except (ValueError, OSError) as error:
            logs[i] = error
    for members in groups.values():
        tables = _parse_together([part for _, part in members])
        for (i, part), table in zip(members, tables, strict=True):
            try:
                logs[i] = read(*jobs[i]) if table is None else _finish(part, *table)
            except (ValueError, OSError) as error:
                logs[i] = error
    return logs


def _take(probe: Probe, resume: Resume) -> _Part:
    """Layout and whole lines of a file from where reading goes on."""
    anew = bool(resume.offset) and not _goes_on(probe, resume.state, resume.offset)
    resume = Resume() if anew else resume
    if resume.offset:
        stored = resume.state["layout"]
        layout = Layout(**{**stored, "names": tuple(stored["names"])})
    else:
        layout = layout_of(probe)
    if layout.unfinished:
        what = "the column names may be cut, and nothing was read"
        waits = held_back(probe.path) if is_growing(probe.path) else left_out(probe.path, what)
        block = Block(b"", -layout.start, problems=[waits])
    else:
        block = read_block(
            probe, resume.offset or layout.start, layout, read_on=bool(resume.offset)
        )
    return _Part(probe, resume, layout, block, anew)


def _finish(part: _Part, table: Table, problems: list[Problem]) -> ParsedLog:
    """Runs and points of the rows read, and the state to go on from."""
    probe, layout, block = part.probe, part.layout, part.block
    problems = [*block.problems, *problems]
    is_cut = block.end == "cut row" and table.rows > 0
    if not part.resume.offset and table.rows == is_cut:
        _say_empty(probe, layout, problems)
    piece = Piece(
        probe, part.resume, (part.resume.offset or layout.start) + block.size,
        block.rows.count(b"\n"), is_cut=is_cut, state={"layout": vars(layout), "end": block.end},
    )  # fmt: skip
    log = read_named(piece, table, problems, layout.names, headless=layout.headless)
    log.anew = part.anew
    return log


def _say_empty(probe: Probe, layout: Layout, problems: list[Problem]) -> None:
    """Say that there is a header and no row, where it is that of a log."""
    if any("columns; row skipped" in problem.what for problem in problems):
        raise ValueError(f"no row fits the {len(layout.names)} columns of the first line")
    if heads_a_log(layout.names, probe.name) and not problems:
        problems.append(Problem(probe.path, "a header and no whole row: nothing was logged"))


def _parse_together(parts: list[_Part]) -> list[tuple[Table, list[Problem]] | None]:
    """Tables of files with the same columns, parsed as one; None where a file must be read alone."""
    if len(parts) == 1:
        return [None]
    counts = [_rows_in(part.block.rows) for part in parts]
    odd: list[Problem] = []
    try:
        frame = _parse(parts, odd) if any(counts) else None
    except ValueError:
        frame = None
    if frame is None or odd or len(frame) != sum(counts):
        return [None] * len(parts)
    plain = [name for name in frame.columns if frame[name].dtype.kind in "iufb"]
    texts = frame[[name for name in frame.columns if name not in set(plain)]]
    shared = from_frame(frame[plain])
    shared.order = list(frame.columns)
    tables: list[tuple[Table, list[Problem]] | None] = []
    start = 0
    for part, count in zip(parts, counts, strict=True):
        rows, problems = slice(start, start + count), list[Problem]()
        start += count
        table = shared.take(rows)
        if texts.shape[1]:
            own = from_frame(texts.iloc[rows])
            numbers = {**table.numbers, **own.numbers}
            ordered = {name: numbers[name] for name in part.layout.names if name in numbers}
            flags = shared.booleans | own.booleans
            table = Table(count, ordered, own.texts, own.mixed, flags, shared.order)
        tables.append((table, problems))
    return tables


def _rows_in(lines: bytes) -> int:
    """How many lines are not blank."""
    if lines[:1].isspace() or any(blank in lines for blank in _MAYBE_BLANK):
        return sum(1 for line in lines.split(b"\n") if line.strip())
    return lines.count(b"\n") + (lines[-1:] not in {b"", b"\n"})


def _goes_on(probe: Probe, state: Mapping[str, Any], offset: int) -> bool:
    """Whether rows can be read on: their shape is settled, and the last line read was whole."""
    end = state.get("end", "line end")
    if not state.get("settled") or end == "cut row":
        return False
    if end == "line end":
        return True
    with Path(probe.path).open("rb") as file:
        file.seek(offset)
        return file.read(1) in {b"", b"\n", b"\r"}


def _parse(parts: list[_Part], problems: list[Problem], first_line: int = 2) -> Any:
    """Rows of files of one layout as a DataFrame, or None when there are none."""
    layout, path = parts[0].layout, parts[0].probe.path
    rows = [part.block.rows for part in parts]
    pieces = [own if own.endswith(b"\n") else own + b"\n" for own in rows]
    data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    if not data.strip():
        return None
    return read_csv(
        data, layout.names, layout.delimiter, path=path, problems=problems, first_line=first_line
    )
