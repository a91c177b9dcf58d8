"""Belief about a new task: several explanations of its trials, weighed by how well they predict.

Each explanation is a Gaussian process on the common scale of the past: the past holds here, the past holds upside
down, the past says nothing. Where the task lies on that scale (its median and unit) is unknown and is
integrated out on a grid, for each explanation by itself. The evidence decides; a past that misleads
loses its weight with the first few trials that contradict it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import logsumexp, ndtri

from logminer.transfer.scale import from_common, log_slope, to_common

Array = NDArray[np.float64]
# Where the incumbent may lie below (positive) or above the task's median, in units.
_DEPTHS = np.array([-8.0, -3.0, -1.0, -0.3, 0.2, 0.6, 1.0, 1.4, 1.9, 2.6, 4.0])
_DEPTH_WEIGHTS = np.gradient(_DEPTHS) / (1.0 + ((_DEPTHS - 0.8) / 1.2) ** 2)  # heavy-tailed around a good start
_UNITS = 9  # units tried, from a fraction of the spread of the losses to a multiple
_COVERED, _MOST = 0.95, 6  # share of a process' weight that its kept scales cover, and how many at most
_NEGLIGIBLE = 0.02
_JITTER = 1e-6


@dataclass(frozen=True, eq=False)
class Process:
    """A Gaussian process over the observed configs (n) and the candidates (m), on the model's scale.

    Attributes:
        name: what it believes, e.g. ``"past"``.
        log_prior: logarithm of its weight before any trial.
        mean: prior mean at the observed configs, shape (n,).
        covariance: among the observed configs, shape (n, n).
        noise: variance of the observation noise.
        mean_new: prior mean at the candidates, shape (m,).
        cross: covariance between candidates and observed configs, shape (m, n).
        variance_new: prior variance at the candidates, shape (m,).
    """

    name: str
    log_prior: float
    mean: Array
    covariance: Array
    noise: float
    mean_new: Array
    cross: Array
    variance_new: Array


@dataclass(frozen=True, eq=False)
class Component:
    """One explanation on one scale.

    Attributes:
        process: name of the process.
        weight: probability given the trials.
        mean: at the candidates, on the model's scale, shape (m,).
        deviation: standard deviation at the candidates, shape (m,).
        best: place of the incumbent on the model's scale.
        median: the task's median, in its own unit.
        unit: length of 1 on the common scale, in the task's own unit.
    """

    process: str
    weight: float
    mean: Array
    deviation: Array
    best: float
    median: float
    unit: float


@dataclass(frozen=True, eq=False)
class Belief:
    """The mixture of all explanations, with the model's centre and spread on the common scale."""

    components: tuple[Component, ...]
    centre: float
    spread: float

    def weight(self, process: str) -> float:
        """Probability of one explanation."""
        return float(sum(c.weight for c in self.components if c.process == process))

    def quantiles(self, candidate: int, shares: Sequence[float]) -> list[float]:
        """Quantiles of the loss at one candidate, in the task's own unit."""
        grid = ndtri((np.arange(25) + 0.5) / 25)
        values, weights = [], []
        for c in self.components:
            z = (c.mean[candidate] + c.deviation[candidate] * grid) * self.spread + self.centre
            values.append(from_common(z, c.median, c.unit))
            weights.append(np.full(len(grid), c.weight / len(grid)))
        flat = np.concatenate(values)
        order = np.argsort(flat)
        reached = np.cumsum(np.concatenate(weights)[order])
        places = np.searchsorted(reached / reached[-1], shares)
        return [float(flat[order][min(p, len(flat) - 1)]) for p in places]


