"""MLflow file store: ``mlruns/<experiment>/<run>/`` with meta.yaml, params/, metrics/ and tags/.

A parameter, tag or metric is a file of its own, named by its key, whose slashes make folders. A metric file has
a line ``milliseconds value step`` a point (the step is missing in files of MLflow before 1.0; later ones may go on
with a data set). Deleted runs are left out. Layout: mlflow/store/tracking/file_store.py.
"""

import io
import os
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._probe import HEAD_BYTES, Match, Probe
from logminer.formats.documents.values import scalar
from logminer.formats.documents.yaml_text import load_yaml
from logminer.formats.trackers.mlflow import DELETED, apply_tag, param, seconds, set_status
from logminer.formats.trackers.silence import is_silent

NAMES = ("*",)  # a metric's file may have any name
RESUMES = True

# What meta.yaml holds in the folders of an experiment, a logged model, a data set and an input.
_OTHERS = (
    ("artifact_location:", "experiment_id:"), ("model_id:",), ("digest:", "source_type:"),
    ("destination_type:", "source_type:"),
)  # fmt: skip
_MODEL = frozenset(
    {
        "MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", "input_example.json",
        "serving_input_example.json", "registered_model_meta",
    }
)  # fmt: skip
# Folders of an experiment beside its runs, by how their path goes on, and the file that each holds.
_BESIDE_RUNS = {"/models/m-": "meta.yaml", "/traces/tr-": "trace_info.yaml"}
_KINDS = ("params", "metrics", "tags")
_BLOCK = 32 << 20  # bytes read at once
_SHORT = 100_000  # bytes
_MOST_METRICS = 200  # files looked into for the time of the last value
_LAST_LINE = 256
_MAX_TEXT = 1 << 20


def sniff(probe: Probe) -> Match:
    """A run's meta.yaml, or a file in a folder of parameters, metrics or tags beside one."""
    if probe.name == "meta.yaml":
        if "lifecycle_stage:" in probe.text and "artifact_uri:" in probe.text:
            return Match.EXACT
        return Match.PARTS if any(_has_keys(probe.text, keys) for keys in _OTHERS) else Match.NO
    if probe.name in _MODEL:
        return Match.PARTS if "MLmodel" in probe.siblings else Match.NO
    if _is_of_model_or_trace(probe.path):
        return Match.PARTS
    if not any(f"/{kind}/" in probe.path for kind in _KINDS):
        return Match.NO
    return Match.EXACT if _place(probe.path) else Match.NO


def _is_of_model_or_trace(path: str) -> bool:
    """Whether a file lies in a logged model or a trace, which repeat what runs hold or hold no measurement."""
    path = path.replace(os.sep, "/")
    for folder, description in _BESIDE_RUNS.items():
        start = path.find(folder)
        end = path.find("/", start + len(folder))
        if 0 <= start < end and os.path.isfile(f"{path[:end]}/{description}"):
            return True
    return False


def _has_keys(text: str, keys: tuple[str, ...]) -> bool:
    lines = {line.split(" ", 1)[0].rstrip() for line in text.splitlines()}
    return lines.issuperset(keys)


def _place(path: str) -> tuple[str, str, str] | None:
    """The run's folder, the kind of file and its key; None outside of a run."""
    parts = path.replace(os.sep, "/").split("/")
    for i in range(len(parts) - 2, 0, -1):
        if parts[i] in _KINDS:
            run = os.sep.join(parts[:i])
            if _is_run(run):
                return run, parts[i], "/".join(parts[i + 1 :])
    return None


