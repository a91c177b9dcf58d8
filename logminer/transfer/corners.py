"""Where configs fail: beliefs about corners of the space, weighed by how well they explain which configs did.

A rule says that configs fail beyond a bound: of one hyperparameter (``width > 900``), of the sum or difference of two on
their searched scales (of numbers on a log scale a product, such as width times batch size), or of two at once. Bounds
are believed equally likely anywhere between two configs that were run. Inside and outside each rule has a failure
rate of its own with a beta prior, so that its evidence is closed form, and predictions are means over all rules (Bayesian
model averaging as in Letham et al. 2015, Interpretable classifiers using rules, with rules of one or two clauses).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

Array = NDArray[np.float64]
_INSIDE, _OUTSIDE, _ANYWHERE = (1.0, 0.25), (0.25, 4.0), (0.5, 2.0)
"""Beta priors of failure rates, failures first: within a rule's corner, beyond it, and where nothing tells."""
_NO_RULE, _ONE_BOUND, _SLANTED, _TWO_BOUNDS = 0.35, 0.4, 0.15, 0.1  # prior probabilities
_MOST_SLANTED = 8  # numbers up to which slanted bounds are looked for
_MOST_BOUNDS = 16  # of an axis, where two are combined
_KEPT = 150  # rules that predictions are means over


@dataclass(frozen=True)
class Bound:
    """One side of a rule: beyond ``low``, and surely beyond ``high``, lies the corner.

    Attributes:
        weights: of the features whose sum is bounded, shape (D,).
        low: highest value seen on the good side, of the weighted sum times ``sign``.
        high: lowest one seen on the bad side.
        sign: 1 where large values are bad, -1 where small ones are.
    """

    weights: Array
    low: float
    high: float
    sign: float

    def within(self, features: Array) -> Array:
        """Probability that points lie beyond the bound, shape (n,)."""
        place = self.sign * (features @ self.weights)
        return np.clip((place - self.low) / max(self.high - self.low, 1e-12), 0.0, 1.0)


@dataclass(frozen=True)
class Rule:
    """A corner and its failure rates.

    Attributes:
        bounds: none, one, or two that hold at once.
        inside: failure rate in the corner.
        outside: failure rate elsewhere.
        probability: of the rule, given the runs.
    """

    bounds: tuple[Bound, ...]
    inside: float
    outside: float
    probability: float

    def within(self, features: Array) -> Array:
        """Probability that points lie in the corner, shape (n,)."""
        found = np.ones(len(features))
        for bound in self.bounds:
            found = found * bound.within(features)
        return found


@dataclass(frozen=True)
class Corners:
    """What is believed of where one kind of failure happens.

    Attributes:
        rules: the likeliest first.
    """

    rules: tuple[Rule, ...]

    def failure(self, features: Array) -> Array:
        """Probability of failure at points, shape (n,)."""
        rate = np.zeros(len(features))
        for rule in self.rules:
            inside = rule.within(features)
            rate += rule.probability * (inside * rule.inside + (1 - inside) * rule.outside)
        return rate

    @property
    def likeliest(self) -> Rule:
        """The rule that explains the failures best."""
        return self.rules[0]


def believe_corners(
    features: Array, failed: NDArray[np.bool_], weight: Array, numbers: NDArray[np.bool_]
) -> Corners:
    """Weigh all rules by the configs that failed and those that did not.

    Args:
        features: configs as features, shape (n, D).
        failed: which failed, shape (n,).
        weight: how much each counts, shape (n,).
        numbers: which features are numbers, of which sums mean something, shape (D,).
    """
    bad, good = np.where(failed, weight, 0.0), np.where(failed, 0.0, weight)
    total = np.array([bad.sum(), good.sum()])
    axes = np.eye(features.shape[1])
    single = [_one_bound(features @ w, w, bad, good) for w in axes]
    slanted = [_one_bound(features @ w, w, bad, good) for w in _slants(numbers)]
    pairs = [
        pair
        for (i, a), (j, b) in combinations_with_replacement(enumerate(single), 2)
        for pair in _two_bounds(features[:, [i, j]], a, b, bad, good)
    ]
    groups = [(_ONE_BOUND, single), (_SLANTED, slanted), (_TWO_BOUNDS, pairs)]
    rules = [_Candidate((), float(np.log(_NO_RULE)), total, np.zeros(2))]
    for share, found in groups:
        rules += [
            _Candidate(c.bounds, c.prior + float(np.log(share / len(found))), c.inside, total - c.inside)
            for several in found
            for c in several
        ]  # fmt: skip
    return Corners(_weighed(rules))


