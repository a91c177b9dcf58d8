"""Members of a ZIP archive as hostile input: found by name alone, unpacked only up to a bound."""

import zipfile
import zlib
from collections.abc import Iterable

from logminer.formats._probe import Probe

MAGIC = b"PK\x03\x04"
MAX_MEMBER = 1 << 28  # bytes unpacked


def has_members(probe: Probe, names: Iterable[str]) -> bool:
    """Whether a file is an archive that holds members of all these names."""
    if not probe.head.startswith(MAGIC):
        return False
    try:
        with zipfile.ZipFile(probe.path) as archive:
            return {*archive.namelist()} >= {*names}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def member(path: str, name: str) -> bytes:
    """The bytes of a member.

    Raises:
        ValueError: it is not there, is damaged or is too large.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as file:
            data = file.read(MAX_MEMBER + 1)
    except (KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"'{name}' in the archive cannot be read: {error}") from None
    if len(data) > MAX_MEMBER:
        raise ValueError(f"'{name}' in the archive holds more than {MAX_MEMBER >> 20} MB")
    return data
