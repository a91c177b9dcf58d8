"""Columns of lists handed to DuckDB as they lie in memory, by Arrow's C stream interface.

DuckDB takes flat numpy arrays, but lists of numbers only as Python objects, one each. Through an object
that has ``__arrow_c_stream__`` it reads whole columns of lists: the numbers of all lists one behind the
other, and where each begins. The structures are those of https://arrow.apache.org/docs/format/CDataInterface.html
and .../CStreamInterface.html.
"""

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

_FORMATS = {"i4": b"i", "i8": b"l", "f4": b"f", "f8": b"g", "b1": b"C", "u1": b"C"}
_STRUCT, _LARGE_LIST = b"+s", b"+L"


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


class _Schema(ctypes.Structure):
    pass


class _Array(ctypes.Structure):
    pass


class _Stream(ctypes.Structure):
    pass


_FreeSchema = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Schema))
_FreeArray = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Array))
_FreeStream = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Stream))
_GetSchema = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Schema))
_GetNext = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Array))
_GetError = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.POINTER(_Stream))

_Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
    ("dictionary", ctypes.POINTER(_Schema)),
    ("release", _FreeSchema),
    ("private_data", ctypes.c_void_p),
]
_Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", ctypes.POINTER(_Array)),
    ("release", _FreeArray),
    ("private_data", ctypes.c_void_p),
]
_Stream._fields_ = [
    ("get_schema", _GetSchema),
    ("get_next", _GetNext),
    ("get_last_error", _GetError),
    ("release", _FreeStream),
    ("private_data", ctypes.c_void_p),
]

# The memory belongs to the ``ArrowTable``, so releasing only says that it was done.
_free_schema = _FreeSchema(lambda schema: setattr(schema.contents, "release", _FreeSchema()))
_free_array = _FreeArray(lambda array: setattr(array.contents, "release", _FreeArray()))
_free_stream = _FreeStream(lambda stream: setattr(stream.contents, "release", _FreeStream()))
_no_error = _GetError(lambda _: b"")

_capsule = ctypes.pythonapi.PyCapsule_New
_capsule.restype = ctypes.py_object
_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]


class ArrowTable:
    """Columns of numbers and of lists of numbers as an Arrow stream of one batch.

    It owns the memory it describes, so the query that reads it must be done before the ``with`` block ends.

    Args:
        columns: by name, all of one length; arrays must be contiguous.
    """

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns: Mapping[str, Column] = columns
        self._kept: list[Any] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # The structures refer to each other: freed only now and then, batches would pile up.
        self._columns = {}
        self._kept.clear()

    def __arrow_c_schema__(self) -> object:
        schema = self._keep(self._schema(b"", self._columns))
        return _capsule(ctypes.addressof(schema), b"arrow_schema", None)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        left = [self._columns]

        def get_schema(_: Any, out: Any) -> int:
            return _give(out, self._schema(b"", self._columns))

        def get_next(_: Any, out: Any) -> int:
            return _give(out, self._array(left.pop()) if left else _Array())

        calls = _GetSchema(get_schema), _GetNext(get_next)
        stream = self._keep(_Stream(*calls, _no_error, _free_stream))
        self._kept.append(calls)
        return _capsule(ctypes.addressof(stream), b"arrow_array_stream", None)

    def _keep(self, thing: Any) -> Any:
        self._kept.append(thing)
        return thing

    def _schema(self, name: bytes, column: Column | Mapping[str, Column]) -> _Schema:
        schema = _Schema(name=name, release=_free_schema)
        if isinstance(column, Mapping):
            schema.format = _STRUCT
            children = [self._schema(k.encode(), v) for k, v in column.items()]
        elif isinstance(column, Lists):
            schema.format = _LARGE_LIST
            children = [self._schema(b"item", column.items)]
        else:
            schema.format, children = _FORMATS[column.dtype.str[1:]], []
        self._adopt(schema, children)
        return schema

    def _array(self, column: Column | Mapping[str, Column]) -> _Array:
        array = _Array(release=_free_array)
        children: list[_Array] = []
        buffers: list[int | None]
        if isinstance(column, Mapping):
            children = [self._array(part) for part in column.values()]
            buffers, array.length = [None], children[0].length
        elif isinstance(column, Lists):
            children = [self._array(column.items)]
            buffers, array.length = [None, column.bounds.ctypes.data], len(column)
        else:
            buffers, array.length = [None, column.ctypes.data], len(column)
        array.n_buffers = len(buffers)
        array.buffers = self._keep((ctypes.c_void_p * len(buffers))(*buffers))
        self._adopt(array, children)
        return array

    def _adopt(self, parent: Any, children: list[Any]) -> None:
        self._kept.append(parent)
        pointer = ctypes.POINTER(type(parent))
        parent.n_children = len(children)
        if children:
            parent.children = self._keep((pointer * len(children))(*map(ctypes.pointer, children)))


def _give(out: Any, made: ctypes.Structure) -> int:
    """Move a structure to where the reader wants it; 0 says that all went well."""
    ctypes.memmove(out, ctypes.addressof(made), ctypes.sizeof(made))
    return 0
