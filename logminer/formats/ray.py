"""Ray Tune and RLlib: a folder a trial with params.json, result.json (JSON lines) and progress.csv.

result.json is read where it exists; progress.csv holds the same with fewer columns. The step is
``training_iteration``, nested metrics are joined with ``/`` as in progress.csv. error.txt, or the status in the
experiment's state file, says how a trial ended. Layout: ray/tune/logger/, ray/tune/execution/tune_controller.py.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts, Status
from logminer.formats._points import PointColumns, as_step, numbers
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import load_object, read_object, records
from logminer.formats.documents.values import flatten, parse_time, scalar
from logminer.formats.tables.csv_rows import from_frame, read_csv
from logminer.formats.tables.header_table import header_names
from logminer.formats.tables.table import wall_times, whole_steps, wide_points
from logminer.formats.trackers.silence import is_silent

NAMES = (
    "params.json", "result.json", "progress.csv", "error.txt",
    "experiment_state-*.json", "basic-variant-state-*.json", "search_gen_state-*.json",
)  # fmt: skip
RESUMES = True

_BLOCK = 32_000_000  # bytes read at once
_LONGEST_START = 1 << 20  # RLlib's first result may take tens of kilobytes
_BOOKKEEPING = frozenset(
    {
        "training_iteration", "timestamp", "pid", "iterations_since_restore", "time_since_restore",
        "timesteps_since_restore", "warmup_time", "done",
    }
)  # fmt: skip
_NOTED = ("trial_id", "pid", "node_ip", "experiment_tag")
_SEARCHERS = ("basic-variant-state-", "search_gen_state-")
_STATUS: dict[str, Status] = {
    "TERMINATED": "finished",
    "ERROR": "failed",
    "RUNNING": "running",
    "PAUSED": "preempted",
}


def sniff(probe: Probe) -> Match:
    """A file of a trial's folder by its neighbours and results, or of the experiment's by its name."""
    name = probe.name
    if name.startswith(_SEARCHERS):
        return Match.PARTS
    if name.startswith("experiment_state-"):
        known = '"trial_data"' in probe.text or '"checkpoints"' in probe.text
        return Match.EXACT if known else Match.NO
    if name == "progress.csv":
        if _in_trial(probe) and "result.json" in probe.siblings:
            return Match.PARTS
        written = {"training_iteration", "time_total_s"} <= set(probe.first_line.split(","))
        return Match.EXACT if written else Match.NO
    return Match.EXACT if _in_trial(probe) else Match.NO


def _in_trial(probe: Probe) -> bool:
    """Whether the folder is a trial's: by the pickle beside params.json, or by what result.json starts with."""
    if {"params.json", "params.pkl"} <= probe.siblings:
        return True
    results = Path(probe.folder) / "result.json"
    if "result.json" not in probe.siblings or not results.is_file():
        return False
    with results.open("rb") as file:
        first = file.readline(_LONGEST_START)
    return first.startswith(b"{") and b'"training_iteration"' in first and b'"trial_id"' in first


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """One of a trial's files; result.json and progress.csv are read on from where they ended."""
    if probe.name == "result.json":
        return _read_results(probe, resume)
    if probe.name == "progress.csv":
        return _read_progress(probe, resume)
    facts = RunFacts(probe.folder, parent=Path(probe.folder).parent.name)
    log = ParsedLog([facts], offset=probe.size, anew=resume.offset > 0)
    if probe.name == "error.txt":
        facts.status, facts.reason = "failed", _last_line(probe.read_bytes())
        return log
    loaded = read_object(probe)
    if probe.name == "params.json":
        facts.params = flatten(loaded, probe.path, log.problems)
    else:
        log.runs = list(_trials(loaded, probe))
    return log


def _last_line(data: bytes) -> str | None:
    lines = [line.strip() for line in data[-65_536:].decode("utf-8", "replace").splitlines()]
    return next((str(scalar(line)) for line in reversed(lines) if line), None)


