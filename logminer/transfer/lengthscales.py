"""How fast the objective changes along each hyperparameter: lengthscales by marginal likelihood."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky
from scipy.optimize import minimize

Array = NDArray[np.float64]
_BOUNDS = (np.log(0.05), np.log(20.0))
_NOISE_BOUNDS = (np.log(0.03), np.log(1.0))
_USUAL = (np.log(0.7), np.log(0.3))  # centres of the log-normal priors: lengthscale and noise


@dataclass(frozen=True, eq=False)
class Lengthscales:
    """What the marginal likelihood chose.

    Attributes:
        values: one a hyperparameter, on the unit scale.
        noise: variance of the noise, for a signal variance of 1.
        penalty: negative logarithm of their prior density, 0 at its mode.
    """

    values: Array
    noise: float
    penalty: float


def fit_lengthscales(
    inputs: list[Array], values: list[Array], groups: NDArray[np.int64], iterations: int = 25
) -> Lengthscales:
    """Lengthscales and noise shared by several sets of observations.

    Maximises the sum of the log marginal likelihoods of Gaussian processes with a Matérn 5/2 kernel of unit
    variance, one lengthscale a hyperparameter, with log-normal priors (Rasmussen and Williams 2006, ch. 5).

    Args:
        inputs: features of each set, shape (n_k, D).
        values: centred and scaled observations of each set, shape (n_k,).
        groups: hyperparameter of each feature, shape (D,).
        iterations: of the optimiser.
    """
    count = int(groups.max()) + 1
    parts = [_group_distances(X, groups, count) for X in inputs]
    start = np.array([_USUAL[0]] * count + [_USUAL[1]])

    def objective(theta: Array) -> tuple[float, Array]:
        offset = theta - start
        total, gradient = 0.5 * float(offset @ offset), offset.copy()
        for part, z in zip(parts, values, strict=True):
            value, slope = _negative_evidence(theta, part, z)
            total += value
            gradient += slope
        return total, gradient

    bounds = [_BOUNDS] * count + [_NOISE_BOUNDS]
    found = minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": iterations},
    )
    offset = found.x - start
    return Lengthscales(
        np.exp(found.x[:-1]), float(np.exp(2 * found.x[-1])), 0.5 * float(offset @ offset)
    )


def _group_distances(X: Array, groups: NDArray[np.int64], count: int) -> Array:
    """Squared distances by hyperparameter, shape (count, n * n)."""
    out = np.zeros((count, len(X), len(X)))
    for column, group in enumerate(groups):
        x = X[:, column]
        out[group] += (x[:, None] - x[None]) ** 2
    return out.reshape(count, -1)


def _negative_evidence(theta: Array, parts: Array, z: Array) -> tuple[float, Array]:
    n = len(z)
    weights, noise = np.exp(-2 * theta[:-1]), np.exp(2 * theta[-1])
    r = np.sqrt(5 * (weights @ parts)).reshape(n, n)
    decay = np.exp(-r)
    L = cholesky(
        (1 + r + r * r / 3) * decay + (noise + 1e-6) * np.eye(n), lower=True, check_finite=False
    )
    inverse = cho_solve((L, True), np.eye(n), check_finite=False)
    a = inverse @ z
    W = 0.5 * (inverse - np.outer(a, a))
    slopes = (W * (-5.0 / 6) * (1 + r) * decay).ravel()
    gradient = np.append((parts @ slopes) * weights * -2, np.trace(W) * 2 * noise)
    return 0.5 * float(z @ a) + float(np.log(np.diag(L)).sum()), gradient