def believe(
    processes: Sequence[Process], losses: Array, noise: Array, centre: float, spread: float
) -> Belief:
    """Weigh the processes by the evidence of the observed losses.

    Args:
        processes: the explanations.
        losses: shape (n,), at least one.
        noise: known standard deviations of the losses, 0 where unknown, shape (n,).
        centre: mean of the common scale that is 0 on the processes' scale.
        spread: length of 1 on the processes' scale, on the common scale.
    """
    scales = _scales(losses)
    scored = [_scored(p, losses, noise, scales, centre, spread) for p in processes]
    total = logsumexp(np.concatenate([s.log_weights for s in scored]))
    components: list[Component] = []
    for process, s in zip(processes, scored, strict=True):
        weights = np.exp(s.log_weights - total)
        if weights.sum() >= _NEGLIGIBLE:
            components += _components(process, s, weights, scales)
    kept = sum(c.weight for c in components)
    normalised = tuple(
        Component(c.process, c.weight / kept, c.mean, c.deviation, c.best, c.median, c.unit) for c in components
    )
    return Belief(normalised, centre, spread)


@dataclass(frozen=True, eq=False)
class _Scored:
    log_weights: Array  # one a scale, shape (g,)
    residuals: Array  # whitened, shape (n, g)
    factor: Array  # Cholesky factor, shape (n, n)
    best: Array  # the incumbent's place on each scale, shape (g,)


def _scales(losses: Array) -> tuple[Array, Array]:
    """Medians and units tried, shape (g,) each."""
    best = float(losses.min())
    reach = float(losses.max() - best) or abs(best) or 1.0
    typical = float(np.median(losses) - best) or reach
    units = np.geomspace(max(typical / 8, reach / 60), 3 * reach, _UNITS)
    unit, depth = (grid.ravel() for grid in np.meshgrid(units, _DEPTHS))
    return best + unit * depth, unit


def _scored(
    process: Process, losses: Array, noise: Array, scales: tuple[Array, Array], centre: float, spread: float
) -> _Scored:
    medians, units = scales
    z = (to_common(losses[:, None], medians, units) - centre) / spread
    slopes = log_slope(losses[:, None], medians, units).sum(0)
    own = (noise / (float(np.std(losses)) or 1.0)) ** 2
    covariance = process.covariance + np.diag(np.minimum(own, 1.0) + process.noise + _JITTER)
    L = np.linalg.cholesky(covariance)
    residuals = solve_triangular(L, z - process.mean[:, None], lower=True, check_finite=False)
    fit = -0.5 * (residuals**2).sum(0) - np.log(np.diag(L)).sum() + slopes - len(losses) * np.log(spread)
    # The prior is flat in the median (hence the factor ``unit``) and in the logarithm of the unit.
    log_weights = process.log_prior + fit + np.log(units) + np.log(np.repeat(_DEPTH_WEIGHTS, _UNITS))
    return _Scored(log_weights, residuals, L, z.min(0))


def _components(
    process: Process, scored: _Scored, weights: Array, scales: tuple[Array, Array]
) -> list[Component]:
    order = np.argsort(-weights)
    reached = np.cumsum(weights[order]) / weights.sum()
    kept = order[: min(_MOST, int(np.searchsorted(reached, _COVERED)) + 1)]
    v = solve_triangular(scored.factor, process.cross.T, lower=True, check_finite=False)
    deviation = np.sqrt(np.maximum(process.variance_new - (v * v).sum(0), 1e-9))
    means = process.mean_new[:, None] + v.T @ scored.residuals[:, kept]
    factor = weights.sum() / weights[kept].sum()
    return [
        Component(
            process.name, float(weights[g] * factor), means[:, i], deviation,
            float(scored.best[g]), float(scales[0][g]), float(scales[1][g]),
        )
        for i, g in enumerate(kept)
    ]  # fmt: skip


def expected_improvement(belief: Belief) -> Array:
    """Expected improvement on the incumbent at each candidate, in the task's own unit, shape (m,).

    Source: Jones, Schonlau and Welch 1998, averaged over the explanations.
    """
    from scipy.stats import norm

    total = np.zeros(len(belief.components[0].mean))
    for c in belief.components:
        u = (c.best - c.mean) / c.deviation
        gain = c.deviation * (u * norm.cdf(u) + np.exp(-0.5 * u * u) / np.sqrt(2 * np.pi))
        total += c.weight * c.unit * gain
    return total
