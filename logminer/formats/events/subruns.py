"""Which run an event file belongs to, where writers spread one run over several folders.

- ``SummaryWriter.add_hparams`` writes the parameters to a child folder named by the time, or as its ``run_name`` says;
- ``SummaryWriter.add_scalars`` writes each series to a child folder ``<tag>_<series>``, and that of
  tensorboardX to ``<tag>/<series>``;
- Keras writes to ``train/`` and ``validation/``, estimators to ``eval/``, CatBoost to ``learn/``, ``test/``, ``test1/``.
"""

import os
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from logminer.formats._probe import Probe
from logminer.formats._run_folder import run_folder
from logminer.formats.events.small_files import configs_below, glance

_TIME_NAME = re.compile(r"1[0-9]{9}(\.[0-9]+)?")
_SPLITS = {"train", "validation"}
# Folders that are a split only beside one of these.
_CATBOOST = {"catboost_training.json", "learn_error.tsv"}
_BESIDE = frozenset({"train", "learn", *_CATBOOST})
_LOOSE_SPLITS = {
    "learn": frozenset({"test", *_CATBOOST}),
    **dict.fromkeys(("val", "valid", "test", "eval", "evaluation"), _BESIDE),
}
_CATBOOST_FILE = "events.out.tfevents"  # without a time
_CATBOOST_TEST = re.compile(r"test\d+")  # further evaluation sets
_RAY_TAG = "ray/tune/"


@dataclass(frozen=True)
class Place:
    """A run's folder, and how tags of a file become metrics of the run.

    Attributes:
        root: absolute path of the folder.
        prefix: put before every tag.
        series: put behind every tag, for children of ``add_scalars``.
    """

    root: str
    prefix: str = ""
    series: str = ""

    def metric(self, tag: str) -> str:
        """Name of the metric that a tag is."""
        tag = tag.removeprefix(_RAY_TAG)
        named = tag if self.prefix and tag.startswith(self.prefix) else f"{self.prefix}{tag}"
        return f"{named}/{self.series}" if self.series else named


def repeats_another(probe: Probe) -> bool:
    """Whether an event file holds but what a log beside it holds in full precision.

    Ray Tune writes each result to result.json, progress.csv and an event file, CatBoost each iteration to
    catboost_training.json and an event file a data set.
    """
    if probe.name == _CATBOOST_FILE:
        return os.path.exists(os.path.join(os.path.dirname(probe.folder), "catboost_training.json"))
    beside = not probe.siblings.isdisjoint({"result.json", "progress.csv"})
    return beside and _RAY_TAG.encode() in probe.head


class Folders:
    """Listings of folders, each made once."""

    def __init__(self) -> None:
        self._names: dict[str, frozenset[str]] = {}
        self._one_config: dict[str, bool] = {}
        self._lacks_config: dict[str, bool] = {}

    def names(self, folder: str) -> frozenset[str]:
        """Names of what is in a folder; empty if it cannot be listed."""
        if folder not in self._names:
            try:
                self._names[folder] = frozenset(os.listdir(folder))
            except OSError:
                self._names[folder] = frozenset()
        return self._names[folder]

    def states_one_config(self, parent: str) -> bool:
        """Whether all ``add_hparams`` calls of a writer state one config; else each is a trial."""
        if parent not in self._one_config:
            calls = sorted(name for name in self.names(parent) if _TIME_NAME.fullmatch(name))
            known = len(calls) < 2 or len(configs_below(parent, calls)) < 2
            self._one_config[parent] = known
        return self._one_config[parent]

    def lacks_its_config(self, parent: str) -> bool:
        """Whether a folder holds the measurements of one run, and only a child the config.

        That is so when its own event files state no config, and its children state one and are no runs themselves.
        """
        if parent not in self._lacks_config:
            own = glance(parent)
            measured = bool(own.tags) or own.has_curves
            self._lacks_config[parent] = measured and not own.configs and self._one_below(parent)
        return self._lacks_config[parent]

    def _one_below(self, parent: str) -> bool:
        configs = set[Any]()
        for name in sorted(self.names(parent)):
            child = os.path.join(parent, name)
            if not self.has_events(child):
                continue
            seen = glance(child)
            configs |= seen.configs
            is_split = name in _SPLITS or name in _LOOSE_SPLITS
            is_part = is_split or _series_place(child, seen.tags, self)
            if len(configs) > 1 or (seen.has_curves and not is_part):
                return False
        return True

    def has_events(self, folder: str) -> bool:
        """Whether event files lie directly in a folder."""
        return any("tfevents" in name for name in self.names(folder))

    def holds_only_events(self, folder: str) -> bool:
        """Whether a folder lacks all that a run of its own would have, such as a config."""
        return all("tfevents" in name or name == "plugins" for name in self.names(folder))


def place_of(
    folder: str,
    tags: Iterable[str],
    folders: Folders,
    *,
    has_params: bool,
    has_curves: bool = False,
) -> Place:
    """The run that an event file in ``folder`` belongs to.

    Args:
        folder: absolute path.
        tags: tags of the file's scalars.
        folders: listings already made.
        has_params: whether the file holds hyperparameters.
        has_curves: whether it holds several points of a tag.
    """
    parent, name = os.path.split(folder)
    series = _series_place(folder, set(tags), folders)
    if series:
        return series
    beside_events = folders.has_events(parent)
    companions = _LOOSE_SPLITS.get("test" if _CATBOOST_TEST.fullmatch(name) else name, frozenset())
    is_split = name in _SPLITS or (name in _LOOSE_SPLITS and beside_events)
    if (is_split or companions & folders.names(parent)) and folders.holds_only_events(folder):
        return Place(parent, f"{name}/")
    is_call = beside_events and has_params
    if is_call and _TIME_NAME.fullmatch(name):
        return Place(parent if folders.states_one_config(parent) else folder)
    is_named_call = is_call and not has_curves and glance(folder).configs
    is_part = is_named_call and folders.lacks_its_config(parent)
    return Place(parent if is_part else run_folder(folder))


def _series_place(folder: str, tags: Collection[str], folders: Folders) -> Place | None:
    """Where a file of ``add_scalars`` belongs: its folder is named by its one tag and the series."""
    if len(tags) != 1:
        return None
    parent, name = os.path.split(folder)
    (tag,) = tags
    start = f"{tag.replace('/', '_')}_"
    if name.startswith(start) and len(name) > len(start) and folders.has_events(parent):
        return Place(parent, series=name[len(start) :])
    root = parent.removesuffix(os.path.join(os.sep, *tag.split("/")))
    if root != parent and folders.has_events(root):
        return Place(root, series=name)
    return None
