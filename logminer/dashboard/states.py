"""What a run is doing: what its log says of its end, and else how long it has been silent.

A run whose log says that it finished, failed or was preempted has ended. Of any other, the last sign of life is
the latest of: its last point's wall time (the file's time where the log holds none), and the moment this
process saw a point arrive. It is *running* while it has been silent for less than two minutes, or less than ten
times its usual time between points. After that it is *stale* if its log said that it was running; or if it was
silent for less than a day and came less far than four fifths of what most others of its task did (or has no
others). What remains is *unknown*: an old log, or one that came as far as the others and says no more.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from logminer.core.history import came_less_far
from logminer.dashboard.words import span

ENDED = ("finished", "failed", "preempted")
SILENT_AT_LEAST = 120.0
SILENT_GAPS = 10.0
_OLD = 86_400.0


@dataclass(frozen=True)
class Doing:
    """A run's state, and why where the log does not say it."""

    state: str
    reason: str | None


def doing(status: str, silent: float, gap: float, *, cut_short: bool) -> Doing:
    """The state of a run.

    Args:
        status: what its log says.
        silent: seconds since the last sign of life; NaN where there was none.
        gap: its usual seconds between points; NaN if unknown.
        cut_short: whether it came less far than the others of its task.
    """
    if status in ENDED:
        return Doing(status, None)
    patience = max(SILENT_AT_LEAST, SILENT_GAPS * gap if gap > 0 else 0.0)
    if silent <= patience:
        return Doing("running", None)
    if status == "running" or (silent < _OLD and cut_short):
        # Nothing here grows with time: a row that says the same need not be sent again.
        usual = f", where there was one every {span(gap)}" if gap > 0 else ""
        return Doing("stale", f"no new point for more than {span(patience)}{usual}")
    return Doing("unknown", None)


def cut_short(steps: pd.Series, tasks: pd.Series) -> pd.Series:
    """Which runs came less far than most others of their task, or have no others; see ``came_less_far``."""
    alone = tasks.groupby(tasks).transform("size") < 2
    return alone | came_less_far(steps, tasks)


def gaps(ends: pd.DataFrame) -> pd.Series:
    """Usual seconds between points of each run: of its metric with most points."""
    known = ends[(ends["points"] > 1) & (ends["last_wall"] > ends["first_wall"])]
    most = known.sort_values("points", kind="stable").drop_duplicates("run", keep="last")
    seconds = (most["last_wall"] - most["first_wall"]) / (most["points"] - 1)
    return pd.Series(seconds.to_numpy(dtype=np.float64), index=most["run"])
