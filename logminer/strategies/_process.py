"""An explanation of a new task: a Gaussian process over points located by what the past says of them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logminer.transfer.kernels import matern52

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Located:
    """Points as the processes see them.

    Attributes:
        features: shape (n, D).
        mean: mean over the past tasks' surrogates, shape (n,); zeros without a past.
        factors: what the past tasks differ in, shape (n, tasks).
        told: what the past's trials tell of a new task, shape (n, trials); see ``PastModel.told``.
    """

    features: Array
    mean: Array
    factors: Array
    told: Array

    def __len__(self) -> int:
        return len(self.features)

    @cached_property
    def squares(self) -> tuple[Array, Array]:
        """Squared lengths of the rows of factors and told, shape (n,) each: all processes need them."""
        return (self.factors**2).sum(1), (self.told**2).sum(1)

    def take(self, rows: NDArray[np.int64]) -> "Located":
        """Some of these points."""
        return Located(self.features[rows], self.mean[rows], self.factors[rows], self.told[rows])

    def joined(self, other: "Located") -> "Located":
        """These points and the other's."""
        return Located(
            np.vstack([self.features, other.features]),
            np.concatenate([self.mean, other.mean]),
            np.vstack([self.factors, other.factors]),
            np.vstack([self.told, other.told]),
        )


# What processes share between two sets of points: correlations by the identity of the lengthscales, products by name.
Known = dict[int | str, Array]


@dataclass(frozen=True, eq=False)
class Process:
    """A Gaussian process: mean ``sign * m``, covariance ``between * B B' + own * k + unseen * (k - T T')``.

    Attributes:
        name: what it believes, e.g. ``"past"``.
        log_prior: logarithm of its weight before any trial, up to a constant.
        lengthscales: of the Matérn kernel ``k``, one a feature, shape (D,).
        sign: factor of the past tasks' mean ``m``.
        between: factor of the past tasks' covariance ``B B'``.
        own: variance of what no past task shows.
        unseen: variance of what the past has not looked at; ``T`` is what it tells.
        noise: variance of the noise.
        centre: mean of the common scale that is 0 on the process' own scale; by default that of random configs of a
            usual task, since a process without a past must not take its scale from one.
        spread: length of 1 on the process' own scale, on the common scale.
        bend: of the common scale below the median.
    """

    name: str
    log_prior: float
    lengthscales: Array
    sign: float = 0.0
    between: float = 0.0
    own: float = 1.0
    unseen: float = 0.0
    noise: float = 0.03
    centre: float = 0.4
    spread: float = 0.8
    bend: float = 0.0

    def covariance(self, a: Located, b: Located, known: Known | None = None) -> Array:
        """Prior covariance between two sets of points; ``known`` keeps what processes share."""
        known = {} if known is None else known
        key = id(self.lengthscales)
        if key not in known:
            known[key] = matern52(a.features / self.lengthscales, b.features / self.lengthscales)
        out = (self.own + self.unseen) * known[key]
        if self.between:
            if "factors" not in known:
                known["factors"] = a.factors @ b.factors.T
            out += self.between * known["factors"]
        if self.unseen:
            if "told" not in known:
                known["told"] = a.told @ b.told.T
            out -= self.unseen * known["told"]
        return out

    def to_common(self, z: Array) -> Array:
        """From the process' own scale to the common one."""
        return self.centre + self.spread * z

    def variance(self, a: Located) -> Array:
        """Prior variance at points."""
        between, told = a.squares
        return self.own + self.between * between + self.unseen * (1.0 - told)
