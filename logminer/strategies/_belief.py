"""Belief about a new task: several explanations of its trials, weighed by how well they predict.

Each explanation is a Gaussian process on the common scale of the past: the past holds here, the past holds upside
down, only its smoothness carries over, nothing does. Where the task lies on that scale (its median and unit) is
unknown and is integrated out on a grid, for each explanation by itself. The evidence decides: a past
that misleads loses its weight with the first trials that contradict it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dtrtri
from scipy.special import logsumexp, ndtr, ndtri

from logminer.strategies._process import Known, Located, Process
from logminer.transfer.scale import from_common, log_slope, to_common

Array = NDArray[np.float64]
# Where the incumbent may lie below (positive) or above the task's median, in units.
_DEPTHS = np.array([-8.0, -3.0, -1.0, -0.3, 0.2, 0.6, 1.0, 1.4, 1.9, 2.6, 4.0])
# Heavy-tailed around a good start.
_DEPTH_WEIGHTS = np.gradient(_DEPTHS) / (1.0 + ((_DEPTHS - 0.8) / 1.2) ** 2)
_UNITS = 9  # units tried, from a fraction of the spread of the losses to a multiple
_FARTHEST = 60.0  # times as far from the best as the median trial: what lies beyond has diverged
_COVERED, _MOST = 0.95, 6  # share of a process' weight that its kept scales cover; most kept
_SMALLER = 0.7  # standard deviation of the logarithm of a unit, below the least of the past
_NEGLIGIBLE = 0.02
_FLOOR = 0.1  # weight that explanations without a past keep, whatever the evidence
_COLD = ("cold", "own")
_JITTER = 1e-6


@dataclass(frozen=True, eq=False)
class Explained:
    """A process given the trials: the scales it keeps and what a prediction needs.

    Attributes:
        process: the explanation.
        weights: of the scales, shape (g,).
        whitener: inverse of the Cholesky factor of the trials' covariance, shape (n, n).
        residuals: whitened, shape (n, g).
        best: the incumbent on the common scale, shape (g,).
        slopes: length of 1 on the common scale, there, in the task's own unit, shape (g,).
        medians: shape (g,).
        units: shape (g,).
    """

    process: Process
    weights: Array
    whitener: Array
    residuals: Array
    best: Array
    slopes: Array
    medians: Array
    units: Array


@dataclass(frozen=True, eq=False)
class Prediction:
    """The mixture at m points: one row a component.

    Attributes:
        weights: shape (c,), summing to 1.
        mean: on the common scale, shape (c, m).
        deviation: standard deviation, shape (c, m).
        best: the incumbent's place, shape (c,).
        slopes: length of 1 on the common scale in the task's own unit, at the incumbent, shape (c,).
        whitened: by process, covariances with the trials times the process' whitener, shape (n, m) each.
    """

    weights: Array
    mean: Array
    deviation: Array
    best: Array
    slopes: Array
    whitened: Sequence[Array]

    def bound(self, optimism: float) -> Array:
        """Mean minus ``optimism`` standard deviations, in units of the task, averaged, shape (m,)."""
        return np.asarray((self.weights * self.slopes) @ (self.mean - optimism * self.deviation))


@dataclass(frozen=True, eq=False)
class Belief:
    """The processes weighed by the evidence.

    Attributes:
        seen: the observed points.
        explained: the processes that still have weight.
    """

    seen: Located
    explained: tuple[Explained, ...]

    @property
    def likeliest(self) -> Process:
        """The process with most weight."""
        return max(self.explained, key=lambda e: float(e.weights.sum())).process

    def weight(self, process: str) -> float:
        """Probability of one explanation."""
        return float(sum(e.weights.sum() for e in self.explained if e.process.name == process))

    def predict(self, new: Located) -> Prediction:
        """The mixture at new points."""
        means, deviations, whitened = [], [], []
        known: Known = {}
        for e in self.explained:
            v = e.whitener @ e.process.covariance(self.seen, new, known)
            deviation = np.sqrt(
                np.maximum(e.process.variance(new) - np.einsum("nm,nm->m", v, v), 1e-9)
            )
            whitened.append(v)
            means.append(e.process.to_common(e.process.sign * new.mean + e.residuals.T @ v))
            deviations.append(np.broadcast_to(e.process.spread * deviation, means[-1].shape))
        joined = [
            np.concatenate([getattr(e, part) for e in self.explained])
            for part in ("weights", "best", "slopes")
        ]
        return Prediction(
            joined[0], np.vstack(means), np.vstack(deviations), joined[1], joined[2], whitened
        )

    def chance_of_improvement(self, new: Located) -> float:
        """Probability that one point's loss is below the incumbent's."""
        p = self.predict(new)
        return float(p.weights @ ndtr((p.best - p.mean[:, 0]) / p.deviation[:, 0]))

    def draw(self, new: Located, rng: np.random.Generator) -> Array:
        """One function drawn from the belief, at new points, on the scale of its process, shape (m,)."""
        chances = np.array([e.weights.sum() for e in self.explained])
        e = self.explained[int(rng.choice(len(chances), p=chances / chances.sum()))]
        v = e.whitener @ e.process.covariance(self.seen, new)
        covariance = e.process.covariance(new, new) - v.T @ v
        covariance[np.diag_indices(len(new))] += 1e-4
        residual = e.residuals[:, int(rng.choice(len(e.weights), p=e.weights / e.weights.sum()))]
        mean = e.process.sign * new.mean + v.T @ residual
        return np.asarray(mean + np.linalg.cholesky(covariance) @ rng.standard_normal(len(new)))

    def quantiles(self, new: Located, shares: Sequence[float]) -> list[float]:
        """Quantiles of the loss at one point, in the task's own unit."""
        p = self.predict(new)
        grid = ndtri((np.arange(25) + 0.5) / 25)
        z = p.mean + p.deviation * grid
        scales = [
            (median, unit, e.process.bend)
            for e in self.explained
            for median, unit in zip(e.medians, e.units, strict=True)
        ]
        values = np.hstack([from_common(row, *scale) for row, scale in zip(z, scales, strict=True)])
        order = np.argsort(values)
        reached = np.cumsum(np.repeat(p.weights, len(grid))[order])
        places = np.searchsorted(reached / reached[-1], shares)
        return [float(values[order][min(place, len(values) - 1)]) for place in places]


