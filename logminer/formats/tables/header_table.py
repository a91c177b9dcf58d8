"""Tables with one header line, as trackers write them: read whole, columns by name."""

import csv
import time
from pathlib import Path

from logminer.core.problem import Problem
from logminer.formats._probe import Probe
from logminer.formats.tables.csv_rows import from_frame, read_csv
from logminer.formats.tables.table import Table

_LARGEST = 200_000_000
_QUIET = 2.0  # seconds after which a last line without a line feed counts as finished


def read_table(probe: Probe, delimiter: str, problems: list[Problem], skip: int = 0) -> Table:
    """The table in a file; a last line that may still be in the middle of being written is left out.

    Args:
        probe: the file.
        delimiter: one character.
        problems: where rows and cells that cannot be read are said.
        skip: lines before the header.

    Raises:
        ValueError: the table is too large to be held at once.
    """
    if probe.size > _LARGEST:
        raise ValueError(f"a table of more than {_LARGEST // 1_000_000} MB is not read at once")
    whole = probe.read_bytes()
    if not whole.endswith(b"\n") and time.time() - Path(probe.path).stat().st_mtime < _QUIET:
        whole = whole[: whole.rfind(b"\n") + 1]
    lines = whole.split(b"\n", skip + 1)
    if len(lines) < skip + 2 or not lines[-1].strip():
        return Table(0)
    names = header_names(lines[skip].decode("utf-8-sig", "replace"), delimiter)
    frame = read_csv(
        lines[-1], names, delimiter, path=probe.path, problems=problems, first_line=skip + 2
    )
    return from_frame(frame, probe.path, problems)


def header_names(line: str, delimiter: str) -> list[str]:
    """Column names of a header line, made unique.

    Raises:
        ValueError: the line is no header.
    """
    try:
        names = next(csv.reader([line.rstrip("\r")], delimiter=delimiter), [])
    except csv.Error as error:
        raise ValueError(f"no header of a table: {error}") from None
    return [name if name not in names[:i] else f"{name}.{i}" for i, name in enumerate(names)]
