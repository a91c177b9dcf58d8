"""Copies of a tracker's run: a folder whose name is an id, met at a second place."""

import os
import re
from collections.abc import Mapping

from logminer.store.rows import SourceRow

# The id is all of the name, or follows the folder above; a W&B name holds the second of the start,
# a Ray one the trial's id and the second, an MLflow one is a UUID below an experiment.
_RUN = re.compile(
    r"(?P<run>.*/(?:"
    r"(?P<wandb>(?:offline-)?run-\d{8}_\d{6}-[^/]+)"
    r"|(?:\d+)/(?P<mlflow>[0-9a-f]{32})"
    r"|(?P<ray>[^/]*_[0-9a-f]{5,8}_\d{5}[^/]*_\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2})"
    r"))(?:/.*)?"
)
_LATEST = re.compile(r"(?P<parent>.*)/latest-run(?:/.*)?")
_WANDB = re.compile(r"(?:offline-)?run-\d{8}_\d{6}-")


class RunCopies:
    """Tells which folders hold a copy of a run; the first place met is the run's.

    Args:
        known: files read before, by path: their places were met first.
    """

    def __init__(self, known: Mapping[str, SourceRow]) -> None:
        self._places: dict[str, str] = {}
        self._has_runs: dict[str, bool] = {}
        for folder in {os.path.dirname(path) for path, row in known.items() if row.format}:
            self._repeats(folder.replace(os.sep, "/"))

    def is_copy(self, folder: str) -> bool:
        """Whether a folder lies in a copy of a run.

        W&B's ``latest-run`` is a link to the latest run, or a second copy of it where there are no
        links.

        Args:
            folder: absolute path, or address.
        """
        place = folder.replace(os.sep, "/")
        latest = _LATEST.fullmatch(place)
        if not latest:
            return self._repeats(place)
        parent = latest["parent"]
        if parent not in self._has_runs:
            self._has_runs[parent] = _has_runs(parent)
        return self._has_runs[parent]

    def _repeats(self, place: str) -> bool:
        found = _RUN.fullmatch(place)
        if not found:
            return False
        name = found["wandb"] or found["mlflow"] or found["ray"]
        return self._places.setdefault(name.removeprefix("offline-"), found["run"]) != found["run"]


def _has_runs(folder: str) -> bool:
    try:
        return any(_WANDB.match(name) for name in os.listdir(folder))
    except OSError:
        return False
