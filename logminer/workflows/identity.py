"""Whether a file is the one that was read before: more than its path counts."""

import json
from zlib import crc32

from logminer.core.parsed import Resume
from logminer.store.rows import SourceRow

_EDGE = 1024  # bytes at the start of what was read, and at its end, by which it is known again


def unchanged(before: SourceRow, here: SourceRow) -> bool:
    """Whether nothing happened to a file since it was looked at.

    One of which nothing could be read is looked at again by another version of logminer.
    """
    same = (before.size, before.mtime_ns, before.inode, before.own_run) == (
        here.size, here.mtime_ns, here.inode, here.own_run,
    )  # fmt: skip
    was_read = before.format is not None and before.offset > 0
    return same and (was_read or before.reader == here.reader)


def fingerprint(path: str, offset: int, head: bytes | None = None) -> int:
    """Hash of the first bytes of a file and of the last ones before an offset, 0 if they cannot be read.

    Args:
        path: the file.
        offset: how far it was read.
        head: its first bytes as they were before it was read: a file that was replaced meanwhile is then not taken
            for the one that was read.
    """
    try:
        with open(path, "rb") as file:
            first = file.read(min(_EDGE, offset))
            file.seek(max(offset - _EDGE, 0))
            last = file.read(min(_EDGE, offset))
    except OSError:
        return 0
    return crc32(last, crc32(first if head is None else head[: min(_EDGE, offset)]))


def grew(before: SourceRow | None, here: SourceRow, path: str) -> bool:
    """Whether a file holds what was read of it before, and more behind.

    Args:
        before: the file as it was read, or None.
        here: the file as it is now.
        path: where its bytes are on this machine.
    """
    if not before or not before.offset or here.size <= before.size:
        return False
    return fingerprint(path, before.offset) == before.head_hash


def resume_point(
    before: SourceRow | None, here: SourceRow, form: str, path: str, *, resumes: bool
) -> tuple[Resume, bool]:
    """Where to go on reading, and whether what was stored of the file is replaced.

    A file that grew goes on where it ended; one that shrank, was replaced or rewritten is read anew, and so is one of
    which nothing could be read the last time. One whose reading was cut off has no time stored, and goes on as well.

    Args:
        before: the file as it was read, or None.
        here: the file as it is now.
        form: name of its format.
        path: where its bytes are on this machine.
        resumes: whether the format can go on from an offset.
    """
    if not before or not before.offset or not resumes or before.format != form:
        return Resume(), True
    same_run = before.own_run == here.own_run and before.inode == here.inode
    cut_off = before.mtime_ns == 0 and here.size == before.size
    if not same_run or (here.size <= before.size and not cut_off) or before.offset > here.size:
        return Resume(), True
    if fingerprint(path, before.offset) != before.head_hash:
        return Resume(), True
    return Resume(before.offset, json.loads(before.state)), False
