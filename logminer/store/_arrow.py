"""Columns of lists handed to DuckDB as they lie in memory, through Arrow's C interface.

DuckDB takes flat numpy arrays, but lists of numbers only as Python objects, one each. Of an Arrow array it reads whole
columns of lists: the numbers of all lists one behind the other, and where each begins.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import nanoarrow as na
import numpy as np
from numpy.typing import NDArray

_TYPES = {
    "i4": na.int32, "i8": na.int64, "f4": na.float32, "f8": na.float64, "b1": na.uint8, "u1": na.uint8,
}  # fmt: skip


@dataclass(frozen=True)
class Lists:
    """A column of lists.

    Attributes:
        bounds: int64 (n + 1,), where each list begins among ``items``, and where the last one ends.
        items: the numbers of all lists.
    """

    bounds: NDArray[np.int64]
    items: NDArray[Any]

    def __len__(self) -> int:
        return len(self.bounds) - 1


Column = NDArray[Any] | Lists


def arrow_table(columns: Mapping[str, Column]) -> na.Array:
    """Columns of numbers and of lists of numbers, uncopied, as what DuckDB reads as a table.

    Args:
        columns: by name, all of one length; arrays must be contiguous, and not change while the table is read.
    """
    rows = len(next(iter(columns.values())))
    schema = na.struct({name: _type(column) for name, column in columns.items()})
    children = [_array(column) for column in columns.values()]
    return na.Array(na.c_array_from_buffers(schema, rows, [None], children=children))


def _type(column: Column) -> na.Schema:
    if isinstance(column, Lists):
        return na.large_list(_type(column.items))
    return _TYPES[column.dtype.str[1:]]()


def _array(column: Column) -> Any:
    if isinstance(column, Lists):
        buffers, children = [None, column.bounds], [_array(column.items)]
    else:
        buffers, children = [None, column], []
    return na.c_array_from_buffers(_type(column), len(column), buffers, children=children)
