"""Plain data out of what jsonpickle wrote; nothing is ever built or called.

NumPy values come in two forms. With jsonpickle's handlers:
``{"py/object": "numpy.float64", "value": 0.5}``; without them the pickle protocol in JSON:
``{"py/reduce": [{"py/function": "….scalar"}, {"py/tuple": [dtype, {"py/b64": bytes}]}]}``.
"""

import base64
import math
import struct
from collections.abc import Mapping
from typing import Any

from logminer.formats.documents.values import MAX_DEPTH

_CODES = {
    "f2": "e", "f4": "f", "f8": "d", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H",
    "u4": "I", "u8": "Q", "b1": "?",
}  # fmt: skip
_VALUES = ("value", "values")
_LONGEST = 65_536  # characters of an array's bytes that are decoded
_Codes = tuple[str, ...]
# Codes by the bytes a value takes, for a type that is only referred to: floats first, integers if
# not plausible.
_BY_SIZE: dict[int, _Codes] = {1: ("?",), 2: ("e", "h"), 4: ("f", "i"), 8: ("d", "q")}
_LEAST = {"e": 1e-7, "f": 1e-37, "d": 1e-300}


def plain(value: Any, depth: int = 0) -> Any:
    """The data inside the wrappers: tuples and sets as lists, objects as their fields."""
    if isinstance(value, list):
        return [plain(item, depth + 1) for item in value] if depth < MAX_DEPTH else []
    if not isinstance(value, dict):
        return value
    if depth >= MAX_DEPTH:
        return {}
    for wrapper in ("py/tuple", "py/set"):
        if set(value) == {wrapper}:
            return plain(value[wrapper], depth + 1)
    if str(value.get("py/object", "")).startswith("numpy.") and not value.keys().isdisjoint(
        _VALUES
    ):
        inner = next(value[key] for key in _VALUES if key in value)
        return inner if isinstance(inner, list | int | float) else {}
    if "py/reduce" in value:
        return _reduced(value["py/reduce"])
    return {
        key: plain(item, depth + 1) for key, item in value.items() if not str(key).startswith("py/")
    }


def _reduced(parts: Any) -> Any:
    """Numbers of a NumPy value in the pickle protocol; an empty mapping for all else."""
    parts = [part for part in parts if part] if isinstance(parts, list) else []
    function = _inner(parts[0], "py/function", "py/type") if parts else None
    name = str(function)
    tuples = [_inner(part, "py/tuple") for part in parts[1:]]
    if not name.startswith("numpy.") or not all(isinstance(part, list) for part in tuples):
        return {}
    if name.endswith("multiarray.scalar") and tuples and len(tuples[0]) == 2:
        numbers = _numbers(*tuples[0])
        return numbers[0] if len(numbers) == 1 else {}
    if name.endswith("multiarray._reconstruct") and len(tuples) > 1 and len(tuples[1]) == 5:
        _, shape, dtype, _, data = tuples[1]
        numbers = _numbers(dtype, data, _length(_inner(shape, "py/tuple")))
        return numbers[0] if _inner(shape, "py/tuple") == [] and numbers else numbers
    return {}


def _inner(value: Any, *keys: str) -> Any:
    found = (value[key] for key in keys if isinstance(value, Mapping) and key in value)
    return next(found, None)


def _length(shape: Any) -> int:
    sizes = shape if isinstance(shape, list) else [0]
    return math.prod(size for size in sizes if isinstance(size, int))


def _numbers(dtype: Any, data: Any, length: int = 1) -> list[Any]:
    written = _inner(data, "py/b64")
    if not isinstance(written, str) or len(written) > _LONGEST or length < 1:
        return []
    try:
        packed = base64.b64decode(written, validate=True)
    except ValueError:
        return []
    code, order = _code(dtype)
    size = len(packed) // length
    for letter in (code,) if code else _BY_SIZE.get(size, ()):
        if struct.calcsize(f"<{letter}") * length != len(packed):
            continue
        values = list(struct.unpack(f"{order}{length}{letter}", packed))
        least = _LEAST.get(letter)
        if code or least is None or all(not v or math.isnan(v) or abs(v) > least for v in values):
            return values
    return []


def _code(dtype: Any) -> tuple[str | None, str]:
    """The letter of a dtype in ``struct``, None where it refers to an earlier one; its byte order."""
    parts = _inner(dtype, "py/reduce")
    tuples = [_inner(part, "py/tuple") for part in parts] if isinstance(parts, list) else []
    lists = [part for part in tuples if isinstance(part, list) and part]
    code = _CODES.get(str(lists[0][0])) if lists else None
    big = len(lists) > 1 and len(lists[1]) > 1 and lists[1][1] == ">"
    return code, ">" if big else "<"
