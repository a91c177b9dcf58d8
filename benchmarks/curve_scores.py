"""How good predictions are: order, CRPS and coverage over the questions of a protocol."""

import numpy as np
from curve_protocol import CUTS

from logminer.curves.calibration import LEVELS
from logminer.curves.coverage import measure

MIDDLE = int(np.flatnonzero(np.isclose(LEVELS, 0.5))[0])
NINETEEN = np.isclose(LEVELS[:, None], np.arange(0.05, 0.951, 0.05)).any(axis=1)


def pairs(p, u):
    """Share of pairs of runs of one task that are ordered rightly, over all cuts."""
    right = total = 0.0
    for share in CUTS:
        for task in p.tasks():
            rows = (p.share == share) & (p.curves.task[p.curve] == task)
            a, b = p.truth[rows], u[rows]
            apart = np.triu(a[:, None] != a, 1)
            ahead = np.sign(a[:, None] - a) * np.sign(b[:, None] - b)
            right += ((1 + ahead) / 2)[apart].sum()
            total += apart.sum()
    return right / total


def crps(p, quantiles):
    """Mean CRPS from 19 quantiles."""
    levels, q = LEVELS[NINETEEN], quantiles[:, NINETEEN]
    miss = p.truth[:, None] - q
    return 2 * np.maximum(levels * miss, (levels - 1) * miss).mean()


def covered(p, quantiles, groups):
    """Share of outcomes within the central intervals of 80 and 90 %, a row a group of questions."""
    found = measure(quantiles, p.truth, groups).intervals
    table = found.pivot(index="group", columns="promised", values="covered").reindex(list(groups))
    return table[[0.8, 0.9]].rename(columns={0.8: "80 %", 0.9: "90 %"})
