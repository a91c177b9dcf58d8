"""Comma, tab or semicolon separated tables: curves, stacked runs, or one run a row."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import NotALogError, Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.tables.csv_rows import from_frame, read_csv
from logminer.formats.tables.layout import Layout, layout_of
from logminer.formats.tables.roles import Roles, is_log, roles_of
from logminer.formats.tables.runs import read_roles
from logminer.formats.tables.table import Numbers, Table

NAMES = ("*.csv", "*.tsv", "*.tab")
RESUMES = True

BLOCK = 24_000_000  # bytes read at once; some 80 MB as columns of points
SETTLED = 262_144  # a table at least this long keeps the roles its first rows gave it
QUIET = 2.0  # seconds after which an unfinished last line of a file read on counts as finished


def sniff(probe: Probe) -> Match:
    """Any text with the suffix of a table; whether it really is one shows when it is read."""
    return Match.NO if b"\0" in probe.head else Match.GENERIC


@dataclass(frozen=True)
class _Part:
    """Rows of one file about to be parsed.

    Attributes:
        probe: the file.
        resume: where reading goes on.
        layout: how the table is written.
        data: whole lines.
        is_open: whether the last line lacks its end.
        anew: whether the file is read from its start after all.
    """

    probe: Probe
    resume: Resume
    layout: Layout
    data: bytes
    is_open: bool
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
            key = (part.layout.names, part.layout.delimiter, part.layout.comma)
            groups.setdefault((*key, i) if b'"' in part.data else key, []).append((i, part))
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
        layout = Layout(
            **{**resume.state["layout"], "names": tuple(resume.state["layout"]["names"])}
        )
    else:
        layout = layout_of(probe)
    data, is_open = _whole_lines(
        probe, resume.offset or layout.start, layout, first=not resume.offset
    )
    return _Part(probe, resume, layout, data, is_open, anew)


def _finish(part: _Part, table: Table, problems: list[Problem]) -> ParsedLog:
    """Runs and points of the rows read, and the state to go on from."""
    probe, state, layout = part.probe, part.resume.state, part.layout
    if not part.resume.offset:
        _refuse_others(probe, table, layout, problems)
        if not table.rows and _heads_a_log(layout, probe.name):
            problems.append(Problem(probe.path, "a header and no whole row: nothing was logged"))
    if "roles" in state:
        roles = Roles.from_state(state["roles"])
    else:
        roles = _settle(table, part.data, probe.name)
    problems += table.lost(probe.path, {*roles.params, *roles.meta})
    reading = read_roles(table, roles, probe.root, _stem(probe), first_row=state.get("rows", 0))
    offset = (part.resume.offset or layout.start) + len(part.data)
    settled = offset >= SETTLED
    state = {
        "layout": asdict(layout), "open": part.is_open, "settled": settled,
        "rows": state.get("rows", 0) + table.rows,
        "lines": state.get("lines", 0) + part.data.count(b"\n"),
        **({"roles": roles.to_state()} if settled else {}),
    }  # fmt: skip
    return ParsedLog(reading.runs, reading.points, problems, offset, state, part.anew)


def _parse_together(parts: list[_Part]) -> list[tuple[Table, list[Problem]] | None]:
    """Tables of files with the same columns, parsed as one; None where a file must be read alone."""
    counts = [sum(1 for line in part.data.split(b"\n") if line.strip()) for part in parts]
    odd: list[Problem] = []
    try:
        frame = _parse(parts, odd) if len(parts) > 1 and any(counts) else None
    except ValueError:
        frame = None
    if frame is None or odd or len(frame) != sum(counts):
        return [None] * len(parts)
    plain = [name for name in frame.columns if frame[name].dtype.kind in "iufb"]
    texts = frame[[name for name in frame.columns if name not in set(plain)]]
    shared = from_frame(frame[plain])
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
            table = Table(count, ordered, own.texts, own.mixed)
        tables.append((table, problems))
    return tables


def _stem(probe: Probe) -> str:
    return str(PurePath(probe.path).with_suffix(""))


def _goes_on(probe: Probe, state: Mapping[str, Any], offset: int) -> bool:
    """Whether rows can be read on: roles are settled, and the last line read was whole."""
    if not state.get("settled"):
        return False
    if not state.get("open"):
        return True
    with Path(probe.path).open("rb") as file:
        file.seek(offset)
        return file.read(1) in {b"", b"\n", b"\r"}


def _whole_lines(probe: Probe, offset: int, layout: Layout, *, first: bool) -> tuple[bytes, bool]:
    """Whole lines from ``offset`` on, at most ``BLOCK`` bytes, and whether the last one lacks its end.

    A last line without an end is taken when it has all its cells and nobody seems to be writing it; should
    it go on after all, the file is read anew.
    """
    with Path(probe.path).open("rb") as file:
        file.seek(offset)
        data = file.read(BLOCK)
        more = len(data) == BLOCK and bool(file.read(1))
        modified = os.fstat(file.fileno()).st_mtime
    cut = data.rfind(b"\n") + 1
    while data.count(b'"', 0, cut) % 2 and (earlier := data.rfind(b"\n", 0, cut - 1) + 1) > 0:
        cut = earlier  # the line break stands inside a quoted cell
    rest = data[cut:]
    if more or not rest.strip():
        return data[: cut or None] if more else data, False
    cells = (
        len(rest.split()) if layout.delimiter == " " else rest.count(layout.delimiter.encode()) + 1
    )
    if cells == len(layout.names) and (first or time.time() - modified > QUIET):
        return data, True
    return data[:cut], False


def _parse(parts: list[_Part], problems: list[Problem], first_line: int = 2) -> Any:
    """Rows of files of one layout as a DataFrame, or None when there are none."""
    layout, path = parts[0].layout, parts[0].probe.path
    pieces = [part.data if part.data.endswith(b"\n") else part.data + b"\n" for part in parts]
    data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    if not data.strip():
        return None
    if layout.comma:
        data = data.replace(b",", b".")
    frame = read_csv(
        data, layout.names, layout.delimiter, path=path, problems=problems, first_line=first_line
    )
    first = frame.iloc[:, 0]
    if first.dtype.kind not in "iufb":
        again = first == layout.names[0]  # a restarted run wrote its header once more
        frame = frame[~again] if again.any() else frame
    return frame


def _refuse_others(probe: Probe, table: Table, layout: Layout, problems: list[Problem]) -> None:
    if table.rows and not table.numbers:
        columns = ", ".join(layout.names[:5])
        raise NotALogError(f"no training log: no column of numbers among {columns}")
    if table.rows and not is_log(table, probe.name):
        raise NotALogError(
            f"no training log: neither steps nor a known metric among {', '.join(layout.names[:5])}"
        )
    if problems and not table.rows:
        raise ValueError(f"no row fits the {len(layout.names)} columns of the first line")


def _heads_a_log(layout: Layout, file_name: str) -> bool:
    """Whether the columns of a table without rows are those of a training log."""
    nothing = Numbers(np.empty(0), np.empty(0, dtype=bool))
    return is_log(Table(0, dict.fromkeys(layout.names, nothing)), file_name)


def _settle(table: Table, data: bytes, file_name: str) -> Roles:
    """Roles from the first rows only, so that a file read in pieces and at once agree."""
    if len(data) <= SETTLED:
        return roles_of(table, file_name)
    return roles_of(table.take(slice(0, max(data.count(b"\n", 0, SETTLED), 1))), file_name)
