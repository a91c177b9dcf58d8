"""Plain values out of log files: JSON as it is really written, flat mappings, strict scalars, times.

Everything here treats its input as hostile: depth, number of entries and length of texts are capped,
and a cap that bites is said as a Problem.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeGuard

import orjson

from logminer.core.problem import Problem

MAX_ENTRIES = 5_000
MAX_DEPTH = 32
MAX_TEXT = 4_096
MAX_LOADED = 250_000_000

_NESTED = (Mapping, list, tuple, set, frozenset)
_CONFIG_SIZE = 1_000_000
_HUGE = re.compile(rb"(?<![\d.])\d{19,}(?![\d.eE])")
_SCALARS = frozenset([int, float, bool, str, type(None)])
_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]{0,300})")
_FLOAT = re.compile(r"[+-]?([0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})([eE][+-]?[0-9]{1,4})?")
_WORDS: dict[str, Any] = {
    "true": True, "false": False, "none": None, "null": None, "nan": math.nan, "-nan": math.nan,
    "inf": math.inf, "+inf": math.inf, "-inf": -math.inf,
    "infinity": math.inf, "+infinity": math.inf, "-infinity": -math.inf,
}  # fmt: skip


def spoken(text: str) -> frozenset[str]:
    """The words of a text, as a set: how the tables of known names are written here."""
    return frozenset(text.split())


def load_json(data: bytes | str) -> Any:
    """JSON as logs hold it: NaN and Infinity tokens, a byte order mark and lone surrogates included.

    orjson reads what the standard allows at full speed; what it refuses goes to the standard library.

    Raises:
        ValueError: not JSON, nested too deeply, or far too many values; the message is one line and names the place.
    """
    if is_too_much(data):
        raise ValueError(
            f"JSON whose values take more than {MAX_LOADED // 1_000_000} MB of memory is not read; JSON lines are, in pieces"
        )
    with suppress(orjson.JSONDecodeError):
        if not _has_huge_integer(data):
            return orjson.loads(data)
    text = data.decode("utf-8-sig", "surrogateescape") if isinstance(data, bytes) else data
    try:
        return json.loads(text.lstrip("\ufeff"), parse_int=_whole)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} (line {error.lineno})") from None
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None


def is_too_much(data: bytes | str) -> bool:
    """Whether a JSON text would take more than ``MAX_LOADED`` bytes once it is loaded, at a rough estimate."""
    if len(data) < _CONFIG_SIZE:
        return False
    marks = (b"[", b"{", b":", b",") if isinstance(data, bytes) else ("[", "{", ":", ",")
    lists, mappings, keys, values = (data.count(mark) for mark in marks)  # type: ignore[arg-type]
    # What Python keeps of an empty list or mapping, of an entry with its key, of a number in a list.
    return len(data) + 64 * (lists + mappings) + 100 * keys + 32 * values > MAX_LOADED


def _has_huge_integer(data: bytes | str) -> bool:
    """Whether a document of a config's size holds an integer beyond 64 bits, which orjson would round."""
    if len(data) > _CONFIG_SIZE:
        return False
    return bool(
        _HUGE.search(data)
        if isinstance(data, bytes)
        else _HUGE.search(data.encode("utf-8", "replace"))
    )


def _whole(digits: str) -> int | float:
    # int() refuses thousands of digits, and float() has room for any of them.
    return int(digits) if len(digits) <= 300 else float(digits)


def flatten(
    value: Mapping[Any, Any], path: str = "", problems: list[Problem] | None = None
) -> dict[str, Any]:
    """Nested mappings as one flat mapping with dotted names.

    Lists become compact JSON text (``"[64, 64]"``), so that every value is a scalar: a number, a boolean,
    a text or None.

    Args:
        value: what JSON, YAML or TOML loaded to.
        path: file named in the problems.
        problems: where a cap that was hit is said, if given.
    """
    if len(value) <= MAX_ENTRIES and _is_flat(value):
        return dict(value)
    flat: dict[str, Any] = {}
    for name, leaf in _leaves(value, "", 0):
        if len(flat) >= MAX_ENTRIES:
            if problems is not None:
                problems.append(
                    Problem(path, f"more than {MAX_ENTRIES} values; the rest is left out")
                )
            break
        flat[name] = leaf
    return flat


