"""Repeats of configs: what a config is worth when its runs are noisy, and which may be the best.

Runs of a config scatter around its mean with one variance for all configs, pooled over the repeats; means scatter around
a common centre. Both variances are estimated from the runs (empirical Bayes for the normal means problem: Efron and Morris
1975), so that a config of one lucky run is drawn towards the centre further than one of five.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]
_DOUBTED = 3.0  # runs' worth of doubt about the pooled variance, which a few that agree by chance would make too small
_GUESSED = 0.5  # the noise that is then believed in, as a share of the variance between configs


@dataclass(frozen=True, eq=False)
class Worth:
    """What configs are worth, losses throughout.

    Attributes:
        mean: plain mean of each config's runs, shape (n,).
        error: standard error of that, from the pooled variance; 0 where no config was repeated, shape (n,).
        expected: posterior mean, shape (n,).
        spread: posterior standard deviation, shape (n,).
        runs: number of each config's runs, shape (n,).
    """

    mean: Array
    error: Array
    expected: Array
    spread: Array
    runs: NDArray[np.int64]

    @property
    def best(self) -> int:
        """The config of the lowest posterior mean; of equals the one with most runs."""
        return int(np.lexsort((-self.runs, self.expected))[0])

    def beats(self, other: int) -> Array:
        """Probability that each config is better than another one, shape (n,)."""
        width = np.sqrt(self.spread**2 + self.spread[other] ** 2)
        gap = self.expected[other] - self.expected
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = ndtr(gap / width)
        return np.where(width > 0, chance, np.where(gap > 0, 1.0, np.where(gap < 0, 0.0, 0.5)))


def weigh_repeats(losses: Sequence[Sequence[float]]) -> Worth:
    """Judge configs by all their runs.

    Args:
        losses: finite losses of each config, at least one a config.
    """
    runs = np.array([len(of) for of in losses], dtype=np.int64)
    mean = np.array([float(np.mean(of)) for of in losses])
    freedom = int((runs - 1).sum())
    if not freedom:
        zero = np.zeros(len(mean))
        return Worth(mean, zero, mean, zero, runs)
    within = sum(
        float(((np.asarray(of) - m) ** 2).sum()) for of, m in zip(losses, mean, strict=True)
    )
    across = float(np.var(mean)) if len(mean) > 1 else 0.0
    # Repeats that agree to the last digit have no noise; others may agree by chance as long as they are few.
    noise = (within + _DOUBTED * _GUESSED * across) / (freedom + _DOUBTED) if within else 0.0
    error2 = noise / runs
    between = max(across - float(error2.mean()), 0.05 * across, 1e-300)
    centre = float(np.average(mean, weights=1.0 / (between + error2)))
    spread2 = 1.0 / (1.0 / between + 1.0 / np.maximum(error2, 1e-300))
    expected = spread2 * (centre / between + mean / np.maximum(error2, 1e-300))
    return Worth(mean, np.sqrt(error2), expected, np.sqrt(spread2), runs)
