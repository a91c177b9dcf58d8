"""Incumbent: the runs of a task over time, and the best one known at each moment."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from logminer.core.history import History
from logminer.core.objective import Objective


@dataclass(frozen=True)
class Incumbent:
    """Runs in order of their start.

    Attributes:
        runs: one row a run: ``task``, ``run``, ``name``, ``place`` (1, 2, … within its task),
            ``started`` (Unix time, NaN if unknown), ``value`` (NaN when it diverged), ``best`` (best
            value so far) and ``improved`` (whether this run made it).
        objectives: what ``value`` is, by task.
        timed: by task, whether starts are known for all its runs; else the order is that of the logs.
    """

    runs: pd.DataFrame
    objectives: Mapping[str, Objective]
    timed: Mapping[str, bool]

    def to_frame(self) -> pd.DataFrame:
        """All runs in order, by task."""
        return self.runs

    def of(self, task: str) -> pd.DataFrame:
        """The runs of one task in order."""
        return self.runs[self.runs["task"] == task]


def analyse(history: History) -> Incumbent:
    """Follow the best value so far through the runs of each task."""
    trials = history.trials
    runs = pd.DataFrame(
        {
            "task": trials["task"],
            "run": trials.index,
            "name": trials["name"],
            "started": trials["started"].astype(float),
            "value": trials["value"].where(history.losses.notna()),
            "loss": history.losses.fillna(np.inf),
        }
    )
    timed = {str(t): bool(s.notna().all()) for t, s in runs.groupby("task")["started"]}
    runs["when"] = runs["started"].where(runs["task"].map(timed), 0.0)
    runs = runs.sort_values(["task", "when"], kind="stable", ignore_index=True)
    by_task = runs.groupby("task")["loss"]
    least, before = (
        by_task.cummin(),
        by_task.transform(lambda s: s.cummin().shift(fill_value=np.inf)),
    )
    sign = runs["task"].map({t: o.sign for t, o in history.objectives.items()}).astype(float)
    runs["place"] = by_task.cumcount() + 1
    runs["best"] = (least * sign).where(np.isfinite(least))
    runs["improved"] = runs["loss"] < before
    columns = ["task", "run", "name", "place", "started", "value", "best", "improved"]
    return Incumbent(runs[columns], dict(history.objectives), timed)
