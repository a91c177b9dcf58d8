"""What a reader needs who keeps up with growing logs: how far it has seen, what came since, where curves end."""

from collections.abc import Iterable
from typing import Any

import duckdb
import pandas as pd


class Tail:
    """Questions about what is new in an open store."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def mark(self) -> int:
        """The end of what is stored now: what is stored later lies behind it."""
        query = "SELECT coalesce(max(grid), -1) FROM piece"
        return int(self._con.execute(query).fetchall()[0][0])

    def appended(self, since: int, until: int) -> pd.DataFrame:
        """Points stored after one mark and up to another, in the order in which they came.

        Columns: ``run``, ``source``, ``metric`` (name), ``step``, ``wall``, ``value``. Points that were erased
        in the meantime are not among them.
        """
        return self._frame(
            "SELECT run, source, metric, step, nullif(tick + coalesce(lag, 0), 0) / 4194304.0::DOUBLE AS wall, "
            "coalesce(single::DOUBLE, double) AS value FROM ("
            "SELECT p.run, p.source, m.name AS metric, p.rowid AS place, unnest(range(p.points)) AS i, "
            "unnest(g.steps) AS step, unnest(g.ticks) AS tick, unnest(p.lags) AS lag, "
            "unnest(p.singles) AS single, unnest(p.doubles) AS double "
            "FROM piece p JOIN piece g ON g.grid = p.grid AND len(g.steps) > 0 "
            "JOIN metric m ON m.id = p.metric WHERE p.grid > ? AND p.grid <= ?) ORDER BY place, i",
            [since, until],
        )

    def metrics(self, runs: Iterable[int]) -> list[str]:
        """Names of the metrics that some runs have."""
        query = "SELECT name FROM metric SEMI JOIN (SELECT metric FROM piece WHERE list_contains(?, run)) p ON id = metric"
        return [row[0] for row in self._con.execute(query, [[int(run) for run in runs]]).fetchall()]

    def ends(self, runs: Iterable[int] | None = None) -> pd.DataFrame:
        """Each curve in a row, each step counted once.

        Columns: ``run``, ``metric`` (name), ``points``, ``first_step``, ``last_step``, ``first_wall``, ``last_wall``,
        ``end`` (value at the last step, finite or not), then over finite values ``first``, ``last``, ``min``, ``max``,
        ``min_step`` and ``max_step`` (a step at which they lie).

        Args:
            runs: ids of runs, or None for all.
        """
        where = "" if runs is None else "WHERE list_contains(?, c.run)"
        return self._frame(
            "SELECT c.run, m.name AS metric, count(*) AS points, "  # noqa: S608
            "min(c.step) AS first_step, max(c.step) AS last_step, "
            "min(c.wall) AS first_wall, max(c.wall) AS last_wall, "
            'arg_max(c.value, c.step) AS "end", '
            'arg_min(c.value, c.step) FILTER (isfinite(c.value)) AS "first", '
            'arg_max(c.value, c.step) FILTER (isfinite(c.value)) AS "last", '
            'min(c.value) FILTER (isfinite(c.value)) AS "min", '
            'max(c.value) FILTER (isfinite(c.value)) AS "max", '
            "arg_min(c.step, c.value) FILTER (isfinite(c.value)) AS min_step, "
            "arg_max(c.step, c.value) FILTER (isfinite(c.value)) AS max_step "
            f"FROM curve c JOIN metric m ON m.id = c.metric {where} "
            "GROUP BY c.run, m.name ORDER BY c.run, m.name",
            [] if runs is None else [[int(run) for run in runs]],
        )

    def sources(self) -> pd.DataFrame:
        """Which run was read from which file.

        Columns: ``source``, ``run``, then of the file ``points``, ``mtime`` (Unix seconds) and ``times`` (how often
        it was read anew).
        """
        return self._frame(
            "SELECT DISTINCT f.source, f.run, s.points, nullif(s.mtime_ns, 0) / 1e9 AS mtime, "
            "coalesce(e.times, 0) AS times FROM fact f JOIN source s ON s.id = f.source "
            "LEFT JOIN erasure e ON e.source = f.source ORDER BY f.source, f.run"
        )

    def outline_hash(self) -> str:
        """Changes whenever a run, its study, a parameter, a role or the name of a metric is added or changed."""
        query = (
            "SELECT (SELECT bit_xor(hash(id, name, inherits, measured)) FROM run_key), "
            "(SELECT bit_xor(hash(run, source, study)) FROM fact WHERE study IS NOT NULL), "
            "(SELECT bit_xor(hash(run, name, value, kind, source)) FROM param), (SELECT count(*) FROM metric), "
            "(SELECT bit_xor(hash(run, name, spec)) FROM declared), (SELECT bit_xor(hash(name, role)) FROM role)"
        )
        return repr(self._con.execute(query).fetchall()[0])

    def _frame(self, query: str, values: list[Any] | None = None) -> pd.DataFrame:
        return self._con.execute(query, values or []).df()
