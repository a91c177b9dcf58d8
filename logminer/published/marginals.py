"""What published values say of one parameter, as a density on the unit interval of the user's own.

Published values are typical, not exact: common values become narrow bells, centre and spread one broad bell,
and the doubt left by few sources stays uniform. A zero on a log scale acts like the lowest value.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from logminer.core.names import optimizer_family
from logminer.core.parameters import Categorical, Float, Integer, Parameter, Scalar
from logminer.core.published import Belief, PublishedParameter

# Bells no narrower than this share of the family's range.
_NARROWEST = 0.04
# Share of the believed mass that follows single common values; the rest is one broad bell around the centre.
_PEAKED = 0.5
# A published value further outside the user's bounds than this share of their range is left out, not clipped.
CLOSE = 0.25


@dataclass(frozen=True)
class Marginal:
    """Density of one parameter on the unit interval: a uniform share and truncated bells.

    Attributes:
        uniform: mass spread evenly over the interval.
        means: shape (k,), places of the bells.
        widths: shape (k,), their standard deviations.
        masses: shape (k,); with ``uniform`` they sum to 1.
    """

    uniform: float
    means: NDArray[np.float64]
    widths: NDArray[np.float64]
    masses: NDArray[np.float64]

    def density(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Density at ``u``, shape (n,); integrates to 1 over [0, 1]."""
        if not len(self.means):
            return np.full(len(u), self.uniform)
        z = (u[:, None] - self.means) / self.widths
        bells = np.exp(-0.5 * z**2) / (math.sqrt(2 * math.pi) * self.widths) / self._inside
        return np.asarray(self.uniform + bells @ self.masses, dtype=np.float64)

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """``n`` independent draws, shape (n,)."""
        which = rng.choice(len(self.masses) + 1, n, p=np.append(self.masses, self.uniform))
        drawn = rng.random(n)
        for k in range(len(self.means)):
            rows = which == k
            low, high = (ndtr((end - self.means[k]) / self.widths[k]) for end in (0.0, 1.0))
            place = np.clip(low + drawn[rows] * (high - low), 1e-12, 1 - 1e-12)
            drawn[rows] = self.means[k] + self.widths[k] * ndtri(place)
        return np.clip(drawn, 0.0, 1.0)

    @cached_property
    def _inside(self) -> NDArray[np.float64]:
        """Mass of each bell inside the unit interval, shape (k,)."""
        low, high = (0.0 - self.means) / self.widths, (1.0 - self.means) / self.widths
        return np.asarray(ndtr(high) - ndtr(low), dtype=np.float64)


@dataclass(frozen=True)
class Steps:
    """Density of a choice on the unit interval: constant over each choice's share.

    Attributes:
        shares: shape (k,), probability of every choice; sums to 1.
    """

    shares: NDArray[np.float64]

    def density(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Density at ``u``, shape (n,)."""
        k = len(self.shares)
        return np.asarray(self.shares[np.clip((u * k).astype(int), 0, k - 1)] * k, dtype=np.float64)

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """``n`` independent draws, shape (n,)."""
        k = len(self.shares)
        return np.asarray((rng.choice(k, n, p=self.shares) + rng.random(n)) / k, dtype=np.float64)


def marginal(published: PublishedParameter, belief: Belief, target: Parameter) -> Marginal | Steps:
    """What a belief says on the scale of the user's parameter.

    Args:
        published: the parameter as the sources know it; its range sets the narrowest bell.
        belief: the belief in force.
        target: the user's parameter; it may differ in bounds, scale and kind.
    """
    if isinstance(target, Categorical):
        return Steps(_choice_shares(published.parameter, belief, target))
    bells = _bells(published.parameter, belief, target)
    if not bells:
        return Marginal(1.0, *(np.empty(0) for _ in range(3)))
    means, widths, masses = (np.array(column) for column in zip(*bells, strict=True))
    masses = belief.confidence * masses
    return Marginal(1.0 - float(masses.sum()), means, widths, masses)


def _bells(
    source: Parameter, belief: Belief, target: Float | Integer
) -> list[tuple[float, float, float]]:
    """Mean, width and mass of every bell, in the target's unit interval; masses sum to at most 1."""
    if isinstance(source, Categorical):
        return []
    found = []
    for value, share in belief.common:
        if isinstance(value, int | float) and not isinstance(value, bool):
            found.append((float(value), _narrowest(source), _PEAKED * share))
    broad = math.log(max(belief.spread, 1.0)) if source.log else belief.spread
    rest = 1.0 - sum(mass for *_, mass in found)
    if isinstance(belief.centre, int | float):
        found.append((float(belief.centre), max(broad, 2 * _narrowest(source)), rest))
    placed = ((_place(source, target, value, width), mass) for value, width, mass in found)
    # A value just outside the user's bounds speaks for the bound, one far outside for nothing.
    return [
        (min(max(mean, 0.0), 1.0), width, mass)
        for (mean, width), mass in placed
        if -CLOSE < mean < 1 + CLOSE
    ]


def _narrowest(source: Float | Integer) -> float:
    """Width of the narrowest bell: in natural-log units on a log scale, else in the parameter's unit."""
    extent = math.log(source.high / source.low) if source.log else source.high - source.low
    return _NARROWEST * extent


def _place(
    source: Float | Integer, target: Float | Integer, value: float, width: float
) -> tuple[float, float]:
    """Place and width of a bell on the target's unit interval, both kept within reason."""
    if source.log:
        value = max(value, source.low)  # a zero acts like the lowest value
        ends = value * math.exp(-width), value * math.exp(width)
    else:
        ends = value - width, value + width
    low, high = (target.to_unit(end) for end in ends)
    low = max(low, -1.0)  # the lower end of a linear bell has no logarithm
    return target.to_unit(value), max((high - low) / 2, _NARROWEST / 2)


def _choice_shares(source: Parameter, belief: Belief, target: Categorical) -> NDArray[np.float64]:
    k = len(target.choices)
    masses = np.zeros(k)
    for value, share in belief.common:
        found = closest_choice(source, target, value)
        if found >= 0:
            masses[found] += share
    # What the user does not offer says nothing about what is offered.
    return np.asarray(belief.confidence * masses + (1 - belief.confidence * masses.sum()) / k)


def closest_choice(source: Parameter, target: Categorical, value: Scalar) -> int:
    """Place of the choice that means the same, or for numbers the closest within reach; else -1."""
    same = next((i for i, c in enumerate(target.choices) if meaning(c) == meaning(value)), -1)
    if same >= 0 or isinstance(source, Categorical) or not isinstance(value, int | float):
        return same
    numbers = [
        source.to_unit(c) if isinstance(c, int | float) and not isinstance(c, bool) else math.inf
        for c in target.choices
    ]
    gaps = [abs(number - source.to_unit(value)) for number in numbers]
    closest = int(np.argmin(gaps))
    return closest if gaps[closest] <= _NARROWEST * 2 else -1


def meaning(value: Scalar) -> str:
    """What a choice means, blind to spelling: ``torch.optim.AdamW`` is ``adamw``, ``1.0`` is ``1``."""
    if isinstance(value, bool) or value is None:
        return repr(value).lower()
    if isinstance(value, int | float):
        return format(float(value), ".9g")
    family = optimizer_family(value)
    return family or "".join(ch for ch in value.lower() if ch.isalnum())
