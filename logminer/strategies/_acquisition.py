"""Acquisition functions: what a belief's predictions are worth, and how that changes with them.

Each gives scores, higher is better. One with partial derivatives is refined by gradients; one without, such as
a function drawn from the belief, is taken at its best candidate.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, log_ndtr, logsumexp, ndtr

from logminer.strategies._belief import Belief, Prediction
from logminer.strategies._process import Located

Array = NDArray[np.float64]
Score = Callable[[Belief, Located, np.random.Generator], Array]
# From a prediction to scores (m,), and their derivatives by mean and deviation of each component, (c, m) each.
Partials = Callable[[Prediction], tuple[Array, Array, Array]]
_LOG_ROOT = 0.5 * np.log(2 * np.pi)
_TAIL, _FARTHEST = -3.0, -1e4  # below, the gain is computed by its logarithm; and by its limit


@dataclass(frozen=True)
class Acquisition:
    """An acquisition function.

    Attributes:
        score: scores at points, shape (m,).
        partials: the same from a prediction, with derivatives; None where there are none.
    """

    score: Score
    partials: Partials | None = None


def log_expected_improvement(p: Prediction) -> tuple[Array, Array, Array]:
    """Logarithm of the expected improvement in the task's own unit, averaged over the components.

    Source: Ament et al. 2023, Unexpected improvements to expected improvement.
    """
    u = (p.best[:, None] - p.mean) / p.deviation
    share = np.log(p.weights * p.slopes)[:, None]
    total = logsumexp(share + np.log(p.deviation) + log_gain(u), axis=0)
    by_mean = -np.exp(share + log_ndtr(u) - total)
    by_deviation = np.exp(share - 0.5 * u * u - _LOG_ROOT - total)
    return np.asarray(total), np.asarray(by_mean), np.asarray(by_deviation)


def log_gain(u: Array) -> Array:
    """Logarithm of the expected value of max(u + a standard normal, 0), exact far below 0, too."""
    gain = np.exp(-0.5 * u * u - _LOG_ROOT) + u * ndtr(u)
    far = u < _TAIL
    found = np.log(np.where(far, 1.0, gain))
    low = u[far]
    # 1 - |u| times Mills' ratio, which tends to 1 / u² where the difference loses all its digits.
    rest = 1 + low * erfcx(-low / np.sqrt(2)) * np.sqrt(np.pi / 2)
    rest = np.where(low < _FARTHEST, low**-2.0, np.maximum(rest, 1e-300))
    found[far] = -0.5 * low * low - _LOG_ROOT + np.log(rest)
    return found


LOG_IMPROVEMENT = Acquisition(
    lambda belief, new, _: log_expected_improvement(belief.predict(new))[0],
    log_expected_improvement,
)


def optimistic_bound(optimism: float) -> Acquisition:
    """Minus the mean less ``optimism`` standard deviations, in units of the task (Srinivas et al. 2010)."""

    def partials(p: Prediction) -> tuple[Array, Array, Array]:
        weights = (p.weights * p.slopes)[:, None]
        by_mean = np.broadcast_to(-weights, p.mean.shape)
        return -p.bound(optimism), by_mean, -optimism * by_mean

    return Acquisition(lambda belief, new, _: -belief.predict(new).bound(optimism), partials)
