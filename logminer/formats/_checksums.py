"""CRC-32C of event-file records, for many records at once.

A record is ``length (u64) · masked CRC of the length (u32) · payload · masked CRC of the payload
(u32)``; see ``tensorflow/core/lib/io/record_writer.h`` for the layout and the mask.
"""

from functools import cache

import numpy as np
from crc32c import crc32c
from numpy.typing import NDArray

_MASK_DELTA = 0xA282EAD8


def masked(crc: int) -> int:
    """A checksum as it is stored, rotated and shifted by a constant."""
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


def masked_crc(data: bytes | memoryview) -> int:
    """Masked CRC-32C of some bytes."""
    return masked(crc32c(data))


@cache
def _length_tables() -> NDArray[np.uint32]:
    """What each of the three low bytes of a length adds to its CRC, shape (3, 256).

    CRCs are linear: the CRC of an exclusive or is the exclusive or of the CRCs, but for a constant.
    """
    zero = crc32c(bytes(8))
    table = [
        [crc32c(bytes(j) + bytes([b]) + bytes(7 - j)) ^ zero for b in range(256)] for j in range(3)
    ]
    table[0] = [entry ^ zero for entry in table[0]]
    return np.array(table, dtype=np.uint32)


def masked_length_crcs(lengths: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Masked CRCs of lengths below 2**24, shape as given."""
    table = _length_tables()
    crc = table[0][lengths & 0xFF]
    crc ^= table[1][(lengths >> 8) & 0xFF]
    crc ^= table[2][lengths >> 16]
    return np.asarray(((crc >> 15) | (crc << 17)) + np.uint32(_MASK_DELTA))
