"""How like the past a question is: its distance from the nearest remembered ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_REMEMBERED = 500
_NEAREST = 3
_CHUNK = 1000


@dataclass(frozen=True)
class Likeness:
    """A sample of past questions.

    Attributes:
        centre: float32 (features,), mean of each feature.
        width: float32 (features,), its standard deviation.
        known: float32 (m, features), remembered questions, standardised.
    """

    centre: NDArray[np.float32]
    width: NDArray[np.float32]
    known: NDArray[np.float32]

    def distance(self, X: NDArray[np.float32]) -> Floats:
        """Root mean squared distance, a feature, to the third nearest remembered question, (n,)."""
        Z = (X - self.centre) / self.width
        parts = [self._distance(Z[i : i + _CHUNK]) for i in range(0, len(Z), _CHUNK)]
        return np.concatenate(parts) if parts else np.empty(0)

    def _distance(self, Z: NDArray[np.float32]) -> Floats:
        squared = (Z**2).sum(1)[:, None] - 2 * Z @ self.known.T + (self.known**2).sum(1)
        place = min(_NEAREST, squared.shape[1]) - 1
        near = np.partition(squared, place, axis=1)[:, place]
        return np.asarray(np.sqrt(np.maximum(near, 0.0) / Z.shape[1]), dtype=np.float64)


def likeness_of(X: NDArray[np.float32], seed: int) -> Likeness:
    """Remember a sample of questions (n, features)."""
    centre, width = X.mean(axis=0), X.std(axis=0)
    width = np.where(width > 0, width, 1.0).astype(np.float32)
    some = np.random.default_rng(seed).permutation(len(X))[:_REMEMBERED]
    return Likeness(centre, width, (X[some] - centre) / width)
