"""How far a run was to go, and whether it went there."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from logminer.core.parsed import RunFacts
from logminer.formats.documents.json_text import load_object
from logminer.formats.documents.values import flatten, is_number
from logminer.formats.documents.yaml_text import load_yaml

_LARGEST = 4_000_000  # bytes of a config that is looked at beside a log
STOPPED_EARLY = "stopped early"


def config_beside(folder: str, *names: str) -> dict[str, Any]:
    """The flat config of the first of some files that can be read, empty if none can."""
    for name in names:
        path = Path(folder) / name
        try:
            if path.stat().st_size > _LARGEST:
                continue
            data = path.read_bytes()
            loaded = load_object(data) if path.suffix == ".json" else load_yaml(data)
        except (OSError, ValueError):
            continue
        if isinstance(loaded, Mapping):
            return flatten(loaded)
    return {}


def first_number(config: Mapping[str, Any], *names: str) -> float | None:
    """The first of some settings above 0: tools write -1 or null for "no limit"."""
    values = (config.get(name) for name in names)
    return next((float(v) for v in values if is_number(v) and v > 0), None)


def note_progress(facts: RunFacts, done: float | None, planned: float | None) -> None:
    """A run that went as far as planned has finished; one that did not yet says nothing."""
    if done is not None and planned is not None and done >= planned > 0:
        facts.status = "finished"


def stopped_early(values: Sequence[float], patience: float | None) -> bool:
    """Whether the best of some values, higher being better, was followed by ``patience`` others.

    Args:
        values: one an epoch, NaN where nothing was measured.
        patience: epochs without improvement that were waited for, or None.
    """
    finite = [(value, -place) for place, value in enumerate(values) if not math.isnan(value)]
    if not finite or patience is None:
        return False
    best = -max(finite)[1]
    return len(values) - 1 - best >= patience