def believe(
    processes: Sequence[Process],
    seen: Located,
    losses: Array,
    noise: Array,
    least_unit: float = 0.0,
) -> Belief:
    """Weigh the processes by the evidence of the observed losses.

    Args:
        processes: the explanations.
        seen: the observed points.
        losses: shape (n,), at least one.
        noise: known standard deviations of the losses, 0 where unknown, shape (n,).
        least_unit: unit below which a task like the past ones hardly ever falls, 0 without a past.
    """
    medians, units = _scales(losses, least_unit)
    # The prior is flat in the median (hence the factor ``unit``) and in the logarithm of the unit.
    base = np.log(units) + np.log(np.repeat(_DEPTH_WEIGHTS, _UNITS))
    if least_unit > 0:  # trials on a plateau are alike, but the task is not
        base -= 0.5 * (np.maximum(np.log(least_unit / units), 0.0) / _SMALLER) ** 2
    bends = {process.bend for process in processes}
    common = {bend: to_common(losses[:, None], medians, units, bend) for bend in bends}
    slopes = {bend: log_slope(losses[:, None], medians, units, bend) for bend in bends}
    lowest = int(np.argmin(losses))
    own = np.minimum((noise / (float(np.std(losses)) or 1.0)) ** 2, 1.0)
    known: Known = {}
    scored = [_evidence(process, seen, common[process.bend], own, known) for process in processes]
    logs = [
        base + slopes[process.bend].sum(0) + fit
        for process, (fit, _, _) in zip(processes, scored, strict=True)
    ]
    logs = _floored(processes, logs)
    total = logsumexp(np.concatenate(logs))
    explained = []
    for process, log, (_, whitener, residuals) in zip(processes, logs, scored, strict=True):
        weights = np.exp(log - total)
        if weights.sum() >= _NEGLIGIBLE:
            kept = _heaviest(weights)
            share = weights[kept] * weights.sum() / weights[kept].sum()
            explained.append(
                Explained(
                    process,
                    share,
                    whitener,
                    residuals[:, kept],
                    common[process.bend][lowest, kept],
                    np.exp(-slopes[process.bend][lowest, kept]),
                    medians[kept],
                    units[kept],
                )
            )
    whole = sum(e.weights.sum() for e in explained)
    return Belief(seen, tuple(replace(e, weights=e.weights / whole) for e in explained))


def _floored(processes: Sequence[Process], logs: list[Array]) -> list[Array]:
    """Log weights in which the best process without a past has at least its floor."""
    sums = np.array([logsumexp(log) for log in logs])
    cold = np.array([process.name in _COLD for process in processes])
    if not cold.any() or cold.all():
        return logs
    best = int(np.argmax(np.where(cold, sums, -np.inf)))
    others = logsumexp(np.delete(sums, best))
    lift = others + np.log(_FLOOR / (1 - _FLOOR)) - sums[best]
    return [log + max(lift, 0.0) if i == best else log for i, log in enumerate(logs)]


def _scales(losses: Array, least_unit: float = 0.0) -> tuple[Array, Array]:
    """Medians and units tried, shape (g,) each."""
    best = float(losses.min())
    reach = float(losses.max() - best) or abs(best) or 1.0
    typical = float(np.median(losses) - best) or reach
    reach = min(reach, _FARTHEST * typical)
    units = np.geomspace(max(typical / 8, reach / 60), max(3 * reach, least_unit), _UNITS)
    unit, depth = np.tile(units, len(_DEPTHS)), np.repeat(_DEPTHS, _UNITS)
    return best + unit * depth, unit


def _evidence(
    process: Process, seen: Located, common: Array, own_noise: Array, known: Known
) -> tuple[Array, Array, Array]:
    """Log density of the losses on each common scale, whitener and whitened residuals."""
    covariance = process.covariance(seen, seen, known) + np.diag(
        own_noise + process.noise + _JITTER
    )
    L = np.linalg.cholesky(covariance)
    # Inverted once: points are whitened by the thousand, and a product is faster than a solution.
    whitener, _ = dtrtri(L, lower=1)
    z = (common - process.centre) / process.spread
    residuals = whitener @ (z - process.sign * seen.mean[:, None])
    size = float(np.log(process.spread * np.diag(L)).sum())
    fit = process.log_prior - 0.5 * (residuals**2).sum(0) - size
    return np.asarray(fit), np.asarray(whitener), np.asarray(residuals)


def _heaviest(weights: Array) -> NDArray[np.int64]:
    order = np.argsort(-weights)
    reached = np.cumsum(weights[order]) / weights.sum()
    return order[: min(_MOST, int(np.searchsorted(reached, _COVERED)) + 1)]
