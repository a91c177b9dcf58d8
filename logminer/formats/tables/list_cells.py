"""Curves written into cells: ``"[0.9, 0.5, 0.4]"`` beside the settings of a run."""

import json
import re
from typing import Any

import numpy as np

from logminer.core.parsed import Points
from logminer.formats.tables.names import is_measured, is_setting
from logminer.formats.tables.table import BLANK, Table

_LONG = 10  # numbers from which a list without a telling name is a curve
_NUMBER = r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40}|nan|inf|NaN|Infinity)(?:[eE][+-]?\d{1,4})?"
_START = re.compile(rf"[\[(]\s*{_NUMBER}\s*[,;\s\])]")
_SPLIT = re.compile(r"[,;\s]+")


def is_list(cell: str) -> bool:
    """Whether a cell holds a list that begins with a number."""
    text = cell.strip()
    return text[-1:] in {"]", ")"} and _START.match(text) is not None


def numbers_of(cell: Any) -> list[float] | None:
    """The numbers of a list as JSON, Python or numpy writes it; None for anything else."""
    if not isinstance(cell, str) or not is_list(cell):
        return None
    text = cell.strip()
    try:
        loaded = json.loads(text)
        values = [float(value) for value in loaded if value is not None]
        return values if len(values) == len(loaded) else None
    except (ValueError, TypeError, RecursionError):
        pass
    try:
        return [float(part) for part in _SPLIT.split(text[1:-1].strip(" ,;\n")) if part]
    except ValueError:
        return None


def list_columns(table: Table) -> list[str]:
    """Text columns whose cells are curves: lists of numbers under a measure's name, or long ones."""
    return [name for name in table.texts if _holds_curves(table, name)]


def _holds_curves(table: Table, name: str) -> bool:
    cells = [cell for cell in table.texts[name].tolist() if _is_written(cell)]
    if not cells or is_setting(name) or not all(is_list(str(cell)) for cell in cells):
        return False
    return is_measured(name) or len(numbers_of(cells[0]) or ()) >= _LONG


def _is_written(cell: Any) -> bool:
    return cell is not None and str(cell).strip().lower() not in BLANK


def list_points(table: Table, names: list[str]) -> Points:
    """Points of columns of curves, of the run that each row is, at steps from 0."""
    parts = []
    for name in names:
        for row, cell in enumerate(table.texts[name].tolist()):
            if values := numbers_of(cell):
                parts.append(Points.from_wide({name: values}, np.arange(len(values)), run=row))
    return Points.concat(parts)
