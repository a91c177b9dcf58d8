"""Writing: a batch of readings becomes a few columnar inserts."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np

from logminer.core.parsed import RunFacts
from logminer.core.problem import Problem
from logminer.store._arrow import arrow_table
from logminer.store._pieces import Part, cut
from logminer.store._read import SAID_BELOW
from logminer.store.rows import PathParam, Reading, SourceRow, first_name
from logminer.store.values import encode, text

_BY_SOURCE = ("piece", "param", "declared", "fact", "problem")


class Writer:
    """Writes readings; keeps the numbers of runs and metrics at hand while it lives."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self.forget()

    def forget(self) -> None:
        """Read the numbers anew, after a transaction was taken back."""
        self._runs: dict[tuple[str, str], int] = {}
        self._metrics: dict[str, int] = {}
        self._next: dict[str, int] = {}
        self._new_runs: list[tuple[Any, ...]] = []
        self._new_metrics: list[tuple[Any, ...]] = []
        self._loaded = False

    def readings(self, batch: Sequence[Reading]) -> list[SourceRow]:
        """Write files that were read, each with its points, parameters, facts, problems and offset.

        Returns:
            The files as stored, with their numbers.
        """
        self._load()
        self._erase([r.source.id for r in batch if r.source.id and r.anew])
        self._erase([r.source.id for r in batch if r.source.id and r.failed], ("problem",))
        sources = [self._numbered(r.source) for r in batch]
        runs = [[self._run(facts) for facts in r.log.runs] for r in batch]
        self._insert_points(batch, sources, runs)
        self._insert_facts(batch, sources, runs)
        self._insert_params(batch, sources, runs)
        self._insert_spaces(batch, sources, runs)
        self._insert(
            "problem",
            [
                (s.id, text(p.path), text(p.what), text(p.where))
                for s, r in zip(sources, batch, strict=True)
                for p in r.log.problems
            ],
        )
        self._replace_sources(sources, [r.source.id for r in batch if r.source.id])
        self._insert("run_key", self._new_runs)
        self._insert("metric", self._new_metrics)
        self._new_runs, self._new_metrics = [], []
        return sources

    def unread(self, sources: Sequence[SourceRow]) -> None:
        """Remember files that no format recognised, so that they are not looked at again."""
        self._load()
        stored = [s.id for s in sources if s.id]
        self._erase(stored)
        self._replace_sources([self._numbered(s) for s in sources], stored)

    def said_below(self, folders: Iterable[str], problems: Sequence[Problem]) -> None:
        """Replace what was said of files at and below some paths that were looked at and not read."""
        for folder in folders:
            self._con.execute(f"DELETE FROM problem WHERE {SAID_BELOW}", [text(folder)])  # noqa: S608
        self._insert("problem", [(0, text(p.path), text(p.what), text(p.where)) for p in problems])

    def base(self, path: str, pattern: str) -> None:
        """Remember a folder that was given to ingest, with the pattern of its paths."""
        self._con.execute("DELETE FROM base WHERE path = ?", [path])
        self._con.execute("INSERT INTO base VALUES (?, ?)", [path, pattern])

    def names(self, names: dict[int, str]) -> None:
        """Give runs their short labels."""
        self._update_runs("name", "VARCHAR", names)

    def inherits(self, parents: dict[int, int | None]) -> None:
        """Say from which run's folder each run takes further parameters."""
        self._update_runs("inherits", "INTEGER", parents)

    def mark_measured(self, measures: Collection[str] = ()) -> bool:
        """Mark the runs of which a measurement, a start or a status is stored; other folders only hold parameters.

        Args:
            measures: names of undeclared values that are measurements. A row of a table of runs is a run whatever
                its columns are called.

        Returns:
            Whether any was marked.
        """
        marked = self._con.execute(
            "UPDATE run_key SET measured = true WHERE NOT measured AND id IN ("
            "SELECT run FROM piece "
            "UNION SELECT run FROM fact WHERE status <> 'unknown' OR started IS NOT NULL "
            "UNION SELECT p.run FROM param p JOIN run_key k ON k.id = p.run "
            "WHERE p.kind = 'cell' AND (k.key <> '' OR list_contains(?, p.name)))",
            [[text(name) for name in measures]],
        ).fetchall()
        return bool(marked[0][0])

    def path_params(self, params: Sequence[PathParam], runs: Iterable[int]) -> None:
        """Replace what the paths of ``runs`` tell."""
        self._register("touched", {"id": np.fromiter(runs, np.int32)})
        self._con.execute("DELETE FROM param WHERE source = 0 AND run IN (SELECT id FROM touched)")
        self._con.unregister("touched")
        self._insert("param", [(p.run, 0, text(p.name), *encode(p.value), p.kind) for p in params])

    def verdict(self, digest: str, verdict: str, trust: float) -> None:
        """Record what a backtest found a past to be worth; the latest counts."""
        self._con.execute("DELETE FROM verdict WHERE digest = ?", [digest])
        self._con.execute(
            "INSERT INTO verdict VALUES (?, ?, ?, now()::TIMESTAMP)", [digest, verdict, trust]
        )

    def suggestions(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Record configs that were handed out: id, task, config, strategy, predicted, low, high, because."""
        marks = ", ".join("?" * 8)
        for row in rows:
            self._con.execute(
                f"INSERT INTO suggestion VALUES ({marks}, now()::TIMESTAMP)",  # noqa: S608
                list(row),
            )

    def _load(self) -> None:
        if self._loaded:
            return
        rows = self._con.execute("SELECT root, key, id FROM run_key").fetchall()
        self._runs = {(root, key): number for root, key, number in rows}
        self._metrics = dict(self._con.execute("SELECT name, id FROM metric").fetchall())
        last, grid = self._con.execute(
            "SELECT (SELECT coalesce(max(id), 0) FROM source), (SELECT coalesce(max(grid) + 1, 0) FROM piece)"
        ).fetchall()[0]
        run = max(self._runs.values(), default=0)
        metric = max(self._metrics.values(), default=0)
        self._next = {"source": last, "run": run, "metric": metric, "grid": grid}
        self._loaded = True

    def _number(self, what: str) -> int:
        self._next[what] += 1
        return self._next[what]

    def _numbered(self, source: SourceRow) -> SourceRow:
        return source if source.id else replace(source, id=self._number("source"))

    def _run(self, facts: RunFacts) -> int:
        identity = (text(facts.root), text(facts.key))
        if identity not in self._runs:
            self._runs[identity] = self._number("run")
            label = first_name(*identity)
            self._new_runs.append((self._runs[identity], *identity, label, None, False))
        return self._runs[identity]

    def _metric(self, name: str) -> int:
        name = text(name)
        if name not in self._metrics:
            self._metrics[name] = self._number("metric")
            self._new_metrics.append((self._metrics[name], name))
        return self._metrics[name]

    def _erase(self, sources: list[int], tables: Sequence[str] = _BY_SOURCE) -> None:
        if not sources:
            return
        self._register("erased", {"id": np.array(sources, dtype=np.int32)})
        if "piece" in tables:
            self._con.execute(
                "INSERT INTO erasure SELECT id, 1 FROM erased ON CONFLICT DO UPDATE SET times = times + 1"
            )
        for table in tables:
            self._con.execute(f"DELETE FROM {table} WHERE source IN (SELECT id FROM erased)")  # noqa: S608
        if "piece" in tables:
            # The holes are filled up when the file is closed.
            self._con.execute("RESET max_vacuum_tasks")
        self._con.unregister("erased")

    def _insert_points(
        self, batch: Sequence[Reading], sources: list[SourceRow], runs: list[list[int]]
    ) -> None:
        parts = [
            Part(s.id, ids, [self._metric(n) for n in r.log.points.names], r.log.points)
            for s, r, ids in zip(sources, batch, runs, strict=True)
            if len(r.log.points)
        ]
        if not parts:
            return
        rows = cut(parts, self._next["grid"])
        self._next["grid"] += len(rows["run"])
        self._register("lists_read", arrow_table(rows))
        self._con.execute("INSERT INTO piece SELECT * FROM lists_read")
        self._con.unregister("lists_read")

    def _insert_facts(
        self, batch: Sequence[Reading], sources: list[SourceRow], runs: list[list[int]]
    ) -> None:
        rows = [
            (
                run, source.id, f.status, f.reason, f.started, f.ended, f.command, f.host, f.commit,
                list(f.tags), f.parent,
            )
            for source, reading, ids in zip(sources, batch, runs, strict=True)
            for run, f in zip(ids, reading.log.runs, strict=True)
        ]  # fmt: skip
        self._insert(
            "fact", [tuple(text(v) if isinstance(v, str) else v for v in row) for row in rows]
        )

    def _insert_params(
        self, batch: Sequence[Reading], sources: list[SourceRow], runs: list[list[int]]
    ) -> None:
        rows = [
            (run, source.id, text(name), *encode(value), kind)
            for source, reading, ids in zip(sources, batch, runs, strict=True)
            for run, facts in zip(ids, reading.log.runs, strict=True)
            for kind, values in (
                ("param", facts.params),
                ("cell", facts.cells),
                ("meta", facts.meta),
            )
            for name, value in values.items()
        ]
        resumed = {s.id for s, r in zip(sources, batch, strict=True) if not r.anew}
        if resumed:  # a file that grew may repeat its header's parameters
            self._delete_pairs({(row[0], row[1], row[2]) for row in rows if row[1] in resumed})
        self._insert("param", rows)

    def _insert_spaces(
        self, batch: Sequence[Reading], sources: list[SourceRow], runs: list[list[int]]
    ) -> None:
        rows = [
            (run, source.id, text(name), encode(spec)[0])
            for source, reading, ids in zip(sources, batch, runs, strict=True)
            for run, facts in zip(ids, reading.log.runs, strict=True)
            for name, spec in facts.space.items()
        ]
        resumed = {s.id for s, r in zip(sources, batch, strict=True) if not r.anew}
        for run, source in {
            row[:2] for row in rows if row[1] in resumed
        }:  # it may be declared again
            self._con.execute("DELETE FROM declared WHERE run = ? AND source = ?", [run, source])
        self._insert("declared", rows)

    def role(self, name: str, role: str | None) -> None:
        """Record what the user says that a recorded name is; None forgets it."""
        self._con.execute("DELETE FROM role WHERE name = ?", [text(name)])
        if role is not None:
            self._con.execute(
                "INSERT INTO role VALUES (?, ?, now()::TIMESTAMP)", [text(name), role]
            )

    def _delete_pairs(self, keys: set[tuple[int, int, str]]) -> None:
        for run, source, name in keys:
            self._con.execute(
                "DELETE FROM param WHERE run = ? AND source = ? AND name = ?", [run, source, name]
            )

    def _replace_sources(self, sources: Sequence[SourceRow], stored: Sequence[int]) -> None:
        if stored:
            self._register("replaced", {"id": np.array(stored, dtype=np.int32)})
            self._con.execute("DELETE FROM source WHERE id IN (SELECT id FROM replaced)")
            self._con.unregister("replaced")
        rows = [
            (
                s.id, text(s.path), s.format, s.reader, s.size, s.mtime_ns, s.inode, s.head_hash,
                s.own_run, s.offset, s.state, s.points,
            )
            for s in sources
        ]  # fmt: skip
        self._insert("source", rows, extra="now()::TIMESTAMP")

    def _update_runs(self, column: str, kind: str, values: dict[int, Any]) -> None:
        if not values:
            return
        rows = json.dumps(
            [{"id": i, "v": text(v) if isinstance(v, str) else v} for i, v in values.items()]
        )
        self._con.execute(
            f"UPDATE run_key SET {column} = u.v FROM ("  # noqa: S608
            f'SELECT unnest(from_json(?, \'[{{"id": "INTEGER", "v": "{kind}"}}]\'), recursive := true)'
            ") u WHERE run_key.id = u.id",
            [rows],
        )

    def _insert(self, table: str, rows: Sequence[tuple[Any, ...]], extra: str = "") -> None:
        if not rows:
            return
        columns = {f"c{i}": _column(values) for i, values in enumerate(zip(*rows, strict=True))}
        self._register("rows_read", columns)
        self._con.execute(
            f"INSERT INTO {table} SELECT *{', ' + extra if extra else ''} FROM rows_read"  # noqa: S608
        )
        self._con.unregister("rows_read")

    def _register(self, name: str, columns: Any) -> None:
        self._con.register(name, columns)


def _column(values: tuple[Any, ...]) -> np.ndarray[Any, Any]:
    """One column of rows as an array of one type, so that DuckDB need not guess; None becomes NULL."""
    kinds = {type(value) for value in values} - {type(None)}
    if kinds <= {int, float} and (float in kinds or None in values):
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    if kinds in ({int}, {bool}):
        return np.array(values)
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
