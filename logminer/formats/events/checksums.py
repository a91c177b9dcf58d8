"""CRC-32C of event-file records, for many records at once.

A record is ``length (u64) · masked CRC of the length (u32) · payload · masked CRC of the payload
(u32)``; see ``tensorflow/core/lib/io/record_writer.h`` for the layout and the mask.

A call a record would cost more than everything else. But CRCs are linear: from the stored checksums
follows what the CRC of a whole block of records has to be, so one call checks a block. A record
that differs changes its block's CRC for certain; two of them in a block cancel out once in 2**32.
"""

from functools import cache

import numpy as np
from crc32c import crc32c
from numpy.typing import NDArray

_MASK_DELTA = 0xA282EAD8
_ONES = 0xFFFFFFFF
_BLOCK_BITS = 12  # blocks of 4 kB
_FINE_BITS = 6

Places = NDArray[np.int64]
Crcs = NDArray[np.uint32]


def masked(crc: int) -> int:
    """A checksum as it is stored, rotated and shifted by a constant."""
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


def masked_crc(data: bytes | memoryview) -> int:
    """Masked CRC-32C of some bytes."""
    return masked(crc32c(data))


@cache
def _length_tables() -> Crcs:
    """What each of the three low bytes of a length adds to its CRC, shape (3, 256).

    CRCs are linear: the CRC of an exclusive or is the exclusive or of the CRCs, but for a constant.
    """
    zero = crc32c(bytes(8))
    table = [
        [crc32c(bytes(j) + bytes([b]) + bytes(7 - j)) ^ zero for b in range(256)] for j in range(3)
    ]
    table[0] = [entry ^ zero for entry in table[0]]
    return np.array(table, dtype=np.uint32)


def masked_length_crcs(lengths: Crcs) -> Crcs:
    """Masked CRCs of lengths below 2**24, shape as given."""
    crcs = _short_length_crcs()[lengths & 0xFFFF]
    long = np.flatnonzero(lengths >> 16)
    if len(long):
        crcs[long] = _masked_length_crcs(lengths[long])
    return np.asarray(crcs)


@cache
def _short_length_crcs() -> Crcs:
    return _masked_length_crcs(np.arange(1 << 16, dtype=np.uint32))


def _masked_length_crcs(lengths: Crcs) -> Crcs:
    table = _length_tables()
    crc = table[0][lengths & 0xFF]
    crc ^= table[1][(lengths >> 8) & 0xFF]
    crc ^= table[2][(lengths >> 16) & 0xFF]
    return np.asarray(((crc >> 15) | (crc << 17)) + np.uint32(_MASK_DELTA))


def damaged_blocks(
    buffer: NDArray[np.uint8], starts: Places, ends: Places, stored: Crcs
) -> list[tuple[int, int]]:
    """Where records' checksums disagree, by blocks of a few records.

    Args:
        buffer: the bytes.
        starts: (n,) where records (their headers, known to be right) begin, ascending.
        ends: (n,) where they end.
        stored: (n,) their stored payload checksums.

    Returns:
        First record and record after the last of each block that holds damage.
    """
    if not len(starts):
        return []
    fresh = np.ones(len(starts), bool)
    fresh[1:] = (ends[1:] ^ ends[:-1]) >> _BLOCK_BITS != 0
    fresh[1:] |= starts[1:] != ends[:-1]
    first = np.flatnonzero(fresh)
    after = np.append(first[1:], len(starts))
    stop = ends[after - 1]
    to_stop = np.repeat(stop, after - first) - ends
    parts = _shifted(_before_footer(ends - starts, stored), to_stop + 4)
    expected = np.bitwise_xor.reduceat(parts, first)
    view = buffer.data
    spans = zip(starts[first].tolist(), stop.tolist(), strict=True)
    found = np.array([crc32c(view[a:b], _ONES) for a, b in spans], np.uint32)
    wrong = found != ~expected
    return list(zip(first[wrong].tolist(), after[wrong].tolist(), strict=True))


def _before_footer(sizes: Places, stored: Crcs) -> Crcs:
    """CRC register after each record whose payload agrees with ``stored``, before its last four bytes.

    The register starts at zero, and already holds the bytes of the footer itself: feeding four bytes is
    an exclusive or with them and a shift.
    """
    known = np.flatnonzero(np.bincount(sizes))
    of_size = np.zeros(int(known[-1]) + 1, np.uint32)
    of_size[known] = [_frame_register(size) for size in known.tolist()]
    rotated = stored - np.uint32(_MASK_DELTA)
    crc = (rotated >> np.uint32(17)) | (rotated << np.uint32(15))
    return np.asarray(of_size[sizes] ^ crc ^ stored)


@cache
def _frame_register(size: int) -> int:
    """What a record of ``size`` bytes adds to the register apart from its payload's CRC."""
    length = size - 16
    stated = length.to_bytes(8, "little")
    head = stated + masked_crc(stated).to_bytes(4, "little")
    zeros = bytes(length)
    # crc32c(data, _ONES ^ r) ^ _ONES is the register that follows r.
    return crc32c(zeros, crc32c(head, _ONES)) ^ _ONES ^ crc32c(zeros)


def _shifted(registers: Crcs, distance: Places) -> Crcs:
    """Registers after ``distance`` zero bytes each, below 4 kB + 64."""
    fine, coarse = _shift_tables()
    low = distance & ((1 << _FINE_BITS) - 1)
    return _apply(coarse, distance >> _FINE_BITS, _apply(fine, low, registers))


def _apply(table: Crcs, row: Places, registers: Crcs) -> Crcs:
    place = row << 10
    out = table[place + (registers & 0xFF)]
    for k in (1, 2, 3):
        place += 256
        out ^= table[place + ((registers >> np.uint32(8 * k)) & 0xFF)]
    return out


@cache
def _shift_tables() -> tuple[Crcs, Crcs]:
    """Effect of 0 to 63 zero bytes, and of 0 to 64 times 64 of them, on a register.

    Flat arrays; at ``row << 10 | k << 8 | b`` stands what value b of the register's byte k becomes.
    """
    one_byte = np.array([crc32c(bytes(1), _ONES ^ b) ^ _ONES for b in range(256)], np.uint32)
    identity = np.concatenate(
        [np.arange(256, dtype=np.uint32) << np.uint32(8 * k) for k in range(4)]
    )
    fine = [identity]
    for _ in range(1 << _FINE_BITS):
        fine.append((fine[-1] >> np.uint32(8)) ^ one_byte[fine[-1] & 0xFF])
    jump = fine.pop()
    coarse = [identity]
    for _ in range(1 << (_BLOCK_BITS - _FINE_BITS)):
        coarse.append(_apply(jump, np.zeros(1024, np.int64), coarse[-1]))
    return np.concatenate(fine), np.concatenate(coarse)
