"""What a model says of partial curves: a distribution of the value at a later step, one a run."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from logminer.curves.calibration import LEVELS

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Forecast:
    """Predicted values of n runs.

    Attributes:
        runs: one row a question: ``task``, ``run``, ``seen`` (last step seen), ``target`` (step predicted),
            ``last`` (last value seen), ``basis`` (what it rests on most: ``"past curves"``, ``"public curves"``,
            ``"peers"``, or ``"seen"`` where the target has been reached), ``unlike`` (whether nothing in the past looked like it, and
            the interval is widened) and ``diverged`` (whether the run is already lost).
        sign: float (n,), 1 where the metric is minimised and -1 where it is maximised.
        losses: float (n, levels), quantiles of the loss at ``LEVELS``; equal where the value is known.
    """

    runs: pd.DataFrame
    sign: Floats
    losses: Floats

    def take(self, rows: NDArray[np.int64]) -> "Forecast":
        """Some of the questions."""
        return Forecast(self.runs.iloc[rows], self.sign[rows], self.losses[rows])

    def __len__(self) -> int:
        return len(self.runs)

    @property
    def mean(self) -> Floats:
        """Expected value, in the metric's unit, (n,)."""
        return self.sign * self._centre

    @property
    def std(self) -> Floats:
        """Standard deviation, in the metric's unit, (n,)."""
        return np.asarray(np.sqrt(((self.losses - self._centre[:, None]) ** 2) @ _MASS))

    @property
    def _centre(self) -> Floats:
        # Rounding must not blur what is known.
        known = self.losses[:, 0] == self.losses[:, -1]
        return np.where(known, self.losses[:, 0], self.losses @ _MASS)

    def quantile(self, level: float) -> Floats:
        """Value below which the outcome lies with probability ``level``, (n,)."""
        return np.array([
            s * np.interp(level if s > 0 else 1 - level, LEVELS, row)
            for s, row in zip(self.sign, self.losses, strict=True)
        ])  # fmt: skip

    def interval(self, coverage: float = 0.8) -> tuple[Floats, Floats]:
        """Central interval that holds the outcome with probability ``coverage``."""
        return self.quantile((1 - coverage) / 2), self.quantile((1 + coverage) / 2)

    def prob_better(self, value: ArrayLike) -> Floats:
        """Probability that each run ends better than a value, in the metric's unit; 0 for a diverged run.

        Args:
            value: one value for all runs, or (n,).
        """
        bar = np.broadcast_to(np.asarray(value, dtype=np.float64), len(self)) * self.sign
        chance = np.array([_cdf(row, b) for row, b in zip(self.losses, bar, strict=True)])
        return np.where(self.runs["diverged"].to_numpy(dtype=bool), 0.0, chance)

    def sample(self, draws: int, shared: float = 0.0, seed: int = 0) -> Floats:
        """Possible losses of all runs at once, (n, draws); infinite for diverged runs.

        Args:
            draws: how many.
            shared: correlation between runs, 0 to 1 (a Gaussian copula).
            seed: seed of the draws.
        """
        from scipy.special import ndtr

        rng = np.random.default_rng(seed)
        common, own = rng.standard_normal(draws), rng.standard_normal((len(self), draws))
        level = ndtr(np.sqrt(shared) * common + np.sqrt(1 - shared) * own)
        drawn = [np.interp(u, LEVELS, row) for u, row in zip(level, self.losses, strict=True)]
        lost = self.runs["diverged"].to_numpy(dtype=bool) | np.isnan(self.losses[:, 0])
        return np.where(lost[:, None], np.inf, np.array(drawn).reshape(len(self), draws))

    def to_frame(self, coverage: float = 0.8) -> pd.DataFrame:
        """One row a question: the facts of ``runs``, then ``mean``, ``std``, ``median``, ``low``, ``high``."""
        low, high = self.interval(coverage)
        return self.runs.assign(
            mean=self.mean, std=self.std, median=self.quantile(0.5), low=low, high=high
        )


def _masses() -> Floats:
    """Probability that each quantile stands for: half-way to its neighbours."""
    edges = np.concatenate([[0.0], (LEVELS[1:] + LEVELS[:-1]) / 2, [1.0]])
    return np.diff(edges)


_MASS = _masses()


def _cdf(losses: Floats, bar: float) -> float:
    """Probability of a loss below ``bar``; beyond the outermost quantiles it dies off."""
    if not np.isfinite(losses).all() or np.isnan(bar):
        return 0.0
    if losses[0] == losses[-1]:
        return float(losses[0] < bar)
    lean = 1e-12 * (losses[-1] - losses[0]) * np.arange(len(losses))
    below = float(np.interp(bar, losses + lean, LEVELS))
    width = losses[-1] - losses[0]
    if bar < losses[0]:
        return below * float(np.exp(-6 * (losses[0] - bar) / width))
    if bar > losses[-1]:
        return 1 - (1 - below) * float(np.exp(-6 * (bar - losses[-1]) / width))
    return below
