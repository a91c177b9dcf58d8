"""JSON that every browser takes: no NaN, no infinities, no numbers that JavaScript would round."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

_EXACT = 2**53  # from here on whole numbers may lose digits in JavaScript: they go as text
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_STRICT_INTEGER


def dumps(value: Any) -> bytes:
    """Plain data as JSON; NaN and infinities become null, and text that is not Unicode its escapes."""
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except TypeError:  # a lone surrogate, a huge number, a key that is no text
        return json.dumps(plain(value), allow_nan=False).encode()


def plain(value: Any) -> Any:
    """Data of any types from logs as JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -_EXACT < value < _EXACT else str(value)
    return value if value is None or isinstance(value, bool | str) else str(value)
