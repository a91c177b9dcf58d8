"""Rows and configs as W&B and those that follow its interface write them: an object of JSON or YAML each.

NaN and infinities stand as texts, since JSON has none; pictures, tables and histograms are objects with a
``_type``; names that begin with ``_`` are the tracker's own.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from logminer.formats.documents.values import MAX_DEPTH, flatten, is_number

_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def public(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without the tracker's own names, such as ``_step``, ``_timestamp``, ``_runtime``."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


def measured(
    row: Mapping[str, Any], joint: str = ".", depth: int = 0
) -> Iterator[tuple[str, float]]:
    """The numbers of a row with the names above them joined; what carries a ``_type`` is left out."""
    for name, value in row.items():
        if is_number(value):
            yield name, value
        elif isinstance(value, str) and value in _WORDS:
            yield name, _WORDS[value]
        elif isinstance(value, dict) and "_type" not in value and depth < MAX_DEPTH:
            for inner, number in measured(value, joint, depth + 1):
                yield f"{name}{joint}{inner}", number


def config_values(loaded: Any) -> dict[str, Any]:
    """Parameters of ``{name: {desc: …, value: …}}``, W&B's own entry left out.

    Raises:
        ValueError: it is no mapping.
    """
    if not isinstance(loaded, Mapping):
        raise ValueError("config.yaml holds no mapping")  # noqa: TRY004
    return flatten(
        {
            name: entry["value"]
            for name, entry in loaded.items()
            if isinstance(entry, Mapping) and "value" in entry and name != "_wandb"
        }
    )
