"""Correlation: which hyperparameters go with the result, told in milliseconds.

The correlation ratio (Fisher 1925), in the unbiased form of Kelley (1935, epsilon squared): the share of the variance
of the results that lies between the values of one hyperparameter, numbers in five equal groups. It sees one
hyperparameter at a time and takes no account of how the others were chosen, so it puts the columns of a listing in
order, and no more: how much each matters is for ``importance`` to say.
"""

import math

import pandas as pd

from logminer.core.names import is_incidental

_BINS = 5


def order(configs: pd.DataFrame, values: pd.Series, tasks: pd.Series) -> list[str]:
    """Names of hyperparameters: those first that go with the result, seeds and paths last.

    Args:
        configs: one row a run, one column a hyperparameter, None or NaN where the run has none.
        values: results, same index, of any unit; NaN where there is none.
        tasks: the task of each run: results are compared within it, by rank.
    """
    ranks = values.groupby(tasks).rank(pct=True)
    ranks -= ranks.groupby(tasks).transform("mean")
    scores = {}
    for name in configs.columns:
        told = configs[name].notna() & ranks.notna()
        share = float(told.mean()) if len(told) else 0.0
        scores[name] = (share * _explained(configs[name][told], ranks[told]), share)
    return sorted(
        scores,
        key=lambda name: (bool(is_incidental(name)), -scores[name][0], -scores[name][1]),
    )


def _explained(settings: pd.Series, ranks: pd.Series) -> float:
    """Share of the variance of n ranks that settings explain beyond chance, 0 to 1."""
    groups = _groups(settings)
    n, k = len(groups), int(groups.nunique())
    if not 1 < k < n:
        return 0.0
    total = float(((ranks - ranks.mean()) ** 2).sum())
    within = float(((ranks - ranks.groupby(groups).transform("mean")) ** 2).sum())
    return max(1 - (within / (n - k)) / (total / (n - 1)), 0.0) if total > 0 else 0.0


def _groups(settings: pd.Series) -> pd.Series:
    """Equal values together; many different numbers in groups of equal size."""
    numbers = settings.map(lambda v: isinstance(v, int | float) and not isinstance(v, bool))
    if numbers.all() and settings.nunique() > _BINS:
        return (settings.astype(float).rank(pct=True) * _BINS).map(math.ceil)
    return settings.map(repr)
