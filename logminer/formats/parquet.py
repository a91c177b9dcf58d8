"""Parquet files, as pandas, Polars, DuckDB and exporters of experiment services write them: read as any table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats._probe import Match, Probe
from logminer.formats.frames.arrow_table import is_readable, is_text
from logminer.formats.frames.names import SUFFIXES
from logminer.formats.frames.pieces import read_pieces, rows_a_batch

if TYPE_CHECKING:
    import pyarrow as pa

NAMES = ("*",)  # contents decide
RESUMES = True

_MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
_BUFFER = 1 << 20


def sniff(probe: Probe) -> Match:
    """A file that begins as every Parquet file does."""
    if probe.suffix not in SUFFIXES or probe.head[:4] not in {_MAGIC, _ENCRYPTED}:
        return Match.NO
    return Match.EXACT


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """The next rows, within some hundred megabytes.

    Raises:
        NotALogError: its rows are no training log.
        ValueError: the file is encrypted, damaged, or still being written.
    """
    if probe.head.startswith(_ENCRYPTED):
        raise ValueError("an encrypted Parquet file: there is no key")
    with open(probe.path, "rb") as file:
        file.seek(max(probe.size - len(_MAGIC), 0))
        if file.read() != _MAGIC:
            raise ValueError("a Parquet file without its end: cut off, or still being written")
    return read_pieces(probe, resume, _ParquetRows)


class _ParquetRows:
    """The rows of a file, one group of them after another."""

    def __init__(self, probe: Probe) -> None:
        import pyarrow as pa
        from pyarrow.parquet import ParquetFile

        with ParquetFile(pa.OSFile(probe.path)) as file:
            schema = file.schema_arrow
        self._columns = list(_paths(schema, ""))
        texts = [path for path, kind in self._columns if is_text(kind)]
        # Texts stay in a dictionary until it is known how long they are together.
        self._file = ParquetFile(
            pa.OSFile(probe.path), read_dictionary=texts, buffer_size=_BUFFER, pre_buffer=False
        )
        rows = self._file.metadata.num_rows
        self.rows = rows_a_batch(len(self._columns), rows, probe.size)

    def batches(self) -> "Iterator[tuple[pa.RecordBatch, float]]":
        """Batches of rows, and the share of all rows read by then."""
        taken, total = 0, self._file.metadata.num_rows
        for group in range(self._file.num_row_groups):
            for batch in self._file.iter_batches(
                self.rows, [group], [path for path, _ in self._columns], use_threads=False
            ):
                taken += batch.num_rows
                yield batch, taken / max(total, 1)


def _paths(fields: "pa.Schema | pa.StructType", folder: str) -> "Iterator[tuple[str, pa.DataType]]":
    """Paths of the columns worth reading, down to the fields of structs."""
    import pyarrow as pa

    for field in fields:
        if pa.types.is_struct(field.type):
            yield from _paths(field.type, f"{folder}{field.name}.")
        elif is_readable(field.type):
            yield f"{folder}{field.name}", field.type
