"""Stable-Baselines3 and rl-zoo: progress.csv, ``*.monitor.csv``, evaluations.npz; args.yml and config.yml.

Steps are environment steps. A monitor's first line is JSON with the start time, then one row an episode (reward,
length, seconds). The zoo keeps its two YAML files in a folder named after the environment; their Python tags are
read as plain data. Formats: stable_baselines3/common/{logger,monitor,callbacks}.py, rl_zoo3/exp_manager.py.
"""

import io
import zipfile
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._points import PointColumns, as_step, numbers
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import load_object, records
from logminer.formats.documents.values import flatten, parse_time, scalar, spoken
from logminer.formats.documents.yaml_text import read_yaml
from logminer.formats.tables.header_table import read_table
from logminer.formats.tables.table import Numbers, whole_steps, wide_points
from logminer.formats.trackers.plans import config_beside, first_number, note_progress

NAMES = (
    "progress.csv", "progress.json", "*monitor.csv", "evaluations.npz", "args.yml", "config.yml",
    "command.txt", "log.txt",
)  # fmt: skip

_STEP = "time/total_timesteps"
_ORDERED = "!!python/object/apply:collections.OrderedDict"
# Arguments of the zoo's train.py that say how it logs, evaluates and tunes; any other was chosen for the run,
# those included that somebody added to their copy of it.
_ADMINISTRATIVE = spoken("""
    conf_file config device eval_episodes eval_freq eval_env_kwargs gym_packages log_folder log_interval
    max_total_trials n_eval_envs n_evaluations n_jobs n_startup_trials n_timesteps n_trials no_optim_plots
    num_threads optimization_log_path optimize_hyperparameters optimize progress progress_bar pruner sampler
    save_freq save_replay_buffer storage study_name tags tensorboard_log track trained_agent
    truncate_last_trajectory trial_id uuid vec_env verbose wandb_entity wandb_project_name wandb_tags yaml_file
""")
_LARGEST = 1 << 28


def sniff(probe: Probe) -> Match:
    """Tables by their header, the zoo's files by what is written and stands beside them."""
    if probe.name == "progress.csv":
        return Match.EXACT if _STEP in probe.first_line.split(",") else Match.NO
    if probe.name == "progress.json":
        written = f'"{_STEP}"' in probe.first_line
        again = Match.PARTS if "progress.csv" in probe.siblings else Match.EXACT
        return again if written else Match.NO
    if probe.name == "log.txt":
        known = "|    total_timesteps" in probe.text
        return Match.PARTS if known and "progress.csv" in probe.siblings else Match.NO
    if probe.name.endswith("monitor.csv"):
        known = probe.first_line.startswith("#{") and "t_start" in probe.first_line
        return Match.EXACT if known else Match.NO
    if probe.name == "evaluations.npz":
        return Match.EXACT if b"timesteps.npy" in probe.head else Match.NO
    return _sniff_zoo(probe)


def _sniff_zoo(probe: Probe) -> Match:
    if not {"args.yml", "config.yml"} <= probe.siblings:
        return Match.NO
    if probe.suffix == ".yml":
        return Match.EXACT if probe.first_line.startswith(_ORDERED) else Match.NO
    return Match.EXACT


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """One file of a run."""
    if probe.name == "progress.csv":
        return _read_progress(probe)
    if probe.name == "progress.json":
        return _read_progress_json(probe)
    if probe.name.endswith("monitor.csv"):
        return _read_monitor(probe)
    if probe.name == "evaluations.npz":
        return _read_evaluations(probe)
    facts = RunFacts(str(Path(probe.folder).parent))
    log = ParsedLog([facts], offset=probe.size)
    if probe.name == "command.txt":
        facts.command = str(scalar(probe.text.strip()))
    else:
        _note_zoo(facts, probe, log.problems)
    return log


def _note_zoo(facts: RunFacts, probe: Probe, problems: list[Problem]) -> None:
    loaded = read_yaml(probe, problems)
    if not isinstance(loaded, dict):
        raise ValueError("expected a mapping")  # noqa: TRY004
    if probe.name == "config.yml":
        facts.params = flatten(loaded)
        return
    chosen = {k: v for k, v in loaded.items() if k not in _ADMINISTRATIVE and v is not None}
    facts.params = flatten(chosen)
    facts.meta = flatten({"args": {k: v for k, v in loaded.items() if k not in chosen}})


