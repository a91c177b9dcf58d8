"""What a reader needs who keeps up with growing logs: how far it has seen, what came since, where curves end."""

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from logminer.store.rows import Mark
from logminer.store.values import text

# Points lie in the order in which they were read, each file's curves one behind the other, so that nearly always
# the row before is the same curve's step before: then it is cheap to see that a curve never went back.
_IN_ORDER = (
    "(SELECT *, lag(run) OVER () AS run_before, lag(metric) OVER () AS metric_before, "
    "lag(step) OVER () AS step_before FROM (SELECT * FROM point c {where}))"
)
_TOLD_ONCE = (
    "min(c.source) = max(c.source) AND min(c.bits) = max(c.bits) AND NOT coalesce(bool_or("
    "c.run = c.run_before AND c.metric = c.metric_before AND c.step <= c.step_before), false) AS told_once, "
    "count(*) FILTER (c.run IS DISTINCT FROM c.run_before OR c.metric IS DISTINCT FROM c.metric_before) AS pieces"
)
_AMONG = "c.run IN (SELECT unnest(?::INTEGER[]))"  # many times faster than a list when it is long
_ENDS = (
    "run", "metric", "points", "first_step", "last_step", "first_wall", "last_wall", "end", "first", "last", "min",
    "max",
)  # fmt: skip


