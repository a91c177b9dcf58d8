"""AlgoPerf: ``trial_N`` folders with ``hparams.json``, ``flags_0.json``, ``meta_data_0.json`` and two CSVs.

Written by the training-algorithms benchmark of MLCommons (Dahl et al., "Benchmarking Neural Network Training
Algorithms", 2023). A trial folder is a run; its event files belong to the same run and are TensorBoard's.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.values import flatten, load_json
from logminer.formats.tables.csv_rows import from_frame, read_csv
from logminer.formats.tables.layout import unique_names
from logminer.formats.tables.table import Table, whole_steps, wide_points

NAMES = (
    "measurements.csv",
    "eval_measurements.csv",
    "hparams.json",
    "flags_*.json",
    "meta_data_*.json",
)
RESUMES = True

_TRIAL = re.compile(r"trial_\d+")
_OWN = re.compile(r"(eval_)?measurements\.csv|(flags|meta_data)_\d+\.json")
_FRAMEWORK = re.compile(r"_(jax|pytorch)(_[\d-]+)?$")
_CHOSEN = ("workload", "framework", "tuning_ruleset", "rng_seed", "max_global_steps")
_GAUGES = ("cpu.", "mem.", "net.", "gpu.")  # load of the machine at one moment
_BLOCK = 32_000_000


def sniff(probe: Probe) -> Match:
    """A file of the layout inside a trial folder that holds more of it, or shows its columns."""
    folder = probe.folder.replace("\\", "/").rpartition("/")[2]
    if not _TRIAL.fullmatch(folder) and not probe.name.startswith(("flags_", "meta_data_")):
        return Match.NO
    if probe.suffix == ".csv":
        header = probe.first_line
        ours = "global_step" in header and ("accumulated_" in header or _is_trial(probe))
        return Match.EXACT if ours else Match.NO
    if probe.name == "hparams.json":
        return Match.EXACT if _is_trial(probe) else Match.NO
    told = b'"tuning_ruleset"' if probe.name.startswith("flags_") else b'"workload.'
    return Match.EXACT if told in probe.head else Match.NO


def _is_trial(probe: Probe) -> bool:
    """Whether the other files of the layout stand beside it; a trial that never started has none."""
    if any(_OWN.fullmatch(name) for name in probe.siblings if name != probe.name):
        return True
    parent = probe.folder.replace("\\", "/").split("/")
    return len(parent) > 1 and _FRAMEWORK.search(parent[-2]) is not None


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """Read one file of a trial.

    Raises:
        ValueError: not JSON, or no object.
    """
    if probe.suffix == ".csv":
        log = read_many([(probe, resume)])[0]
        if isinstance(log, Exception):
            raise log
        return log
    if resume.offset:
        return _anew(probe)
    data = probe.read_bytes()
    record = load_json(data)
    if not isinstance(record, Mapping):
        raise ValueError(f"{probe.name} is no JSON object")  # noqa: TRY004
    run = _run(probe)
    if probe.name == "hparams.json":
        run.params = {**run.params, **flatten(record)}
    elif probe.name.startswith("flags_"):
        _add_flags(run, record)
    else:
        _add_meta(run, record)
    return ParsedLog([run], offset=len(data))


def _anew(probe: Probe) -> ParsedLog:
    log = read(probe, Resume())
    log.anew = True
    return log


def _run(probe: Probe) -> RunFacts:
    """The run of a trial folder; its workload stands in the folder above."""
    above = probe.folder.replace("\\", "/").split("/")[-2:-1]
    match = _FRAMEWORK.search(above[0]) if above else None
    if match is None:
        return RunFacts(probe.folder)
    return RunFacts(
        probe.folder, params={"workload": above[0][: match.start()], "framework": match[1]}
    )


def _add_flags(run: RunFacts, flags: Mapping[str, Any]) -> None:
    chosen = {name: flags[name] for name in _CHOSEN if flags.get(name) is not None}
    run.params = {**run.params, **chosen}
    run.meta = {
        name: value
        for name, value in flatten(flags).items()
        if name not in chosen and value not in {None, "", False} and not name.startswith("tt_")
    }


def _add_meta(run: RunFacts, record: Mapping[str, Any]) -> None:
    run.meta = {
        name: value
        for name, value in flatten(record).items()
        if not name.startswith(_GAUGES) and name != "git_commit_hash"
    }
    commit = record.get("git_commit_hash")
    run.commit = commit if isinstance(commit, str) else None


def read_many(jobs: Sequence[tuple[Probe, Resume]]) -> list[ParsedLog | Exception]:
    """Read several files; CSVs under one header line are parsed together, in one call a group."""
    logs: list[ParsedLog | Exception] = [ValueError("not read")] * len(jobs)
    groups: dict[bytes, list[tuple[int, bytes]]] = {}
    for i, (probe, resume) in enumerate(jobs):
        try:
            if probe.suffix == ".csv":
                header, body = _body(probe, resume)
                groups.setdefault(header, []).append((i, body))
            else:
                logs[i] = read(probe, resume)
        except (ValueError, OSError) as error:
            logs[i] = error
    for header, members in groups.items():
        _read_group(header, members, jobs, logs)
    return logs


def _body(probe: Probe, resume: Resume) -> tuple[bytes, bytes]:
    """Header line and the whole rows from where reading ended; at most ``_BLOCK`` bytes."""
    with Path(probe.path).open("rb") as file:
        header = file.readline()
        if resume.offset:
            file.seek(resume.offset)
        body = file.read(_BLOCK)
    return header, body[: body.rfind(b"\n") + 1]


def _read_group(
    header: bytes,
    members: list[tuple[int, bytes]],
    jobs: Sequence[tuple[Probe, Resume]],
    logs: list[ParsedLog | Exception],
) -> None:
    """Parse the rows of files with the same columns at once, and share them out again."""
    names = unique_names(header.decode("utf-8-sig", "replace").strip().split(","))
    counts = [body.count(b"\n") for _, body in members]
    problems: list[Problem] = []
    table: Table | None = Table(0)
    why = ValueError("its rows do not fit their header")
    try:
        if any(counts):
            frame = read_csv(b"".join(body for _, body in members), names, ",", problems=problems)
            table = from_frame(frame, problems=problems)
    except ValueError as error:
        table, why = None, error
    if len(members) > 1 and (table is None or problems or table.rows != sum(counts)):
        for member in members:  # one of them is damaged: find out which
            _read_group(header, [member], jobs, logs)
        return
    start = 0
    for (i, body), count in zip(members, counts, strict=True):
        rows = slice(start, start + count) if len(members) > 1 else slice(None)
        start += count
        logs[i] = why if table is None else _share(jobs[i], table, rows, problems)
        log = logs[i]
        if isinstance(log, ParsedLog):
            start_of_rows = (
                len(header) if header.endswith(b"\n") else 0
            )  # a header half written waits
            log.offset = (jobs[i][1].offset or start_of_rows) + len(body)


def _share(
    job: tuple[Probe, Resume], table: Table, rows: slice, problems: Sequence[Problem]
) -> ParsedLog:
    """One file's part of a table."""
    probe = job[0]
    columns = {name: column.take(rows) for name, column in table.numbers.items()}
    places = columns.pop("global_step", None)
    step = whole_steps(places) if places is not None else None
    if step is None:
        step = np.arange(max((len(c.value) for c in columns.values()), default=0), dtype=np.int64)
    said = [Problem(probe.path, problem.what, problem.where) for problem in problems]
    return ParsedLog([_run(probe)], wide_points(columns, step), said)
