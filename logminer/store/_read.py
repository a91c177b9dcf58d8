"""Reading: questions to the store, answered as DataFrames."""

from collections.abc import Iterable, Sequence
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from logminer.core.errors import NothingFoundError, StoreError, UsageError
from logminer.core.problem import Problem
from logminer.store._guard import UNSOUND
from logminer.store._interrupting import interruptible
from logminer.store._stored_of import StoredOf
from logminer.store.rows import UNRECOGNISED, RunKey, SourceRow
from logminer.store.values import decode, text

_SOURCE_FIELDS = (
    'path, format, reader, size, mtime_ns, inode, head_hash, own_run, "offset", state, points, id'
)
# Problems of files that were looked at and not read, at or below a path; those of a file that was read have its number.
SAID_BELOW = "source = 0 AND (path = $1 OR starts_with(path, rtrim($1, '/') || '/'))"
# What a recorded value is, as far as reading tells: see the table ``param``.
KINDS = ("param", "path", "cell", "meta", "level")
_TABLES = "tables: run, run_param, metric, point, curve, source, problem"


class Reader:
    """Questions to an open store. Frames have one row a thing and plain column names."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def sources(self) -> dict[str, SourceRow]:
        """Files looked at so far, by path."""
        rows = self._con.execute(f"SELECT {_SOURCE_FIELDS} FROM source").fetchall()  # noqa: S608
        return {row[0]: SourceRow(*row) for row in rows}

    def stored_of(self, source: int) -> StoredOf:
        """What is stored of one file, given by its number."""
        return StoredOf(self._con, source)

    def counts(self) -> dict[str, int]:
        """How much is stored: ``files``, ``unread``, ``runs``, ``metrics``, ``points``, ``problems``."""
        row = self._con.execute(
            "SELECT (SELECT count(*) FROM source WHERE format IS NOT NULL),"
            " (SELECT count(*) FROM source WHERE format IS NULL),"
            " (SELECT count(*) FROM run_key WHERE measured), (SELECT count(*) FROM metric),"
            " (SELECT coalesce(sum(points), 0)::BIGINT FROM piece),"
            " (SELECT count(*) FROM problem)"
        ).fetchall()[0]
        names = ("files", "unread", "runs", "metrics", "points", "problems")
        return dict(zip(names, row, strict=True))

    def formats(self) -> pd.DataFrame:
        """Files and points by format: ``format``, ``files``, ``points``, ``bytes``."""
        return self._frame(
            "SELECT format, count(*) AS files, sum(points)::BIGINT AS points, sum(size)::BIGINT AS bytes "
            "FROM source WHERE format IS NOT NULL GROUP BY format ORDER BY files DESC, format"
        )

    def problems(self) -> pd.DataFrame:
        """What could not be read: ``path``, ``what``, ``where``."""
        return self._frame('SELECT path, what, place AS "where" FROM problem ORDER BY path, place')

    def not_whole(self) -> pd.DataFrame:
        """Files that were not read whole though nothing is wrong with them: ``path``, ``kind``.

        The kind is ``unrecognised`` for a file with a log's name that no format recognised, and ``unfinished`` for one
        that ends within a line or a record.
        """
        return self._frame(
            "SELECT path, if(format IS NULL, 'unrecognised', 'unfinished') AS kind FROM source WHERE state = ? OR "
            '(format IS NOT NULL AND "offset" > 0 AND ("offset" < size OR mtime_ns = 0)) ORDER BY path',
            [UNRECOGNISED],
        )

    def said_below(self, folder: str) -> list[Problem]:
        """What the last look at a folder, or at a file, said of what it could not read there."""
        query = f"SELECT path, what, place FROM problem WHERE {SAID_BELOW}"  # noqa: S608
        return [Problem(*row) for row in self._con.execute(query, [text(folder)]).fetchall()]

    def runs(self) -> pd.DataFrame:
        """Runs with their facts, indexed by run id, in order of name."""
        frame = self._frame("SELECT * FROM run ORDER BY name")
        return frame.set_index("run")

    def run_keys(self) -> list[RunKey]:
        """Identity of all runs, and of folders that only hold parameters."""
        query = "SELECT id, root, key, name, inherits, measured FROM run_key ORDER BY root, key"
        return [RunKey(*row) for row in self._con.execute(query).fetchall()]

    def bases(self) -> dict[str, str]:
        """Folders given to ingest so far, with their patterns."""
        return dict(self._con.execute("SELECT path, pattern FROM base").fetchall())

    def params(self, kinds: Sequence[str] = KINDS) -> pd.DataFrame:
        """Parameters that hold for each measured run.

        Columns: ``run``, ``name``, ``value`` (decoded), ``number``, ``kind``, ``place`` (in the order of writing). A run's study is there as ``study``, merely recorded, unless something else of that name is.
        """
        frame = self._frame(
            "WITH told AS ("
            "SELECT p.run, p.name, p.value, p.number, p.kind, p.place FROM run_param p JOIN run_key r ON r.id = p.run "
            "WHERE r.measured UNION ALL "
            "SELECT run, 'study', to_json(study)::VARCHAR, NULL, 'meta', -1 FROM run WHERE study IS NOT NULL "
            "AND run NOT IN (SELECT run FROM run_param WHERE name = 'study')) "
            "SELECT * FROM told WHERE list_contains(?, kind) ORDER BY run, name",
            [list(kinds)],
        )
        known = {packed: decode(packed) for packed in frame["value"].unique()}
        # Mapped through objects, so that 1 and True, 1 and 1.0 stay what they are.
        values = np.empty(len(frame), dtype=object)
        values[:] = [known[packed] for packed in frame["value"]]
        frame["value"] = pd.Series(values, index=frame.index, dtype=object)
        return frame

    def cell_names(self) -> list[str]:
        """Names of undeclared values, of folders that hold no run as well."""
        query = "SELECT DISTINCT name FROM param WHERE kind = 'cell' ORDER BY name"
        return [row[0] for row in self._con.execute(query).fetchall()]

    def spaces(self) -> pd.DataFrame:
        """Declared search spaces of measured runs: ``run``, ``name``, ``spec`` (JSON, as in a ``space.yaml``), ``tool``.

        The tool is the format that declares it.
        """
        return self._frame(
            "SELECT s.run, s.name, s.spec, min(f.format) AS tool FROM run_space s JOIN run_key r ON r.id = s.run "
            "LEFT JOIN declared d ON d.run IN (r.id, r.inherits) AND d.name = s.name AND d.spec = s.spec "
            "LEFT JOIN source f ON f.id = d.source WHERE r.measured GROUP BY ALL ORDER BY s.run, s.name"
        )

    def roles(self) -> dict[str, str]:
        """What the user said that recorded names are."""
        return dict(self._con.execute("SELECT name, role FROM role ORDER BY name").fetchall())

    def metrics(self) -> pd.DataFrame:
        """Metrics over all runs: ``metric``, ``runs``, ``points``, ``min``, ``max``, ``not_finite``."""
        return self._frame(
            "SELECT m.name AS metric, count(DISTINCT p.run) AS runs, count(*) AS points, "
            "min(value) FILTER (isfinite(value)) AS min, max(value) FILTER (isfinite(value)) AS max, "
            "count(*) FILTER (NOT isfinite(value)) AS not_finite "
            "FROM point p JOIN metric m ON m.id = p.metric GROUP BY m.name ORDER BY runs DESC, metric"
        )

    def run_metrics(self) -> pd.DataFrame:
        """Which run has which metric: ``run``, ``metric``, ``points`` (as read, repeats included)."""
        return self._frame(
            "SELECT p.run, m.name AS metric, sum(p.points)::BIGINT AS points FROM piece p "
            "JOIN metric m ON m.id = p.metric GROUP BY p.run, m.name ORDER BY p.run, metric"
        )

    def curves(self, metrics: Sequence[str], runs: Iterable[int] | None = None) -> pd.DataFrame:
        """Learning curves, each step once: ``run``, ``metric``, ``step``, ``wall``, ``value``, sorted by these.

        Args:
            metrics: names of metrics.
            runs: ids of runs, or None for all.
        """
        where, values = self._selection(metrics, runs)
        return self._frame(
            "SELECT c.run, m.name AS metric, c.step, c.wall, c.value FROM curve c "  # noqa: S608
            f"JOIN metric m ON m.id = c.metric WHERE {where} ORDER BY c.run, m.name, c.step",
            values,
        )

    def summaries(self, metrics: Sequence[str]) -> pd.DataFrame:
        """Each run's curve in a row, over finite values.

        Columns: ``run``, ``metric``, ``points``, ``first``, ``last``, ``min``, ``max``, ``last_step``,
        ``ends_finite`` (whether the last value is a number).
        """
        where, values = self._selection(metrics, None)
        return self._frame(
            "SELECT c.run, m.name AS metric, count(*) AS points, "  # noqa: S608
            "arg_min(c.value, c.step) FILTER (isfinite(c.value)) AS first, "
            "arg_max(c.value, c.step) FILTER (isfinite(c.value)) AS last, "
            "min(c.value) FILTER (isfinite(c.value)) AS min, "
            "max(c.value) FILTER (isfinite(c.value)) AS max, "
            "max(c.step) AS last_step, isfinite(arg_max(c.value, c.step)) AS ends_finite "
            f"FROM curve c JOIN metric m ON m.id = c.metric WHERE {where} "
            "GROUP BY c.run, m.name ORDER BY c.run, m.name",
            values,
        )

    def points(self, run: int) -> pd.DataFrame:
        """All measurements of a run as they were read: ``source``, ``metric``, ``step``, ``wall``, ``value``."""
        return self._frame(
            "SELECT s.path AS source, m.name AS metric, p.step, p.wall, p.value FROM point p "
            "JOIN metric m ON m.id = p.metric JOIN source s ON s.id = p.source "
            "WHERE p.run = ? ORDER BY s.path, p.bits, p.place",
            [run],
        )

    def run_sources(self, run: int) -> pd.DataFrame:
        """Files a run was read from: ``path``, ``format``, ``points``."""
        return self._frame(
            "SELECT path, format, points FROM source WHERE id IN (SELECT source FROM fact WHERE run = ?) "
            "ORDER BY path",
            [run],
        )

    def suggestions(self) -> pd.DataFrame:
        """Configs handed out before: ``id``, ``task``, ``config`` (JSON), ``strategy``, ``predicted``, ``asked_at``."""
        return self._frame("SELECT * FROM suggestion ORDER BY asked_at")

    def verdict(self, digest: str) -> tuple[str, float] | None:
        """What a backtest found this past to be worth, and how far to trust it; None without one."""
        query = "SELECT verdict, trust FROM verdict WHERE digest = ?"
        rows = self._con.execute(query, [digest]).fetchall()
        return rows[0] if rows else None

    def sql(self, query: str) -> pd.DataFrame:
        """Answer of a query written by the user.

        Raises:
            UsageError: the query is not valid.
            StoreError: the file cannot be read.
        """
        try:
            frame = interruptible(lambda: self._rows(query), self._con.interrupt)
        except StoreError as error:
            if isinstance(error.__cause__, UNSOUND):
                raise
            raise UsageError(f"SQL: {str(error.__cause__).splitlines()[0]}", _TABLES) from error
        if frame is None:
            raise UsageError("SQL: the query is empty", _TABLES)
        return frame

    def _rows(self, query: str) -> pd.DataFrame | None:
        """Answer of a query; None when it was a mere comment."""
        answer = self._con.execute(query)
        return answer.df() if answer else None

    def find_run(self, name: str) -> int:
        """Id of the run with this name, id or path, or the only one whose name contains it.

        Raises:
            NothingFoundError: none fits.
            UsageError: several fit.
        """
        asked = ("name = ? OR root = ?", "run::VARCHAR = ?", "contains(name, ?)")
        rows: list[tuple[int, str]] = []
        for where in asked:  # an exact name goes before a number, and that before a part of a name
            query = f"SELECT run, name FROM run WHERE {where} ORDER BY name LIMIT 4"  # noqa: S608
            rows = rows or self._con.execute(query, [name] * where.count("?")).fetchall()
        if len(rows) == 1:
            return int(rows[0][0])
        if not rows:
            raise NothingFoundError(f"no run '{name}'", "logminer runs lists them")
        some = ", ".join(row[1] for row in rows[:3])
        raise UsageError(f"several runs fit '{name}': {some}, …", "give more of the name")

    def _selection(
        self, metrics: Sequence[str], runs: Iterable[int] | None
    ) -> tuple[str, list[Any]]:
        ids = self._metric_ids(metrics)
        where, values = "list_contains(?, c.metric)", [ids]
        if runs is not None:
            where, values = f"{where} AND list_contains(?, c.run)", [ids, [int(r) for r in runs]]
        return where, values

    def _metric_ids(self, metrics: Sequence[str]) -> list[int]:
        query = "SELECT id FROM metric WHERE list_contains(?, name)"
        return [row[0] for row in self._con.execute(query, [[text(n) for n in metrics]]).fetchall()]

    def _frame(self, query: str, values: list[Any] | None = None) -> pd.DataFrame:
        return self._con.execute(query, values or []).df()
