"""Writing files whole: what stood there before stays until all of the new is on the disk."""

import errno
import os
import stat
import tempfile
from contextlib import suppress
from os import PathLike
from pathlib import Path


def write_whole(path: str | PathLike[str], content: str | bytes) -> None:
    """Write a file beside its place, bring it to the disk, and put it there at once.

    A failure or a power cut on the way leaves the old file as it was. Its permissions are kept, a new file has the usual
    ones. A link stays one, and its target is replaced. What is no regular file, such as ``/dev/stdout``, is written to.

    Args:
        path: where it belongs.
        content: bytes, or a text for UTF-8; lone surrogates become question marks.

    Raises:
        OSError: it cannot be written; ``filename`` is ``path``.
    """
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    try:
        before = os.stat(path) if os.path.exists(path) else None
        is_file = before is None or stat.S_ISREG(before.st_mode)
        if not is_file or os.fspath(path).startswith("/dev/"):  # a redirected /dev/stdout is a file
            with open(path, "wb") as file:
                file.write(data)
            return
        place = Path(path).resolve()
        if before is not None and not os.access(place, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        _replace(place, data, stat.S_IMODE(before.st_mode) if before else 0o666 & ~_mask())
    except OSError as error:
        error.filename, error.filename2 = os.fspath(path), None
        raise


def _replace(place: Path, data: bytes, mode: int) -> None:
    descriptor, beside = tempfile.mkstemp(prefix=f".{place.name[:80]}.", dir=place.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, mode)
        os.replace(beside, place)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
    _sync_folder(place.parent)


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk too, where the system has that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _mask() -> int:
    """Permissions that new files of this process do not get."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
