"""Zoom: how far the narrowed search space is smaller than the whole one, hyperparameter by hyperparameter."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from logminer.core.history import History
from logminer.core.parameters import Categorical, Parameter
from logminer.core.space import Space

_WINNERS = 0.1


@dataclass(frozen=True)
class Zoom:
    """The whole space and the narrowed one.

    Attributes:
        rows: one row a hyperparameter: ``parameter``, ``whole`` and ``zoomed`` (in words), ``low`` and
            ``high`` (the zoomed range as positions in the whole one), ``kept`` (share of it).
        winners: ``parameter``, ``unit`` (position in the whole range): the best tenth of each task's configs.
        space: the whole space.
        zoomed: the narrowed space, or None when nothing was narrowed.
    """

    rows: pd.DataFrame
    winners: pd.DataFrame
    space: Space
    zoomed: Space | None

    def to_frame(self) -> pd.DataFrame:
        """One row a hyperparameter."""
        return self.rows

    @property
    def volume(self) -> float:
        """Share of the whole space that is left, ignoring conditions."""
        return float(np.prod(self.rows["kept"].to_numpy(dtype=float)))


def analyse(history: History, zoomed: Space | None = None, names: Sequence[str] = ()) -> Zoom:
    """Compare the space of a history with a narrowed one.

    Args:
        history: past runs; their space is the whole one.
        zoomed: the narrowed space, with the same hyperparameters.
        names: order of the rows; empty for that of the space.
    """
    whole = history.space
    narrowed = zoomed.parameters if zoomed is not None else whole.parameters
    order = [name for name in (names or whole.names) if name in narrowed]
    rows = [_row(name, whole.parameters[name], narrowed[name]) for name in order]
    columns = ["parameter", "whole", "zoomed", "low", "high", "kept"]
    return Zoom(pd.DataFrame(rows, columns=columns), _winners(history), whole, zoomed)


def _row(
    name: str, whole: Parameter, zoomed: Parameter
) -> tuple[str, str, str, float, float, float]:
    low, high = 0.0, 1.0
    if isinstance(whole, Categorical) or isinstance(zoomed, Categorical):
        kept = _choices_kept(whole, zoomed)
    else:
        low = whole.to_unit(zoomed.low) if zoomed.low > whole.low else 0.0
        high = whole.to_unit(zoomed.high) if zoomed.high < whole.high else 1.0
        kept = high - low
    return name, in_words(whole), in_words(zoomed), low, high, kept


def _choices_kept(whole: Parameter, zoomed: Parameter) -> float:
    if isinstance(whole, Categorical) and isinstance(zoomed, Categorical):
        return len(zoomed.choices) / len(whole.choices)
    return 1.0


def in_words(parameter: Parameter) -> str:
    """``1e-05 to 0.1 (log)`` or ``adam, sgd``."""
    if isinstance(parameter, Categorical):
        return ", ".join(str(choice) for choice in parameter.choices)
    return f"{parameter.low:.4g} to {parameter.high:.4g}{' (log)' if parameter.log else ''}"


def _winners(history: History) -> pd.DataFrame:
    """Positions of the best tenth of each task's configs, at least three."""
    facts = pd.DataFrame({"task": history.trials["task"], "config": history.config_ids})
    first = ~facts.duplicated(["task", "config"]) & history.losses.notna()
    ranks = history.ranks[first].groupby(history.trials["task"][first])
    place, count = ranks.rank(method="first"), ranks.transform("size")
    chosen = history.where(place.index[place <= np.maximum(count * _WINNERS, 3)])
    unit = np.clip(history.space.to_unit(chosen.config_dicts()), 0.0, 1.0)
    names = np.repeat(history.space.names, len(unit))
    frame = pd.DataFrame({"parameter": names, "unit": unit.T.ravel()})
    return frame.dropna(ignore_index=True)
