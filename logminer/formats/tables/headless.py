"""Tables without names for their columns: the metric is named by the file, epoch and step by what climbs."""

import re
from collections.abc import Sequence

import numpy as np

from logminer.formats._probe import Probe
from logminer.formats.documents.classify import file_kind
from logminer.formats.tables.names import is_measured
from logminer.formats.tables.table import Table, whole_steps

_MOST = 3  # columns
_VALUES = frozenset(("value", "values", "y"))
_STEPS = frozenset(
    ("step", "steps", "epoch", "iteration", "wall time", "wall_time", "timestamp", "time", "x")
)
_PLAIN_STEM = re.compile(r"(?:data|table|log|metrics?|results?|history|output|out|values?|scalars?|progress)\d*", re.IGNORECASE)  # fmt: skip


def named_by_file(
    names: Sequence[str], probe: Probe, table: Table | None = None
) -> dict[str, str] | None:
    """Names of columns that have none, or of the one that is only called ``value``.

    Args:
        names: names as in the header, ``column_1`` and so on without one.
        probe: the file.
        table: its rows; without them only the file's name and its neighbours are looked at.

    Returns:
        New names by old ones, or None where the file does not tell them.
    """
    stem = probe.name.rpartition(".")[0] or probe.name
    if any(name != f"column_{i + 1}" for i, name in enumerate(names)):
        lowered = [name.strip().lower() for name in names]
        values = [name for name, low in zip(names, lowered, strict=True) if low in _VALUES]
        plain = len(values) == 1 and len(names) <= _MOST and {*lowered} <= _VALUES | _STEPS
        return {values[0]: stem} if plain and not _PLAIN_STEM.fullmatch(stem) else None
    if len(names) > _MOST or not (is_measured(stem) or _has_parameters(probe)):
        return None
    if len(names) == 1:
        return {names[0]: stem} if is_measured(stem) else None
    if table is None:
        return {names[-1]: stem}
    return _named_by_climbing(names, stem, table)


def _has_parameters(probe: Probe) -> bool:
    """Whether a file of parameters stands beside it."""
    suffixes = (".json", ".yaml", ".yml", ".toml")
    return any(n.endswith(suffixes) and file_kind(n) == "params" for n in probe.siblings)


def _named_by_climbing(names: Sequence[str], stem: str, table: Table) -> dict[str, str] | None:
    steps = []
    for name in names[:-1]:
        place = whole_steps(table.numbers[name]) if name in table.numbers else None
        if place is None or np.any(np.diff(place) < 0):
            break
        steps.append(place)
    if not steps or names[-1] not in table.numbers or not np.any(np.diff(steps[-1]) > 0):
        return None
    values = len(names) - len(steps)
    titles = [stem] if values == 1 else [f"{stem}_{i + 1}" for i in range(values)]
    return dict(zip(names, (*("epoch", "step")[-len(steps) :], *titles), strict=True))
