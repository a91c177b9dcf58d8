"""One Gaussian process over tasks of several scales, in coordinates that move with the scale.

The best hyperparameters of a model move with its size and its data, mostly as power laws (arXiv 2503.04715). A process
whose inputs are ``z = x - W c``, with ``x`` the config and ``c`` the scale relative to the one asked about, both on
their searched scales, learns the exponents ``W`` along with everything else: they are what makes the likelihood of all
tasks together largest (type-II maximum a posteriori; Rasmussen and Williams 2006, ch. 5). Where nothing moves, ``W`` stays
at its prior, 0.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_ROWS = 320  # that the parameters are learned from; the cost grows with their cube
_MOST = 1200  # that answers rest on
_LEAST_A_TASK = 15
_OFFSET = 1.0  # variance of the mean of each task, whose level says nothing of others
_WIDE = 0.7  # standard deviation of an exponent, in standard deviations of configs and contexts
_ITERATIONS = 60
_STEP = 1e-3  # of differences of gradients
_LEAST_CURVATURE = 1e-2


@dataclass(frozen=True, eq=False)
class Tasks:
    """Trials of several tasks, n in all.

    Attributes:
        features: shape (n, D), configs as inputs.
        contexts: shape (n, q), scales relative to the one asked about, 0 where they are the same or unknown.
        task: shape (n,), number of each trial's task.
        losses: shape (n,), on a scale that tasks share, lower is better.
        moves: shape (D,), which inputs may move with the scale.
    """

    features: Array
    contexts: Array
    task: NDArray[np.int64]
    losses: Array
    moves: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.losses)

    def drawn(self, most: int, rng: np.random.Generator) -> "Tasks":
        """As many trials of each task, ``most`` in all or a few of each."""
        numbers = np.unique(self.task)
        each = max(_LEAST_A_TASK, most // len(numbers))
        rows = [rng.permutation(np.flatnonzero(self.task == t))[:each] for t in numbers]
        some = np.sort(np.concatenate(rows))
        return Tasks(
            self.features[some], self.contexts[some], self.task[some], self.losses[some], self.moves
        )


class AlignedProcess:
    """The process, fitted.

    Args:
        tasks: trials of at least two scales.
        seed: of the draw of trials that its parameters are learned from.

    Attributes:
        weights: shape (D, q), how far the optimum moves along each input per unit of each context.
        deviation: same shape, standard deviation of the weights (Laplace's approximation).
    """

    def __init__(self, tasks: Tasks, seed: int = 0) -> None:
        from scipy.linalg import cho_solve, cholesky

        rng = np.random.default_rng(seed)
        some = tasks.drawn(_ROWS, rng)
        self._shape = (some.features.shape[1], some.contexts.shape[1])
        self._prior = _Prior(some)
        self._p = _fit(some, self._prior)
        size = self._shape[0] * self._shape[1]
        self.weights = self._p[:size].reshape(self._shape)
        self.deviation = _deviations(self._p, some, self._prior)[:size].reshape(self._shape)
        self._known = tasks.drawn(_MOST, rng) if len(tasks) > _MOST else tasks
        kernel = self._prior.kernel(self._p, self._known, self._known)
        factor = cholesky(kernel.whole(self._known.task), lower=True)
        self._mean = float(self._known.losses.mean())
        self._answer = cho_solve((factor, True), self._known.losses - self._mean)

    def moved(self, features: Array, contexts: Array) -> Array:
        """Inputs as they would be at the scale asked about, shape (n, D)."""
        return np.asarray(features - contexts @ self.weights.T)

    def expected(self, features: Array) -> Array:
        """Losses expected at the scale asked about, but for the level of its task, shape (n,)."""
        n = len(features)
        asked = Tasks(
            features, np.zeros((n, self._shape[1])), np.full(n, -1), np.zeros(n), self._known.moves
        )
        return np.asarray(
            self._mean + self._prior.kernel(self._p, asked, self._known).values @ self._answer
        )


class _Prior:
    """Where parameters start, how far they are believed to lie from there, and the kernel that they make.

    In this order: weights (D * q), log lengthscales of inputs (D) and contexts (q), logit of the share that all scales
    have in common, log noise, log size.
    """

    def __init__(self, tasks: Tasks) -> None:
        d, q = tasks.features.shape[1], tasks.contexts.shape[1]
        wide = np.maximum(tasks.features.std(0), 1e-2)
        spread = np.maximum(tasks.contexts.std(0), 1e-2)
        self.d, self.q = d, q
        lengths, scales = np.log(wide), np.log(2 * spread)
        self.center = np.concatenate(
            [np.zeros(d * q), lengths, scales, [1.0, np.log(0.05), np.log(1.0)]]
        )
        per_unit = (_WIDE * wide[:, None] / spread[None]).ravel()
        self.width = np.concatenate([per_unit, np.ones(d + q), [2.0, 2.0, 1.5]])
        still = np.repeat(~tasks.moves, q)
        low, high = self.center - 4 * self.width, self.center + 4 * self.width
        low[: d * q], high[: d * q] = (
            np.where(still, 0, low[: d * q]),
            np.where(still, 0, high[: d * q]),
        )
        low[-2], high[-2] = -9.0, 1.0
        self.bounds = list(zip(low.tolist(), high.tolist(), strict=True))

    def kernel(self, p: Array, a: Tasks, b: Tasks) -> "_Kernel":
        """Covariances between two sets of trials, means of tasks and noise aside."""
        d, q = self.d, self.q
        return _Kernel(
            weights=p[: d * q].reshape(d, q),
            lengths=np.exp(p[d * q : d * q + d]),
            scales=np.exp(p[d * q + d : d * q + d + q]),
            share=float(1 / (1 + np.exp(-p[-3]))),
            noise=float(np.exp(p[-2])),
            size=float(np.exp(p[-1])),
            a=a,
            b=b,
        )


@dataclass(frozen=True, eq=False)
class _Kernel:
    weights: Array
    lengths: Array
    scales: Array
    share: float
    noise: float
    size: float
    a: Tasks
    b: Tasks

    @cached_property
    def inputs(self) -> tuple[Array, Array]:
        """Moved inputs in lengthscales."""
        return (
            (self.a.features - self.a.contexts @ self.weights.T) / self.lengths,
            (self.b.features - self.b.contexts @ self.weights.T) / self.lengths,
        )

    @cached_property
    def near(self) -> Array:
        """How alike configs are."""
        return np.asarray(np.exp(-0.5 * _squared(*self.inputs)))

    @cached_property
    def close(self) -> Array:
        """How alike scales are."""
        return np.asarray(
            np.exp(-0.5 * _squared(self.a.contexts / self.scales, self.b.contexts / self.scales))
        )

    @cached_property
    def values(self) -> Array:
        """The covariances."""
        return np.asarray(self.size * self.near * (self.share + (1 - self.share) * self.close))

    def whole(self, task: NDArray[np.int64]) -> Array:
        """With means of tasks and noise: of trials with themselves."""
        same = _OFFSET * (task[:, None] == task[None])
        return np.asarray(self.values + same + self.noise * np.eye(len(task)))


def _squared(a: Array, b: Array) -> Array:
    return np.asarray(np.maximum((a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T, 0))


def _fit(tasks: Tasks, prior: _Prior) -> Array:
    from scipy.optimize import minimize

    answer = minimize(
        _cost, prior.center, (tasks, prior), jac=True, method="L-BFGS-B", bounds=prior.bounds,
        options={"maxiter": _ITERATIONS},
    )  # fmt: skip
    return np.asarray(answer.x)


def _cost(p: Array, tasks: Tasks, prior: _Prior) -> tuple[float, Array]:
    """Negative log posterior of the parameters, and its gradient."""
    from scipy.linalg import LinAlgError, cho_solve, cholesky

    d, q = prior.d, prior.q
    kernel = prior.kernel(p, tasks, tasks)
    whole = kernel.whole(tasks.task)
    try:
        factor = cholesky(whole, lower=True, check_finite=False)
    except LinAlgError:
        return 1e10, np.zeros_like(p)
    inverse = cho_solve((factor, True), np.eye(len(tasks)), check_finite=False)
    rest = tasks.losses - tasks.losses.mean()
    answer = inverse @ rest
    cost = float(0.5 * rest @ answer + np.log(np.diag(factor)).sum())
    slope = 0.5 * (inverse - np.outer(answer, answer))  # of the cost by each covariance
    gradient = np.zeros_like(p)
    z = kernel.inputs[0]
    by_near = slope * kernel.values
    # A squared distance changes both ends of its pair, hence twice, and so does the pair.
    by_input = -2 * (by_near.sum(1)[:, None] * z - by_near @ z)
    gradient[: d * q] = -((by_input / kernel.lengths).T @ tasks.contexts).ravel()
    gradient[d * q : d * q + d] = -(by_input * z).sum(0)
    c = tasks.contexts / kernel.scales
    by_close = slope * kernel.size * kernel.near * (1 - kernel.share) * kernel.close
    by_context = -2 * (by_close.sum(1)[:, None] * c - by_close @ c)
    gradient[d * q + d : d * q + d + q] = -(by_context * c).sum(0)
    apart = kernel.size * kernel.near * (1 - kernel.close)
    gradient[-3] = (slope * apart).sum() * kernel.share * (1 - kernel.share)
    gradient[-2] = np.trace(slope) * kernel.noise
    gradient[-1] = (slope * kernel.values).sum()
    off = (p - prior.center) / prior.width
    return cost + float(0.5 * off @ off), np.asarray(gradient + off / prior.width)


def _deviations(p: Array, tasks: Tasks, prior: _Prior) -> Array:
    """Standard deviations of the parameters: of the normal distribution with the same curvature at its peak."""
    free = [i for i, (low, high) in enumerate(prior.bounds) if low < high]
    hessian = np.zeros((len(free), len(free)))
    for row, i in enumerate(free):
        step = np.zeros_like(p)
        step[i] = _STEP * prior.width[i]
        ahead, behind = _cost(p + step, tasks, prior)[1], _cost(p - step, tasks, prior)[1]
        hessian[row] = (ahead - behind)[free] / (2 * step[i])
    # In units of the prior's width, so that one bound holds for all.
    widths: Any = prior.width[free]
    scaled = 0.5 * (hessian + hessian.T) * widths[:, None] * widths
    curvature, axes = np.linalg.eigh(scaled)
    covariance = (axes / np.maximum(curvature, _LEAST_CURVATURE)) @ axes.T
    deviations = np.zeros_like(p)
    deviations[free] = np.sqrt(np.diag(covariance)) * widths
    return deviations