def _is_run(folder: str) -> bool:
    meta = os.path.join(folder, "meta.yaml")
    try:
        status = os.stat(meta)
    except OSError:
        return False
    return b"artifact_uri:" in _meta_start(meta, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _meta_start(meta: str, _mtime_ns: int, _size: int) -> bytes:
    """The first bytes of a meta.yaml, which is asked for once a file of its run."""
    return _start(meta)


def _start(file: str) -> bytes:
    with open(file, "rb") as opened:
        return opened.read(HEAD_BYTES)


def _is_deleted(run: str) -> bool:
    meta = os.path.join(run, "meta.yaml")
    status = os.stat(meta)
    start = _meta_start(meta, status.st_mtime_ns, status.st_size)
    return _is_trash(run + "/") or b"lifecycle_stage: deleted" in start


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """What one file of a run says; a metric file is read on from where it ended last time."""
    place = _place(probe.path)
    if place is None:
        return _read_meta(probe, resume)
    run, kind, key = place
    if _is_deleted(run):
        return ParsedLog(offset=probe.size, anew=resume.offset > 0)  # said where meta.yaml is read
    if kind == "metrics":
        return _read_metric(probe, resume, run, key)
    whole = probe.head if probe.size < HEAD_BYTES else probe.read_bytes()[:_MAX_TEXT]
    text = whole.decode("utf-8", "replace")
    facts = RunFacts(run)
    if kind == "params":
        facts.params = {key: param(text)}
    else:
        apply_tag(facts, key, text)
    return ParsedLog([facts], offset=probe.size, anew=resume.offset > 0)


def _is_trash(path: str) -> bool:
    return "/.trash/" in path


def _read_meta(probe: Probe, resume: Resume) -> ParsedLog:
    meta = load_yaml(probe.read_bytes())
    if not isinstance(meta, dict):
        raise ValueError("meta.yaml holds no mapping")  # noqa: TRY004
    if _is_trash(probe.path) or meta.get("lifecycle_stage") == "deleted":
        return ParsedLog(offset=probe.size, anew=resume.offset > 0, left_out={DELETED: 1})
    facts = RunFacts(
        probe.folder,
        meta={
            name: scalar(meta[key])
            for name, key in (("name", "run_name"), ("user", "user_id"), ("run_id", "run_id"))
            if meta.get(key)
        },
        started=seconds(meta.get("start_time")),
        ended=seconds(meta.get("end_time")),
        command=meta.get("source_name") or None,
        commit=meta.get("source_version") or None,
        parent=_experiment(probe.folder),
    )
    set_status(facts, meta.get("status"))
    if facts.status == "running" and is_silent(_last_sign_of_life(Path(probe.folder), facts)):
        facts.status = "unknown"
    return ParsedLog([facts], offset=probe.size, anew=resume.offset > 0)


def _last_sign_of_life(run: Path, facts: RunFacts) -> float | None:
    """The time of the last value of any metric, or of the start: a killed run is called running for ever."""
    times = [facts.started]
    for file in islice((run / "metrics").rglob("*"), _MOST_METRICS):
        if file.is_file():
            with file.open("rb") as opened:
                opened.seek(max(file.stat().st_size - _LAST_LINE, 0))
                lines = opened.read().split(b"\n")
            written = [line.split() for line in lines if line.strip()]
            times += [_milliseconds(cells[0]) for cells in written[-1:]]
    return max(filter(None, times), default=None)


def _milliseconds(written: bytes) -> float | None:
    return seconds(int(written)) if written.isdigit() and len(written) < 19 else None


def _experiment(run: str) -> str | None:
    meta = os.path.join(os.path.dirname(run), "meta.yaml")
    try:
        status = os.stat(meta)
    except OSError:
        return None
    return _experiment_name(meta, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _experiment_name(file: str, _mtime_ns: int, _size: int) -> str | None:
    """The name in an experiment's meta.yaml, which is asked for once a run."""
    try:
        meta = load_yaml(_start(file))
    except (OSError, ValueError):
        return None
    name = meta.get("name") if isinstance(meta, dict) else None
    return None if name is None else str(name)


def _read_metric(probe: Probe, resume: Resume, run: str, key: str) -> ParsedLog:
    log = ParsedLog([RunFacts(run)], offset=resume.offset)
    with Path(probe.path).open("rb") as file:
        file.seek(resume.offset)
        block = file.read(_BLOCK)
    lines, newline, _ = block.rpartition(b"\n")
    if len(block) == _BLOCK and not newline:
        raise ValueError(f"a line of more than {_BLOCK >> 20} MB is not read")
    log.offset += len(lines) + len(newline)
    rows, before = _rows(lines, probe.path, log.problems), resume.state.get("rows", 0)
    log.points, log.state = _points(key, rows, before), {"rows": before + len(rows)}
    return log


def _points(key: str, rows: NDArray[np.float64], before: int) -> Points:
    ms, value, step = rows.T
    unnumbered = np.isnan(step)
    step[unnumbered] = before + np.flatnonzero(unnumbered)
    order = np.lexsort((value, ms, step))
    rows = np.ascontiguousarray(rows[order])
    # Exact duplicates do occur; NaN counts as equal to itself.
    same = np.all(rows[1:].view(np.int64) == rows[:-1].view(np.int64), axis=1)
    ms, value, step = rows[np.concatenate([np.ones(min(len(rows), 1), bool), ~same])].T
    none = np.zeros(len(step), np.int32)
    return Points([key], none, none, step.astype(np.int64), ms / 1e3, value.copy())


def _rows(lines: bytes, path: str, problems: list[Problem]) -> NDArray[np.float64]:
    """Whole lines as an array (n, 3) of milliseconds, value and step; NaN for a step not written."""
    if not lines.strip():
        return np.empty((0, 3))
    try:
        return _table(lines)
    except ValueError:  # slower, to find out which lines are to blame
        return np.concatenate([_row(line, path, problems) for line in lines.split(b"\n")])


def _row(line: bytes, path: str, problems: list[Problem]) -> NDArray[np.float64]:
    try:
        return _table(line) if line.strip() else np.empty((0, 3))
    except ValueError:
        shown = line[:60].decode("utf-8", "replace")
        problems.append(Problem(path, f"not 'milliseconds value step': {shown!r}"))
        return np.empty((0, 3))


def _short_table(lines: bytes) -> NDArray[np.float64] | None:
    """The same array of a few lines of three numbers each, for which NumPy's reader takes long to start."""
    rows = [line.split() for line in lines.split(b"\n")]
    if b"_" in lines or {*map(len, rows)} != {3}:
        return None
    table = np.array([float(cell) for row in rows for cell in row]).reshape(-1, 3)
    return table if np.all(np.abs(table[:, 0::2]) < 2**62) else None


def _table(lines: bytes) -> NDArray[np.float64]:
    if len(lines) < _SHORT and (short := _short_table(lines)) is not None:
        return short
    columns = min(len(lines.split(b"\n", 1)[0].split()), 3)
    table = np.loadtxt(io.BytesIO(lines), usecols=range(columns), ndmin=2, comments=None)
    if columns < 2 or not np.all(np.abs(table[:, 0::2]) < 2**62):
        raise ValueError("no time, value and step")
    return table if columns == 3 else np.column_stack([table, np.full(len(table), np.nan)])