def _read_results(probe: Probe, resume: Resume) -> ParsedLog:
    columns, facts = PointColumns(), RunFacts(probe.folder, parent=Path(probe.folder).parent.name)
    log = ParsedLog([facts], offset=resume.offset)
    last: Mapping[str, Any] = {}
    for end, row in records(probe.path, log.problems, resume.offset):
        log.offset = end
        if row is None:
            continue
        last = row
        step, wall = as_step(row.get("training_iteration")), parse_time(row.get("timestamp"))
        for name, value in _metrics(row):
            columns.add(name, step, value, wall)
        if end - resume.offset > _BLOCK:
            break
    _note(facts, last)
    log.points = columns.points()
    return log


def _metrics(row: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    measured = {k: v for k, v in row.items() if k != "config" and k not in _BOOKKEEPING}
    return numbers(measured)


def _note(facts: RunFacts, row: Mapping[str, Any]) -> None:
    """Take over what the last result says of its trial."""
    if isinstance(row.get("config"), dict):
        facts.params = flatten(row["config"])
    facts.meta = {name: scalar(row[name]) for name in _NOTED if row.get(name) is not None}
    facts.host = str(row["hostname"]).strip() if row.get("hostname") else None
    if row.get("done") is True:
        facts.status, facts.ended = "finished", parse_time(row.get("timestamp"))


def _read_progress(probe: Probe, resume: Resume) -> ParsedLog:
    with Path(probe.path).open("rb") as file:
        header = file.readline().decode("utf-8-sig", "replace").strip()
        start = max(resume.offset, file.tell())
        file.seek(start)
        data = file.read(_BLOCK)
    whole, newline, _ = data.rpartition(b"\n")
    if len(data) == _BLOCK and not newline:
        raise ValueError(f"a line of more than {_BLOCK // 1_000_000} MB is not read")
    log = ParsedLog(offset=start + len(whole) + len(newline))
    log.runs = [RunFacts(probe.folder, parent=Path(probe.folder).parent.name)]
    if not whole.strip():
        return log
    names = header_names(header, ",")
    table = from_frame(read_csv(whole, names, ",", path=probe.path, problems=log.problems))
    steps = whole_steps(table.numbers["training_iteration"])
    if steps is None:
        raise ValueError("no whole numbers in column 'training_iteration'")
    metrics = {
        name: column
        for name, column in table.numbers.items()
        if name not in _BOOKKEEPING and not name.startswith("config/")
    }
    log.points = wide_points(metrics, steps, wall_times(table, "timestamp"))
    last = {name: table.cell(name, table.rows - 1) for name in table.names}
    _note(log.runs[0], {**last, "done": last.get("done") == 1})
    log.runs[0].params = _config_columns(last)
    return log


def _config_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    """Older progress.csv repeat the config in columns ``config/lr``."""
    return {
        name.removeprefix("config/").replace("/", "."): value
        for name, value in row.items()
        if name.startswith("config/") and value is not None
    }


def _last_time(trial: Mapping[str, Any], last: Any) -> float | None:
    times = [trial.get("start_time"), trial.get("last_update_time"), trial.get("last_result_time")]
    times += [last.get("timestamp")] if isinstance(last, dict) else []
    return max(filter(None, map(parse_time, times)), default=None)


def _trials(state: Mapping[str, Any], probe: Probe) -> Iterator[RunFacts]:
    """What the experiment's state says of its trials: pairs of JSON texts, or one text each (Ray before 2.4)."""
    for entry in state.get("trial_data") or state.get("checkpoints") or ():
        texts = entry if isinstance(entry, list) else [entry]
        parts = [load_object(text) if isinstance(text, str) else {} for text in texts]
        trial: dict[str, Any] = {key: value for part in parts for key, value in part.items()}
        folder = PurePosixPath(str(trial.get("relative_logdir") or trial.get("logdir") or "")).name
        if folder in {"", ".."}:
            continue
        facts = RunFacts(str(Path(probe.folder) / folder), parent=Path(probe.folder).name)
        facts.status = _STATUS.get(str(trial.get("status")), "unknown")
        last = trial.get("last_result")
        if facts.status == "finished" and isinstance(last, dict) and last.get("done") is False:
            facts.status, facts.reason = "pruned", "stopped by the scheduler"
        if facts.status == "running" and is_silent(_last_time(trial, last)):
            facts.status = "unknown"
        facts.started = parse_time(trial.get("start_time"))
        if facts.status in {"finished", "failed"}:
            facts.ended = parse_time(trial.get("last_result_time"))
        yield facts
