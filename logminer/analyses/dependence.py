"""Which recorded names say nothing new: copies, formulas, functions and compositions of others.

Evidence is counted on distinct configs, never on runs: with seeds or data sets repeated, each
continuous draw is one to one with each other and that means nothing. See `find_dependences`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from logminer.analyses._chance import is_function, joint_codes
from logminer.analyses._dependence import Dependence
from logminer.analyses._dependence_search import DependenceSearch, distinct_rows
from logminer.analyses._encoding import encode

__all__ = ["Dependence", "determined_by", "distinct_configs", "find_dependences"]

_REPEATED = 3


def find_dependences(
    configs: pd.DataFrame,
    *,
    repeats: Sequence[str] = (),
    priority: Mapping[str, float] | None = None,
) -> dict[str, Dependence]:
    """Names that follow from others, on distinct configs.

    Tried in this order: one number of another (equal, a power law, a line, a logarithm or
    exponential, rounded or as printed); texts of other names' values; products of powers and sums
    of two or three numbers (of the ``PAIR_INPUTS`` and ``TRIPLE_INPUTS`` of highest priority),
    products of up to six; the same order in at least ``MONOTONE_VALUES`` values; names that are one
    to one; functions of one, two or three names. Each is accepted if agreement by chance is less
    likely than 2**-12, after the number of agreements that were looked for. For values of long
    digits every config beyond the fitted constants counts with its digits; for values off a list or
    grid the chance is that of a permutation over the independent draws. Undecided names stay
    independent.

    Args:
        configs: one row a run, one column a recorded name; None or NaN where unset.
        repeats: names of seeds and folds, which do not make a config another one.
        priority: how likely a name is the free choice: those of higher priority are kept as the
            originals. Ties keep the earlier column. Default 0.

    Returns:
        The dependent names, in an order in which each can be evaluated after those before it. No
        cycles.
    """
    return DependenceSearch(configs, repeats, priority or {}).run()


def distinct_configs(frame: pd.DataFrame, repeats: Sequence[str] = ()) -> pd.DataFrame:
    """The first run of each distinct config, without the columns of repeats.

    Args:
        frame: one row a run, one column a recorded name.
        repeats: names of seeds and folds.
    """
    kept = frame.loc[:, [c for c in frame.columns if c not in set(repeats)]]
    return kept.iloc[distinct_rows(encode(kept), len(kept))]


def determined_by(column: pd.Series, by: pd.DataFrame) -> bool:
    """Whether a column is constant in each group of equal ``by``, in groups that prove something.

    Rows are to be distinct configs. Rows where the column is unset do not count. There must be at
    least two groups and two values, and a group of at least three rows.

    Args:
        column: the values, one a config.
        by: one or more columns of the same rows.
    """
    (target,) = encode(column.to_frame("column"))
    rows = np.flatnonzero(target.present)
    if not len(rows) or not by.shape[1]:
        return False
    groups = joint_codes(encode(by), rows)
    codes = target.codes[rows]
    sizes = np.bincount(groups)
    if len(sizes) < 2 or len(np.unique(codes)) < 2 or sizes.max() < _REPEATED:
        return False
    return is_function(codes, groups)
