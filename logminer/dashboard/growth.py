"""How curves grow: points that go on where a curve ended are appended; anything else makes it be read anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

CurveKey = tuple[str, int]  # metric, run


@dataclass(frozen=True)
class Growth:
    """What one look at the store found new.

    Attributes:
        revision: the revision this led to.
        points: by metric and run, rows ``step``, ``wall``, ``value`` that come after what was there.
        reset: curves that changed in other ways: a file was replaced, or training went back.
    """

    revision: int
    points: Mapping[CurveKey, pd.DataFrame] = field(default_factory=dict)
    reset: frozenset[CurveKey] = frozenset()

    @property
    def size(self) -> int:
        """Number of appended points."""
        return sum(map(len, self.points.values()))


def replaced_runs(before: pd.DataFrame, now: pd.DataFrame, new: pd.DataFrame) -> set[int]:
    """Runs read from files that hold not just what they held and the new points.

    Args:
        before: which run was read from which file, as from ``store.tail.sources``.
        now: the same, later.
        new: points that came in between, as from ``store.tail.appended``.
    """
    held = before.drop_duplicates("source").set_index("source")["points"]
    holds = now.drop_duplicates("source").set_index("source")["points"]
    gained = new.groupby("source").size()
    every = held.index.union(holds.index)
    expected = held.reindex(every, fill_value=0) + gained.reindex(every, fill_value=0)
    odd = every[(holds.reindex(every, fill_value=0) != expected).to_numpy()]
    return {
        int(run) for frame in (before, now) for run in frame.loc[frame["source"].isin(odd), "run"]
    }


def split(new: pd.DataFrame, last: Mapping[CurveKey, int], replaced: set[int]) -> Growth:
    """Tell points that go on from those that do not.

    Args:
        new: points in the order in which they came.
        last: last step of each curve there was.
        replaced: runs known to have changed in other ways.
    """
    points: dict[CurveKey, pd.DataFrame] = {}
    reset = {key for key in last if key[1] in replaced} if replaced else set()
    for (metric, run), rows in new.groupby(["metric", "run"], sort=False):
        key, steps = (str(metric), int(str(run))), rows["step"].to_numpy()
        goes_on = steps[0] > last.get(key, steps[0] - 1) and bool((np.diff(steps) > 0).all())
        if goes_on and key[1] not in replaced:
            points[key] = rows[["step", "wall", "value"]]
        else:
            reset.add(key)
    return Growth(0, points, frozenset(reset))


def grown(ends: pd.DataFrame, growth: Growth) -> pd.DataFrame:
    """The ends of curves after points were appended, one row a curve as from ``store.tail.ends``."""
    if not growth.points:
        return ends
    rows = [_end(run, metric, points) for (metric, run), points in growth.points.items()]
    added = pd.DataFrame(rows)
    touched = pd.MultiIndex.from_frame(added[["run", "metric"]])
    old = pd.MultiIndex.from_frame(ends[["run", "metric"]]).isin(touched)
    both = pd.concat([ends[old], added], ignore_index=True)
    by = both.groupby(["run", "metric"], as_index=False)
    merged = by.agg(
        points=("points", "sum"),
        first_step=("first_step", "min"),
        last_step=("last_step", "max"),
        first_wall=("first_wall", "min"),
        last_wall=("last_wall", "max"),
        first=("first", "first"),  # the first and last that are finite: NaN is passed over
        last=("last", "last"),
        min=("min", "min"),
        max=("max", "max"),
    )
    merged = merged.merge(added[["run", "metric", "end"]], on=["run", "metric"])
    return pd.concat([ends[~old], merged], ignore_index=True)[list(ends.columns)]


def _end(run: int, metric: str, points: pd.DataFrame) -> dict[str, object]:
    value = points["value"].to_numpy(dtype=np.float64)
    finite = value[np.isfinite(value)]
    none = finite if len(finite) else np.array([np.nan])
    return {
        "run": run,
        "metric": metric,
        "points": len(points),
        "first_step": points["step"].iloc[0],
        "last_step": points["step"].iloc[-1],
        "first_wall": points["wall"].min(),
        "last_wall": points["wall"].max(),
        "end": value[-1],
        "first": none[0],
        "last": none[-1],
        "min": none.min(),
        "max": none.max(),
    }