def _read_progress(probe: Probe) -> ParsedLog:
    log = ParsedLog([RunFacts(probe.folder)], offset=probe.size)
    table = read_table(probe, ",", log.problems)
    steps = whole_steps(table.numbers[_STEP]) if _STEP in table.numbers else None
    if steps is not None:
        metrics = {name: column for name, column in table.numbers.items() if name != _STEP}
        log.points = wide_points(metrics, steps)
        note_progress(log.runs[0], float(steps.max(initial=0)), _planned_steps(probe.folder)[0])
    return log


def _planned_steps(folder: str) -> tuple[float | None, float]:
    """Steps that the zoo was to make in a run's folder, and in how many environments at once."""
    for inner in islice(Path(folder).glob("*/config.yml"), 1):
        config = config_beside(str(inner.parent), "config.yml")
        asked = first_number(config_beside(str(inner.parent), "args.yml"), "n_timesteps")
        environments = first_number(config, "n_envs") or 1.0
        return asked or first_number(config, "n_timesteps"), environments
    return None, 1.0


def _read_progress_json(probe: Probe) -> ParsedLog:
    log, columns = ParsedLog([RunFacts(probe.folder)], offset=probe.size), PointColumns()
    for _, row in records(probe.path, log.problems):
        step = as_step(row.pop(_STEP, 0)) if row else 0
        for name, value in numbers(row or {}):
            columns.add(name, step, value)
    log.points = columns.points()
    return log


def _read_monitor(probe: Probe) -> ParsedLog:
    about = load_object(probe.first_line.removeprefix("#"))
    start = parse_time(about.get("t_start"))
    facts = RunFacts(probe.folder, started=start)
    if about.get("env_id"):
        facts.meta = {"env_id": scalar(about["env_id"])}
    log = ParsedLog([facts], offset=probe.size)
    table = read_table(probe, ",", log.problems, skip=1)
    if not table.rows or not {"r", "l"} <= table.numbers.keys():
        return log
    length = table.numbers["l"]
    steps = np.cumsum(np.where(np.isfinite(length.value), length.value, 0)).astype(np.int64)
    wall = table.numbers["t"].value + start if start and "t" in table.numbers else None
    prefix = _prefix(probe)
    known = {"r": "reward", "l": "length"}
    metrics = {
        f"{prefix}/{known.get(name, name)}": column
        for name, column in table.numbers.items()
        if name != "t"
    }
    log.points = wide_points(metrics, steps, wall)
    planned, environments = _planned_steps(probe.folder)
    # The episode that was under way at the end is not logged.
    done = float(steps[-1]) + float(np.nanmax(length.value, initial=0))
    note_progress(facts, done * environments, planned)
    return log


def _prefix(probe: Probe) -> str:
    """Environments that ran side by side keep metrics of their own."""
    several = sum(name.endswith("monitor.csv") for name in probe.siblings) > 1
    number = probe.name.removesuffix("monitor.csv").strip(".")
    return f"monitor/{number}" if several and number else "monitor"


def _read_evaluations(probe: Probe) -> ParsedLog:
    """Means over the episodes of each evaluation, named as SB3 logs them elsewhere."""
    arrays = _load_arrays(probe.path)
    steps = arrays.get("timesteps", np.empty(0)).ravel()
    names = {
        "results": "eval/mean_reward",
        "ep_lengths": "eval/mean_ep_length",
        "successes": "eval/success_rate",
    }
    columns = {}
    for key, name in names.items():
        array = arrays.get(key, np.empty(0))
        if len(steps) and array.ndim and len(array) == len(steps) and array.size:
            means = array.reshape(len(steps), -1).astype(np.float64).mean(axis=1)
            columns[name] = Numbers(means, np.ones(len(steps), dtype=bool))
    points = wide_points(columns, steps.astype(np.int64)) if columns else Points.empty()
    return ParsedLog([RunFacts(probe.folder)], points, offset=probe.size)


def _load_arrays(path: str) -> dict[str, NDArray[Any]]:
    """Arrays of numbers in an ``.npz``; sizes are checked before anything is unpacked, objects refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _LARGEST:
                raise ValueError("arrays of more than 256 MB are not read")
            return {
                name.removesuffix(".npy"): _array(archive.read(name))
                for name in archive.namelist()
                if name.endswith(".npy")
            }
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
        raise ValueError(f"not an archive of arrays: {error}") from None


def _array(data: bytes) -> NDArray[Any]:
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    if version != (1, 0):
        raise ValueError(f"array format {version} is not read")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.kind not in "iufb" or np.prod(shape, dtype=float) * dtype.itemsize > len(data):
        raise ValueError("not an array of numbers")
    count = int(np.prod(shape))
    flat = np.frombuffer(data, dtype, count, file.tell())
    return flat.reshape(shape, order="F" if fortran else "C")
