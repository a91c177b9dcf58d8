"""Rows of a table that agree in some of its columns."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.formats.tables.table import Table, plain


def distinct(table: Table, name: str) -> tuple[NDArray[np.int64], list[Any]]:
    """Each row's number among the distinct values of a column, and those values."""
    cells = table.texts.get(name, table.mixed.get(name))
    if cells is None:
        values, codes = np.unique(table.numbers[name].value, return_inverse=True)
        is_flag = name in table.booleans
        return codes.astype(np.int64), [bool(v) if is_flag else plain(v) for v in values]
    places: dict[Any, int] = {}
    codes = np.array([places.setdefault(cell, len(places)) for cell in cells.tolist()], np.int64)
    return codes, list(places)


def combinations(table: Table, names: Sequence[str]) -> tuple[NDArray[np.int64], list[str]]:
    """Each row's number among the combinations of several columns, and those as text: ``lr=0.1,bs=32``.

    The combinations are numbered as they first appear.
    """
    codes = np.zeros(table.rows, dtype=np.int64)
    for name in names:
        own, values = distinct(table, name)
        codes = np.unique(codes * max(len(values), 1) + own, return_inverse=True)[1].astype(
            np.int64
        )
    firsts = np.unique(codes, return_index=True)[1]
    order = np.argsort(firsts)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    texts = [
        ",".join(f"{name}={table.cell(name, row)}" for name in names)
        for row in firsts[order].tolist()
    ]
    return place[codes] if len(place) else codes, texts
