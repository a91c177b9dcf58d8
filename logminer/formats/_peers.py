"""How the files beside a file end: whether its last line, which has no line end, is written so rather than cut.

Editors and ``write(text)`` leave the last line without an end, and then they do so in each run of a sweep; a kill or a full disk
cuts one file here and there, at the end of a buffer or a block.
"""

import os
import stat
from collections.abc import Iterator
from itertools import islice

_LOOKED_AT = 8  # peers
_FEWEST = 2  # of them tell: one may have been cut as well
_ENTRIES = 64  # of a folder among which they are looked for
_BUFFER = 4096  # bytes: what was cut off with a buffer ends at a multiple of it


def are_open(path: str) -> bool:
    """Whether most of a file's peers have no line end at their end either.

    Peers are the files of its name in the folders beside its own, or beside the one above that (``../*/config.yaml``,
    ``../../*/.hydra/config.yaml``); without any, the files of its suffix in its own folder.

    Args:
        path: the file.
    """
    own = os.stat(path)
    if own.st_size % _BUFFER == 0:
        return False
    for candidates in (_namesakes(path), _of_its_kind(path)):
        ends = (end for place in candidates if (end := _is_open(place, own)) is not None)
        looked_at = list(islice(ends, _LOOKED_AT))
        if looked_at:
            return len(looked_at) >= _FEWEST and 2 * sum(looked_at) > len(looked_at)
    return False


def _namesakes(path: str) -> Iterator[str]:
    """Places where files of the same name may lie in sibling folders."""
    folder, inner = os.path.split(path)
    for _ in range(2):
        parent, own = os.path.split(folder)
        if parent == folder:
            return
        yield from (os.path.join(parent, n, inner) for n in _names(parent) if n != own)
        folder, inner = parent, os.path.join(own, inner)


def _of_its_kind(path: str) -> Iterator[str]:
    """Files of the same suffix in the same folder."""
    folder, own = os.path.split(path)
    suffix = os.path.splitext(own)[1]
    return (
        os.path.join(folder, name)
        for name in _names(folder)
        if name != own and os.path.splitext(name)[1] == suffix
    )


def _names(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in islice(entries, _ENTRIES)]
    except OSError:
        return []


def _is_open(path: str, own: os.stat_result) -> bool | None:
    """Whether a file's last line has no end; None for what is no other file, empty, or may have been cut with a buffer."""
    try:
        status = os.stat(path)
        if os.path.samestat(status, own):  # by a link
            return None
        if not stat.S_ISREG(status.st_mode) or status.st_size % _BUFFER == 0:
            return None
        with open(path, "rb") as file:
            file.seek(max(status.st_size - 4, 0))  # the widest character
            end = file.read(4).rstrip(b"\0")
    except OSError:
        return None
    return end[-1:] not in b"\r\n"