class Tail:
    """Questions about what is new in an open store, and about few curves of many."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def mark(self) -> Mark:
        """The end of what is stored now."""
        query = "SELECT bits, max(place) FROM point GROUP BY bits"
        last = dict(self._con.execute(query).fetchall())
        return Mark(last.get(32, -1), last.get(64, -1))

    def appended(self, since: Mark, gained: Mapping[int, int]) -> pd.DataFrame:
        """The newest points of some files, in the order in which they came.

        Columns: ``run``, ``source``, ``metric`` (name), ``step``, ``wall``, ``value``.

        Args:
            since: a mark that none of these points lies before.
            gained: how many points of each file, by its number in the store.
        """
        wanted = {"id": np.array([*gained], np.int32), "n": np.array([*gained.values()], np.int64)}
        self._con.register("gained", wanted)
        try:
            return self._frame(
                "SELECT p.run, p.source, m.name AS metric, p.step, p.wall, p.value FROM point p "
                "JOIN metric m ON m.id = p.metric JOIN gained g ON g.id = p.source "
                "WHERE (p.bits = 32 AND p.place > ?) OR (p.bits = 64 AND p.place > ?) "
                "QUALIFY row_number() OVER (PARTITION BY p.source ORDER BY p.place DESC) <= g.n "
                "ORDER BY p.bits, p.place",
                [since.single, since.double],
            )
        finally:
            self._con.unregister("gained")

    def curves(self, runs: Iterable[int], metric: str | None = None) -> pd.DataFrame:
        """Curves of some runs, each step once: ``run``, ``metric`` (name), ``step``, ``wall``, ``value``.

        The same as ``Reader.curves``, each curve in order of step, and quick when the store holds much else.

        Args:
            runs: ids of runs.
            metric: name of a metric, or None for all.
        """
        wanted: list[Any] = [[int(run) for run in runs]]
        named = "" if metric is None else " AND c.metric IN (SELECT id FROM metric WHERE name = ?)"
        name = [] if metric is None else [text(metric)]
        raw = self._frame(
            "SELECT c.run, m.name AS metric, c.source, c.bits, c.step, c.wall, c.value FROM point c "  # noqa: S608
            f"JOIN metric m ON m.id = c.metric WHERE {_AMONG}{named} ORDER BY c.run, c.metric, c.bits, c.place",
            [*wanted, *name],
        )
        by_curve = raw.groupby(["run", "metric"], sort=False)
        merged = (by_curve[["source", "bits"]].transform("nunique") > 1).any(axis=1)
        back = by_curve["step"].diff() <= 0
        again = raw.loc[merged | back, "run"].unique().tolist()
        found = raw[["run", "metric", "step", "wall", "value"]]
        if not again:
            return found
        exact = self._frame(
            "SELECT c.run, m.name AS metric, c.step, c.wall, c.value FROM curve c "  # noqa: S608
            f"JOIN metric m ON m.id = c.metric WHERE {_AMONG}{named} ORDER BY c.run, c.metric, c.step",
            [again, *name],
        )
        return pd.concat([found[~found["run"].isin(again)], exact], ignore_index=True)

    def ends(self, runs: Iterable[int] | None = None) -> pd.DataFrame:
        """Each curve in a row.

        Columns: ``run``, ``metric`` (name), ``points``, ``first_step``, ``last_step``, ``first_wall``, ``last_wall``,
        ``end`` (value at the last step, finite or not), then over finite values ``first``, ``last``, ``min``,
        ``max``. Each step counts once, as in the view ``curve``.

        Args:
            runs: ids of runs, or None for all.
        """
        where = "" if runs is None else f"WHERE {_AMONG}"
        values = [] if runs is None else [[int(run) for run in runs]]
        frame = self._ends(_IN_ORDER.format(where=where), _TOLD_ONCE, values)
        several = frame.loc[frame["told_once"] & (frame["pieces"] > 1), "run"].unique().tolist()
        again = {*frame.loc[~frame["told_once"], "run"], *self._repeating(several)}
        if again:
            view = f"(SELECT * FROM curve c WHERE {_AMONG})"  # noqa: S608
            exact = self._ends(view, "1", [[int(run) for run in again]])
            frame = pd.concat([frame[~frame["run"].isin(again)], exact], ignore_index=True)
        return frame[list(_ENDS)]

    def _repeating(self, runs: list[int]) -> list[int]:
        """Those runs of which some curve holds a step twice."""
        if not runs:
            return []
        query = (
            f"SELECT DISTINCT run FROM (SELECT c.run FROM point c WHERE {_AMONG} "  # noqa: S608
            "GROUP BY c.run, c.metric HAVING count(*) > count(DISTINCT c.step))"
        )
        return [row[0] for row in self._con.execute(query, [runs]).fetchall()]

    def sources(self) -> pd.DataFrame:
        """Which run was read from which file.

        Columns: ``source``, ``run``, then of the file ``points``, ``mtime`` (Unix seconds), ``times`` (how often
        it was read anew) and ``erased`` (points thrown away then).
        """
        return self._frame(
            "SELECT DISTINCT f.source, f.run, s.points, nullif(s.mtime_ns, 0) / 1e9 AS mtime, "
            "coalesce(e.times, 0) AS times, coalesce(e.points, 0) AS erased "
            "FROM fact f JOIN source s ON s.id = f.source LEFT JOIN erasure e ON e.source = f.source "
            "ORDER BY f.source, f.run"
        )

    def outline_hash(self) -> str:
        """Changes whenever a run, a parameter or the name of a metric is added or changed."""
        query = (
            "SELECT (SELECT bit_xor(hash(id, name, inherits, measured)) FROM run_key), "
            "(SELECT bit_xor(hash(run, name, value, kind, source)) FROM param), (SELECT count(*) FROM metric)"
        )
        return repr(self._con.execute(query).fetchall()[0])

    def _ends(self, points: str, more: str, values: list[Any]) -> pd.DataFrame:
        return self._frame(
            "SELECT c.run, m.name AS metric, count(*) AS points, "  # noqa: S608
            "min(c.step) AS first_step, max(c.step) AS last_step, "
            "min(c.wall) AS first_wall, max(c.wall) AS last_wall, "
            'arg_max(c.value, c.step) AS "end", '
            'arg_min(c.value, c.step) FILTER (isfinite(c.value)) AS "first", '
            'arg_max(c.value, c.step) FILTER (isfinite(c.value)) AS "last", '
            'min(c.value) FILTER (isfinite(c.value)) AS "min", '
            'max(c.value) FILTER (isfinite(c.value)) AS "max", '
            f"{more} FROM {points} c JOIN metric m ON m.id = c.metric "
            "GROUP BY c.run, m.name ORDER BY c.run, m.name",
            values,
        )

    def _frame(self, query: str, values: list[Any] | None = None) -> pd.DataFrame:
        return self._con.execute(query, values or []).df()
