"""Values as bytes and back, without pickle: dataclasses of this program, frames and plain containers.

What is read from a file may have been written by anyone. So bytes name only dataclasses that this program has loaded,
which hold data and run nothing, and arrays are of numbers.
"""

import json
import math
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_OURS = "logminer."
_NUMBERS = "biuf"  # kinds of NumPy arrays that are stored as they are
_SIZE = 8  # bytes that say how long the header is
_CELLS = ("object", "str", "Int64", "Float64", "boolean")  # types of columns stored cell by cell


def pack(value: Any) -> bytes:
    """A value as bytes; equal values give equal bytes.

    Args:
        value: None, booleans, numbers, strings, tuples, lists, sets, mappings, dataclasses of this program, arrays of
            numbers, Series and DataFrames, nested in any way.

    Raises:
        TypeError: something in it is none of these.
    """
    packer = _Packer()
    tree = packer.tree(value)
    places = [[array.dtype.str, list(array.shape)] for array in packer.arrays]
    header = json.dumps([tree, places]).encode()
    arrays = b"".join(array.tobytes() for array in packer.arrays)
    return zlib.compress(len(header).to_bytes(_SIZE, "big") + header + arrays, 1)


def unpack(data: bytes) -> Any:
    """The value that ``pack`` was given; mappings come back as dicts, NumPy's scalars as Python's.

    Raises:
        ValueError: the bytes are of something else.
    """
    try:
        plain = zlib.decompress(data)
        end = _SIZE + int.from_bytes(plain[:_SIZE], "big")
        tree, places = json.loads(plain[_SIZE:end])
        return _Unpacker(_arrays(plain, end, places)).value(tree)
    except (KeyError, TypeError, IndexError, AttributeError, zlib.error) as error:
        raise ValueError(f"not a packed value: {error}") from error


def _arrays(plain: bytes, start: int, places: list[Any]) -> list[NDArray[Any]]:
    """Arrays that stand one after another; they cannot be written to."""
    arrays = []
    for kind, shape in places:
        dtype = np.dtype(kind)
        if dtype.kind not in _NUMBERS:
            raise ValueError(f"an array of {dtype}")
        count = math.prod(shape)
        arrays.append(np.frombuffer(plain, dtype, count, start).reshape(shape))
        start += count * dtype.itemsize
    return arrays


class _Packer:
    """Turns values to trees that JSON can hold, beside arrays."""

    def __init__(self) -> None:
        self.arrays: list[NDArray[Any]] = []

    def tree(self, value: Any) -> Any:
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if is_dataclass(value) and type(value).__module__.startswith(_OURS):
            parts = [[f.name, self.tree(getattr(value, f.name))] for f in fields(value) if f.init]
            return {"class": [type(value).__module__, type(value).__qualname__], "fields": parts}
        if isinstance(value, Mapping):
            return {"dict": [[self.tree(k), self.tree(v)] for k, v in value.items()]}
        if isinstance(value, set | frozenset):
            kind = type(value).__name__
            return {kind: [self.tree(v) for v in sorted(value, key=repr)]}
        if isinstance(value, list | tuple):
            return {type(value).__name__: [self.tree(v) for v in value]}
        return self._array_tree(value)

    def _array_tree(self, value: Any) -> Any:
        if isinstance(value, pd.DataFrame):
            columns = [self._column(value.iloc[:, i]) for i in range(value.shape[1])]
            names, index = self._index(value.columns), self._index(value.index)
            return {"frame": columns, "columns": names, "index": index}
        if isinstance(value, pd.Series):
            name, index = self.tree(value.name), self._index(value.index)
            return {"series": self._column(value), "name": name, "index": index}
        if isinstance(value, pd.Index):
            return {"index": self._index(value)}
        if isinstance(value, np.ndarray) and value.dtype.kind in _NUMBERS:
            return {"array": self._stored(value)}
        raise TypeError(f"cannot pack a {type(value).__name__}")

    def _stored(self, array: NDArray[Any]) -> int:
        self.arrays.append(array)
        return len(self.arrays) - 1

    def _index(self, index: pd.Index) -> Any:
        return {"values": self._column(index.to_series()), "name": self.tree(index.name)}

    def _column(self, column: pd.Series) -> Any:
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in _NUMBERS:
            return {"plain": self._stored(column.to_numpy())}
        if str(column.dtype) not in _CELLS:
            raise TypeError(f"cannot pack a column of {column.dtype}")
        cells = column.to_numpy(dtype=object)
        kinds = set(map(type, cells.tolist()))
        if kinds == {float} and column.dtype == object:
            return {"floats": self._stored(cells.astype(np.float64))}
        # 1, 1.0 and True are equal and not the same.
        codes, _ = pd.factorize(_identities(cells, kinds))
        _, places = np.unique(codes, return_index=True)
        distinct = [self.tree(None if v is pd.NA else v) for v in cells[places].tolist()]
        stored = self._stored(codes.astype(np.min_scalar_type(len(distinct))))
        return {"codes": stored, "distinct": distinct, "type": str(column.dtype)}


