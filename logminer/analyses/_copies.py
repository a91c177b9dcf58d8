"""Does one recorded parameter only repeat another?"""

import numpy as np
import pandas as pd

_TIGHT = 1e-6


def comparable(value: object) -> str:
    """A value as text in which rounding of a number does not show; whole numbers stay exact."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(value, ".6g")
    return str(value)


def is_copy(column: pd.Series, other: pd.Series) -> bool:
    """Whether ``column`` says nothing that ``other`` does not say.

    Both are set in the same runs and fall into the same groups of equal values. Where nearly every value is
    its own group that proves nothing, so numbers must then lie on one line.
    """
    present = column.notna().to_numpy()
    if not (present == other.notna().to_numpy()).all():
        return False
    one, two = column[present], other[present]
    groups = [pd.factorize(values.map(comparable))[0] for values in (one, two)]
    if not (groups[0] == groups[1]).all():
        return False
    distinct = groups[0].max() + 1
    return bool(distinct <= len(one) / 2 or _on_one_line(one, two))


def _on_one_line(one: pd.Series, two: pd.Series) -> bool:
    x, y = (pd.to_numeric(values, errors="coerce").to_numpy(dtype=float) for values in (one, two))
    if not (np.isfinite(x).all() and np.isfinite(y).all()) or np.ptp(x) == 0:
        return bool((one.map(str).to_numpy() == two.map(str).to_numpy()).all())
    slope, start = np.polyfit(x, y, 1)
    return bool(np.abs(slope * x + start - y).max() <= _TIGHT * np.ptp(y))
