"""What was derived from what is stored: kept beside it under the digest of all that it rests on."""

from dataclasses import dataclass

import duckdb

_KEPT = 8  # of one name, the latest
_CONTENT = ("run_key", "fact", "param", "declared", "source", "metric", "piece", "role")
_HASH = "hash(t, t.rowid)"
_SUMS = f"count(*)::HUGEINT, bit_xor({_HASH})::HUGEINT, sum({_HASH}::HUGEINT)"


@dataclass(frozen=True)
class Result:
    """Bytes that were derived.

    Attributes:
        name: what it is.
        digest: of all that it rests on.
        data: the bytes.
    """

    name: str
    digest: str
    data: bytes


class Derived:
    """Results of an open store. What is put waits until the store is closed, for reading stores cannot write.

    Attributes:
        waiting: results put and not yet written.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self.waiting: list[Result] = []

    def get(self, name: str, digest: str) -> bytes | None:
        """The bytes that were derived from just this; None where there are none."""
        query = (
            "SELECT data FROM derived WHERE name = ? AND digest = ? ORDER BY made_at DESC LIMIT 1"
        )
        rows = self._con.execute(query, [name, digest]).fetchall()
        return bytes(rows[0][0]) if rows else None

    def put(self, name: str, digest: str, data: bytes) -> None:
        """Keep bytes once the store is closed."""
        self.waiting.append(Result(name, digest, data))

    def content_digest(self) -> str:
        """Changes whenever a run, a parameter, a point, a declared space or a role is added, changed or taken away.

        It is of the hashes of all rows with their places, so that no way of writing to the file can be missed.
        """
        parts = ", ".join(f"(SELECT [{_SUMS}] FROM {table} t)" for table in _CONTENT)  # noqa: S608
        return repr((duckdb.__version__, *self._con.execute(f"SELECT {parts}").fetchall()[0]))

    def write(self, results: list[Result]) -> None:
        """Write results; the oldest of each name go."""
        for result in results:
            self._con.execute(
                "INSERT INTO derived VALUES (?, ?, ?, now()::TIMESTAMP)",
                [result.name, result.digest, result.data],
            )
        self._con.execute(
            "DELETE FROM derived WHERE rowid IN (SELECT rowid FROM derived "
            "QUALIFY row_number() OVER (PARTITION BY name, digest ORDER BY rowid DESC) > 1 "
            "OR row_number() OVER (PARTITION BY name ORDER BY rowid DESC) > ?)",
            [_KEPT],
        )
