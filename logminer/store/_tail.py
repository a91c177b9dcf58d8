"""What a reader needs who keeps up with growing logs: how far it has seen, and what came since."""

from collections.abc import Iterable

import duckdb
import pandas as pd

from logminer.store.rows import Mark


class Tail:
    """Questions about what is new in an open store."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def mark(self) -> Mark:
        """The end of what is stored now."""
        rows = self._con.execute("SELECT bits, max(place) FROM point GROUP BY bits").fetchall()
        last = dict(rows)
        return Mark(last.get(32, -1), last.get(64, -1))

    def appended(self, since: Mark, until: Mark) -> pd.DataFrame:
        """Points stored after one mark and up to another, in the order in which they came.

        Columns: ``run``, ``source``, ``metric`` (name), ``step``, ``wall``, ``value``.
        """
        return self._con.execute(
            "SELECT p.run, p.source, m.name AS metric, p.step, p.wall, p.value FROM point p "
            "JOIN metric m ON m.id = p.metric "
            "WHERE (p.bits = 32 AND p.place > ? AND p.place <= ?) OR (p.bits = 64 AND p.place > ? AND p.place <= ?) "
            "ORDER BY p.bits, p.place",
            [since.single, until.single, since.double, until.double],
        ).df()

    def ends(self, runs: Iterable[int] | None = None) -> pd.DataFrame:
        """Each curve in a row.

        Columns: ``run``, ``metric`` (name), ``points``, ``first_step``, ``last_step``, ``first_wall``, ``last_wall``,
        ``end`` (value at the last step, finite or not), then over finite values ``first``, ``last``, ``min``,
        ``max``. Where several files speak of a curve, or it went back to an earlier step and is not beyond it
        yet, each step counts once, as in the view ``curve``.

        Args:
            runs: ids of runs, or None for all.
        """
        frame = self._ends("point", runs)
        plain = frame["one_source"] & (frame["newest_step"] == frame["last_step"])
        again = frame.loc[~plain, "run"].unique().tolist()
        if again:
            exact = self._ends("curve", again)
            frame = pd.concat([frame[~frame["run"].isin(again)], exact], ignore_index=True)
        return frame.drop(columns=["one_source", "newest_step"])

    def _ends(self, view: str, runs: Iterable[int] | None) -> pd.DataFrame:
        raw = view == "point"
        where, values = "", []
        if runs is not None:
            where, values = "WHERE list_contains(?, c.run)", [[int(run) for run in runs]]
        return self._con.execute(
            "SELECT c.run, m.name AS metric, count(*) AS points, "  # noqa: S608
            "min(c.step) AS first_step, max(c.step) AS last_step, "
            'min(c.wall) AS first_wall, max(c.wall) AS last_wall, arg_max(c.value, c.step) AS "end", '
            "arg_min(c.value, c.step) FILTER (isfinite(c.value)) AS first, "
            "arg_max(c.value, c.step) FILTER (isfinite(c.value)) AS last, "
            "min(c.value) FILTER (isfinite(c.value)) AS min, "
            "max(c.value) FILTER (isfinite(c.value)) AS max, "
            + (
                "min(c.source) = max(c.source) AND min(c.bits) = max(c.bits) AS one_source, "
                "arg_max(c.step, c.place) AS newest_step "
                if raw
                else "true AS one_source, max(c.step) AS newest_step "
            )
            + f"FROM {view} c JOIN metric m ON m.id = c.metric {where} "
            "GROUP BY c.run, m.name ORDER BY c.run, m.name",
            values,
        ).df()

    def sources(self) -> pd.DataFrame:
        """Which run was read from which file: ``source``, ``run``, ``points`` (of the file), ``mtime`` (Unix seconds)."""
        return self._con.execute(
            "SELECT DISTINCT f.source, f.run, s.points, nullif(s.mtime_ns, 0) / 1e9 AS mtime "
            "FROM fact f JOIN source s ON s.id = f.source ORDER BY f.source, f.run"
        ).df()

    def outline_hash(self) -> str:
        """Changes whenever a run, a parameter or a metric's name is added or changed."""
        row = self._con.execute(
            "SELECT (SELECT bit_xor(hash(id, name, inherits, measured)) FROM run_key), "
            "(SELECT bit_xor(hash(run, name, value, kind, source)) FROM param), (SELECT count(*) FROM metric)"
        ).fetchall()[0]
        return repr(row)
