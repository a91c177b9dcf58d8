"""Layouts: what events whose bytes differ only in their numbers have in common."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Slots = tuple[tuple[int, str], ...]

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


@dataclass
class Layout:
    """Events of one length (wall time and step left out) whose numbers lie at the same places.

    Attributes:
        slots: offset and numpy type of each number.
        masks: which bits of each 64-bit word are the same for all events of a kind.
        hashes: sorted hashes of the known kinds.
        tags: (kinds, slots) tag of each number, in the order of ``hashes``.
    """

    slots: Slots
    masks: Words
    hashes: Words
    tags: NDArray[np.int32]

    @classmethod
    def of(cls, slots: Slots, size: int) -> "Layout":
        """A layout of ``size`` bytes that knows no kinds yet."""
        same = np.zeros(-(-size // 8) * 8, np.uint8)
        same[:size] = 0xFF
        for offset, dtype in slots:
            same[offset : offset + np.dtype(dtype).itemsize] = 0
        masks = same.view("<u8")
        return cls(slots, masks, np.empty(0, np.uint64), np.empty((0, len(slots)), np.int32))

    def hash(self, words: Words) -> Words:
        """Hash of what is the same for all events of a kind; (n, words) to (n,)."""
        hashes = np.zeros(len(words), np.uint64)
        for j, mask in enumerate(self.masks):
            hashes ^= words[:, j] if mask == _ALL else words[:, j] & mask
            hashes *= _FACTOR
            hashes ^= hashes >> _SHIFT
        return hashes

    def add(self, kinds: dict[int, list[int]]) -> None:
        """Add kinds: the tag of each number, by hash."""
        tags = np.array(list(kinds.values()), np.int32).reshape(len(kinds), len(self.slots))
        joined = np.concatenate([self.hashes, np.array(list(kinds), np.uint64)])
        order = np.argsort(joined)
        self.hashes, self.tags = joined[order], np.concatenate([self.tags, tags])[order]

    def find(self, hashes: Words) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Row in ``tags`` of each event, and whether its kind is known at all."""
        kind = np.searchsorted(self.hashes, hashes)
        kind[kind == len(self.hashes)] = 0
        return kind, self.hashes[kind] == hashes
