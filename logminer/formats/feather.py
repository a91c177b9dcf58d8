"""Feather and Arrow files (IPC, as a file or a stream), as pandas, Polars and Arrow write them: read as any table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats._probe import Match, Probe
from logminer.formats.frames.arrow_messages import unpacked_sizes
from logminer.formats.frames.arrow_table import is_readable
from logminer.formats.frames.names import SUFFIXES
from logminer.formats.frames.pieces import read_pieces, rows_a_batch

if TYPE_CHECKING:
    import pyarrow as pa

NAMES = ("*",)  # contents decide
RESUMES = True

_FILE, _FIRST_VERSION, _STREAM = b"ARROW1\0\0", b"FEA1", b"\xff\xff\xff\xff"
_SHORTEST = 64  # bytes of a schema
_MOST_UNPACKED = 1 << 30  # bytes of a compressed batch: a piece and what it is unpacked from


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
    """The rows of a file or a stream, one batch as written after another.

    A file is a stream between its mark and its footer, and is read as one: so the batches whose sizes were
    looked at are those that are unpacked, wherever the footer points.
    """

    def __init__(self, probe: Probe) -> None:
        import pyarrow as pa

        self._path, self._size = probe.path, probe.size
        self._begin = len(_FILE) if probe.head.startswith(_FILE) else 0
        with pa.ipc.open_stream(self._at_begin()) as reader:
            schema = reader.schema
        self._fields = [i for i, field in enumerate(schema) if is_readable(field.type)]
        self.rows = rows_a_batch(len(self._fields), None, probe.size)

    def _at_begin(self) -> Any:
        import pyarrow as pa

        file = pa.memory_map(self._path)
        file.seek(self._begin)
        return file

    def batches(self) -> "Iterator[tuple[pa.RecordBatch, float]]":
        """Batches as they were written, and the share of the file read by then.

        Raises:
            ValueError: the next batch would unpack to more than is ever held at once.
        """
        import pyarrow as pa

        file = self._at_begin()
        sizes = unpacked_sizes(pa.ipc.MessageReader.open_stream(self._at_begin()))
        options = pa.ipc.IpcReadOptions(included_fields=self._fields, use_threads=False)
        with pa.ipc.open_stream(file, options=options) as reader:
            for size in sizes:
                if size > _MOST_UNPACKED:
                    raise ValueError(
                        f"a batch that unpacks to {size:,} bytes: more than {_MOST_UNPACKED:,} are not read at once;"
                        " write it in smaller batches"
                    )
                batch = next(iter(reader), None)
                if batch is None:
                    return
                yield batch, min(file.tell() / self._size, 1.0)
