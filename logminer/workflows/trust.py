"""Whose settings are obeyed, and how far.

A ``logminer.toml`` comes along with a folder: unpacked, cloned, or put there by another user of the machine. So one that is
not the user's own is not read (as git does, CVE-2022-24765); one that lies among the logs to be ingested brings no
formats, whose regular expressions would run on them; and none says that the database lies elsewhere than in its own
folder. What is not obeyed is said in a line.
"""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from logminer.core.errors import UsageError
from logminer.core.toml_text import refuse_costly

PROJECT_FILE = "logminer.toml"
_MOST_BYTES = 262_144


def project_files(folder: Path) -> Iterator[Path]:
    """Files of settings in ``folder`` and above, the nearest first."""
    here = folder.resolve()
    return (f for d in (here, *here.parents) if (f := d / PROJECT_FILE).is_file())


def why_not_own(file: Path) -> str:
    """Why a file is not taken for the user's own, empty if it is."""
    if not hasattr(os, "getuid"):
        return ""
    own = {0, os.getuid()}
    if os.getuid() == 0 and os.environ.get("SUDO_UID", "").isdecimal():
        own.add(int(os.environ["SUDO_UID"]))
    real = file.resolve()
    for path, what in ((real, "it"), (real.parent, "its folder"), (file.parent, "its folder")):
        status = path.stat()
        if status.st_uid not in own:
            return f"{what} belongs to another user"
        if status.st_mode & stat.S_IWOTH:
            return f"{what} can be written by anybody"
    return ""


def lies_among(file: Path, logs: Sequence[str]) -> bool:
    """Whether a file lies in one of the folders of logs, or below."""
    folders = [Path(path).resolve() for path in logs if os.path.isdir(path)]
    return any(folder in file.parents for folder in folders)


def obeyed(
    values: Mapping[str, Any], file: Path, folder: Path, logs: Sequence[str]
) -> tuple[dict[str, Any], list[str]]:
    """What counts of a project's settings, and a line for each that does not.

    Args:
        values: as the file has them.
        file: where they stand.
        folder: where the command runs: relative paths begin there.
        logs: folders and files that are to be ingested.
    """
    kept, notes = dict(values), []
    db = kept.get("db")
    if isinstance(db, str) and file.parent not in (folder / db).resolve().parents:
        del kept["db"]
        notes.append(
            f"{file}: db = {db!r} lies outside of its folder and is ignored; "
            "--db, LOGMINER_DB and the user's config.toml may name any place"
        )
    if "formats" in kept and lies_among(file, logs):
        del kept["formats"]
        notes.append(
            f"{file} lies among the logs: its formats are ignored; name the folder of the logs below it"
        )
    return kept, notes


def bounded_text(file: Path) -> str:
    """The text of a file of settings.

    Raises:
        UsageError: it is far too long, or has a key that would take the parser for ever.
        OSError: it cannot be read.
    """
    with file.open("rb") as opened:
        text = opened.read(_MOST_BYTES + 1).decode("utf-8")
    if len(text) > _MOST_BYTES:
        raise UsageError(f"{file}: settings of more than {_MOST_BYTES:,} bytes", "shorten it")
    try:
        refuse_costly(text)
    except ValueError as error:
        raise UsageError(f"{file}: {error}", "mend it there") from None
    return text
