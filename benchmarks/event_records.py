"""Records of an event file, byte by byte: quick enough for files of a hundred million points.

The layout is that of ``logminer/formats/events/records.py``: length, checksum, payload, checksum.
"""

import struct

from crc32c import crc32c

_SCALARS = b"\x4a\x0b\x0a\x09\x0a\x07scalars"  # metadata: of the plugin "scalars"


def header(wall):
    """The first record of a file."""
    return _record(b"\x09" + struct.pack("<d", wall) + _field(0x1A, b"brain.Event:2"))


def scalar(step, wall, tag, value, *, tensor=False):
    """A record of one value, as ``simple_value`` or as a tensor."""
    bits = struct.pack("<f", value)
    written = (
        _field(0x42, b"\x08\x01\x12\x00\x22\x04" + bits) + _SCALARS if tensor else b"\x15" + bits
    )
    summary = _field(0x2A, _field(0x0A, _field(0x0A, tag.encode()) + written))
    return _record(b"\x09" + struct.pack("<d", wall) + b"\x10" + _varint(step) + summary)


def _varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def _field(key, content):
    return bytes([key]) + _varint(len(content)) + content


def _record(payload):
    length = struct.pack("<Q", len(payload))
    return length + _masked_crc(length) + payload + _masked_crc(payload)


def _masked_crc(data):
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