def _is_flat(value: Mapping[Any, Any]) -> bool:
    """Whether a mapping is flat already, as most rows are: a check without a Python call a value."""
    types = {*map(type, value.values())}
    if {*map(type, value)} != {str} or not types <= _SCALARS:
        return False
    return str not in types or not any(
        type(item) is str and len(item) > MAX_TEXT for item in value.values()
    )


def _leaves(value: Any, prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, item in value.items():
        name = f"{prefix}{scalar(key)}"[:MAX_TEXT]
        if isinstance(item, Mapping) and item and depth < MAX_DEPTH:
            yield from _leaves(item, f"{name}.", depth + 1)
        else:
            yield name, scalar(item)


def scalar(value: Any) -> Any:
    """A value as a scalar: numbers, booleans, None and texts stay; lists and mappings become JSON text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if not isinstance(value, str):
        value = as_text(value) if isinstance(value, _NESTED) else str(value)
    return value if len(value) <= MAX_TEXT else f"{value[: MAX_TEXT - 1]}…"


def as_text(value: Any) -> str:
    """Compact text of a list or mapping: JSON, cut off long before a bomb goes off."""
    parts: list[str] = []
    _write(value, parts, MAX_TEXT, 0)
    return "".join(parts)


def _write(value: Any, parts: list[str], room: int, depth: int) -> int:
    """Append the text of ``value`` while there is room; return the room that is left."""
    if isinstance(value, _NESTED) and depth >= MAX_DEPTH:
        parts.append("…")
    elif isinstance(value, Mapping):
        items = [(f"{_quote(key)}: ", value[key]) for key in islice(value, max(room, 0))]
        return _write_all(items, parts, room, depth, "{}")
    elif isinstance(value, _NESTED):
        return _write_all(
            [("", item) for item in islice(value, max(room, 0))], parts, room, depth, "[]"
        )
    else:
        parts.append(_quote(value))
    return room - len(parts[-1])


def _write_all(
    items: list[tuple[str, Any]], parts: list[str], room: int, depth: int, ends: str
) -> int:
    parts.append(ends[0])
    for i, (start, item) in enumerate(items):
        if room <= 0:
            parts.append("…")
            break
        parts.append(f"{', ' if i else ''}{start}")
        room = _write(item, parts, room - len(parts[-1]), depth + 1)
    parts.append(ends[1])
    return room - 2


def _quote(value: Any) -> str:
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(str(value)[:MAX_TEXT], ensure_ascii=False)


def parse_scalar(text: str) -> Any:
    """The value a text stands for, strictly: ``1e-3`` is a number, ``0012``, ``1_000`` and ``1-2`` are not.

    ``true``/``false``, ``none``/``null``, ``nan`` and ``inf`` are known in any case.
    """
    stripped = text.strip()
    if _INTEGER.fullmatch(stripped):
        return int(stripped)
    if _FLOAT.fullmatch(stripped) and not re.match(r"[+-]?0[0-9]", stripped):
        return float(stripped)
    word = stripped.lower()
    return _WORDS.get(word, stripped)


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a value is a number and no boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def parse_time(value: Any) -> float | None:
    """Unix time in seconds of an ISO 8601 text or of an epoch in s, ms, µs or ns; None if it is neither.

    A text without an offset is taken as UTC: logs rarely say, and one rule keeps ingest reproducible.
    """
    if is_number(value):
        return _epoch(float(value))
    if not isinstance(value, str) or not 8 <= len(value) <= 40:
        return None
    try:
        moment = datetime.fromisoformat(value.strip().replace(",", "."))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _epoch(number: float) -> float | None:
    for unit in (1.0, 1e3, 1e6, 1e9):
        seconds = number / unit
        if 3e8 <= seconds < 1e10:  # 1979 to 2286: below, a number is a duration or a count
            return seconds
    return None
