"""What gradient boosting libraries leave: evaluation results as JSON, and a line a round on the console."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from logminer.core.parsed import ParsedLog, RunFacts
from logminer.formats._points import PointColumns
from logminer.formats._probe import HEAD_BYTES, Probe
from logminer.formats.documents.json_text import read_object
from logminer.formats.documents.values import is_number

NAMES = (
    "*eval*.json", "*result*.json", "*xgb*.json", "*xgboost*.json", "*lgb*.json", "*lightgbm*.json",
    "*history*.json", "*boost*.json",
)  # fmt: skip
CONSOLE = ("*.log", "*.txt", "*.out", "*.stdout", "*.err", "*.stderr")

Round = tuple[int, Iterator[tuple[str, float]]]

_START = re.compile(r'\s*\{\s*"([^"]+)"\s*:\s*\{\s*"([^"]+)"\s*:\s*\[\s*[-0-9NI]')
_LONGEST = 10_000


def first_curve(probe: Probe) -> tuple[str, str] | None:
    """Data set and metric of the first curve of a file of this shape, the metric without its parameter."""
    found = _START.match(probe.text)
    return (found[1], re.split(r"[@:]", found[2])[0].removesuffix("-")) if found else None


def read_curves(probe: Probe) -> ParsedLog:
    """One run with a metric ``<data set>/<metric>`` a curve; the step is the round, from 0."""
    columns = PointColumns()
    for place, metrics in read_object(probe).items():
        for name, values in metrics.items() if isinstance(metrics, dict) else ():
            for step, value in enumerate(values if isinstance(values, list) else ()):
                if is_number(value):
                    columns.add(f"{place}/{name}", step, value)
    return ParsedLog([RunFacts(probe.root)], columns.points(), offset=probe.size)


def is_console(probe: Probe, parse: Callable[[str], Round | None]) -> bool:
    """Whether two rounds are among the first lines of a text, or among its last after a long prelude."""
    if _rounds(probe.text, parse) > 1:
        return True
    if probe.size <= HEAD_BYTES or b"\0" in probe.head:
        return False
    with Path(probe.path).open("rb") as file:
        file.seek(probe.size - min(HEAD_BYTES, probe.size - HEAD_BYTES))
        return _rounds(file.read(HEAD_BYTES).decode("utf-8", "replace"), parse) > 1


def _rounds(text: str, parse: Callable[[str], Round | None]) -> int:
    lines = text.splitlines(keepends=True)
    return sum(line.endswith("\n") and parse(line) is not None for line in lines)


def read_console(probe: Probe, parse: Callable[[str], Round | None]) -> ParsedLog:
    """One run with the curves of a console log; a last line without its end waits, other lines are passed over.

    Args:
        probe: the file.
        parse: what one line says of a round, None for any other line.
    """
    columns, offset, repeats = PointColumns(), 0, False
    with Path(probe.path).open("rb") as file:
        while line := file.readline(_LONGEST):
            offset += len(line)
            whole = line.endswith(b"\n") and not repeats
            found = parse(line.decode("utf-8", "replace")) if whole else None
            repeats = line.rstrip().lower().endswith(b"best iteration is:")
            for name, value in found[1] if found else ():
                columns.add(name, found[0] if found else 0, value)
    return ParsedLog([RunFacts(probe.root)], columns.points(), offset=offset)
