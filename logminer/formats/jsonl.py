"""JSON lines: one object a line, appended while training; also ``{"metric": …, "value": …}`` on stdout."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import orjson

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._probe import Match, Probe
from logminer.formats._roles import Roles, is_log, read_roles, roles_of
from logminer.formats._tables import from_records
from logminer.formats._values import flatten, load_json
from logminer.formats.json import is_lines

NAMES = ("*.jsonl", "*.ndjson", "*.json", "*.json.log", "*.log", "*.out", "*.stdout", "*.txt")
RESUMES = True

BLOCK = 16_000_000
SETTLED = 262_144
MAX_LINE = 8_000_000
_SUFFIXES = {".jsonl", ".ndjson"}
_CONFIG_KEYS = (
    "config",
    "params",
    "hparams",
    "args",
    "hyperparameters",
    "hyperparams",
    "arguments",
)


def sniff(probe: Probe) -> Match:
    """Lines that are objects: by suffix when the first one is, otherwise when two lines are."""
    if b"\0" in probe.head:
        return Match.NO
    head = probe.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if probe.suffix in _SUFFIXES:
        return Match.GENERIC
    if is_lines(head):
        return Match.GENERIC
    return Match.NO


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """Read lines, at most ``BLOCK`` bytes of them; damaged ones are skipped and said.

    Raises:
        ValueError: not one line is an object.
    """
    state = dict(resume.state)
    if resume.offset and not state.get("settled"):
        return replace(read(probe, Resume()), anew=True)
    data, rows, problems = _rows(probe, resume.offset, state.get("lines", 0))
    if not resume.offset and not rows:
        if not data.strip():
            return ParsedLog(offset=0)
        raise ValueError("no line of it is a JSON object")
    facts, rows = _take_configs(rows, probe.root)
    table = from_records([flatten(row) for row in rows], probe.path, problems)
    if not resume.offset and rows and not is_log(table, probe.name):
        raise ValueError("no training log: neither steps nor a known metric in its objects")
    roles = (
        Roles.from_state(state["roles"]) if "roles" in state else _settle(table, data, probe.name)
    )
    reading = read_roles(
        table, roles, probe.root, str(PurePath(probe.path).with_suffix("")), state.get("rows", 0)
    )
    offset = resume.offset + len(data)
    state = {
        "settled": offset >= SETTLED,
        "rows": state.get("rows", 0) + table.rows,
        "lines": state.get("lines", 0) + data.count(b"\n"),
        **({"roles": roles.to_state()} if offset >= SETTLED else {}),
    }
    return ParsedLog(*_join(facts, reading.runs, reading.points), problems, offset, state)


def _rows(
    probe: Probe, offset: int, line: int
) -> tuple[bytes, list[Mapping[str, Any]], list[Problem]]:
    """Bytes of the lines read, their objects, and what is damaged. A last object without line end counts."""
    with Path(probe.path).open("rb") as file:
        file.seek(offset)
        data = file.read(BLOCK)
    cut = data.rfind(b"\n") + 1
    lines = data[:cut].removeprefix(b"\xef\xbb\xbf").splitlines()
    rest = data[cut:]
    if len(data) == BLOCK and not cut:
        return (
            data,
            [],
            [
                Problem(
                    probe.path,
                    f"a line of more than {BLOCK // 1_000_000} MB is skipped",
                    f"line {line + 1}",
                )
            ],
        )
    if rest.strip().endswith(b"}") and _load(rest) is not None:
        lines.append(rest)
        cut = len(data)
    rows, bad = _parse(lines)
    problems = [
        Problem(probe.path, "no JSON object; line skipped", f"line {line + i + 1}")
        for i in bad[:20]
    ]
    if len(bad) > 20:
        problems.append(Problem(probe.path, f"{len(bad) - 20} more lines are no JSON objects"))
    return data[:cut], rows, problems


def _parse(lines: list[bytes]) -> tuple[list[Mapping[str, Any]], list[int]]:
    """Objects of lines, and the places of lines that hold none; in one call when all are sound."""
    full = [i for i, line in enumerate(lines) if line.strip()]
    try:
        loaded = orjson.loads(b"[" + b",".join(lines[i] for i in full) + b"]")
    except orjson.JSONDecodeError:
        loaded = []
    if len(loaded) != len(full):
        loaded = [_load(lines[i]) for i in full]
    bad = [i for i, row in zip(full, loaded, strict=True) if not isinstance(row, dict)]
    return [row for row in loaded if isinstance(row, dict)], bad


def _load(line: bytes) -> dict[str, Any] | None:
    try:
        row = load_json(line) if len(line) <= MAX_LINE else None
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _take_configs(
    rows: list[Mapping[str, Any]], root: str
) -> tuple[RunFacts | None, list[Mapping[str, Any]]]:
    """Split off lines that hold a config (``{"config": {…}}``, or a first line without a single metric)."""
    params: dict[str, Any] = {}
    meta: dict[str, Any] = {}
    kept = []
    for i, row in enumerate(rows):
        name = next((key for key in _CONFIG_KEYS if isinstance(row.get(key), Mapping)), None)
        if name is None or params or i >= 10:
            kept.append(row)
            continue
        params = flatten(row[name])
        rest = {key: value for key, value in row.items() if key != name}
        meta = {key: value for key, value in flatten(rest).items() if isinstance(value, str)}
        if any(isinstance(value, float) for value in rest.values()):
            kept.append(rest)
    return (RunFacts(root, params=params, meta=meta) if params else None), kept


def _settle(table: Any, data: bytes, file_name: str) -> Roles:
    if len(data) <= SETTLED or not table.rows:
        return roles_of(table, file_name)
    return roles_of(table.take(slice(0, max(data.count(b"\n", 0, SETTLED), 1))), file_name)


def _join(
    facts: RunFacts | None, runs: list[RunFacts], points: Points
) -> tuple[list[RunFacts], Points]:
    """Runs with the parameters of the config lines."""
    if facts is None:
        return runs, points
    if len(runs) == 1:
        runs[0].params = {**facts.params, **runs[0].params}
        runs[0].meta = {**facts.meta, **runs[0].meta}
        return runs, points
    return [*runs, facts], points
