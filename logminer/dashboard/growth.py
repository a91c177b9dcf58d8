"""How curves grow: points that go on where a curve ended are appended; anything else makes it be read anew."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
        """Number of appended points, and of curves that changed in other ways."""
        return sum(map(len, self.points.values())) + len(self.reset)


def replaced_runs(before: pd.DataFrame, now: pd.DataFrame, new: pd.DataFrame) -> frozenset[int]:
    """Runs of files that hold not just what they held and the new points.

    Args:
        before: which run was read from which file, as from ``store.tail.sources``.
        now: the same, later.
        new: points stored in between, as from ``store.tail.appended``.
    """
    old, files = (frame.drop_duplicates("source").set_index("source") for frame in (before, now))
    gained = new.groupby("source").size()
    every = old.index.union(files.index).union(gained.index)
    held, holds = old.reindex(every, fill_value=0), files.reindex(every, fill_value=0)
    grew = holds["points"] - held["points"] == gained.reindex(every, fill_value=0)
    # A file that was not known is new, however often it was read.
    odd = every[((holds["times"] != held["times"]) & every.isin(old.index) | ~grew).to_numpy()]
    told = [frame.loc[frame["source"].isin(odd), "run"] for frame in (before, now, new)]
    return frozenset(int(run) for run in pd.concat(told))


def split(new: pd.DataFrame, last: Mapping[CurveKey, int]) -> Growth:
    """Tell points that go on from those that do not.

    Args:
        new: points in the order in which they came.
        last: last step of each curve there was.
    """
    points: dict[CurveKey, pd.DataFrame] = {}
    reset: set[CurveKey] = set()
    for key, rows in _by_curve(new):
        steps = rows["step"].to_numpy()
        if steps[0] > last.get(key, steps[0] - 1) and bool((np.diff(steps) > 0).all()):
            points[key] = rows[["step", "wall", "value"]]
        else:
            reset.add(key)
    return Growth(0, points, frozenset(reset))


def read_again(
    whole: pd.DataFrame, last: Mapping[CurveKey, int], prints: Mapping[CurveKey, int]
) -> tuple[Growth, dict[CurveKey, int]]:
    """Tell how runs went on whose files were read anew: mostly as if there were just new points at the end.

    Young logs are read anew until it is clear what their columns are, and some loggers write the whole file each
    time. Where everything up to the last step is as it was, only the rest is new.

    Args:
        whole: all curves of these runs as they are now, as from ``store.read.curves``.
        last: last step of each of their curves before.
        prints: fingerprints of their curves before, as far as they were taken.

    Returns:
        What came, and the fingerprints of these curves as they are now.
    """
    points: dict[CurveKey, pd.DataFrame] = {}
    reset, now = set(last), {}
    for key, rows in _by_curve(whole):
        known = rows["step"] <= last[key] if key in last else rows["step"].isna()
        if key not in last or (key in prints and prints[key] == fingerprint(rows[known])):
            reset.discard(key)
            if not known.all():
                points[key] = rows.loc[~known, ["step", "wall", "value"]]
        now[key] = fingerprint(rows)
    return Growth(0, points, frozenset(reset)), now


def fingerprint(rows: pd.DataFrame) -> int:
    """What tells a curve from any other, with columns ``step`` and ``value``."""
    return hash(tuple(rows[axis].to_numpy().tobytes() for axis in ("step", "value")))


def together(one: Growth, other: Growth) -> Growth:
    """What two looks at different runs found."""
    return Growth(0, {**one.points, **other.points}, one.reset | other.reset)


def _by_curve(frame: pd.DataFrame) -> Iterator[tuple[CurveKey, pd.DataFrame]]:
    for (metric, run), rows in frame.groupby(["metric", "run"], sort=False):
        yield (str(metric), int(str(run))), rows


def grown(ends: pd.DataFrame, growth: Growth) -> pd.DataFrame:
    """The ends of curves after points were appended, one row a curve as from ``store.tail.ends``."""
    if not growth.points:
        return ends
    rows = [_end(key, points) for key, points in growth.points.items()]
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
    for which, rising in (("min", True), ("max", False)):
        extreme = both.sort_values(which, ascending=rising, kind="stable")
        extreme = extreme.drop_duplicates(["run", "metric"])[["run", "metric", f"{which}_step"]]
        merged = merged.merge(extreme, on=["run", "metric"])
    return pd.concat([ends[~old], merged], ignore_index=True)[list(ends.columns)]


def _end(key: CurveKey, points: pd.DataFrame) -> dict[str, Any]:
    value = points["value"].to_numpy(dtype=np.float64)
    finite = value[np.isfinite(value)]
    none = finite if len(finite) else np.array([np.nan])
    return {
        "run": key[1],
        "metric": key[0],
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
        **_extreme_steps(points, value),
    }


def _extreme_steps(points: pd.DataFrame, value: NDArray[np.float64]) -> dict[str, float]:
    """Steps of the lowest and highest finite value, NaN without one."""
    sound = np.isfinite(value)
    if not sound.any():
        return {"min_step": np.nan, "max_step": np.nan}
    steps, finite = points["step"].to_numpy(dtype=np.float64)[sound], value[sound]
    return {"min_step": steps[finite.argmin()], "max_step": steps[finite.argmax()]}
