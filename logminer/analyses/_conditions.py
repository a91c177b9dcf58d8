"""When does a parameter exist? Found as the category whose values say so, run by run."""

from collections.abc import Mapping

import pandas as pd

from logminer.core.parameters import Scalar

_SURE = 0.98
_FEWEST_RUNS = 2


def values_that_tell(column: pd.Series, parent: pd.Series) -> tuple[Scalar, ...]:
    """Values of ``parent`` under which ``column`` is set; empty where the parent does not tell.

    A parent tells when under each of its values nearly all runs have the parameter or nearly none.
    """
    present, known = column.notna(), parent.notna()
    shares = present[known].groupby(parent[known], sort=False).agg(["mean", "size"])
    if len(shares) < 2 or present[~known].any() or shares["size"].min() < _FEWEST_RUNS:
        return ()
    sure = (shares["mean"] >= _SURE) | (shares["mean"] <= 1 - _SURE)
    inside = shares.index[shares["mean"] >= _SURE]
    if not sure.all() or not 0 < len(inside) < len(shares):
        return ()
    return tuple(sorted(inside, key=str))


def find_conditions(
    children: Mapping[str, pd.Series], parents: Mapping[str, pd.Series]
) -> dict[str, dict[str, tuple[Scalar, ...]]]:
    """For each child that some runs lack, the parent and its values that say when it exists.

    Of several parents that tell, the one that tells of most children is taken, then the one with the
    fewest values: an algorithm's name explains its parameters better than a chance agreement.
    """
    told = {
        child: {
            name: values
            for name, parent in parents.items()
            if name != child and (values := values_that_tell(column, parent))
        }
        for child, column in children.items()
    }
    reach = {name: sum(name in found for found in told.values()) for name in parents}
    return {
        child: {best: found[best]}
        for child, found in told.items()
        if found and (best := min(found, key=lambda n: (-reach[n], parents[n].nunique(), n)))
    }
