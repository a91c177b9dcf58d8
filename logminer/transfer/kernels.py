"""Covariance functions of the Gaussian processes."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def squared_distances(A: Array, B: Array) -> Array:
    """Squared Euclidean distances between the rows of ``A`` (n, d) and ``B`` (m, d), shape (n, m)."""
    d2 = (A * A).sum(1)[:, None] + (B * B).sum(1)[None] - 2.0 * A @ B.T
    return np.asarray(np.maximum(d2, 0.0, out=d2))


def matern52(A: Array, B: Array) -> Array:
    """Matérn 5/2 correlation of points that are already divided by their lengthscales, shape (n, m).

    Source: Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, eq. 4.17.
    """
    d2 = squared_distances(A, B)
    d2 *= 5.0
    d = np.sqrt(d2)
    d2 /= 3.0
    d2 += d
    d2 += 1.0
    np.negative(d, out=d)
    d2 *= np.exp(d, out=d)
    return d2


def matern52_slopes(A: Array, B: Array, lengthscales: Array, weights: Array) -> Array:
    """Derivatives of weighted Matérn 5/2 correlations by the first points, shape (n, D).

    Args:
        A: points, shape (n, D).
        B: points, shape (m, D).
        lengthscales: shape (D,).
        weights: of the correlation of each pair, shape (n, m).
    """
    a, b = A / lengthscales, B / lengthscales
    r = np.sqrt(5.0 * squared_distances(a, b))
    pulls = (-5.0 / 3.0) * weights * (1.0 + r) * np.exp(-r)
    return np.asarray((pulls.sum(1)[:, None] * a - pulls @ b) / lengthscales)
