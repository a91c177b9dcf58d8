"""What a reader needs who keeps up with growing logs: how far it has seen, what came since, where curves end."""

from collections.abc import Iterable
from typing import Any

import duckdb
import pandas as pd

from logminer.store.rows import Mark
from logminer.store.values import text

# A curve that one file tells and that never went back needs no merging: each of its points counts.
_PLAIN = (
    "min(c.source) = max(c.source) AND min(c.bits) = max(c.bits) "
    "AND arg_max(c.step, c.place) = max(c.step) AS plain"
)
_NAMED = "(SELECT id FROM metric WHERE name = ?)"
_AMONG = "c.run IN (SELECT unnest(?::INTEGER[]))"  # many times faster than a list when it is long


class Tail:
    """Questions about what is new in an open store, and about few curves of many."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def mark(self) -> Mark:
        """The end of what is stored now."""
        query = "SELECT bits, max(place) FROM point GROUP BY bits"
        last = dict(self._con.execute(query).fetchall())
        return Mark(last.get(32, -1), last.get(64, -1))

    def appended(self, since: Mark, until: Mark) -> pd.DataFrame:
        """Points stored after one mark and up to another, in the order in which they came.

        Columns: ``run``, ``source``, ``metric`` (name), ``step``, ``wall``, ``value``.
        """
        return self._frame(
            "SELECT p.run, p.source, m.name AS metric, p.step, p.wall, p.value FROM point p "
            "JOIN metric m ON m.id = p.metric WHERE (p.bits = 32 AND p.place > ? AND p.place <= ?) "
            "OR (p.bits = 64 AND p.place > ? AND p.place <= ?) ORDER BY p.bits, p.place",
            [since.single, until.single, since.double, until.double],
        )

    def curves(self, metric: str, runs: Iterable[int]) -> pd.DataFrame:
        """One metric's curves of some runs, each step once: ``run``, ``step``, ``wall``, ``value``, sorted.

        The same as ``Reader.curves``, and quick when the store holds much else.
        """
        where = f"c.metric IN {_NAMED} AND {_AMONG}"
        wanted: list[Any] = [text(metric), [int(run) for run in runs]]
        raw = self._frame(
            "SELECT c.run, c.source, c.bits, c.step, c.wall, c.value FROM point c "  # noqa: S608
            f"WHERE {where} ORDER BY c.run, c.bits, c.place",
            wanted,
        )
        by_run = raw.groupby("run")
        merged = (by_run[["source", "bits"]].nunique() > 1).any(axis=1)
        back = raw.loc[(raw["step"].diff() <= 0) & (raw["run"].diff() == 0), "run"]
        again = sorted({*merged.index[merged], *back})
        found = raw[["run", "step", "wall", "value"]]
        if not again:
            return found
        exact = self._frame(
            f"SELECT c.run, c.step, c.wall, c.value FROM curve c WHERE {where} ORDER BY c.run, c.step",  # noqa: S608
            [wanted[0], [int(run) for run in again]],
        )
        return pd.concat([found[~found["run"].isin(again)], exact], ignore_index=True)

    def ends(self, runs: Iterable[int] | None = None) -> pd.DataFrame:
        """Each curve in a row.

        Columns: ``run``, ``metric`` (name), ``points``, ``first_step``, ``last_step``, ``first_wall``, ``last_wall``,
        ``end`` (value at the last step, finite or not), then over finite values ``first``, ``last``, ``min``,
        ``max``. Where several files tell a curve, or it went back to an earlier step and is not beyond it yet,
        each step counts once, as in the view ``curve``.

        Args:
            runs: ids of runs, or None for all.
        """
        frame = self._ends("point", _PLAIN, runs)
        again = frame.loc[~frame["plain"], "run"].unique().tolist()
        if again:
            exact = self._ends("curve", "true AS plain", again)
            frame = pd.concat([frame[~frame["run"].isin(again)], exact], ignore_index=True)
        return frame.drop(columns="plain")

    def sources(self) -> pd.DataFrame:
        """Which run was read from which file: ``source``, ``run``, ``points`` (of the file), ``mtime`` (Unix seconds)."""
        return self._frame(
            "SELECT DISTINCT f.source, f.run, s.points, nullif(s.mtime_ns, 0) / 1e9 AS mtime "
            "FROM fact f JOIN source s ON s.id = f.source ORDER BY f.source, f.run"
        )

    def outline_hash(self) -> str:
        """Changes whenever a run, a parameter or the name of a metric is added or changed."""
        query = (
            "SELECT (SELECT bit_xor(hash(id, name, inherits, measured)) FROM run_key), "
            "(SELECT bit_xor(hash(run, name, value, kind, source)) FROM param), (SELECT count(*) FROM metric)"
        )
        return repr(self._con.execute(query).fetchall()[0])

    def _ends(self, view: str, plain: str, runs: Iterable[int] | None) -> pd.DataFrame:
        where = "" if runs is None else f"WHERE {_AMONG}"
        values = [] if runs is None else [[int(run) for run in runs]]
        return self._frame(
            "SELECT c.run, m.name AS metric, count(*) AS points, "  # noqa: S608
            "min(c.step) AS first_step, max(c.step) AS last_step, "
            "min(c.wall) AS first_wall, max(c.wall) AS last_wall, "
            'arg_max(c.value, c.step) AS "end", '
            'arg_min(c.value, c.step) FILTER (isfinite(c.value)) AS "first", '
            'arg_max(c.value, c.step) FILTER (isfinite(c.value)) AS "last", '
            'min(c.value) FILTER (isfinite(c.value)) AS "min", '
            'max(c.value) FILTER (isfinite(c.value)) AS "max", '
            f"{plain} FROM {view} c JOIN metric m ON m.id = c.metric {where} "
            "GROUP BY c.run, m.name ORDER BY c.run, m.name",
            values,
        )

    def _frame(self, query: str, values: list[Any] | None = None) -> pd.DataFrame:
        return self._con.execute(query, values or []).df()
