"""Names of two levels, as pandas writes the columns of a MultiIndex, joined into one.

Written as they are, they make two header lines in a CSV and ``('params', 'lr')`` in Parquet; joined by hand
(``"_".join(column)``) they leave a joiner behind names of one level: ``params_lr`` beside ``value_``.
"""

import ast
import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from logminer.formats.documents.values import parse_scalar
from logminer.formats.tables.layout import unique_names
from logminer.formats.tables.table import NO_NUMBER, Table

_PART = r"(?:'[^']*'|\"[^\"]*\"|\d{1,9})"
_TUPLE = re.compile(rf"\({_PART}(?:, ?{_PART})+,?\)")
_NAMELESS = re.compile(r"column_\d+")  # what stands for an empty cell of the header
_REPEATED = re.compile(r"(.+)\.\d+")
_JOINERS = "_/.|:-"
_FEWEST = 2


def joined_names(names: Sequence[str]) -> list[str]:
    """Names that are tuples, or were joined of some, as one name each; all others as they are."""
    plain = [_joined(name) for name in names]
    behind = Counter(n[-1] for n in plain if len(n) > 1 and n[-1] in _JOINERS and n[-2] != n[-1])
    for joiner, often in behind.most_common(1):
        inside = any(joiner in name.strip(joiner) for name in plain)
        if often >= _FEWEST and inside and not any(name.startswith(joiner) for name in plain):
            plain = [name.removesuffix(joiner) for name in plain]
    return list(unique_names(plain))


def _joined(name: str) -> str:
    if not _TUPLE.fullmatch(name):
        return name
    parts = map(str, ast.literal_eval(name))
    return "_".join(part for part in parts if part and not part.startswith("Unnamed: "))


def second_level(table: Table, header: Sequence[str]) -> dict[str, str] | None:
    """Names joined of two header lines, of which the second stands in the first row; None where there is but one.

    That is so where the row below the header holds nothing but names, and those below all names that are repeated.

    Args:
        table: the rows.
        header: the first line, repeated names told apart by ``.1``, ``.2``, …
    """
    if table.rows < 2:
        return None
    below = {name: str(cell) for name in table.names if (cell := table.cell(name, 0)) is not None}
    outer = _outer_names(header, below)
    often = Counter(outer.values())
    repeated = [name for name in table.names if often[outer[name]] > 1]
    if not all(map(_is_name, below.values())) or all(map(str.isdecimal, below.values())):
        return None
    if not {*repeated} <= {*below}:
        return None
    rest = without_first_row(table)
    if not (repeated or any(name in rest.numbers for name in below)):
        return None
    if (
        len(below) == len(header) and not repeated
    ):  # a header that a restarted run wrote again, or units
        return None
    return {name: f"{outer[name]}_{below[name]}" if name in below else name for name in header}


def _outer_names(header: Sequence[str], below: Collection[str]) -> dict[str, str]:
    """The first line's name of each column: without the number of a repeat, or of the merged cell to the left."""
    found: dict[str, str] = {}
    last = ""
    for name in header:
        match = _REPEATED.fullmatch(name)
        own = match[1] if match and match[1] in header else name
        last = last if _NAMELESS.fullmatch(name) and name in below and last else own
        found[name] = last
    return found


def _is_name(cell: str) -> bool:
    """Whether a cell names a column, or is the number of one among several of a name."""
    return cell.isdecimal() or parse_scalar(cell) == cell


def without_first_row(table: Table) -> Table:
    """The table below its second header line: columns in which only that was a text are numbers."""
    rest = table.take(slice(1, None))
    for name in list(rest.mixed):
        if not any(isinstance(cell, str) for cell in rest.mixed[name].tolist()):
            del rest.mixed[name]
    for name in [name for name in rest.texts if _are_numbers(rest.texts[name].tolist())]:
        cells = [None if _is_blank(cell) else parse_scalar(cell) for cell in rest.texts.pop(name)]
        rest.add_mixed(name, cells)
    return rest


def _is_blank(cell: Any) -> bool:
    return cell is None or cell.strip().lower() in NO_NUMBER


def _are_numbers(cells: Sequence[Any]) -> bool:
    written = [cell for cell in cells if not _is_blank(cell)]
    return bool(written) and all(isinstance(parse_scalar(c), int | float) for c in written)
