"""The feed: the snapshot that holds now, and what changed on the way to it."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import pandas as pd

from logminer.analyses.standing import last_signs
from logminer.core.errors import NothingFoundError
from logminer.dashboard.database import Database
from logminer.dashboard.growth import (
    CurveKey,
    Growth,
    fingerprint,
    grown,
    read_again,
    replaced_runs,
    split,
    together,
)
from logminer.dashboard.overview import Overview, look_over
from logminer.dashboard.snapshot import EMPTY, FACTS, Snapshot, make_snapshot
from logminer.store import Store
from logminer.workflows.history import Mined, View, mined_from, with_stored_roles

_KEPT_POINTS = 500_000  # appended points kept for pages that reconnect,
_KEPT_LOOKS = 5_000  # and looks at the store that found some


@dataclass(frozen=True)
class Moment:
    """The project at one revision, and how it came there.

    Attributes:
        revision: grows with every change; the first of a process is later than all of an earlier process.
        updated: Unix seconds when it was made.
        snapshot: what the page shows.
        changed: revision at which each run changed last.
        state_changed: revision at which tasks, metrics or parameters changed last.
        growths: what was appended, oldest first.
        since: the revision after which ``growths`` is whole.
        last_steps: last step of each curve, by metric and run.
        problems: number of things that could not be read of the logs.
        trouble: why the snapshot is not up to date, or None.
        loading: whether the store is being read for the first time, with nothing known to hinder it.
    """

    revision: int
    updated: float
    snapshot: Snapshot
    changed: Mapping[int, int]
    state_changed: int
    growths: Sequence[Growth] = ()
    since: int = 0
    last_steps: Mapping[tuple[str, int], int] = field(default_factory=dict)
    problems: int = 0
    trouble: str | None = None
    loading: bool = False

    def knows(self, revision: int) -> bool:
        """Whether what came after a revision is still known."""
        return self.since <= revision <= self.revision

    def rows_after(self, revision: int) -> list[bytes]:
        """Rows of runs that changed after a revision, as JSON."""
        every = not self.knows(revision)
        rows = self.snapshot.rows
        later = (run for run, at in self.changed.items() if every or at > revision)
        return [rows[run] for run in later if run in rows]

    def points_after(self, revision: int, metric: str, runs: Iterable[int]) -> list[dict[str, Any]]:
        """Points of some curves that were appended after a revision.

        Returns:
            One entry a curve with ``run``, ``step``, ``wall``, ``value``; or with ``run`` and ``reset`` where the
            curve has to be asked for again.
        """
        wanted = list(dict.fromkeys(runs))
        if not self.knows(revision):
            return [{"run": run, "reset": True} for run in wanted]
        later = [growth for growth in self.growths if growth.revision > revision]
        found: list[dict[str, Any]] = []
        for run in wanted:
            key = (metric, run)
            parts = [growth.points[key] for growth in later if key in growth.points]
            if any(key in growth.reset for growth in later):
                found.append({"run": run, "reset": True})
            elif parts:
                rows = pd.concat(parts)
                axes = ("step", "wall", "value")
                found.append({"run": run} | {axis: rows[axis].to_numpy() for axis in axes})
        return found


@dataclass
class _Read:
    """What was read of the store so far.

    Attributes:
        mark: how far its points were seen.
        prints: fingerprints of curves whose files were read anew.
        ends: one row a curve.
        sources: which run was read from which file.
        runs: facts of the runs.
        outline: changes with runs, parameters and names of metrics.
        overview: tasks and parameters.
        problems: number of problems.
        made: when the database was made.
    """

    mark: int
    prints: Mapping[CurveKey, int]
    ends: pd.DataFrame
    sources: pd.DataFrame
    runs: pd.DataFrame
    outline: str
    overview: Overview
    problems: int
    made: str


class Feed:
    """Keeps the snapshot of a database up to date; ``refresh`` is called by one thread at a time, the rest by any.

    Args:
        database: the database.
        view: how the user wants the runs to be seen.
    """

    def __init__(self, database: Database, view: View) -> None:
        self._database, self._view = database, view
        self._one = Lock()
        self._read: _Read | None = None
        self._arrived: dict[int, float] = {}
        self.moment = _nothing(time.time())

    @property
    def loaded(self) -> bool:
        """Whether the store was read at all."""
        return self._read is not None

    def refresh(self) -> bool:
        """Read what is new in the store; whether there was anything.

        Raises:
            LogminerError: the database cannot be read.
        """
        with self._one:
            now = time.time()
            with self._database.reading() as store:
                growth = self._catch_up(store, now)
            return self._publish(growth, now)

    def tick(self) -> bool:
        """Look at the clock: a run that stopped writing becomes stale without anything new being read."""
        with self._one:
            return self._read is not None and self._publish(Growth(0), time.time())

    def suffer(self, trouble: str) -> bool:
        """Say why nothing new can be read; whether that is news."""
        with self._one:
            old = self.moment
            if old.trouble == trouble:
                return False
            revision = old.revision + 1
            self.moment = replace(
                old, revision=revision, state_changed=revision, trouble=trouble, loading=False
            )
            return True

    def mined(self, task: str | None) -> Mined:
        """The runs of the tasks related to one, or of the largest family, as of the last refresh.

        Raises:
            NothingFoundError: nothing was read yet.
            LogminerError: the database cannot be read.
        """
        read = self._read
        if read is None or read.runs.empty:
            raise NothingFoundError("no runs yet", "logminer ingest PATH reads some")
        with self._database.reading() as store:
            params, view = store.read.params(), with_stored_roles(self._view, store)
            spaces = store.read.spaces()
        return mined_from(read.runs, params, read.ends, view, task=task, spaces=spaces)

    def _catch_up(self, store: Store, now: float) -> Growth:
        before, tail = self._read, store.tail
        mark, sources, hashed = tail.mark(), tail.sources(), tail.outline_hash()
        made = str(store.read.sql("SELECT min(applied_at) AS at FROM schema_version")["at"][0])
        if before is not None and (made != before.made or mark < before.mark):
            before = None  # another database, or an older copy, lies there now
        prints: Mapping[CurveKey, int] = {}
        if before is None:
            ends = tail.ends()
            growth = Growth(0, reset=frozenset(last_steps(ends)))
        else:
            new = tail.appended(before.mark, mark)
            growth, prints = _growth(store, before, sources, new)
            ends = _ends(store, before, growth)
            grew = {run for _, run in (*growth.points, *growth.reset)}
            self._arrived.update(dict.fromkeys(grew, now))
        runs = store.read.runs()
        if before is None or hashed != before.outline or len(ends) != len(before.ends):
            view = with_stored_roles(self._view, store)
            overview = look_over(runs.index, store.read.params(), ends, view, store.read.spaces())
        else:
            overview = before.overview
        problems = store.read.counts()["problems"]
        self._read = _Read(mark, prints, ends, sources, runs, hashed, overview, problems, made)
        return growth

    def _publish(self, growth: Growth, now: float) -> bool:
        read, old = self._read, self.moment
        assert read is not None
        snapshot = make_snapshot(read.runs, read.ends, self._alive(read, now), read.overview, now)
        revision = old.revision + 1
        rows = old.snapshot.rows
        differ = [run for run, row in snapshot.rows.items() if rows.get(run) != row]
        told = (old.snapshot.state, old.problems, old.trouble, old.loading)
        same_state = told == (snapshot.state, read.problems, None, False)
        if same_state and not differ and not growth.size:
            return False
        growths, since = old.growths, old.since
        if growth.size:
            growths, since = _kept((*growths, replace(growth, revision=revision)), since)
        self.moment = Moment(
            revision,
            now,
            snapshot,
            {**old.changed, **dict.fromkeys(differ, revision)},
            old.state_changed if same_state else revision,
            growths,
            since,
            last_steps(read.ends),
            read.problems,
        )
        return True

    def _alive(self, read: _Read, now: float) -> pd.Series:
        """Last sign of life of each run: in its logs, or seen to arrive."""
        told = last_signs(read.ends, read.sources, now).reindex(read.runs.index)
        arrived = pd.Series(self._arrived, dtype=float).reindex(read.runs.index)
        return pd.concat([told, arrived], axis=1).max(axis=1)


def _growth(
    store: Store, before: _Read, sources: pd.DataFrame, new: pd.DataFrame
) -> tuple[Growth, dict[CurveKey, int]]:
    """What came since the last look, and the fingerprints of curves that are still good."""
    replaced = replaced_runs(before.sources, sources, new)
    last = last_steps(before.ends)
    growth = split(new[~new["run"].isin(replaced)], last)
    # A fingerprint is that of a whole curve: it does not outlast points that were appended without it.
    changed = {*growth.points, *growth.reset}
    prints = {key: value for key, value in before.prints.items() if key not in changed}
    whole_curves = {key: rows for key, rows in growth.points.items() if key not in last}
    prints |= {key: fingerprint(rows) for key, rows in whole_curves.items()}
    if not replaced:
        return growth, prints
    whole = store.read.curves(store.tail.metrics(replaced), replaced)
    own = {key: step for key, step in last.items() if key[1] in replaced}
    more, taken = read_again(whole, own, prints)
    return together(growth, more), {**prints, **taken}


def _ends(store: Store, before: _Read, growth: Growth) -> pd.DataFrame:
    """The ends of all curves after they grew."""
    ends = grown(before.ends, growth)
    odd = {run for _, run in growth.reset}
    if not odd:
        return ends
    rest = ends[~ends["run"].isin(odd)]
    return pd.concat([rest, store.tail.ends(odd)], ignore_index=True)


def last_steps(ends: pd.DataFrame) -> dict[CurveKey, int]:
    """Last step of each curve, by metric and run."""
    keys = zip(ends["metric"].tolist(), ends["run"].tolist(), strict=True)
    return dict(zip(keys, ends["last_step"].tolist(), strict=True))


def _nothing(now: float) -> Moment:
    """Before anything was read. Its revision is later than all those of an earlier process."""
    empty = pd.DataFrame()
    nothing = Snapshot(pd.DataFrame(columns=list(FACTS)), empty, empty, EMPTY, {})
    first = int(now * 1000)
    return Moment(first, now, nothing, {}, first, since=first, loading=True)


def _kept(growths: Sequence[Growth], since: int) -> tuple[tuple[Growth, ...], int]:
    """The newest growths that are worth keeping, and the revision after which they are whole."""
    kept: list[Growth] = []
    total = 0
    for growth in reversed(growths):
        total += growth.size
        if kept and (total > _KEPT_POINTS or len(kept) == _KEPT_LOOKS):
            return tuple(reversed(kept)), growth.revision
        kept.append(growth)
    return tuple(reversed(kept)), since