def _identities(cells: NDArray[Any], kinds: set[type]) -> NDArray[Any]:
    """Keys that are equal for cells that are the same."""
    if kinds == {str}:
        return cells
    keys = np.empty(len(cells), dtype=object)
    keys[:] = [f"{type(cell).__name__} {cell!r}" for cell in cells.tolist()]
    return keys


class _Unpacker:
    """Turns trees back to values."""

    def __init__(self, arrays: Sequence[NDArray[Any]]) -> None:
        self._arrays = arrays

    def value(self, tree: Any) -> Any:
        if not isinstance(tree, dict):
            return tree
        if "class" in tree:
            return _loaded(*tree["class"])(**{n: self.value(v) for n, v in tree["fields"]})
        if "dict" in tree:
            return {self.value(k): self.value(v) for k, v in tree["dict"]}
        for kind in (tuple, list, set, frozenset):
            if kind.__name__ in tree:
                return kind([self.value(v) for v in tree[kind.__name__]])
        return self._of_arrays(tree)

    def _of_arrays(self, tree: dict[str, Any]) -> Any:
        if "frame" in tree:
            index, columns = self._index(tree["index"]), self._index(tree["columns"])
            parts = {i: self._column(column, index) for i, column in enumerate(tree["frame"])}
            frame = pd.DataFrame(parts, index=index)
            frame.columns = columns
            return frame
        if "series" in tree:
            return self._column(
                tree["series"], self._index(tree["index"]), self.value(tree["name"])
            )
        if "index" in tree:
            return self._index(tree["index"])
        return self._arrays[tree["array"]].copy()

    def _index(self, tree: dict[str, Any]) -> pd.Index:
        cells, kind = self._cells(tree["values"])
        index: pd.Index = pd.Index(cells, dtype=kind, name=self.value(tree["name"]))
        return index

    def _column(self, tree: dict[str, Any], index: pd.Index, name: Any = None) -> pd.Series:
        cells, kind = self._cells(tree)
        column: pd.Series = pd.Series(cells, index, dtype=kind, name=name, copy=True)
        return column

    def _cells(self, tree: dict[str, Any]) -> tuple[NDArray[Any], Any]:
        """Cells, and the type of the column that they make."""
        if "plain" in tree:
            cells = self._arrays[tree["plain"]]
            return cells, cells.dtype
        if "floats" in tree:
            return self._arrays[tree["floats"]].astype(object), object
        distinct = np.empty(len(tree["distinct"]), dtype=object)
        distinct[:] = [self.value(v) for v in tree["distinct"]]
        return distinct[self._arrays[tree["codes"]]], _CELLS[_CELLS.index(tree["type"])]


def _loaded(module: str, name: str) -> Any:
    """A dataclass of this program, by name.

    Raises:
        ValueError: it is none, or was not loaded.
    """
    found = getattr(sys.modules.get(module), name, None) if module.startswith(_OURS) else None
    if not (isinstance(found, type) and is_dataclass(found)):
        raise ValueError(f"no dataclass {module}.{name}")
    return found
