"""Whether a file is the one that was read before: more than its path counts."""

import json
from zlib import crc32

from logminer.core.parsed import Resume
from logminer.store.rows import SourceRow

_HEAD = 1024


def unchanged(before: SourceRow, here: SourceRow) -> bool:
    """Whether nothing happened to a file since it was looked at.

    One that no format recognised is looked at again by another version of logminer.
    """
    same = (before.size, before.mtime_ns, before.inode, before.own_run) == (
        here.size, here.mtime_ns, here.inode, here.own_run,
    )  # fmt: skip
    return same and (before.format is not None or before.reader == here.reader)


def head_hash(path: str, size: int) -> int:
    """Hash of the first bytes of a file of that size, 0 if they cannot be read."""
    try:
        with open(path, "rb") as file:
            return crc32(file.read(min(_HEAD, size)))
    except OSError:
        return 0


def resume_point(
    before: SourceRow | None, here: SourceRow, form: str, path: str, *, resumes: bool
) -> tuple[Resume, bool]:
    """Where to go on reading, and whether what was stored of the file is replaced.

    A file that grew goes on where it ended; one that shrank, was replaced or rewritten is read anew. One whose
    reading was cut off has no time stored, and goes on as well.

    Args:
        before: the file as it was read, or None.
        here: the file as it is now.
        form: name of its format.
        path: where its bytes are on this machine.
        resumes: whether the format can go on from an offset.
    """
    if not before or not resumes or before.format != form:
        return Resume(), True
    same_run = before.own_run == here.own_run and before.inode == here.inode
    cut_off = before.mtime_ns == 0 and here.size == before.size
    if not same_run or (here.size <= before.size and not cut_off) or before.offset > here.size:
        return Resume(), True
    if head_hash(path, before.size) != before.head_hash:
        return Resume(), True
    return Resume(before.offset, json.loads(before.state)), False
