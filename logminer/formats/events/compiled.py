"""The compiled part, where there is one: loops in C (``follow.c``) in place of vectorised passes.

It is built when logminer is installed on a machine with a C compiler, and only saves time: what it
gives, ``_records`` and ``_scalars`` give without it, and whatever is not plain sailing is left to them anyway.
"""

import ctypes
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_LIBRARY = Path(__file__).with_name("follow.so")
_SMALLEST = 16  # bytes a record takes at least

Places = NDArray[np.int64]

_DATA = np.ctypeslib.ndpointer(np.uint8, flags="C_CONTIGUOUS")
_PLACES = np.ctypeslib.ndpointer(np.int64, flags="C_CONTIGUOUS")
_TIMES = np.ctypeslib.ndpointer(np.float64, flags="C_CONTIGUOUS")


class Compiled:
    """The functions of the library.

    Raises:
        OSError: there is no such library, or it is not for this machine.
    """

    def __init__(self, library: Path) -> None:
        compiled = ctypes.CDLL(str(library))
        self._follow, self._heads = compiled.follow, compiled.heads
        self._follow.argtypes = [_DATA, ctypes.c_int64, _PLACES, _PLACES, ctypes.c_int64]
        self._follow.restype = ctypes.c_int64
        self._heads.argtypes = [_DATA, _PLACES, ctypes.c_int64, _TIMES, _PLACES, _PLACES]
        self._heads.restype = None
        compiled.prepare()

    def follow(self, piece: NDArray[np.uint8]) -> tuple[Places, Places] | None:
        """Where the payloads of records begin and end.

        None if there is no whole record, or anything else than whole records and a part of one at the end.
        """
        room = len(piece) // _SMALLEST
        starts, stops = np.empty(room, np.int64), np.empty(room, np.int64)
        count = self._follow(piece, len(piece), starts, stops, room)
        return (starts[:count], stops[:count]) if count > 0 else None

    def heads(
        self, buffer: NDArray[np.uint8], starts: Places
    ) -> tuple[NDArray[np.float64], Places, Places]:
        """Wall time and step of the events whose payloads begin at ``starts``, and where their other fields do.

        The buffer must go on for 16 bytes after the last payload.
        """
        n = len(starts)
        wall, step, rest = np.empty(n), np.empty(n, np.int64), np.empty(n, np.int64)
        self._heads(buffer, np.ascontiguousarray(starts), n, wall, step, rest)
        return wall, step, rest


@cache
def load(library: Path = _LIBRARY) -> Compiled | None:
    """The compiled part, or None where it was not built."""
    try:
        return Compiled(library)
    except OSError:
        return None
