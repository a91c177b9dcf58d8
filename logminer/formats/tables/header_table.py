"""Tables with one header line, as trackers write them: read whole, columns by name."""

import csv

from logminer.core.problem import Problem
from logminer.formats._last_line import held_back, is_growing, is_whole, left_out
from logminer.formats._probe import Probe
from logminer.formats.tables.blocks import without_zeros
from logminer.formats.tables.csv_rows import from_frame, read_csv
from logminer.formats.tables.layout import decoded_text
from logminer.formats.tables.table import Table

_LARGEST = 200_000_000
_LOOK = 1_000  # lines that show how the last column is written


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
    whole = whole_rows(probe, delimiter, problems)
    lines = whole.split(b"\n", skip + 1)
    if len(lines) < skip + 2 or not lines[-1].strip():
        return Table(0)
    names = header_names(lines[skip].decode("utf-8-sig", "replace"), delimiter)
    frame = read_csv(
        lines[-1], names, delimiter, path=probe.path, problems=problems, first_line=skip + 2
    )
    return from_frame(frame, probe.path, problems)


def whole_rows(probe: Probe, delimiter: str, problems: list[Problem]) -> bytes:
    """A tracker's table without rows that are not whole: a last line that is written or cut, lines with zero bytes.

    Args:
        probe: the file.
        delimiter: one character.
        problems: where that is said.
    """
    data = without_zeros(decoded_text(probe.read_bytes()), probe.path, problems)
    cut = data.rfind(b"\n") + 1
    rest = data[cut:]
    if not rest.strip(b"\0 \t\r"):
        return data[:cut]
    if is_growing(probe.path):
        problems.append(held_back(probe.path))
        return data[:cut]
    lines = data[:cut].rstrip().decode("utf-8", "replace").split("\n")[-_LOOK:]
    cells = [line.split(delimiter) for line in (*lines[1:], rest.decode("utf-8", "replace"))]
    *others, last = cells
    alike = [other[-1] for other in others if len(other) == len(last)]
    if b"\0" not in rest and len(alike) == len(others) and is_whole(last[-1], alike):
        return data
    problems.append(left_out(probe.path, "it"))
    return data[:cut]


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
