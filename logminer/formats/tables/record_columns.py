"""JSON lines as columns, where all are flat: without a Python call a cell, and where all are alike without one a row."""

import re
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import orjson

from logminer.formats.documents.values import MAX_ENTRIES, MAX_TEXT
from logminer.formats.tables.table import Numbers, Table, from_columns

_EXPONENTS = ((b"e-", b"\1"), (b"e+", b"\2"))  # as one byte each while letters are left out
_SIGNS = b"0123456789.-+\1\2"  # of numbers
_ALL_BUT_NUMBERS = bytes(b for b in range(256) if b not in _SIGNS + b",\n")
_COMMA_FOR_LINE_END = bytes.maketrans(b"\n", b",")
_KEY = re.compile(rb'"[^"]*"')
_SCALARS = frozenset([int, float, bool, str, type(None)])
_NUMERIC = re.compile(
    r"[0-9.,+\-\x01\x02\\\"\n]"
)  # what a key may not hold, to be told from numbers
_LONGEST = 1_000_000  # bytes of a line; longer ones are few
_MOST_KINDS = 8  # of rows, such as those of training and of validation


def columns_of(rows: Sequence[Mapping[str, Any]]) -> Table | None:
    """The table of rows that hold nothing but scalars, as ``from_records`` gives it.

    Returns:
        None where a row is nested, very wide, has a very long text, or keys differ from row to row.
    """
    kinds = set(map(tuple, rows))
    if len(kinds) > _MOST_KINDS or not all(kinds) or any(len(keys) > MAX_ENTRIES for keys in kinds):
        return None
    if len(kinds) == 1:
        keys = next(iter(kinds))
        cells = list(chain.from_iterable(row.values() for row in rows))
        columns = {key: cells[i :: len(keys)] for i, key in enumerate(keys)}
    else:
        names = dict.fromkeys(key for row in rows for key in row)
        columns = {name: [row.get(name) for row in rows] for name in names}
    if not all(_is_plain(column) for column in columns.values()):
        return None
    return from_columns(columns)


def numeric_columns(text: bytes) -> Table | None:
    """The table of JSON lines that differ in nothing but the digits of their numbers.

    What all lines share is compared at once and left out; what remains is one long list of numbers.

    Args:
        text: lines, without the last line feed.

    Returns:
        None where a line is written otherwise, or holds anything but numbers.
    """
    first, _, _ = text.partition(b"\n")
    if len(first) > _LONGEST:
        return None
    try:
        row = orjson.loads(first)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(row, dict) or not row or not {*map(type, row.values())} <= {int, float}:
        return None
    if len(row) > MAX_ENTRIES or any(_NUMERIC.search(key) for key in row):
        return None
    lines = text.count(b"\n") + 1
    numbers = _list_of_numbers(text, lines)
    if len(numbers) != lines * len(row):
        return None
    cells = np.array(numbers, dtype=np.float64).reshape(lines, len(row))
    table, measured = Table(lines), np.ones(lines, dtype=bool)
    for i, key in enumerate(row):
        table.add(key, Numbers(np.ascontiguousarray(cells[:, i]), measured))
    return table


def _list_of_numbers(text: bytes, lines: int) -> list[float]:
    """All numbers of lines that share everything else; empty if they do not."""
    shared = _shared(text, lines)
    exponents = not shared or b"e" in _KEY.sub(b"", shared)
    if exponents:  # their letters, which keys hold as well, as bytes of their own
        for sign, mark in _EXPONENTS:
            text = text.replace(sign, mark)
        if not _shared(text, lines):
            return []
    text = text.translate(_COMMA_FOR_LINE_END, _ALL_BUT_NUMBERS)
    if exponents:
        for sign, mark in _EXPONENTS:
            text = text.replace(mark, sign)
    try:
        numbers: list[float] = orjson.loads(b"[" + text + b"]")
    except orjson.JSONDecodeError:
        return []
    return numbers


def _shared(text: bytes, lines: int) -> bytes:
    """What stands around the numbers of each line, empty if that differs."""
    around = text.translate(None, _SIGNS) + b"\n"
    first = around[: around.find(b"\n") + 1]
    return first if around == first * lines else b""


def _is_plain(column: Sequence[Any]) -> bool:
    kinds = set(map(type, column))
    if not kinds <= _SCALARS:
        return False
    return str not in kinds or all(len(c) <= MAX_TEXT for c in column if type(c) is str)
