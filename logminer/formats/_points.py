"""Points collected one at a time, for logs whose records differ from line to line."""

import math
from array import array
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from logminer.core.parsed import Points
from logminer.formats.documents.values import MAX_DEPTH, is_number


class PointColumns:
    """Typed columns that grow: 32 bytes a point, no Python object kept for any."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._run, self._metric = array("i"), array("i")
        self._step, self._wall, self._value = array("q"), array("d"), array("d")

    @property
    def names(self) -> list[str]:
        """Names of the metrics added so far."""
        return list(self._names)

    def add(
        self, name: str, step: int, value: float, wall: float | None = None, run: int = 0
    ) -> None:
        """Append one point; a step beyond 64 bits counts as 0, a value beyond doubles as infinite."""
        self._run.append(run)
        self._metric.append(self._names.setdefault(name, len(self._names)))
        self._step.append(step if -(2**63) <= step < 2**63 else 0)
        self._wall.append(math.nan if wall is None else wall)
        self._value.append(as_float(value))

    def points(self) -> Points:
        """All points added so far."""
        return Points(
            self.names,
            np.array(self._run, np.int32),
            np.array(self._metric, np.int32),
            np.array(self._step, np.int64),
            np.array(self._wall, np.float64),
            np.array(self._value, np.float64),
        )


def as_float(value: float) -> float:
    """A number as a double; whole numbers that are too large become infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def as_step(value: Any, default: int = 0) -> int:
    """A step from what a log holds: whole numbers, also written as floats; else ``default``."""
    if not is_number(value) or not math.isfinite(as_float(value)):
        return default
    return int(value)


def numbers(
    value: Mapping[str, Any], joint: str = "/", depth: int = 0
) -> Iterator[tuple[str, float]]:
    """The numbers among nested values, with the keys above them joined; texts and booleans are left out."""
    for key, item in value.items():
        if is_number(item):
            yield str(key), item
        elif isinstance(item, Mapping) and depth < MAX_DEPTH:
            for name, number in numbers(item, joint, depth + 1):
                yield f"{key}{joint}{name}", number
