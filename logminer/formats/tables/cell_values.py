"""What people write into the cells of a table: ``93.1%``, ``1.2k``, ``0.93 ± 0.01``, ``3/10``, ``{'lr': 0.1}``.

A text column whose cells are all of such a form becomes a column of numbers, a deviation a companion beside it, and a
mapping several columns. Anything else stays as written. Nothing is executed: mappings are JSON or Python literals.
"""

import ast
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.names import canonical
from logminer.formats.documents.values import flatten, parse_scalar
from logminer.formats.tables.table import BLANK, Numbers, Table, from_records

_PLAIN = r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,4})?"
_NUMBER = re.compile(_PLAIN)
_PERCENT = re.compile(rf"({_PLAIN}) ?%")
_SCALED = re.compile(rf"({_PLAIN}) ?([kKMG])")
_SPREAD = re.compile(
    rf"\$?({_PLAIN}) ?%? ?(?:(?:±|\+/-|\+-|\\pm) ?({_PLAIN}) ?%?|\(±?({_PLAIN})%?\))\$?"
)
_PART = re.compile(r"(\d{1,15}) ?/ ?(\d{1,15})")
_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d{1,15},\d{1,20}(?:[eE][+-]?\d{1,4})?")
_SCALES = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
_LONGEST = 4_096  # characters of a mapping in a cell
_DEEPEST = 16  # brackets within brackets
_UNIT = re.compile(
    r"\s*[(\[]\s*(?:%|‰|1/s|s|sec|secs|seconds?|ms|min|mins|minutes?|h|hours?|hrs?|MB|GB|MiB|GiB|kB|px|dB|bits?|nats?|°C?|a\.u\.|J|kWh|W"
    r"|(?<= [(\[])[MKB]|in %|percent|(?:lower|higher) is better)\s*[)\]]$|\s*[↑↓]$|\s+%$",
    re.IGNORECASE,
)
_BETTER = {"↑": "maximize", "↓": "minimize", "higher is better": "maximize", "lower is better": "minimize"}  # fmt: skip


def refine(table: Table) -> Table:
    """The table with its text columns read as far as all of their cells allow.

    Args:
        table: as parsed; not changed.
    """
    if not table.texts:
        return table
    refined = Table(
        table.rows, booleans=set(table.booleans), mixed=dict(table.mixed), restarts=table.restarts
    )
    for name in table.names:
        if name in table.numbers:
            refined.add(name, table.numbers[name])
            continue
        cells = table.texts[name]
        columns = list(_columns(name, cells))
        for own, column in columns:
            refined.add(own if own == name or own not in table else f"{name}.{own}", column)
        if not columns and (kept := _without_blanks(cells)) is not None:
            refined.add(name, kept)
    return refined


@lru_cache(maxsize=1 << 16)
def without_unit(name: str) -> str:
    """A column's name without the unit or arrow behind it: ``Acc (%)`` is ``Acc``, ``mAP50(B)`` stays."""
    while (shorter := _UNIT.sub("", name).strip()) not in {"", name}:
        name = shorter
    return name


def declared_direction(name: str) -> str | None:
    """``maximize`` or ``minimize`` where a header says so with an arrow or in words."""
    lowered = name.strip().lower()
    return next((way for mark, way in _BETTER.items() if lowered.rstrip(")]").endswith(mark)), None)


def _columns(name: str, cells: NDArray[Any]) -> Iterable[tuple[str, Any]]:
    """Columns that a text column stands for; nothing when it is text."""
    texts = {cell: cell.strip() for cell in {*cells} - {None}}
    texts = {cell: text for cell, text in texts.items() if text.lower() not in BLANK}
    if not texts:
        return
    first = next(iter(texts.values()))
    if first.startswith("{"):
        yield from _mapping_columns(name, cells, texts)
        return
    if not any(character.isdigit() for character in first) or canonical(name) == "model":
        return
    numbers = _numbers_of(texts)
    if numbers is None:
        return
    values = [numbers.get(cell) for cell in cells]
    yield name, _as_numbers([value and value[0] for value in values])
    if any(value is not None and value[1] is not None for value in values):
        yield f"{name}_std", _as_numbers([value and value[1] for value in values])


def _as_numbers(values: Sequence[float | None]) -> Numbers:
    measured = np.array([value is not None for value in values], dtype=bool)
    return Numbers(np.array([np.nan if v is None else v for v in values], dtype=float), measured)


def _numbers_of(texts: Mapping[str, str]) -> dict[str, tuple[float, float | None]] | None:
    """Value and deviation of each distinct cell; None when one of them is no number in any form."""
    found: dict[str, tuple[float, float | None]] = {}
    wholes = {part[2] for text in texts.values() if (part := _PART.fullmatch(text))}
    decimal = any(
        _DECIMAL_COMMA.fullmatch(text) and not _GROUPS.fullmatch(text) for text in texts.values()
    )
    for cell, text in texts.items():
        number = _number(text, decimal=decimal, parts=len(wholes) == 1)
        if number is None:
            return None
        found[cell] = number
    return found


def _number(text: str, *, decimal: bool, parts: bool) -> tuple[float, float | None] | None:
    if _NUMBER.fullmatch(text):
        return float(text), None
    if decimal and _DECIMAL_COMMA.fullmatch(text):
        return float(text.replace(",", ".")), None
    if not decimal and _GROUPS.fullmatch(text):
        return float(text.replace(",", "")), None
    if match := _PERCENT.fullmatch(text):
        return float(match[1]), None
    if match := _SPREAD.fullmatch(text):
        return float(match[1]), float(match[2] or match[3])
    if match := _SCALED.fullmatch(text):
        return float(match[1]) * _SCALES[match[2]], None
    if parts and (match := _PART.fullmatch(text)):
        return float(match[1]), None
    value = parse_scalar(text)
    return (value, None) if isinstance(value, float) else None


def _mapping_columns(
    name: str, cells: NDArray[Any], texts: Mapping[str, str]
) -> Iterable[tuple[str, Any]]:
    loaded = {cell: mapping_of(text) for cell, text in texts.items()}
    if any(value is None for value in loaded.values()):
        return
    rows = [flatten(loaded.get(cell) or {}) for cell in cells]
    inner = from_records(rows)
    for key in inner.names:
        yield f"{name}.{key}", inner.numbers.get(key, inner.texts.get(key))


def mapping_of(text: str) -> Mapping[str, Any] | None:
    """A mapping written as JSON or as a Python literal; None for anything else, too long or too deep."""
    if len(text) > _LONGEST or text.count("{") + text.count("[") + text.count("(") > _DEEPEST * 8:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            return None
    return value if isinstance(value, Mapping) else None


def _without_blanks(cells: NDArray[Any]) -> Any:
    """Texts with what stands for "nothing" left out; None when nothing is left."""
    kept = [
        None if cell is None or cell.strip().lower() in BLANK else cell.strip() for cell in cells
    ]
    if not any(cell is not None for cell in kept):
        return None
    return np.array([*kept, None], dtype=object)[:-1]
