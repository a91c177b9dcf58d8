"""When does a parameter exist? Found as the category whose values say so, run by run."""

from collections.abc import Mapping

import pandas as pd

from logminer.core.parameters import Scalar

_SURE = 0.98
_FEWEST_RUNS = 2


def find_condition(
    column: pd.Series, parents: Mapping[str, pd.Series]
) -> dict[str, tuple[Scalar, ...]] | None:
    """The parent, and its values, under which ``column`` is set; None where no parent tells.

    A parent tells when under each of its values nearly all runs have the parameter or nearly none. Of
    several, the one with the fewest values is taken.
    """
    present = column.notna()
    best: tuple[int, str, tuple[Scalar, ...]] | None = None
    for name, parent in parents.items():
        known = parent.notna()
        shares = present[known].groupby(parent[known], sort=False).agg(["mean", "size"])
        if len(shares) < 2 or present[~known].any():
            continue
        sure = (shares["mean"] >= _SURE) | (shares["mean"] <= 1 - _SURE)
        inside = shares.index[shares["mean"] >= _SURE]
        if not sure.all() or not 0 < len(inside) < len(shares) or shares["size"].min() < _FEWEST_RUNS:
            continue
        if best is None or len(shares) < best[0]:
            best = (len(shares), name, tuple(sorted(inside, key=str)))
    return {best[1]: best[2]} if best else None
