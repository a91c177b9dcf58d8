"""Which folder is the run, where a tracker keeps a run's files in folders inside it."""

import os
import re
from functools import lru_cache

_WANDB_RUN = re.compile(r"(?:offline-)?run-\d{8}_\d{6}-(?P<id>[A-Za-z0-9_.-]+)")
# Folders inside a run that hold parts of it.
_WANDB_PARTS = re.compile(
    r"(?P<run>.*/(?:(?:offline-)?run-\d{8}_\d{6}-[^/]+|latest-run))(?:/(?:files|logs|tmp)(?:/.*)?)?"
)
# Stable-Baselines3 numbers the folders of its events: PPO_1.
_SB3_EVENTS = re.compile(r"[A-Za-z][\w-]*_[1-9]\d*")
# ML-Agents' logs, Isaac Lab's params, open_clip's checkpoints and what Guild AI keeps of a run: the folder, and what shows whose
# it is, in it or above.
_PARTS = {
    "run_logs": (),
    ".guild": ("attrs",),
    "params": ("agent.yaml", "env.yaml"),
    "checkpoints": ("../params.txt", "../out.log"),
}


def run_folder(folder: str) -> str:
    """The folder of the run that the logs in a folder belong to, mostly itself.

    A W&B run that was resumed goes on in a second folder under the same id; it is the run of the
    first.
    """
    place = _WANDB_PARTS.fullmatch(folder.replace(os.sep, "/"))
    if place:
        return _first_of_its_id(folder[: len(place["run"])])
    parent, name = os.path.split(folder)
    marks = [os.path.join(folder, mark) for mark in _PARTS.get(name, ())]
    if name in _PARTS and all(map(os.path.exists, marks)):
        return parent
    if _SB3_EVENTS.fullmatch(name) and (run := _sb3_run(parent, name)):
        return run
    return parent if _is_only_behavior(parent, name) else folder


def _sb3_run(parent: str, name: str) -> str | None:
    """The run that Stable-Baselines3's folder of events lies in, where it is the only such folder there.

    The zoo's files of settings stand one folder below the run, monitors and evaluations in it.
    """
    try:
        names = os.listdir(parent)
    except OSError:
        return None
    if any(other != name and _SB3_EVENTS.fullmatch(other) for other in names):
        return None
    if {"args.yml", "config.yml"} <= {*names}:
        return os.path.dirname(parent)
    is_run = any(n == "evaluations.npz" or n.endswith("monitor.csv") for n in names)
    return parent if is_run else None


def _is_only_behavior(parent: str, name: str) -> bool:
    """Whether a folder holds the one behavior that an ML-Agents run trained, so its events."""
    marks = [os.path.join(parent, mark) for mark in ("configuration.yaml", "run_logs")]
    if not all(map(os.path.exists, marks)):
        return False
    folders = {entry.name for entry in os.scandir(parent) if entry.is_dir()}
    return folders == {name, "run_logs"}


def _first_of_its_id(run: str) -> str:
    parent, name = os.path.split(run)
    found = _WANDB_RUN.fullmatch(name)
    if not found:
        return run
    try:
        version = os.stat(parent).st_mtime_ns
    except OSError:
        return run
    return os.path.join(parent, _first_folders(parent, version).get(found["id"], name))


@lru_cache(maxsize=64)
def _first_folders(parent: str, _version: int) -> dict[str, str]:
    """The earliest folder of each id among W&B's runs; their names start with the time."""
    first: dict[str, str] = {}
    for name in os.listdir(parent):
        found = _WANDB_RUN.fullmatch(name)
        if found and _time(name) < _time(first.get(found["id"], "~")):
            first[found["id"]] = name
    return first


def _time(name: str) -> str:
    return name.removeprefix("offline-")
