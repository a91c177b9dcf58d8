"""Feather and Arrow files (IPC, as a file or a stream), as pandas, Polars and Arrow write them: read as any table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats._probe import Match, Probe
from logminer.formats.frames.arrow_table import is_readable
from logminer.formats.frames.names import SUFFIXES
from logminer.formats.frames.pieces import read_pieces, rows_a_batch

if TYPE_CHECKING:
    import pyarrow as pa

NAMES = ("*",)  # contents decide
RESUMES = True

_FILE, _FIRST_VERSION, _STREAM = b"ARROW1\0\0", b"FEA1", b"\xff\xff\xff\xff"
_SHORTEST = 64  # bytes of a schema


def sniff(probe: Probe) -> Match:
    """A file that begins as Arrow's do: a stream opens with the length of its schema."""
    head = probe.head[:8]
    if probe.suffix not in SUFFIXES:
        return Match.NO
    if head == _FILE or head.startswith(_FIRST_VERSION):
        return Match.EXACT
    length = int.from_bytes(head[4:], "little")
    is_stream = head.startswith(_STREAM) and length % 8 == 0 and _SHORTEST <= length < probe.size
    return Match.EXACT if is_stream else Match.NO


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """The next rows, within some hundred megabytes.

    Raises:
        NotALogError: its rows are no training log.
        ValueError: the file is damaged, still being written, or of the first version of Feather.
    """
    if probe.head.startswith(_FIRST_VERSION):
        raise ValueError("Feather version 1, which Arrow no longer reads: write it anew")
    return read_pieces(probe, resume, _ArrowRows)


class _ArrowRows:
    """The rows of a file or a stream, one batch as written after another."""

    def __init__(self, probe: Probe) -> None:
        import pyarrow as pa

        self._size = probe.size
        self._bytes = pa.memory_map(probe.path)
        self._is_file = probe.head.startswith(_FILE)
        self._open = pa.ipc.open_file if self._is_file else pa.ipc.open_stream
        with self._open(self._bytes) as reader:
            schema = reader.schema
        self._fields = [i for i, field in enumerate(schema) if is_readable(field.type)]
        self.rows = rows_a_batch(len(self._fields), None, probe.size)

    def batches(self) -> "Iterator[tuple[pa.RecordBatch, float]]":
        """Batches as they were written, and the share of the file read by then."""
        import pyarrow as pa

        self._bytes.seek(0)
        options = pa.ipc.IpcReadOptions(included_fields=self._fields, use_threads=False)
        with self._open(self._bytes, options=options) as reader:
            for number, batch in enumerate(_each(reader, is_file=self._is_file), start=1):
                of = reader.num_record_batches if self._is_file else 0
                yield batch, number / of if of else self._bytes.tell() / self._size


def _each(reader: Any, *, is_file: bool) -> "Iterator[pa.RecordBatch]":
    if is_file:
        yield from map(reader.get_batch, range(reader.num_record_batches))
    else:
        yield from reader
