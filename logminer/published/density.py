"""Published priors as densities on the unit cube of the user's space, and how their weight falls.

Names meet by their canonical form, values by their meaning. A parameter that the prior does not know, and all
mass that it puts far outside the user's bounds, stays uniform.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logminer.core.names import canonical_names
from logminer.core.parameters import Categorical, Scalar
from logminer.core.published import PublishedPrior
from logminer.core.space import Space
from logminer.published.marginals import Marginal, Steps, marginal, meaning

# Own results that halve the weight: on tables of real trainings 2 did no harm where 10 slowed the search.
_PATIENCE = 2.0
_MOST_WEIGHT = 0.9


@dataclass(frozen=True)
class PriorDensity:
    """A prior as a density on the unit cube of a space: 1 everywhere would be the plain space.

    Attributes:
        space: the user's space.
        names: canonical name of each of its parameters.
        prior: what is believed.
        context: what is known of the search, e.g. ``{"optimizer": "adamw"}``; a parameter of the space with
            the context's name (``optimizer``) wins, config by config.
    """

    space: Space
    names: Mapping[str, str]
    prior: PublishedPrior
    context: Mapping[str, str]

    def log_density(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log density at points, shape (n, d) to (n,); parameters that are NaN or unknown count nothing.

        Points outside the cube count as on its edge.
        """
        points = np.atleast_2d(unit)
        total = np.zeros(len(points))
        contexts = [tuple(sorted(self._context(row).items())) for row in points]
        for context in dict.fromkeys(contexts):
            rows = np.array([i for i, c in enumerate(contexts) if c == context])
            for j, density in self._marginals(dict(context)).items():
                u = np.clip(points[rows, j], 0.0, 1.0)
                seen = np.isfinite(u)
                total[rows[seen]] += np.log(np.maximum(density.density(u[seen]), 1e-300))
        return total

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """``n`` points of the cube, shape (n, d); conditioning parameters are drawn first."""
        unit = rng.random((n, len(self.space)))
        parents = [j for j in self._columns if self._names[j] in self.prior.conditioned_on]
        general = self._marginals(dict(self.context))
        for j in parents:
            unit[:, j] = general[j].sample(n, rng)
        for i in range(n):
            for j, density in self._marginals(self._context(unit[i])).items():
                if j not in parents:
                    unit[i, j] = density.sample(1, rng)[0]
        return unit

    @cached_property
    def _names(self) -> list[str]:
        return [self.names[name] for name in self.space.names]

    @cached_property
    def _columns(self) -> list[int]:
        """Columns of the space that the prior knows."""
        return [j for j, name in enumerate(self._names) if name in self.prior.parameters]

    @cached_property
    def _known(self) -> dict[tuple[tuple[str, str], ...], dict[int, Marginal | Steps]]:
        return {}

    def _marginals(self, context: Mapping[str, str]) -> dict[int, Marginal | Steps]:
        """Density of every known column in a context, kept for the next point in the same context."""
        key = tuple(sorted(context.items()))
        if key not in self._known:
            parameters = list(self.space.parameters.values())
            self._known[key] = {
                j: marginal(known, known.belief(context), parameters[j])
                for j in self._columns
                for known in [self.prior.parameters[self._names[j]]]
                if known.speaks_of(self._of_the_prior(context))
            }
        return self._known[key]

    def _of_the_prior(self, context: Mapping[str, str]) -> dict[str, str]:
        return {name: value for name, value in context.items() if name in self.prior.conditioned_on}

    def _context(self, row: NDArray[np.float64]) -> dict[str, str]:
        """The context at one point: what the space decides, then what is known of the search."""
        context = dict(self.context)
        for j, (name, parameter) in enumerate(
            zip(self._names, self.space.parameters.values(), strict=True)
        ):
            decides = name in self.prior.conditioned_on and isinstance(parameter, Categorical)
            if decides and math.isfinite(row[j]):
                context[name] = meaning(parameter.from_unit(row[j]))
        return context


def density(
    prior: PublishedPrior,
    space: Space,
    context: Mapping[str, str] | None = None,
    aliases: Mapping[str, str] | None = None,
) -> PriorDensity:
    """The prior as a density on the unit cube of ``space``; the user's ``aliases`` win over the table of names."""
    return PriorDensity(space, canonical_names(space.names, aliases), prior, dict(context or {}))


@dataclass(frozen=True)
class Mixture:
    """Several priors and the plain space, each with its weight.

    Attributes:
        parts: densities on the same space with weights that sum to at most 1; the rest is uniform.
    """

    parts: tuple[tuple[PriorDensity, float], ...]

    def log_density(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log density at points, shape (n, d) to (n,)."""
        n = len(np.atleast_2d(unit))
        terms = [np.full(n, math.log(max(self.uniform, 1e-12)))]
        terms += [
            math.log(weight) + part.log_density(unit) for part, weight in self.parts if weight > 0
        ]
        return np.asarray(np.logaddexp.reduce(np.array(terms), axis=0), dtype=np.float64)

    def sample(self, n: int, space: Space, rng: np.random.Generator) -> NDArray[np.float64]:
        """``n`` points of the cube of ``space``, shape (n, d)."""
        weights = np.array([*(weight for _, weight in self.parts), self.uniform])
        which = rng.choice(len(weights), n, p=weights / weights.sum())
        unit = rng.random((n, len(space)))
        for k, (part, _) in enumerate(self.parts):
            rows = which == k
            unit[rows] = part.sample(int(rows.sum()), rng)
        return unit

    @property
    def uniform(self) -> float:
        """Weight of the plain space."""
        return max(0.0, 1.0 - sum(weight for _, weight in self.parts))


def weights_after(
    weights: Sequence[float], own: int, gains: Sequence[float], patience: float = _PATIENCE
) -> list[float]:
    """How much priors still count after own results: they start at ``weights`` and fall towards 0.

    The plain space is one of the hypotheses and holds what the weights leave of 1, at least a tenth.

    Args:
        weights: weight of each prior before the first result.
        own: number of own results.
        gains: for each prior the nats by which its density points at the best own configs, in total
            (``explained``); they move the odds as evidence does, so a prior that is wrong goes at once. A weight
            never rises above its start: what a good prior points at, the search's own model has seen by then.
        patience: number of own results that halves the weight of priors about which nothing else is known.
    """
    start = _capped(np.maximum(np.asarray(weights, dtype=float), 0.0))
    nats = np.clip(np.asarray(gains, dtype=float), -30.0, 30.0)
    favour = start * np.exp(nats)
    told = np.minimum(favour / (favour.sum() + 1 - start.sum()), start)
    return [float(weight) for weight in told * patience / (patience + own)]


def _capped(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(weights * min(1.0, _MOST_WEIGHT / max(float(weights.sum()), 1e-300)))


def explained(
    part: PriorDensity, best: Sequence[Mapping[str, Scalar]], tried: Sequence[Mapping[str, Scalar]]
) -> float:
    """Total nats by which the density points at the best configs: what ``weights_after`` takes as a gain.

    Measured against all that were tried, for configs that a prior proposed are likely under it however they did.
    """
    if not best:
        return 0.0
    told = part.log_density(part.space.to_unit(tried))
    among = part.log_density(part.space.to_unit(best))
    return float((among - told.mean()).sum())
