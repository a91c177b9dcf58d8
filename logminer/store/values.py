"""Parameter values as the store keeps them: exact JSON text, and a number where there is one."""

import json
import math
from typing import Any

_MAX_TEXT = 10_000


def encode(value: Any) -> tuple[str, float | None]:
    """JSON text of a parameter value, and its number; NaN and infinities keep their JSON names.

    Values of no JSON type are stored as their text; text beyond 10,000 characters is cut with an ellipsis.
    """
    if isinstance(value, bool) or value is None:
        return json.dumps(value), None
    if isinstance(value, int | float):
        return json.dumps(value), _number(value)
    if isinstance(value, str):
        kept = value if len(value) <= _MAX_TEXT else value[:_MAX_TEXT] + "…"
        return json.dumps(kept, ensure_ascii=not _encodable(kept)), None
    packed = json.dumps(value, default=str, sort_keys=True)
    return (packed if len(packed) <= _MAX_TEXT else json.dumps(packed[:_MAX_TEXT] + "…")), None


def decode(packed: str) -> Any:
    """The value back from its JSON text."""
    return json.loads(packed)


def text(value: str) -> str:
    r"""Text that DuckDB can keep: bytes of a name that are not UTF-8 become ``\\udcXX`` escapes."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _number(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    return None if math.isnan(number) else number


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate: a name that was not UTF-8
        return False
    return True
