"""Records of a ``.wandb`` or ``.swanlab`` file: LevelDB's log format with a header of its own and plain CRC-32.

The header is four letters, a number of two bytes and a version byte. The file is cut into blocks of 32 KiB; a record lies in one
block or is split into a first, middle and last fragment, each with checksum, length and kind. See
https://github.com/google/leveldb/blob/main/doc/log_format.md and wandb/sdk/internal/datastore.py, which SwanLab follows.
"""

import struct
import zlib
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from logminer.core.problem import Problem

FIRST_RECORD = 7
BLOCK = 32_768
_HEADER = struct.Struct("<IHB")
_GAP, _FULL, _FIRST, _MIDDLE, _LAST = 0, 1, 2, 3, 4
_SEEDS = {kind: zlib.crc32(bytes([kind])) for kind in (_FULL, _FIRST, _MIDDLE, _LAST)}
_LARGEST = 256 << 20
_TRIES = 256  # checksums computed in search of the next fragment of a block


def records(
    file: BinaryIO, start: int, path: str, problems: list[Problem]
) -> Iterator[tuple[bytes, int]]:
    """Payloads of whole records from ``start`` on, each with the position after it.

    A record that is not written to its end stops the reading, without a problem: it may be growing. Damaged
    bytes are skipped up to the next fragment or block that is sound, and said.
    """
    parts: list[bytes] = []
    for kind, data, end in _fragments(file, max(start, FIRST_RECORD), path, problems):
        if kind == _FULL:  # nearly all
            yield data, end
            parts = []
            continue
        if kind in (_GAP, _FIRST):
            parts = []
        if kind == _GAP or (kind in (_MIDDLE, _LAST) and not parts):
            continue  # its first fragment was damaged
        parts.append(data)
        if kind == _LAST:
            yield b"".join(parts), end
            parts = []
        elif sum(map(len, parts)) > _LARGEST:
            problems.append(Problem(path, "a record of more than 256 MB is skipped", f"byte {end}"))
            parts = []


def _fragments(
    file: BinaryIO, start: int, path: str, problems: list[Problem]
) -> Iterator[tuple[int, bytes, int]]:
    """Sound fragments as kind, payload and the position after them; a gap stands where damage was skipped."""
    position, damaged = start, -1
    unpack, crc32 = _HEADER.unpack_from, zlib.crc32
    while True:
        file.seek(position)
        room = BLOCK - position % BLOCK
        block = file.read(room)
        at = 0
        while at + _HEADER.size <= len(block):
            crc, size, kind = unpack(block, at)
            stop = at + _HEADER.size + size
            payload = block[at + _HEADER.size : stop]
            if stop <= len(block) and kind in _SEEDS and crc32(payload, _SEEDS[kind]) == crc:
                if damaged >= 0:
                    _say(path, damaged, position + at, problems)
                    damaged = -1
                    yield _GAP, b"", position + at
                yield kind, payload, position + stop
            elif block.count(0, at) == len(block) - at:
                break
            elif _unfinished(file, block, at):
                return
            else:
                damaged = position + at if damaged < 0 else damaged
                stop = _resynchronise(block, at)
            at = stop
        position += len(block)
        if len(block) < room:
            if damaged >= 0:
                _say(path, damaged, position, problems)
            return


def _say(path: str, start: int, end: int, problems: list[Problem]) -> None:
    problems.append(Problem(path, "damaged records are skipped", f"byte {start}-{end}"))


def _stop(block: bytes, at: int) -> int:
    """Where the fragment at ``at`` ends, or 0 if it is not sound."""
    crc, size, kind = _HEADER.unpack_from(block, at)
    stop = at + _HEADER.size + int(size)
    if kind not in _SEEDS or stop > len(block):
        return 0
    return stop if zlib.crc32(block[at + _HEADER.size : stop], _SEEDS[kind]) == crc else 0


def _unfinished(file: BinaryIO, block: bytes, at: int) -> bool:
    """Whether the fragment at ``at`` runs past the end of the file, or into nothing but zeros.

    Network file systems show room that is not written yet as zeros.
    """
    _, size, kind = _HEADER.unpack_from(block, at)
    written = at + len(block[at:].rstrip(b"\0"))
    if kind not in _SEEDS or written >= at + _HEADER.size + int(size):
        return False
    rest = iter(partial(file.read, BLOCK), b"")
    return all(chunk.count(0) == len(chunk) for chunk in rest)


def _resynchronise(block: bytes, at: int) -> int:
    """The next place after ``at`` where a sound fragment starts, else the end of the block."""
    tries = 0
    for place in range(at + 1, len(block) - _HEADER.size):
        if block[place + 6] not in _SEEDS or not _followed(block, place):
            continue
        if _stop(block, place):
            return place
        tries += 1
        if tries == _TRIES:
            break
    return len(block)


def _followed(block: bytes, at: int) -> bool:
    """Whether a fragment at ``at`` would be followed by another, by padding or by the end: cheap to ask."""
    stop = at + _HEADER.size + int(_HEADER.unpack_from(block, at)[1])
    return stop + 6 >= len(block) >= stop or (stop + 6 < len(block) and block[stop + 6] <= _LAST)
