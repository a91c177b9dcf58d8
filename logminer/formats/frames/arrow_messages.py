"""What the messages of an Arrow stream say of their sizes, read before anything is unpacked.

The metadata of a message is a flatbuffer whose tables and fields are those of
https://github.com/apache/arrow/blob/main/format/Message.fbs; a compressed buffer begins with its length unpacked.
"""

import struct
from collections.abc import Iterator
from typing import Any

_HEADER_TYPE, _HEADER = 1, 2  # fields of Message
_DICTIONARY, _BATCH = 2, 3  # values of MessageHeader
_DATA = 1  # field of DictionaryBatch
_BUFFERS, _COMPRESSION = 2, 3  # fields of RecordBatch
_PLAIN = -1  # the length that stands for: not compressed


def unpacked_sizes(messages: Any) -> Iterator[int]:
    """Bytes that must be unpacked for each batch of rows, dictionaries sent ahead of it included.

    Args:
        messages: a ``pyarrow.ipc.MessageReader``.

    Raises:
        ValueError: a message is damaged.
    """
    held = 0
    for message in messages:
        if message.type not in {"dictionary", "record batch"}:
            continue
        try:
            held += _unpacked(memoryview(message.metadata), message.body)
        except struct.error:
            raise ValueError("a damaged message: its metadata points outside of it") from None
        if message.type == "record batch":
            yield held
            held = 0


def _unpacked(metadata: memoryview, body: Any) -> int:
    """Bytes that the compressed buffers of a batch become; none for a batch that is not compressed."""
    (root,) = struct.unpack_from("<I", metadata)
    batch = _table(metadata, root, _HEADER)
    kind = _place(metadata, root, _HEADER_TYPE)
    if batch is not None and kind and metadata[kind] == _DICTIONARY:
        batch = _table(metadata, batch, _DATA)
    if batch is None or body is None or _table(metadata, batch, _COMPRESSION) is None:
        return 0
    buffers = _table(metadata, batch, _BUFFERS)
    if buffers is None:
        return 0
    (count,) = struct.unpack_from("<I", metadata, buffers)
    found, packed = 0, memoryview(body)
    for number in range(count):
        offset, length = struct.unpack_from("<qq", metadata, buffers + 4 + 16 * number)
        if length:
            (unpacked,) = struct.unpack_from("<q", packed, offset)
            found += length if unpacked == _PLAIN else max(unpacked, 0)
    return found


def _place(data: memoryview, table: int, field: int) -> int:
    """Where a field of a table stands, 0 where it is left out."""
    (back,) = struct.unpack_from("<i", data, table)
    (size,) = struct.unpack_from("<H", data, table - back)
    slot = 4 + 2 * field
    if slot >= size:
        return 0
    (offset,) = struct.unpack_from("<H", data, table - back + slot)
    return table + offset if offset else 0


def _table(data: memoryview, table: int, field: int) -> int | None:
    """Where the table or vector that a field points to stands, None where it is left out."""
    place = _place(data, table, field)
    if not place:
        return None
    (offset,) = struct.unpack_from("<I", data, place)
    return place + int(offset)
