"""What is stored of one file, held against what is read of it now."""

from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import ParsedLog, Points
from logminer.store.values import encode, text

_TOLD = "kind IN ('param', 'cell')"
# The grids of a file's pieces are its own.
_POINTS = (
    "SELECT run, metric, step, coalesce(single::DOUBLE, double) AS value FROM ("
    "SELECT p.run, p.metric, unnest(g.steps) AS step, unnest(p.singles) AS single, unnest(p.doubles) AS double "
    "FROM piece p JOIN piece g ON g.grid = p.grid AND len(g.steps) > 0 WHERE p.source = $1 AND g.source = $1)"
)


class StoredOf:
    """What is stored of one file.

    Args:
        con: the database.
        source: number of the file.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, source: int) -> None:
        self._con = con
        self._source = source

    def params(self) -> int:
        """How many parameters and undeclared values."""
        query = f"SELECT count(*) FROM param WHERE source = ? AND {_TOLD}"  # noqa: S608
        return int(self._con.execute(query, [self._source]).fetchall()[0][0])

    def lacks(self, log: ParsedLog) -> bool:
        """Whether a log of the file says anything that is not stored of it: a measurement, a parameter, a value."""
        runs = self._runs(log)
        return self._lacks_params(log, runs) or self._lacks_points(log.points, runs)

    def _runs(self, log: ParsedLog) -> list[int]:
        """The number of each run of a log, -1 for one that is not known."""
        asked = [(text(run.root), text(run.key)) for run in log.runs]
        rows = self._con.execute(
            "SELECT k.root, k.key, k.id FROM run_key k "
            "JOIN (SELECT unnest($1::VARCHAR[]) AS root, unnest($2::VARCHAR[]) AS key) a USING (root, key)",
            [[root for root, _ in asked], [key for _, key in asked]],
        ).fetchall()
        known = {(root, key): number for root, key, number in rows}
        return [known.get(identity, -1) for identity in asked]

    def _lacks_points(self, points: Points, runs: list[int]) -> bool:
        if not len(points):
            return False
        names = [text(name) for name in points.names]
        rows = self._con.execute(
            "SELECT name, id FROM metric WHERE list_contains($1::VARCHAR[], name)", [names]
        ).fetchall()
        known = dict(rows)
        fresh: dict[str, NDArray[Any]] = {
            "run": np.array(runs, np.int32)[points.run],
            "metric": np.array([known.get(name, -1) for name in names], np.int32)[points.metric],
            "step": points.step,
            "value": points.value.astype(np.float64),
        }
        if (fresh["run"] < 0).any() or (fresh["metric"] < 0).any():
            return True
        return self._differs(fresh, _POINTS, value="coalesce(value, 'nan')")  # NaN comes as NULL

    def _lacks_params(self, log: ParsedLog, runs: list[int]) -> bool:
        rows = [
            (run, text(name), encode(value)[0])
            for run, facts in zip(runs, log.runs, strict=True)
            for values in (facts.params, facts.cells)
            for name, value in values.items()
        ]
        if not rows:
            return False
        known, names, told = zip(*rows, strict=True)
        fresh: dict[str, NDArray[Any]] = {
            "run": np.array(known, np.int32),
            "name": _texts(names),
            "value": _texts(told),
        }
        return self._differs(
            fresh,
            f"SELECT run, name, value FROM param WHERE source = $1 AND {_TOLD}",  # noqa: S608
        )

    def _differs(self, fresh: dict[str, NDArray[Any]], stored: str, value: str = "value") -> bool:
        """Whether any row is not among those stored."""
        self._con.register("fresh", fresh)
        columns = ", ".join([*list(fresh)[:-1], value])
        query = f"SELECT count(*) FROM (SELECT {columns} FROM fresh EXCEPT {stored})"  # noqa: S608
        found = self._con.execute(query, [self._source]).fetchall()
        self._con.unregister("fresh")
        return bool(found[0][0])


def _texts(values: Sequence[str]) -> NDArray[Any]:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
