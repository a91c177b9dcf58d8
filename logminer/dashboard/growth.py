"""How curves grow: points that go on where a curve ended are appended; anything else makes it be read anew."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True)
class Change:
    """What happened to files between two looks.

    Attributes:
        gained: points that came at the end of what was there, by file.
        replaced: runs of files that were read anew, or are gone.
        erased: points thrown away in all: places may have moved down by as many.
    """

    gained: Mapping[int, int]
    replaced: frozenset[int]
    erased: int


def compare(before: pd.DataFrame, now: pd.DataFrame) -> Change:
    """What happened to files.

    Args:
        before: which run was read from which file, as from ``store.tail.sources``.
        now: the same, later.
    """
    old, new = (frame.drop_duplicates("source").set_index("source") for frame in (before, now))
    every = old.index.union(new.index)
    held = old.reindex(every, fill_value=0)
    holds = new.reindex(every, fill_value=0)
    grew = (holds["points"] - held["points"]).astype(int)
    # A file that is new was read anew only if it was known and without runs before: all its points are new then.
    anew = (holds["times"] != held["times"]) & every.isin(old.index) | (grew < 0)
    odd = every[anew.to_numpy()]
    runs = {run for frame in (before, now) for run in frame.loc[frame["source"].isin(odd), "run"]}
    gained = grew[~anew & (grew > 0)]
    return Change(
        dict(zip(gained.index.tolist(), gained.tolist(), strict=True)),
        frozenset(int(run) for run in runs),
        int(holds["erased"].sum()),
    )


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


def read_again(whole: pd.DataFrame, ends: pd.DataFrame) -> Growth:
    """Tell how runs went on whose files were read anew: mostly as if there were just new points at the end.

    Young logs are read anew until it is clear what their columns are, and some loggers write the whole file each
    time. Where everything up to the last step has the same ends as before, only the rest is new.

    Args:
        whole: all curves of these runs as they are now, as from ``store.tail.curves``.
        ends: their ends as they were before, as from ``store.tail.ends``.
    """
    before = {(row["metric"], row["run"]): row for row in ends.to_dict("records")}
    points: dict[CurveKey, pd.DataFrame] = {}
    reset = set(before)
    for key, rows in _by_curve(whole):
        old = before.get(key)
        known = rows["step"] <= old["last_step"] if old else rows["step"] != rows["step"]
        if old is None or (known.any() and _same(_end(key, rows[known]), old)):
            reset.discard(key)
            if not known.all():
                points[key] = rows.loc[~known, ["step", "wall", "value"]]
    return Growth(0, points, frozenset(reset))


def together(one: Growth, other: Growth) -> Growth:
    """What two looks at different runs found."""
    return Growth(0, {**one.points, **other.points}, one.reset | other.reset)


def _by_curve(frame: pd.DataFrame) -> Iterator[tuple[CurveKey, pd.DataFrame]]:
    for (metric, run), rows in frame.groupby(["metric", "run"], sort=False):
        yield (str(metric), int(str(run))), rows


def _same(one: Mapping[str, Any], other: Mapping[Hashable, Any]) -> bool:
    return all(_equal(value, other[name]) for name, value in one.items())


def _equal(one: Any, other: Any) -> bool:
    """Equality under which NaN is NaN."""
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124


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
    }
