"""Whether forecasts keep their word: how often outcomes lay below each quantile, and within each interval."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.curves.calibration import LEVELS

Floats = NDArray[np.float64]

_ROUNDING = 1e-9
_LOWER = LEVELS < 0.5


@dataclass(frozen=True)
class Coverage:
    """What was promised and what came.

    Attributes:
        intervals: one row a group and central interval: ``group``, ``promised`` and ``covered`` (shares of the
            outcomes), ``n`` (outcomes).
    """

    intervals: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row a group and interval."""
        return self.intervals


def measure(quantiles: Floats, outcome: Floats, groups: dict[str, NDArray[np.bool_]]) -> Coverage:
    """Count the outcomes within each central interval.

    Args:
        quantiles: (n, levels), at ``LEVELS``.
        outcome: (n,), what came.
        groups: which of the n questions to count, by name; empty ones are left out.
    """
    rows = []
    for low in np.flatnonzero(_LOWER):
        high = len(LEVELS) - 1 - low
        inside = (outcome >= quantiles[:, low] - _ROUNDING) & (
            outcome <= quantiles[:, high] + _ROUNDING
        )
        promised = float(np.round(LEVELS[high] - LEVELS[low], 3))
        rows += [
            {"group": name, "promised": promised, "covered": inside[some].mean(), "n": int(some.sum())}
            for name, some in groups.items()
            if some.any()
        ]  # fmt: skip
    return Coverage(pd.DataFrame(rows, columns=["group", "promised", "covered", "n"]))
