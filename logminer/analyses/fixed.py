"""Values that are not searched and that a training needs all the same: those that the winners share.

A suggestion that leaves out the number of epochs is no config. What all good runs of a task have in common is
handed on beside it; hosts, paths, names and seeds are not.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from logminer.analyses._columns import comparable
from logminer.core.names import is_incidental
from logminer.core.parameters import is_finite, is_number

_WINNERS, _FEWEST = (
    0.1,
    3,
)  # share of a task's runs that count as its winners, and at least how many
_LONGEST = 80
_A_PLACE = re.compile(r"^(/|~|\.{1,2}/|[A-Za-z]:[\\/])|\\|://|/.*/")
_A_TIME = re.compile(r"\d{4}-\d\d-\d\d|\d{8}[-_]\d{6}|\d\d:\d\d:\d\d")
_UNSET = {"", "none", "null", "nan"}


def fixed_values(values: pd.DataFrame, tasks: pd.Series, losses: pd.Series) -> dict[str, Any]:
    """What the best runs of every task agree on.

    Args:
        values: recorded values that are not searched, one row a run (indexed by run id), one column a name.
        tasks: task of each run, indexed by run id.
        losses: objective of each run, lower is better, NaN where it has none; indexed by run id.
    """
    winners = _winners(tasks, losses)
    rows = values.reindex(winners)
    found = {}
    for name, column in rows.items():
        present = column.dropna()
        if is_incidental(str(name)) or 2 * len(present) < len(rows) or present.empty:
            continue
        value = _plain(present.iloc[0])
        if present.map(comparable).nunique() == 1 and _is_setting(value):
            found[str(name)] = value
    return found


def _winners(tasks: pd.Series, losses: pd.Series) -> list[Any]:
    """Runs that did best in each task; all runs of one in which none has a value."""
    chosen: list[Any] = []
    for _, runs in tasks.groupby(tasks, sort=False):
        known = losses.reindex(runs.index).dropna().sort_values(kind="stable")
        count = max(_FEWEST, round(_WINNERS * len(runs)))
        chosen += list(known.index[:count]) if len(known) else list(runs.index)
    return chosen


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _is_setting(value: Any) -> bool:
    """Whether a value is one that a training is told: a number, a word, a list of them; no place, no time."""
    if isinstance(value, list):
        return bool(value) and all(
            not isinstance(item, list | Mapping) and _is_setting(item) for item in value
        )
    if isinstance(value, bool):
        return True
    if is_number(value):
        return is_finite(value)
    if not isinstance(value, str) or len(value) > _LONGEST or value.strip().lower() in _UNSET:
        return False
    return value.isprintable() and not (_A_PLACE.search(value) or _A_TIME.search(value))


def derived_values(derived: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """Hyperparameters that follow from others by a formula, computed again for a config.

    Args:
        derived: by name, an object with ``evaluate(config)``: the value, or None where the config does not tell it.
        config: all values that are known: searched ones and fixed ones.
    """
    found: dict[str, Any] = {}
    waiting: Sequence[str] = list(derived)
    while waiting:  # one may follow from another
        new = {n: _evaluated(derived[n], {**config, **found}) for n in waiting}
        found |= {name: value for name, value in new.items() if value is not None}
        if len(left := [name for name in waiting if name not in found]) == len(waiting):
            break
        waiting = left
    return {name: found[name] for name in derived if name in found}


def _evaluated(dependence: Any, config: Mapping[str, Any]) -> Any:
    try:
        value = _plain(dependence.evaluate(config))
    except (ArithmeticError, KeyError, TypeError, ValueError):
        return None
    return None if is_number(value) and not is_finite(value) else value