@dataclass(frozen=True)
class _Candidate:
    """A rule with its log prior and the failures and successes inside and outside of its corner."""

    bounds: tuple[Bound, ...]
    prior: float
    inside: Array
    outside: Array


def _slants(numbers: NDArray[np.bool_]) -> list[Array]:
    """Weights of sums and differences of two numbers."""
    places = np.flatnonzero(numbers)
    if not 1 < len(places) <= _MOST_SLANTED:
        return []
    found = []
    for i, j in combinations(places, 2):
        for sign in (1.0, -1.0):
            weights = np.zeros(len(numbers))
            weights[[i, j]] = 1.0, sign
            found.append(weights)
    return found


def _one_bound(place: Array, weights: Array, bad: Array, good: Array) -> list[_Candidate]:
    """Rules of one bound on an axis, from both sides."""
    found = []
    for sign in (1.0, -1.0):
        values, group = np.unique(sign * place, return_inverse=True)
        if len(values) < 2:
            continue
        gaps = np.diff(values)
        within = [
            np.bincount(group, of, len(values))[::-1].cumsum()[::-1][1:] for of in (bad, good)
        ]
        prior = np.log(gaps / gaps.sum() / 2)
        found += [
            _Candidate(
                (Bound(weights, float(values[i]), float(values[i + 1]), sign),),
                float(prior[i]),
                np.array([within[0][i], within[1][i]]),
                np.zeros(2),
            )
            for i in np.flatnonzero(within[0] > 0)
        ]
    return found


def _two_bounds(
    places: Array, a: list[_Candidate], b: list[_Candidate], bad: Array, good: Array
) -> list[list[_Candidate]]:
    """Rules of two bounds at once: a corner of two axes, or a range of one."""
    if a is b:
        a, b = ([c for c in a if c.bounds[0].sign == sign] for sign in (1.0, -1.0))
    few = [_tight(side, places[:, k], bad) for k, side in enumerate((a, b))]
    if not all(few):
        return []
    masks = [
        np.array([c.bounds[0].sign * places[:, k] >= c.bounds[0].high for c in side], dtype=float)
        for k, side in enumerate(few)
    ]
    counts = [(masks[0] * of) @ masks[1].T for of in (bad, good)]
    found = [
        _Candidate(
            (*first.bounds, *second.bounds),
            first.prior + second.prior,
            np.array([counts[0][i, j], counts[1][i, j]]),
            np.zeros(2),
        )
        for i, first in enumerate(few[0])
        for j, second in enumerate(few[1])
        if counts[0][i, j] > 0
    ]
    return [found] if found else []


def _tight(side: list[_Candidate], place: Array, bad: Array) -> list[_Candidate]:
    """The bounds of an axis that a failure touches, evenly thinned: a corner's own are among them."""
    touched = set(place[bad > 0].tolist())
    tight = [c for c in side if c.bounds[0].sign * c.bounds[0].high in touched]
    return tight[:: -(-len(tight) // _MOST_BOUNDS)] if tight else []


def _log_beta(counts: Array, prior: tuple[float, float]) -> Array:
    """Log evidence of failures and successes, shape (n, 2), under a beta prior of their rate."""
    a, b = prior
    return np.asarray(betaln(counts[:, 0] + a, counts[:, 1] + b) - betaln(a, b))


def _weighed(candidates: Sequence[_Candidate]) -> tuple[Rule, ...]:
    inside = np.array([c.inside for c in candidates])
    outside = np.array([c.outside for c in candidates])
    bare = np.array([not c.bounds for c in candidates])
    log = np.array([c.prior for c in candidates]) + np.where(
        bare,
        _log_beta(inside, _ANYWHERE),
        _log_beta(inside, _INSIDE) + _log_beta(outside, _OUTSIDE),
    )
    order = np.argsort(-log, kind="stable")[:_KEPT]
    odds = np.exp(log[order] - log[order[0]])
    rules = []
    for place, probability in zip(order, odds / odds.sum(), strict=True):
        c = candidates[place]
        prior = _INSIDE if c.bounds else _ANYWHERE
        rules.append(
            Rule(c.bounds, _rate(c.inside, prior), _rate(c.outside, _OUTSIDE), float(probability))
        )
    return tuple(rules)


def _rate(counts: Array, prior: tuple[float, float]) -> float:
    return float((counts[0] + prior[0]) / (counts.sum() + sum(prior)))
